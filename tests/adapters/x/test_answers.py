from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.adapters.x import XAdapter, XSettings
from civicsns.adapters.x.answers import allowances, outcome
from civicsns.adapters.x.wire import Answer
from civicsns.clock import SystemClock
from civicsns.errors import (
    AuthorizationLost,
    BudgetSpent,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
    UnknownReason,
)
from civicsns.model import Credential, CredentialKind, Receipt, Rendition, Secret

NOW = datetime(2026, 4, 1, tzinfo=UTC)
SOON = int((NOW + timedelta(minutes=3)).timestamp())
PROBLEMS = "https://api.twitter.com/2/problems"


def said(status: int, body: dict[str, Any] | None = None, headers: Any = None) -> Any:
    return Answer(status=status, headers=headers or {}, body=body)


def judge(
    status: int, body: dict[str, Any] | None = None, headers: Any = None, *, changes: bool = True, posts: bool = True
) -> Any:
    return outcome(said(status, body, headers), changes=changes, posts=posts, now=NOW, secrets=())


def problem(status: int, detail: Any = "", kind: Any = "about:blank", **more: Any) -> Any:
    return {"title": "Title", "detail": detail, "type": kind, "status": status, **more}


DUPLICATE = problem(403, "You are not allowed to create a Tweet with duplicate content.")
TABLE: dict[str, tuple[int, dict[str, Any] | None, type[Outcome]]] = {
    "bad request": (400, problem(400, "Wrong", f"{PROBLEMS}/invalid-request"), Refused),
    "bad request in old shape": (400, {"errors": [{"code": 324, "message": "Media ids are invalid."}]}, Refused),
    "token": (401, problem(401, "Unauthorized"), AuthorizationLost),
    "token in old shape": (401, {"errors": [{"code": 89, "message": "Invalid or expired token."}]}, AuthorizationLost),
    "token with a page": (401, None, AuthorizationLost),
    "signature": (401, {"errors": [{"code": 32, "message": "Could not authenticate you."}]}, Refused),
    "clock": (401, {"errors": [{"code": 135, "message": "Timestamp out of bounds."}]}, Unavailable),
    "credits": (402, problem(402, "No credits", f"{PROBLEMS}/credits"), BudgetSpent),
    "permissions": (403, problem(403, "Not configured", f"{PROBLEMS}/oauth1-permissions"), AuthorizationLost),
    "scope": (403, problem(403, "Forbidden"), AuthorizationLost),
    "suspended": (403, problem(403, "Your account is suspended and is not permitted."), AuthorizationLost),
    "locked": (403, {"errors": [{"code": 326, "message": "Log in to unlock."}]}, AuthorizationLost),
    "app token": (403, problem(403, "App-only", f"{PROBLEMS}/unsupported-authentication"), AuthorizationLost),
    "app": (403, problem(403, "No project", "https://api.x.com/2/problems/client-forbidden"), Refused),
    "not summoned": (403, problem(403, "Reply to this conversation is not allowed because…"), Refused),
    "other refusal": (403, problem(403, "You are not permitted to perform this action."), Refused),
    "duplicate": (403, DUPLICATE, OutcomeUnknown),
    "duplicate in old shape": (403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}, OutcomeUnknown),
    "posts of the day": (403, {"errors": [{"code": 185, "message": "Daily limit."}]}, RateLimited),
    "cap as 403": (403, problem(403, "Cap", f"{PROBLEMS}/usage-capped"), BudgetSpent),
    "gone": (404, problem(404, "Not found", f"{PROBLEMS}/resource-not-found"), Refused),
    "limit": (429, problem(429, "Too Many Requests"), RateLimited),
    "limit in old shape": (429, {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}, RateLimited),
    "limit with a page": (429, None, RateLimited),
    "cap of the month": (429, problem(429, "Cap", f"{PROBLEMS}/usage-capped", period="Monthly"), BudgetSpent),
    "cap of the day": (429, problem(429, "Cap", f"{PROBLEMS}/usage-capped", period="Daily"), RateLimited),
    "page 403": (403, None, OutcomeUnknown),
    "page 400": (400, None, OutcomeUnknown),
    "page 404": (404, None, OutcomeUnknown),
    "foreign JSON 403": (403, {"blocked": True}, OutcomeUnknown),
    "another status inside": (403, problem(500, "Odd"), OutcomeUnknown),
    "redirect": (302, None, OutcomeUnknown),
    "conflict": (409, problem(409, "Conflict"), OutcomeUnknown),
    "server error": (500, problem(500, "Broken", f"{PROBLEMS}/internal-error"), OutcomeUnknown),
    "gateway": (504, None, OutcomeUnknown),
    "no data": (200, {"errors": [problem(404, "?")]}, OutcomeUnknown),
    "empty": (201, {}, OutcomeUnknown),
    "page 200": (200, None, OutcomeUnknown),
}


