from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from civicsns.errors import AuthorizationLost, OutcomeUnknown, Refused, UnknownReason
from civicsns.model import (
    Credential,
    CredentialKind,
    Idempotency,
    Poll,
    PostRef,
    Proof,
    ReadBack,
    Receipt,
    ReplySettings,
    Secret,
)
from civicsns.testing.sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.adapters.x import XAdapter
    from civicsns.model import Account, Draft
    from civicsns.testing.sandbox import XNetwork
    from civicsns.testing.sandbox.x import XUser

LONG_AGO = timedelta(minutes=1)


def ago() -> Any:
    return datetime.now(UTC) - LONG_AGO


def operations(x: XNetwork) -> Any:
    return [call.operation for call in x.calls]


def test_a_text_is_published_with_one_request(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    One call, one request; the receipt says where the post is, since when, and what is left of the limits.
    """
    receipt = adapter.publish(adapter.prepare(draft("A&B <お知らせ>"), account), credential)
    (post,) = x.posts()

    assert ["create"] == operations(x)
    assert ("A&B <お知らせ>", post.id) == (post.text, receipt.post_id)
    assert f"https://x.com/i/status/{post.id}" == receipt.url
    assert abs(receipt.at - post.created_at) < timedelta(milliseconds=2)
    assert Proof.ANSWERED is receipt.proof
    assert {("account", "window", 99), ("app", "day", 9999)} == {
        (one.scope, one.window, one.remaining) for one in receipt.allowances
    }
    assert post.id == receipt.raw["data"]["id"]


def test_poll_and_reply_settings_arrive(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    A poll with its answers and who may reply.
    """
    asked = draft(poll=Poll(options=("はい", "いいえ"), minutes=1440), reply_settings=ReplySettings.MENTIONED)

    adapter.publish(adapter.prepare(asked, account), credential)
    (post,) = x.posts()

    assert (("はい", "いいえ"), 1440) == (post.poll and post.poll.options, post.poll and post.poll.duration_minutes)
    assert "mentionedUsers" == post.reply_settings


def test_an_answer_goes_to_the_one_who_asked(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft], hanako: XUser
) -> None:
    """
    An answer to somebody who mentioned the account.
    """
    citizen = x.add_user(handle="kenmin", name="県民")
    question = x.post_as(citizen, "@saga_hanako ごみの日はいつですか")
    answer = draft("火曜日です", reply_to=PostRef(platform="x", id=question.id))

    receipt = adapter.publish(adapter.prepare(answer, account), credential)

    assert question.id == next(post for post in x.posts() if post.id == receipt.post_id).reply_to


