"""From an answer to an outcome: the table row by row, and properties over answers nobody thought of."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from civicsns.adapters.facebook.answers import BLOCK, PAUSE, Answer, allowances, judge, parse
from civicsns.adapters.facebook.verdicts import row
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
from civicsns.language import Language
from civicsns.model import Secret

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def answer(status=400, code=None, subcode=None, headers=None, **more):
    error = {"message": "no", "code": code, **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    return Answer(status=status, headers=headers or {}, body={"error": error})


def verdict(given, *, changes=True, secrets=()):
    return judge(given, changes=changes, now=NOW, secrets=secrets)


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80001])
@pytest.mark.parametrize("status", [400, 403])
def test_throttling_codes_are_rate_limits(code, status):
    """
    Each documented throttling code is `RateLimited`, 15 minutes where Facebook does not say how long.
    """
    outcome = verdict(answer(status, code, is_transient=True))

    assert isinstance(outcome, RateLimited)
    assert NOW + PAUSE == outcome.until
    assert ("app" if code in {4, 341} else "account") == outcome.scope


def test_regaining_access_sets_the_time():
    """
    `estimated_time_to_regain_access` is in minutes; the longest of several counts.
    """
    usage = {
        "100": [{"type": "pages", "estimated_time_to_regain_access": 12}],
        "7": [{"estimated_time_to_regain_access": 40}],
    }
    outcome = verdict(answer(400, 80001, headers={"x-business-use-case-usage": json.dumps(usage)}))

    assert isinstance(outcome, RateLimited)
    assert NOW + timedelta(minutes=40) == outcome.until


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("code", "subcode"),
    [(102, None), (190, None), *((190, sub) for sub in (458, 459, 460, 463, 464, 467, 492, 99)), (368, 4854002)],
)
def test_dead_tokens_are_lost_authorizations(code, subcode, status):
    """
    102, 190 with any subcode and the demand to verify the identity hold the account.
    """
    assert isinstance(verdict(answer(status, code, subcode)), AuthorizationLost)


@pytest.mark.parametrize("code", [3, 10, 200, 210, 250, 299])
def test_missing_permissions_are_lost_authorizations(code):
    """
    A permission that is missing comes back by enrolling again, so the post is held and not thrown away.
    """
    assert isinstance(verdict(answer(403, code)), AuthorizationLost)


@pytest.mark.parametrize(("code", "subcode"), [(458, 459), (459, 460), (460, 463), (463, 464), (464, 467)])
def test_each_dead_token_says_why(code, subcode):
    """
    The subcodes of 190 have sentences of their own.
    """
    first, second = verdict(answer(401, 190, code)), verdict(answer(401, 190, subcode))

    assert first is not None
    assert second is not None
    assert first.what != second.what


@pytest.mark.parametrize(
    ("code", "subcode"),
    [(100, None), (100, 33), (1609005, None), (100, 1609005), (368, None), (368, 1346003), (803, None)],
)
def test_refusals_of_content_are_final(code, subcode):
    """
    Content, parameters and abuse blocks are refused for good.
    """
    assert isinstance(verdict(answer(400, code, subcode)), Refused)


@pytest.mark.parametrize(("code", "subcode"), [(506, None), (368, 1404082), (100, 506)])
def test_a_duplicate_on_a_write_is_unknown(code, subcode):
    """
    The post that Facebook has already may be ours from an attempt whose answer was lost.
    """
    outcome = verdict(answer(400, code, subcode))

    assert isinstance(outcome, OutcomeUnknown)
    assert UnknownReason.DUPLICATE is outcome.reason


def test_a_block_for_posting_too_often_is_long():
    """
    368/1390008 is a rate limit that must not be hammered.
    """
    outcome = verdict(answer(400, 368, 1390008))

    assert isinstance(outcome, RateLimited)
    assert NOW + BLOCK == outcome.until


@pytest.mark.parametrize(
    ("status", "code"), [(500, 2), (500, 1), (400, 1), (400, 2), (503, 190), (500, 100), (502, 506)]
)
def test_failures_of_the_server_prove_nothing(status, code):
    """
    Codes 1 and 2, and any 5xx whatever its body says, are unknown on a write and unavailable on a read.
    """
    given = answer(status, code)
    outcome = verdict(given)

    assert isinstance(outcome, OutcomeUnknown)
    assert UnknownReason.SERVER_ERROR is outcome.reason
    assert isinstance(verdict(given, changes=False), Unavailable)


def test_a_refusal_that_calls_itself_transient_is_not_final():
    """
    `is_transient` contradicts "for good".
    """
    assert isinstance(verdict(answer(400, 100, is_transient=True)), OutcomeUnknown)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, RateLimited), (402, BudgetSpent), (401, AuthorizationLost), (404, OutcomeUnknown), (408, OutcomeUnknown)],
)
def test_a_bare_status_means_what_http_says(status, kind):
    """
    Without a code, 429, 402 and 401 mean what HTTP says; others prove nothing.
    """
    assert isinstance(verdict(Answer(status=status, headers={}, body=None)), kind)


@pytest.mark.parametrize("body", [{"error": {"code": 190}}, {"errors": [{"message": "x"}]}, [], None, "ok", 1])
def test_a_success_with_an_error_in_it_proves_nothing(body):
    """
    HTTP 200 with an error, or with no JSON object, is unknown on a write.
    """
    assert isinstance(verdict(Answer(status=200, headers={}, body=body)), OutcomeUnknown)


def test_the_network_s_sentence_is_kept_without_secrets():
    """
    Facebook quotes malformed tokens in its sentences; the outcome does not.
    """
    outcome = verdict(answer(400, 190, message="Malformed access token EAAsecret"), secrets=[Secret("EAAsecret")])

    assert outcome is not None
    assert "Malformed access token […]" == outcome.detail


def test_half_a_surrogate_pair_can_be_written_to_a_log():
    """
    A sentence of the network always encodes.
    """
    outcome = verdict(Answer(status=400, headers={}, body=parse(b'{"error": {"code": 100, "message": "\\ud83d"}}')))

    assert outcome is not None
    assert "?" == outcome.detail.encode().decode()


def test_allowances_come_from_all_three_headers():
    """
    App, Page and business usage are read in percent, with the time of regaining access.
    """
    found = allowances(
        {
            "x-app-usage": '{"call_count": 28, "total_time": 25, "total_cputime": 31}',
            "x-page-usage": '{"call_count": 5}',
            "x-business-use-case-usage": '{"100": [{"type": "pages", "call_count": 90, "estimated_time_to_regain_access": 7}]}',
        },
        now=NOW,
    )

    assert [("app", "app_usage", 0.31), ("account", "page_usage", 0.05), ("account", "pages", 0.9)] == [
        (one.scope, one.window, one.used) for one in found
    ]
    assert NOW + timedelta(minutes=7) == found[-1].resets_at


@pytest.mark.parametrize("count", ["1e999", "-1", "NaN", "true", '"9"', "1" + "0" * 400])
def test_usage_that_is_no_percentage_is_left_out(count):
    """
    A header that cannot be right spoils neither a receipt nor the time of a rate limit.
    """
    usage = f'{{"100": [{{"type": "pages", "call_count": {count}, "estimated_time_to_regain_access": {count}}}]}}'
    headers = {"x-business-use-case-usage": usage}
    outcome = verdict(answer(400, 80001, headers=headers))

    assert () == allowances(headers, now=NOW)
    assert isinstance(outcome, RateLimited)
    assert NOW + PAUSE == outcome.until


def test_no_announced_pause_is_believed_for_ever():
    """
    A week at most.
    """
    usage = '{"100": [{"estimated_time_to_regain_access": 1e300}]}'
    outcome = verdict(answer(400, 80001, headers={"x-business-use-case-usage": usage}))

    assert isinstance(outcome, RateLimited)
    assert NOW + timedelta(days=7) == outcome.until


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_codes = (
    st.sampled_from([1, 2, 4, 10, 17, 33, 100, 190, 200, 368, 463, 506, 80001, 1404082, 1390008, 1609005])
    | st.integers()
)
_errors = st.fixed_dictionaries(
    {},
    optional={
        "code": _codes | _json,
        "error_subcode": _codes | _json,
        "message": _json,
        "is_transient": _json,
        "fbtrace_id": _json,
    },
)
_bodies = (
    _json
    | st.fixed_dictionaries({"error": _errors | _json})
    | st.fixed_dictionaries({}, optional={"id": _json, "success": _json, "permalink_url": _json, "errors": _json})
)
_usage = st.dictionaries(
    st.text(max_size=3),
    st.lists(
        st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("type", "call_count", "estimated_time_to_regain_access"), _json)
        )
        | _json,
        max_size=2,
    )
    | _json,
    max_size=2,
)
_headers = st.fixed_dictionaries(
    {},
    optional={
        "x-app-usage": st.text(max_size=20) | _usage.map(json.dumps),
        "x-business-use-case-usage": st.text(max_size=20) | _usage.map(json.dumps),
        "retry-after": st.text(max_size=12) | st.integers().map(str),
    },
)
answers = st.builds(Answer, status=st.integers(100, 599), headers=_headers, body=_bodies)


@given(answers, st.booleans())
def test_any_answer_is_a_success_or_one_of_the_six(given_answer, changes):
    """
    Whatever the status, body and headers, there is an outcome or a success, and its words can be written.
    """
    outcome = verdict(given_answer, changes=changes)
    allowances(given_answer.headers, now=NOW)

    assert given_answer.good == (outcome is None)
    assert outcome is None or type(outcome) in {
        Refused, AuthorizationLost, RateLimited, BudgetSpent, Unavailable, OutcomeUnknown,
    }  # fmt: skip
    assert outcome is None or all((outcome.in_(language) + outcome.detail).encode() for language in Language)


@given(answers)
def test_no_read_is_unknown(given_answer):
    """
    Repeating a read harms nobody.
    """
    assert not isinstance(verdict(given_answer, changes=False), OutcomeUnknown)


@given(answers)
def test_only_what_is_listed_proves_that_nothing_was_done(given_answer):
    """
    On a write, an answer that is neither a success nor a listed refusal below 500 is unknown.
    """
    error = given_answer.object.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    subcode = error.get("error_subcode") if isinstance(error, dict) else None
    listed = given_answer.status in {401, 402, 429} or (
        400 <= given_answer.status < 500
        and isinstance(code, int)
        and not isinstance(code, bool)
        and row(code, subcode if type(subcode) is int else None) is not None
    )
    outcome = verdict(given_answer)

    assert given_answer.good or listed or isinstance(outcome, OutcomeUnknown)


@given(
    status=st.sampled_from([200, 201, 202, 302, 400, 401, 402, 403, 404, 408, 409, 429, 500, 502, 503]),
    body=_bodies.map(json.dumps).map(str.encode) | st.binary(max_size=40),
    kind=st.sampled_from(["application/json", "text/html", "text/javascript; charset=UTF-8", "image/png", "nonsense"]),
    usage=_usage.map(json.dumps),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_answer_over_the_wire_is_a_receipt_or_one_of_the_six(desk, reply, status, body, kind, usage):
    """
    The same through the SDK and a socket: `publish` gives a receipt for a 2xx with an id, else raises an outcome.
    """
    desk.say(reply(status, body, (("Content-Type", kind), ("X-Business-Use-Case-Usage", usage))))
    given_answer = Answer(status=status, headers={}, body=parse(body))
    ended = attempted(desk)

    if isinstance(ended, Outcome):
        assert status == ended.status
        assert isinstance(ended, OutcomeUnknown) or status >= 400
    else:
        assert given_answer.good
        assert given_answer.object["id"] == ended.post_id


def attempted(desk):
    try:
        return desk.publish()
    except Outcome as outcome:
        return outcome


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_are_nothing(content):
    """
    Reading never fails.
    """
    parse(content)


def test_a_body_nested_beyond_reason_is_no_body():
    """
    A hundred thousand brackets are no answer, and no crash.
    """
    assert parse(b"[" * 100_000) is None


@given(answers)
def test_outcomes_know_their_status(given_answer):
    """
    Every outcome that an answer led to has the status of that answer.
    """
    outcome = verdict(given_answer)

    assert outcome is None or given_answer.status == outcome.status
    assert outcome is None or isinstance(outcome, Outcome)


@pytest.mark.parametrize(
    ("code", "subcode", "scope"),
    [
        (4, None, "app"),
        (341, None, "app"),
        (101, None, "app"),
        (2635, None, "app"),
        (17, None, "account"),
        (32, None, "account"),
        (613, None, "account"),
        (80001, None, "account"),
        (190, 460, "account"),
        (368, 1390008, "account"),
        (368, 1346003, "account"),
        (100, None, "account"),
    ],
)
def test_whom_a_refusal_concerns(code, subcode, scope):
    """
    The app's own limit, an unknown app and an ended version concern every Page; the rest one Page alone.
    """
    assert scope == verdict(answer(400, code, subcode)).scope
