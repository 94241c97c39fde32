"""Signing in on the practice Facebook: from consent to a Page's token, and to its end."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs
import pytest
import requests

from civicsns.errors import AuthorizationLost, BadInput, OutcomeUnknown, Refused, Unavailable, Unsupported
from civicsns.model import CredentialKind, Secret
from civicsns.ports import (
    Adapter,
    DiscoversAccounts,
    Edits,
    Enrols,
    InspectsTokens,
    ReadsMentions,
    ReadsMetrics,
    ReadsProfiles,
    Uploads,
)
from civicsns.testing.clock import WORKDAY
from civicsns.testing.sandbox import Fault

CALLBACK = "http://localhost/callback"
DAYS_60 = timedelta(days=60)


def code_for(town, request, choice="approve"):
    """Press a button of the login dialog as the person who runs the Page, and give the address that this leads to."""
    chosen = {"person": town.staff.id, "page": town.page.id, "choice": choice}
    answer = requests.post(request.url, data=chosen, allow_redirects=False, timeout=5)
    return answer.headers["Location"]


@pytest.mark.parametrize(
    "port",
    [Adapter, Uploads, Edits, ReadsMentions, ReadsMetrics, ReadsProfiles, Enrols, InspectsTokens, DiscoversAccounts],
)
def test_the_adapter_has_every_ability(desk, port):
    """
    All eight ports.
    """
    assert isinstance(desk.adapter, port)


def test_the_dialog_is_facebook_s(desk):
    """
    A sign-in opens www.facebook.com, in the version of the settings, with what the reference asks for.
    """
    begun = desk.adapter.begin("https://sns.city.takeo.lg.jp/callback")
    parts = urlsplit(begun.url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}

    assert ("https", "www.facebook.com", "/v26.0/dialog/oauth") == (parts.scheme, parts.netloc, parts.path)
    assert {
        "client_id": "770",
        "redirect_uri": "https://sns.city.takeo.lg.jp/callback",
        "response_type": "code",
        "scope": ",".join(begun.scopes),
        "state": begun.state.reveal(),
    } == query
    assert [] == desk.seen


def test_no_two_sign_ins_share_a_state(desk):
    """
    The state cannot be guessed.
    """
    states = {desk.adapter.begin(CALLBACK).state.reveal() for _ in range(50)}

    assert 50 == len(states)
    assert all(len(state) >= 40 for state in states)


def test_the_practice_dialog_opens(town):
    """
    The practice network knows the address, the app and every permission that is asked for.
    """
    shown = requests.get(town.adapter.begin(CALLBACK).url, timeout=5)

    assert 200 == shown.status_code


def test_a_sign_in_ends_with_a_token_of_60_days(town):
    """
    The code becomes a short token, that a long one; the credential is the person's, with what was granted.
    """
    request = town.adapter.begin(CALLBACK)
    credential = town.adapter.complete(request, code_for(town, request))

    assert (CredentialKind.FACEBOOK_USER, town.staff.id) == (credential.kind, credential.subject)
    assert WORKDAY + DAYS_60 == credential.expires_at
    assert set(request.scopes) <= credential.scopes
    assert ["authorize", "token", "token", "debug_token"] == [call.operation for call in town.graph.calls]
    assert {"POST"} == {call.method for call in town.graph.calls if call.operation == "token"}


def test_a_sign_in_leads_to_the_pages_and_to_a_post(town):
    """
    From consent to a post: only the Pages with the task CREATE_CONTENT, each with a token that does not end.
    """
    town.graph.add_page("閲覧だけのページ", tasks={town.staff: ("ANALYZE",)})
    request = town.adapter.begin(CALLBACK)
    (found,) = town.adapter.discover(town.adapter.complete(request, code_for(town, request)))
    receipt = town.adapter.publish(town.prepare(), found.credential)

    assert (town.page.id, "武雄市広報") == (found.profile.network_id, found.profile.name)
    assert f"https://www.facebook.com/{town.page.id}" == found.profile.url
    assert "CREATE_CONTENT" in found.tasks
    assert (CredentialKind.FACEBOOK_PAGE, town.page.id, None) == (
        found.credential.kind, found.credential.subject, found.credential.expires_at,
    )  # fmt: skip
    assert [receipt.post_id] == [post.id for post in town.posts]


def test_a_page_without_the_task_is_not_listed(town):
    """
    Also where the person may see it.
    """
    other = town.graph.add_page("閲覧だけのページ", tasks={town.staff: ("ANALYZE",)})
    found = town.adapter.discover(town.person)

    assert other.id not in {one.profile.network_id for one in found}
    assert [town.page.id] == [one.profile.network_id for one in found]


def test_all_pages_of_a_long_list_are_found(desk, reply):
    """
    The list is read to its end.
    """
    pages = [
        {"id": str(number), "name": "p", "tasks": ["CREATE_CONTENT"], "access_token": f"t{number}"}
        for number in range(3)
    ]
    more = {"cursors": {"after": "A"}, "next": "https://graph.facebook.com/"}
    desk.say(reply.json({"data": pages[:2], "paging": more}), reply.json({"data": pages[2:]}))

    assert ["0", "1", "2"] == [one.profile.network_id for one in desk.adapter.discover(desk.person)]


@pytest.mark.parametrize(
    "query",
    [
        {"code": "c"},
        {"code": "c", "state": "another"},
        {"code": "c", "state": ""},
        {"code": "c", "state": "日本"},
        {},
    ],
)
def test_an_answer_to_another_sign_in_is_refused(desk, query):
    """
    Without the state of this sign-in, nothing is sent.
    """
    begun = desk.adapter.begin(CALLBACK)
    with pytest.raises(BadInput, match="another sign-in"):
        desk.adapter.complete(begun, f"{CALLBACK}?{urlencode(query)}")

    assert [] == desk.seen


def test_a_state_that_comes_twice_is_refused(desk):
    """
    One of two states could be forged.
    """
    begun = desk.adapter.begin(CALLBACK)
    state = begun.state.reveal()
    with pytest.raises(BadInput):
        desk.adapter.complete(begun, f"{CALLBACK}?code=c&state={state}&state={state}")


@pytest.mark.parametrize("query", [{}, {"code": ""}])
def test_an_answer_without_a_code_is_refused(desk, query):
    """
    The state is right, and the code is missing.
    """
    begun = desk.adapter.begin(CALLBACK)
    with pytest.raises(BadInput, match="no code"):
        desk.adapter.complete(begun, f"{CALLBACK}?{urlencode({**query, 'state': begun.state.reveal()})}")


def test_a_person_who_declines_is_heard(town):
    """
    The refusal carries the network's word for it.
    """
    begun = town.adapter.begin(CALLBACK)
    with pytest.raises(AuthorizationLost) as raised:
        town.adapter.complete(begun, code_for(town, begun, choice="cancel"))

    assert "access_denied" == raised.value.code


def test_a_permission_that_was_declined_is_named(town):
    """
    A sign-in without what posting needs is not enrolled.
    """
    begun = town.adapter.begin(CALLBACK)
    declined = attrs.evolve(begun, url=begun.url.replace("pages_manage_posts%2C", ""))
    with pytest.raises(AuthorizationLost, match="pages_manage_posts"):
        town.adapter.complete(begun, code_for(town, declined))


def test_a_code_serves_once(town):
    """
    Coming back twice with one code is a sign-in to begin again.
    """
    request = town.adapter.begin(CALLBACK)
    back = code_for(town, request)
    town.adapter.complete(request, back)
    with pytest.raises(AuthorizationLost) as raised:
        town.adapter.complete(request, back)

    assert "100/36009" == raised.value.code


@pytest.mark.parametrize("skip", [0, 1])
def test_a_sign_in_that_breaks_off_is_begun_again(town, skip):
    """
    The code may be spent, so repeating the exchange does not help: the words say what does.
    """
    request = town.adapter.begin(CALLBACK)
    back = code_for(town, request)
    town.graph.faults.order(Fault.RESET, on="token", skip=skip)
    with pytest.raises(Unavailable) as raised:
        town.adapter.complete(request, back)

    assert "Begin the sign-in again." == raised.value.mend.en


def test_a_wrong_app_is_refused(make_town):
    """
    The settings, not the person, are at fault.
    """
    town, wrong = make_town(), make_town(app_id="1")
    begun = town.adapter.begin(CALLBACK)
    with pytest.raises(Refused) as raised:
        wrong.adapter.complete(begun, code_for(town, begun))

    assert "app_id" in raised.value.mend.en


# --- refresh, revoke --------------------------------------------------------------------------------------------


def test_a_refresh_gives_the_successor(town):
    """
    A person's token is exchanged; everything else of the credential stays, the generation counts.
    """
    short = attrs.evolve(
        town.person, secrets={"access_token": Secret(town.graph.user_token(town.staff))}, generation=4, scopes=["email"]
    )
    fresh = town.adapter.refresh(short)

    assert (5, WORKDAY + DAYS_60) == (fresh.generation, fresh.expires_at)
    assert short.secret("access_token") != fresh.secret("access_token")
    assert short.scopes == fresh.scopes


@pytest.mark.parametrize("lasts", [None, 0, "soon", -1, 10**12])
def test_a_token_without_an_end_is_not_stale(desk, reply, lasts):
    """
    A missing or senseless `expires_in` stands for: does not expire.
    """
    desk.say(reply.json({"access_token": "EAAfresh", "token_type": "bearer", "expires_in": lasts}))

    assert desk.adapter.refresh(desk.person).expires_at is None


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"access_token": 5}])
def test_a_refresh_without_a_token_is_unknown(desk, reply, answer):
    """
    The old token may have been replaced.
    """
    desk.say(reply.json(answer))
    with pytest.raises(OutcomeUnknown):
        desk.adapter.refresh(desk.person)


def test_a_dead_token_is_not_refreshed(town):
    """
    The person must sign in again.
    """
    person = town.person
    town.graph.expire(person.secret("access_token"), 460)
    with pytest.raises(AuthorizationLost):
        town.adapter.refresh(person)


@pytest.mark.parametrize("call", ["refresh", "revoke", "discover"])
def test_a_page_s_token_is_not_a_person_s(desk, call):
    """
    It does not expire, cannot be revoked alone, and lists no Pages.
    """
    with pytest.raises(Unsupported):
        getattr(desk.adapter, call)(desk.credential)

    assert [] == desk.seen


def test_revoking_ends_every_token_of_the_person(town):
    """
    The Page's token stops working too; revoking once more is a success.
    """
    person = town.person
    town.adapter.revoke(person)
    town.adapter.revoke(person)
    with pytest.raises(AuthorizationLost):
        town.publish()


def test_revoking_without_a_success_is_unknown(desk, reply):
    """
    Only `{"success": true}` confirms.
    """
    desk.say(reply.json({"success": False}))
    with pytest.raises(OutcomeUnknown):
        desk.adapter.revoke(desk.person)


def test_revoking_without_the_right_is_no_success(desk, reply):
    """
    A permission error is not a dead token.
    """
    desk.say(reply.error(200, status=403))
    with pytest.raises(AuthorizationLost):
        desk.adapter.revoke(desk.person)


# --- who and what -----------------------------------------------------------------------------------------------


def test_a_token_tells_whom_it_speaks_for(town):
    """
    The Page's for the Page, the person's for the person.
    """
    page, person = town.adapter.whoami(town.credential), town.adapter.whoami(town.person)

    assert (town.page.id, "武雄市広報", f"https://www.facebook.com/{town.page.id}") == (
        page.network_id, page.name, page.url,
    )  # fmt: skip
    assert (town.staff.id, "佐賀花子", "") == (person.network_id, person.name, person.url)


def test_the_profile_of_a_page_as_citizens_see_it(town):
    """
    What it says of itself, and where its links lead, also those without https://; unpublished, few see it.
    """
    town.graph.set_profile(
        town.page,
        about="武雄市の広報",
        description="一覧は https://www.city.example.jp/sns/ です",
        website="www.city.example.jp https://example.jp/",
        is_published=False,
    )
    profile = town.adapter.profile(town.credential)

    assert (town.page.id, "武雄市広報") == (profile.network_id, profile.name)
    assert "武雄市の広報\n一覧は https://www.city.example.jp/sns/ です" == profile.description
    assert (
        "http://www.city.example.jp",
        "https://example.jp/",
        "https://www.city.example.jp/sns/",
    ) == profile.links
    assert profile.visible is False


@pytest.mark.parametrize(
    ("tasks", "scopes"),
    [
        (("CREATE_CONTENT",), ("pages_show_list", "pages_read_engagement", "pages_manage_posts")),
        (("CREATE_CONTENT", "MODERATE"), ("pages_show_list", "pages_manage_posts")),
    ],
)
def test_a_page_s_profile_takes_a_task_and_a_permission(town, tasks, scopes):
    """
    Without MODERATE or `pages_read_engagement`, what the Page says of itself is refused; its name is not.
    """
    town.graph.set_tasks(town.page, town.staff, tasks)
    token = town.graph.page_token(town.page, town.staff, scopes=scopes)
    credential = attrs.evolve(town.credential, secrets={"access_token": Secret(token)})

    assert "武雄市広報" == town.adapter.whoami(credential).name
    with pytest.raises(AuthorizationLost):
        town.adapter.profile(credential)


def test_a_person_s_token_reads_no_page_s_profile(town):
    """
    It is refused before the network.
    """
    before = town.graph.calls
    with pytest.raises(AuthorizationLost):
        town.adapter.profile(town.person)

    assert before == town.graph.calls


def test_a_page_s_token_does_not_expire(town):
    """
    `expires_at` of 0 stands for: never; the subject is the Page, not the person behind it.
    """
    status = town.adapter.inspect(town.credential)

    assert (True, town.page.id, None) == (status.valid, status.subject, status.expires_at)
    assert "pages_manage_posts" in status.scopes


def test_a_person_s_token_says_when_it_ends(town):
    """
    About 60 days.
    """
    status = town.adapter.inspect(town.person)

    assert (True, town.staff.id, WORKDAY + DAYS_60) == (status.valid, status.subject, status.expires_at)


def test_a_dead_token_is_not_valid(town):
    """
    Inspecting a dead token is an answer, not an error.
    """
    town.graph.expire(town.token.reveal())

    assert town.adapter.inspect(town.credential).valid is False


def test_a_token_of_another_app_is_not_valid(desk, reply):
    """
    Our signature would not fit it.
    """
    desk.say(reply.json({"data": {"app_id": "999", "is_valid": True, "type": "PAGE", "profile_id": "100"}}))

    assert desk.adapter.inspect(desk.credential).valid is False


@pytest.mark.parametrize("end", [None, 0, "x", True, 10**20])
def test_ends_that_are_none(desk, reply, end):
    """
    Null and 0 stand for: never, on both dates.
    """
    data = {"app_id": "770", "is_valid": True, "expires_at": end, "data_access_expires_at": end, "scopes": None}
    desk.say(reply.json({"data": data}))
    status = desk.adapter.inspect(desk.credential)

    assert (True, None, None) == (status.valid, status.expires_at, status.data_access_expires_at)


def test_the_end_of_data_access_is_told(desk, reply):
    """
    90 days after the person last agreed.
    """
    data = {
        "app_id": "770",
        "is_valid": True,
        "data_access_expires_at": int((WORKDAY + timedelta(days=90)).timestamp()),
    }
    desk.say(reply.json({"data": data}))

    assert WORKDAY + timedelta(days=90) == desk.adapter.inspect(desk.credential).data_access_expires_at


@pytest.mark.parametrize("call", ["whoami", "inspect"])
def test_an_answer_without_its_part_is_no_answer(desk, reply, call):
    """
    An empty object tells nothing.
    """
    desk.say(reply.json({}))
    with pytest.raises(Unavailable):
        getattr(desk.adapter, call)(desk.credential)


@pytest.mark.parametrize("call", ["whoami", "inspect", "refresh", "revoke", "discover"])
def test_a_credential_without_a_token_is_lost(desk, call):
    """
    Nothing is sent for it.
    """
    with pytest.raises(AuthorizationLost):
        getattr(desk.adapter, call)(attrs.evolve(desk.person, secrets={}))

    assert [] == desk.seen