@pytest.mark.parametrize("case", TABLE)
def test_each_refusal_has_its_outcome(case: str) -> None:
    """
    A refusal that X wrote is taken at its word; whatever else comes back on a write leaves the outcome unknown.
    """
    status, body, kind = TABLE[case]

    found = judge(status, body)

    assert kind is type(found)
    assert status == found.status


@pytest.mark.parametrize("case", TABLE)
def test_no_reading_call_is_ever_unknown(case: str) -> None:
    """
    Where nothing changes, an answer that proves nothing means Unavailable, and a duplicate cannot be.
    """
    status, body, _ = TABLE[case]

    assert type(judge(status, body, changes=False, posts=False)) is not OutcomeUnknown


def test_the_reason_tells_duplicates_from_breakdowns() -> None:
    """
    The ledger learns why it does not know.
    """
    reasons = [judge(*TABLE[case][:2]).reason for case in ("duplicate", "server error", "page 200")]

    assert [UnknownReason.DUPLICATE, UnknownReason.SERVER_ERROR, UnknownReason.UNREADABLE_ANSWER] == reasons


def test_a_reply_that_is_not_allowed_says_what_to_do() -> None:
    """
    The most common refusal on the self-serve tiers comes with its way out.
    """
    found = judge(*TABLE["not summoned"][:2])

    assert "返信ではなく" in found.mend.ja
    assert "post of its own" in found.mend.en


def test_the_last_segment_of_the_type_is_what_counts() -> None:
    """
    X writes the host of a problem's type now this way, now that way.
    """
    hosts = ("https://api.x.com", "https://api.twitter.com", "https://x.com", "")
    bodies = [problem(403, "No", f"{host}/2/problems/client-forbidden") for host in hosts]

    assert ["client-forbidden"] * 4 == [judge(403, body).code for body in bodies]


def test_what_x_says_is_passed_on_short_and_without_tokens() -> None:
    """
    The detail is at most 300 characters, and a token in it is masked.
    """
    body = problem(400, "planted-token " + "x" * 500)

    found = outcome(said(400, body), changes=True, posts=True, now=NOW, secrets=(Secret("planted-token"),))

    assert 300 == len(found.detail)
    assert "planted-token" not in f"{found} {found.what.ja} {found.detail}"


LIMIT = "x-rate-limit"
USER = "x-user-limit-24hour"
APP = "x-app-limit-24hour"


def headers(family: Any, remaining: Any, reset: Any, limit: Any = 100) -> Any:
    return {f"{family}-limit": str(limit), f"{family}-remaining": str(remaining), f"{family}-reset": str(reset)}


@pytest.mark.parametrize(
    ("given_headers", "minutes", "scope"),
    [
        ({}, 15, "account"),
        (headers(LIMIT, 0, SOON), 3, "account"),
        (headers(LIMIT, 50, SOON) | headers(USER, 0, SOON + 60), 4, "account"),
        (headers(LIMIT, 50, SOON) | headers(APP, 0, SOON + 120), 5, "app"),
        (headers(LIMIT, 0, SOON) | headers(APP, 0, SOON + 120), 5, "app"),
        (headers(LIMIT, 0, SOON + 120) | headers(USER, 0, SOON), 5, "account"),
        ({f"{LIMIT}-reset": str(SOON)}, 3, "account"),
        (headers(LIMIT, 0, "soon"), 15, "account"),
        (headers(LIMIT, 0, "9" * 30), 15, "account"),
        (headers(LIMIT, 0, SOON + 10**8), 15, "account"),
        (headers(LIMIT, 0, "-5"), 15, "account"),
        (headers(LIMIT, 0, int(NOW.timestamp()) - 30), 5 / 60, "account"),
        ({f"{USER}-remaining": "0"}, 24 * 60, "account"),
    ],
)
def test_a_rate_limit_says_until_when_and_whose(given_headers: Any, minutes: Any, scope: Any) -> None:
    """
    The latest of the used-up allowances decides; without a usable time it is the length of the window.
    """
    found = judge(429, None, given_headers)

    assert (NOW + timedelta(minutes=minutes), scope) == (found.until, found.scope)
    assert UTC is found.until.tzinfo


def test_all_three_families_of_headers_become_allowances() -> None:
    """
    A receipt tells what is left of every limit that X mentions.
    """
    given_headers = headers(LIMIT, 75, SOON) | headers(APP, 5000, SOON, 10_000) | headers(USER, 0, SOON)

    found = {(one.scope, one.window): (one.used, one.remaining) for one in allowances(said(201, {}, given_headers))}

    assert {
        ("account", "window"): (0.25, 75),
        ("app", "day"): (0.5, 5000),
        ("account", "day"): (1.0, 0),
    } == found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