def test_an_answer_to_somebody_who_did_not_ask_is_refused_with_a_way_out(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    X's self-serve tiers allow answers only to those who summoned the account.
    """
    statement = x.post_as(x.add_user(handle="kenmin", name="県民"), "独り言")
    answer = draft("お答えします", reply_to=PostRef(platform="x", id=statement.id))

    with pytest.raises(Refused) as caught:
        adapter.publish(adapter.prepare(answer, account), credential)

    assert 403 == caught.value.status
    assert "返信ではなく" in caught.value.mend.ja


def test_a_quote_arrives_on_the_enterprise_tier(
    x: XNetwork, make: Callable[..., XAdapter], account: Account, hanako: XUser, draft: Callable[..., Draft]
) -> None:
    """
    Quoting is for Enterprise apps.
    """
    app = x.register_app(name="大きな契約", enterprise=True)
    token, secret = x.oauth1_token(hanako, app)
    adapter = make(consumer_key=Secret(app.consumer_key), consumer_secret=Secret(app.consumer_secret))
    quoted = x.post_as(x.add_user(handle="kenmin", name="県民"), "佐賀はよいところ")
    credential = _oauth1(token, secret, hanako)

    adapter.publish(adapter.prepare(draft(quote=PostRef(platform="x", id=quoted.id)), account), credential)

    assert quoted.id == x.posts(hanako)[0].quote


def _oauth1(token: Any, secret: Any, user: Any) -> Any:
    return Credential(
        platform="x",
        kind=CredentialKind.X_OAUTH1,
        secrets={"access_token": Secret(token), "access_token_secret": Secret(secret)},
        subject=user.id,
    )


def test_fields_that_tweepy_lacks_arrive(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    What tweepy's own method has no argument for goes through unharmed.
    """
    extra = {
        "made_with_ai": True,
        "paid_partnership": False,
        "nullcast": False,
        "geo": {"place_id": "df51dec6f4ee2b2c"},
    }

    adapter.publish(adapter.prepare(draft(extra={"x": extra}), account), credential)

    assert extra.items() <= dict(x.posts()[0].extra).items()


def test_the_token_of_another_account_is_refused_before_any_call(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    A token that is known to be somebody else's never reaches the network.
    """
    other = attrs.evolve(credential, subject="999")

    for call in (adapter.publish, adapter.upload, lambda made, token: adapter.find(made, token, since=ago())):
        with pytest.raises(AuthorizationLost):
            call(adapter.prepare(draft(), account), other)

    assert () == x.calls


def test_a_token_of_another_network_is_refused_before_any_call(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    A Facebook token does nothing on X.
    """
    with pytest.raises(AuthorizationLost):
        adapter.publish(adapter.prepare(draft(), account), attrs.evolve(credential, kind=CredentialKind.FACEBOOK_PAGE))
    with pytest.raises(AuthorizationLost):
        adapter.whoami(attrs.evolve(credential, platform="facebook"))

    assert () == x.calls


@pytest.mark.parametrize("value", ["", "with\nbreak", "全角", "with space"])
def test_a_damaged_token_is_refused_before_any_call(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft], value: Any
) -> None:
    """
    A token that cannot be a header is named as damaged, and not shown.
    """
    damaged = attrs.evolve(credential, secrets={**credential.secrets, "access_token": Secret(value)})

    with pytest.raises(AuthorizationLost) as caught:
        adapter.publish(adapter.prepare(draft(), account), damaged)

    assert () == x.calls
    assert "access_token" in caught.value.what.en


def test_oauth1_without_app_keys_says_so(
    x: XNetwork, make: Callable[..., XAdapter], account: Account, oauth1: Credential, draft: Callable[..., Draft]
) -> None:
    """
    A program set up for OAuth 2.0 alone cannot use an OAuth 1.0a token, and says what is missing.
    """
    adapter = make(consumer_key=None, consumer_secret=None, enrolment="oauth2")

    with pytest.raises(Refused, match="consumer_key") as caught:
        adapter.publish(adapter.prepare(draft(), account), oauth1)

    assert "app" == caught.value.scope
    assert () == x.calls


def test_a_scope_that_is_known_to_be_missing_costs_no_call(
    x: XNetwork, adapter: XAdapter, account: Account, oauth2: Credential, draft: Callable[..., Draft]
) -> None:
    """
    Where the credential says that it may not post, nothing is sent.
    """
    with pytest.raises(AuthorizationLost):
        adapter.publish(
            adapter.prepare(draft(), account), attrs.evolve(oauth2, scopes=frozenset({"tweet.read", "users.read"}))
        )

    assert () == x.calls


def test_a_scope_that_is_missing_is_lost_authorization(
    x: XNetwork, adapter: XAdapter, account: Account, oauth2: Credential, hanako: XUser, draft: Callable[..., Draft]
) -> None:
    """
    X answers a token short of a scope with the bare word Forbidden.
    """
    access, _ = x.oauth2_token(hanako, scopes=("tweet.read", "users.read"))
    short = attrs.evolve(oauth2, secrets={"access_token": Secret(access)})

    with pytest.raises(AuthorizationLost):
        adapter.publish(adapter.prepare(draft(), account), short)


def test_a_read_only_token_is_lost_authorization(
    x: XNetwork, adapter: XAdapter, account: Account, hanako: XUser, draft: Callable[..., Draft]
) -> None:
    """
    Permissions that were changed after enrolment need a new token.
    """
    token, secret = x.oauth1_token(hanako, permissions="read")

    with pytest.raises(AuthorizationLost) as caught:
        adapter.publish(adapter.prepare(draft(), account), _oauth1(token, secret, hanako))

    assert "oauth1-permissions" == caught.value.code
    assert "登録し直して" in caught.value.mend.ja


def test_a_revoked_token_is_lost_authorization(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, hanako: XUser, draft: Callable[..., Draft]
) -> None:
    """
    Where the person disconnected the app, the account must be enrolled again.
    """
    x.revoke_tokens(hanako)

    with pytest.raises(AuthorizationLost):
        adapter.publish(adapter.prepare(draft(), account), credential)


def test_an_app_outside_a_project_is_refused(
    x: XNetwork, make: Callable[..., XAdapter], account: Account, hanako: XUser, draft: Callable[..., Draft]
) -> None:
    """
    client-forbidden is for the developer console, not for the account.
    """
    app = x.register_app(name="未登録", enrolled=False)
    adapter = make(consumer_key=Secret(app.consumer_key), consumer_secret=Secret(app.consumer_secret))

    with pytest.raises(Refused) as caught:
        adapter.publish(adapter.prepare(draft(), account), _oauth1(*x.oauth1_token(hanako, app), hanako))

    assert "client-forbidden" == caught.value.code


def test_the_same_text_again_is_unknown_not_failed(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    A duplicate refusal says that a post exists: perhaps the one from an attempt whose answer was lost.
    """
    made = adapter.prepare(draft(), account)
    x.faults.order(Fault.RESET, on="create")
    with pytest.raises(OutcomeUnknown):
        adapter.publish(made, credential)
    with pytest.raises(OutcomeUnknown) as caught:
        adapter.publish(made, credential)

    assert UnknownReason.DUPLICATE is caught.value.reason
    assert 1 == len(x.posts())


def test_an_edit_makes_a_new_version(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    X gives the new version an id of its own; the timeline shows one post.
    """
    first = adapter.publish(adapter.prepare(draft("誤字がありまう"), account), credential)

    second = adapter.edit(first, adapter.prepare(draft("誤字がありました"), account), credential)

    assert ["誤字がありました"] == [post.text for post in x.posts()]
    assert first.post_id != second.post_id == x.posts()[0].id


def test_a_delete_is_confirmed(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    After `delete` the post is gone, and a second delete is a success too.
    """
    receipt = adapter.publish(adapter.prepare(draft(), account), credential)

    adapter.delete(receipt, credential)
    adapter.delete(receipt, credential)

    assert () == x.posts()


def test_a_post_of_somebody_else_is_not_deleted(x: XNetwork, adapter: XAdapter, credential: Credential) -> None:
    """
    X refuses to delete what belongs to another account.
    """
    post = x.post_as(x.add_user(handle="kenmin", name="県民"), "私の投稿")

    with pytest.raises(Refused):
        adapter.delete(Receipt(platform="x", account="x:a", post_id=post.id, at=post.created_at), credential)

    assert (post,) == x.posts()


@pytest.mark.parametrize(("platform", "post_id"), [("facebook", "1"), ("x", "../users/me"), ("x", "")])
def test_a_receipt_that_is_not_of_x_reaches_no_network(
    x: XNetwork, adapter: XAdapter, credential: Credential, platform: Any, post_id: Any
) -> None:
    """
    An id that is no id never becomes a part of an address.
    """
    with pytest.raises(Refused):
        adapter.delete(Receipt(platform=platform, account="a", post_id=post_id, at=ago()), credential)

    assert () == x.calls


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b'{"data":{"deleted":false}}', UnknownReason.UNCONFIRMED), (b"{}", UnknownReason.UNREADABLE_ANSWER)],
)
def test_a_delete_that_x_does_not_confirm_is_unknown(
    scripted: Any, make: Callable[..., XAdapter], oauth2: Credential, body: bytes, reason: Any
) -> None:
    """
    Only `deleted: true` is a confirmation.
    """
    scripted.say(200, body)

    with pytest.raises(OutcomeUnknown) as caught:
        make(base_url=scripted.url).delete(Receipt(platform="x", account="a", post_id="1", at=ago()), oauth2)

    assert reason is caught.value.reason


GONE = b'{"title":"Not Found Error","type":"https://api.twitter.com/2/problems/resource-not-found","detail":"Gone."}'


@pytest.mark.parametrize(("status", "body"), [(404, GONE), (200, b'{"errors":[' + GONE + b"]}")])
def test_a_post_that_is_gone_counts_as_deleted(
    scripted: Any, make: Callable[..., XAdapter], oauth2: Credential, status: int, body: bytes
) -> None:
    """
    Where X itself says that there is no such post, the aim is reached.
    """
    scripted.say(status, body)

    make(base_url=scripted.url).delete(Receipt(platform="x", account="a", post_id="1", at=ago()), oauth2)

    assert scripted.requests[-1].startswith(b"DELETE /2/tweets/1 ")


def test_a_page_that_says_404_does_not_count_as_deleted(
    scripted: Any, make: Callable[..., XAdapter], oauth2: Credential
) -> None:
    """
    A device on the way that does not know the address proves nothing about the post.
    """
    scripted.say(404, b"<html>Not Found</html>")

    with pytest.raises(OutcomeUnknown):
        make(base_url=scripted.url).delete(Receipt(platform="x", account="a", post_id="1", at=ago()), oauth2)


# --- reading back ------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_found_on_the_timeline(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    After a reset the post is found: links, escapes and all, with the time at which X made it.
    """
    made = adapter.prepare(draft("A&B は https://www.city.saga.lg.jp/main/1.html へ"), account)
    x.faults.order(Fault.RESET, on="create")
    since = ago()
    with pytest.raises(OutcomeUnknown):
        adapter.publish(made, credential)

    receipt = adapter.find(made, credential, since=since)
    assert receipt is not None

    assert (x.posts()[0].id, Proof.READ_BACK) == (receipt.post_id, receipt.proof)
    assert abs(x.posts()[0].created_at - receipt.at) < timedelta(seconds=1)


def test_what_was_never_carried_out_is_not_found(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    A reset before X did anything leaves nothing to find.
    """
    made = adapter.prepare(draft(), account)
    x.faults.order(Fault.RESET, on="create", carried_out=False)
    with pytest.raises(OutcomeUnknown):
        adapter.publish(made, credential)

    assert adapter.find(made, credential, since=ago()) is None


def test_a_hidden_post_is_found_once_it_shows(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    A post that the timeline does not show yet is not found, until it is.
    """
    made = adapter.prepare(draft(), account)
    x.faults.order(Fault.HIDDEN, on="create", reads=1)
    adapter.publish(made, credential)

    first, second = (adapter.find(made, credential, since=ago()) for _ in range(2))

    assert first is None
    assert second is not None


def test_what_a_person_wrote_by_hand_is_not_ours(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, hanako: XUser, draft: Callable[..., Draft]
) -> None:
    """
    The same text, typed by hand on X, has another source.
    """
    x.post_as(hanako, "広報さが 4 月号を発行しました")

    assert adapter.find(adapter.prepare(draft(), account), credential, since=ago()) is None


def test_an_older_post_with_the_same_text_is_not_ours(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    What was posted before the window is another post.
    """
    made = adapter.prepare(draft(), account)
    adapter.publish(made, credential)

    assert adapter.find(made, credential, since=datetime.now(UTC) + timedelta(hours=1)) is None


def test_clocks_may_differ(
    adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    A post is found although this machine's clock is a minute ahead of X's.
    """
    made = adapter.prepare(draft(), account)
    adapter.publish(made, credential)

    assert adapter.find(made, credential, since=datetime.now(UTC) + timedelta(minutes=1)) is not None


def test_an_answer_is_found_among_posts(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, hanako: XUser, draft: Callable[..., Draft]
) -> None:
    """
    X puts the handle in front of an answer; it is found all the same.
    """
    question = x.post_as(x.add_user(handle="kenmin", name="県民"), "@saga_hanako いつですか")
    made = adapter.prepare(draft("火曜日です", reply_to=PostRef(platform="x", id=question.id)), account)
    receipt = adapter.publish(made, credential)

    found = adapter.find(made, credential, since=ago())
    assert found is not None

    assert receipt.post_id == found.post_id


def test_pages_are_turned_until_the_end(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, hanako: XUser, draft: Callable[..., Draft]
) -> None:
    """
    A post behind 250 others is found.
    """
    made = adapter.prepare(draft(), account)
    receipt = adapter.publish(made, credential)
    for number in range(250):
        x.post_as(hanako, f"{number} 番目")

    found = adapter.find(made, credential, since=ago())
    assert found is not None

    assert receipt.post_id == found.post_id
    assert 3 == operations(x).count("timeline")


def test_without_a_known_id_the_token_is_asked_whose_it_is(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    An account whose id nobody entered yet is found through its token.
    """
    made = adapter.prepare(draft(), attrs.evolve(account, network_id=""))
    receipt = adapter.publish(made, credential)

    found = adapter.find(made, attrs.evolve(credential, subject=""), since=ago())
    assert found is not None

    assert receipt.post_id == found.post_id
    assert "me" in operations(x)


def test_x_has_no_idempotency_and_a_strong_list(adapter: XAdapter) -> None:
    """
    What the ledger must know of X.
    """
    assert (Idempotency.NONE, ReadBack.STRONG) == (adapter.limits.idempotency, adapter.limits.read_back)
