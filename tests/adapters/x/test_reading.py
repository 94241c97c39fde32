from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from civicsns.errors import AuthorizationLost, BadInput, Unavailable
from civicsns.model import PostRef

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.adapters.x import XAdapter
    from civicsns.model import Account, Credential, Draft
    from civicsns.testing.sandbox import XNetwork
    from civicsns.testing.sandbox.x import XUser


def ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def test_mentions_come_oldest_first(x: XNetwork, adapter: XAdapter, account: Account, credential: Credential) -> None:
    """
    What citizens wrote to the account: whose, what, when, and where to read it.
    """
    citizen = x.add_user(handle="kenmin", name="県民")
    first = x.post_as(citizen, "@saga_hanako A&B は https://city.example/a ですか")
    second = x.post_as(citizen, "@saga_hanako 返事をください", reply_to=first)
    x.post_as(citizen, "関係のない投稿")

    found = adapter.mentions(account, credential, since=ago(minutes=1))

    assert [first.id, second.id] == [one.post.id for one in found]
    assert ("県民", citizen.id) == (found[0].author_name, found[0].author_id)
    assert "@saga_hanako A&B は https://city.example/a ですか" == found[0].text
    assert f"https://x.com/kenmin/status/{first.id}" == found[0].url
    assert [None, PostRef(platform="x", id=first.id)] == [one.in_reply_to for one in found]
    assert abs(found[0].at - first.created_at) < timedelta(seconds=1)


def test_only_mentions_since_then_and_by_others_count(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, hanako: XUser
) -> None:
    """
    What was read before is not read again, and the account's own posts are no mentions.
    """
    old = x.post_as(x.add_user(handle="kenmin", name="県民"), "@saga_hanako 前の")
    x.post_as(hanako, "@saga_hanako 自分で")

    assert [] == list(adapter.mentions(account, credential, since=old.created_at))


def test_all_pages_of_mentions_are_read(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential
) -> None:
    """
    150 mentions come in two pages.
    """
    citizen = x.add_user(handle="kenmin", name="県民")
    for number in range(150):
        x.post_as(citizen, f"@saga_hanako {number}")

    assert 150 == len(adapter.mentions(account, credential, since=ago(minutes=5)))


def test_figures_of_posts(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    Own posts, a citizen's post whose inner figures X withholds, and one that is gone: each once, the gone left out.
    """
    own = adapter.publish(adapter.prepare(draft(), account), credential).post
    theirs = PostRef(platform="x", id=x.post_as(x.add_user(handle="kenmin", name="県民"), "投稿").id)
    gone = PostRef(platform="x", id="1")

    found = {one.subject: one.values for one in adapter.metrics(account, credential, [own, theirs, gone, own])}

    assert {own.id, theirs.id} == set(found)
    assert "like_count" in found[own.id]
    assert "url_link_clicks" in found[own.id] or "user_profile_clicks" in found[own.id]
    assert "user_profile_clicks" not in found[theirs.id]


def test_figures_of_posts_that_are_all_gone(adapter: XAdapter, account: Account, credential: Credential) -> None:
    """
    Where every post is gone there are no figures, and that is no fault.
    """
    assert [] == list(adapter.metrics(account, credential, [PostRef(platform="x", id="1")]))


def test_figures_of_the_account(adapter: XAdapter, account: Account, credential: Credential) -> None:
    """
    Without posts the account's own figures are read.
    """
    (found,) = adapter.metrics(account, credential, [])

    assert account.network_id == found.subject
    assert "followers_count" in found.values


def test_figures_of_another_network_are_refused(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential
) -> None:
    """
    A post on Facebook has no figures on X.
    """
    with pytest.raises(BadInput):
        adapter.metrics(account, credential, [PostRef(platform="facebook", id="1")])

    assert () == x.calls


def test_whoami_says_whose_the_token_is(adapter: XAdapter, credential: Credential, hanako: XUser) -> None:
    """
    Id, handle and name, and where citizens see the profile.
    """
    profile = adapter.whoami(credential)

    assert (hanako.id, "saga_hanako", "佐賀花子") == (profile.network_id, profile.handle, profile.name)
    assert "https://x.com/saga_hanako" == profile.url


def test_the_profile_as_citizens_see_it(x: XNetwork, adapter: XAdapter, credential: Credential, hanako: XUser) -> None:
    """
    Links lead where they lead, not to t.co; a protected account is not seen by everybody. It costs one owned read.
    """
    x.set_profile(
        hanako,
        description="観光課。A & B。一覧 https://www.city.example.jp/sns/",
        url="https://www.city.example.jp/",
        protected=True,
    )
    before = x.spent
    profile = adapter.profile(credential)

    assert (hanako.id, "saga_hanako", "佐賀花子") == (profile.network_id, profile.handle, profile.name)
    assert "観光課。A & B。一覧 https://www.city.example.jp/sns/" == profile.description
    assert ("https://www.city.example.jp/", "https://www.city.example.jp/sns/") == profile.links
    assert profile.visible is False
    assert Decimal("0.001") == x.spent - before


def test_a_profile_that_says_nothing(adapter: XAdapter, credential: Credential) -> None:
    """
    No description, no link, and everybody sees it.
    """
    profile = adapter.profile(credential)

    assert ("", (), True) == (profile.description, profile.links, profile.visible)


def test_whoami_of_a_dead_token(x: XNetwork, adapter: XAdapter, credential: Credential, hanako: XUser) -> None:
    """
    A revoked token is nobody's.
    """
    x.revoke_tokens(hanako)

    with pytest.raises(AuthorizationLost):
        adapter.whoami(credential)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"data":{}}',
        b'{"data":[{"id":1}]}',
        b'{"data":[null]}',
        b'{"meta":{"result_count":1}}',
        b'{"errors":[{"title":"x"}]}',
    ],
)
def test_what_is_no_list_never_proves_an_absence(
    scripted: Any,
    make: Callable[..., XAdapter],
    account: Account,
    oauth2: Credential,
    draft: Callable[..., Draft],
    body: bytes,
) -> None:
    """
    An answer that is not plainly a list of posts is taken for no answer, by every call that reads.
    """
    adapter = make(base_url=scripted.url)
    scripted.say(200, body)
    made = adapter.prepare(draft(), account)

    for call in (
        lambda: adapter.find(made, oauth2, since=ago(minutes=1)),
        lambda: adapter.mentions(account, oauth2, since=ago(minutes=1)),
        lambda: adapter.metrics(account, oauth2, [PostRef(platform="x", id="1")]),
        lambda: adapter.whoami(attrs.evolve(oauth2, subject="")),
    ):
        with pytest.raises(Unavailable):
            call()