NAMES = st.sampled_from(
    ["title", "detail", "type", "status", "errors", "error", "code", "message", "data", "id", "period", "deleted"]
)
PROBLEM_LIKE = st.dictionaries(
    NAMES, JSON | st.dictionaries(NAMES, JSON, max_size=4) | st.lists(st.dictionaries(NAMES, JSON), max_size=3)
)
BODIES = (
    (JSON | PROBLEM_LIKE).map(lambda value: json.dumps(value).encode())
    | st.text().map(str.encode)
    | st.binary()
    | st.sampled_from([b"[" * 100_000, b'{"data":{"id":"19"}}', b"null", b"9" * 5000])
)
HEADERS = st.dictionaries(
    st.sampled_from([f"{family}-{name}" for family in (LIMIT, USER, APP) for name in ("limit", "remaining", "reset")]),
    st.text(st.characters(min_codepoint=33, max_codepoint=126)) | st.integers().map(str),
)
RENDITION = Rendition(platform="x", account="x:a", network_id="1", text="お知らせ", body={"text": "お知らせ"})
CREDENTIAL = Credential(
    platform="x", kind=CredentialKind.X_OAUTH2, secrets={"access_token": Secret("planted-token")}, subject="1"
)


@pytest.fixture(scope="module")
def against_script(scripted: Any) -> Any:
    settings = XSettings(consumer_key=Secret("k"), consumer_secret=Secret("s"), base_url=scripted.url)
    return XAdapter(settings, clock=SystemClock())


@given(status=st.integers(200, 599), body=BODIES, answer_headers=HEADERS)
def test_whatever_comes_back_is_a_receipt_or_an_outcome(
    scripted: Any, against_script: Any, status: int, body: bytes, answer_headers: Any
) -> None:
    """
    Any status, any body, any headers, over a real socket: a receipt or one of the six outcomes, and nothing else.
    An answer that is neither the expected success nor on the list of refusals never counts as proof.
    """
    scripted.say(status, body, answer_headers)
    try:
        result = against_script.publish(RENDITION, CREDENTIAL)
    except Outcome as error:
        result = error

    assert type(result) in {Receipt, Refused, AuthorizationLost, RateLimited, BudgetSpent, Unavailable, OutcomeUnknown}
    if status not in {400, 401, 402, 403, 404, 429}:
        assert type(result) in {Receipt, OutcomeUnknown}
    if isinstance(result, Receipt):
        assert result.post_id == json.loads(body)["data"]["id"]


@given(status=st.integers(200, 599), body=BODIES, answer_headers=HEADERS)
def test_whatever_comes_back_a_delete_is_confirmed_or_an_outcome(
    scripted: Any, against_script: Any, status: int, body: bytes, answer_headers: Any
) -> None:
    """
    A delete returns only where X said so.
    """
    scripted.say(status, body, answer_headers)
    receipt = Receipt(platform="x", account="x:a", post_id="19", at=NOW)
    try:
        against_script.delete(receipt, CREDENTIAL)
    except Outcome as error:
        result: Outcome | None = error
    else:
        result = None

    assert result is not None or b"deleted" in body or b"resource-not-found" in body
    assert type(result) is not Unavailable or result.code == "135"


@given(status=st.integers(200, 599), body=BODIES, answer_headers=HEADERS)
def test_whatever_comes_back_reading_proves_nothing_by_accident(
    scripted: Any, against_script: Any, status: int, body: bytes, answer_headers: Any
) -> None:
    """
    `find` says that there is no such post only where X gave a list; and a reading call is never unknown.
    """
    scripted.say(status, body, answer_headers)
    try:
        result: Receipt | Outcome | None = against_script.find(RENDITION, CREDENTIAL, since=NOW)
    except Outcome as error:
        result = error

    assert type(result) is not OutcomeUnknown
    if result is None:
        listed = json.loads(body)
        assert isinstance(listed.get("data"), list) or 0 == listed["meta"]["result_count"]


@pytest.mark.parametrize(
    ("status", "body", "scope"),
    [
        (402, problem(402, "No credits", f"{PROBLEMS}/credits"), "app"),
        (403, problem(403, "No project", f"{PROBLEMS}/client-forbidden"), "app"),
        (403, {"errors": [{"code": 416, "message": "Invalid / suspended application."}]}, "app"),
        (403, {"errors": [{"code": 261, "message": "Application cannot perform write actions."}]}, "app"),
        (403, {"errors": [{"code": 453, "message": "You currently have access to a subset."}]}, "app"),
        (403, {"errors": [{"code": 326, "message": "Log in to unlock."}]}, "account"),
        (403, problem(403, "You are not permitted to perform this action."), "account"),
        (401, problem(401, "Unauthorized"), "account"),
    ],
)
def test_whom_a_refusal_concerns(status, body, scope):
    """
    Spent credits and an app without leave concern every account; a dead token or a refused post that one alone.
    """
    assert scope == judge(status, body).scope
