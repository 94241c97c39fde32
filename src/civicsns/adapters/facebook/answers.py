"""
From an HTTP answer to an outcome, pure: the same answer always means the same.

Only a refusal that the table lists proves that nothing was done. Everything else, on a call that changes
something, is `OutcomeUnknown`: an HTTP 500 with code 2 has left live copies of the post behind.
"""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.adapters.facebook.verdicts import ODD, UNSIGNED, Meaning, Row, row
from civicsns.adapters.transport import failed, redact
from civicsns.errors import AuthorizationLost, BudgetSpent, Outcome, OutcomeUnknown, RateLimited, Refused, UnknownReason
from civicsns.language import Bilingual
from civicsns.model import Allowance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from civicsns.model import Secret

#: How long to wait where Facebook does not say.
PAUSE: Final = timedelta(minutes=15)
#: How long to wait where Facebook has blocked posting; our own choice, since hammering prolongs the block.
BLOCK: Final = timedelta(hours=6)
#: No announced pause is believed beyond this.
_LONGEST: Final = timedelta(days=7)

_DETAIL = 300


@attrs.frozen(kw_only=True)
class Answer:
    """
    One answer of the Graph API.

    Attributes:
        status: The HTTP status.
        headers: The headers by lower-case name.
        body: The JSON value; None where the body is no JSON.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: Any = attrs.field(repr=False)

    @property
    def object(self) -> Mapping[str, Any]:
        """The JSON object; empty where the body is something else."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def good(self) -> bool:
        """Whether the answer is a success: 2xx, a JSON object, and no error in it."""
        return 200 <= self.status < 300 and isinstance(self.body, dict) and not {"error", "errors"} & self.body.keys()


def parse(content: bytes) -> Any:
    """Read JSON; None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def judge(answer: Answer, *, changes: bool, now: datetime, secrets: Iterable[Secret] = ()) -> Outcome | None:
    """
    Give the outcome that *answer* stands for; None for a success.

    Args:
        answer: What came back.
        changes: Whether the call changes something on the network.
        now: The time, for `RateLimited.until`.
        secrets: What must not stand in the outcome.
    """
    if answer.good:
        return None
    error = _error(answer, secrets)
    if answer.status == 402:
        return BudgetSpent(
            Bilingual("Facebook が支払いを求めました。", "Facebook asks for payment."),
            mend=Bilingual("アプリの管理画面で支払いの状態を確かめてください。", "See the app's billing page."),
            status=answer.status,
            detail=error.detail,
        )
    found = row(error.code, error.subcode) if error.code is not None and 400 <= answer.status < 500 else None
    if found is None and answer.status == 429:
        found = _TOO_MANY
    if found is None and answer.status == 401:
        found = UNSIGNED
    if found is None or (error.transient and found.meaning is Meaning.REFUSED):
        return _unproven(answer, error, changes=changes)
    return _outcome(found, answer, error, changes=changes, now=now)


_TOO_MANY = Row(
    meaning=Meaning.THROTTLED,
    what=Bilingual("Facebook への呼出しが多すぎます。", "There were too many calls to Facebook."),
    mend=Bilingual("示された時刻まで待ってください。", "Wait until the time given."),
)


@attrs.frozen(kw_only=True)
class _Error:
    code: int | None
    subcode: int | None
    transient: bool
    detail: str
    trace: str

    @property
    def name(self) -> str | None:
        if self.code is None:
            return None
        return f"{self.code}" if self.subcode is None else f"{self.code}/{self.subcode}"


def _error(answer: Answer, secrets: Iterable[Secret]) -> _Error:
    error = answer.object.get("error")
    error = error if isinstance(error, dict) else {}
    kept = list(secrets)
    return _Error(
        code=_whole(error.get("code")),
        subcode=_whole(error.get("error_subcode")),
        transient=error.get("is_transient") is True,
        detail=_sentence(error.get("message"), kept),
        trace=_sentence(error.get("fbtrace_id"), kept),
    )


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _sentence(value: Any, secrets: Iterable[Secret]) -> str:
    # A JSON text may hold half a surrogate pair, which no log could write.
    text = value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""
    return str(redact(text, secrets))[:_DETAIL]


def _unproven(answer: Answer, error: _Error, *, changes: bool) -> Outcome:
    outcome = failed(network="Facebook", reason=_reason(answer, error) if changes else None, status=answer.status)
    outcome.code = error.name
    outcome.detail = error.detail
    outcome.evidence = _evidence(error)
    return outcome


def _reason(answer: Answer, error: _Error) -> UnknownReason:
    if answer.status >= 500 or error.code in {1, 2} or error.transient:
        return UnknownReason.SERVER_ERROR
    if answer.status in {408, 504}:
        return UnknownReason.TIMEOUT
    return UnknownReason.UNREADABLE_ANSWER if error.code is None else UnknownReason.UNCONFIRMED


def _outcome(found: Row, answer: Answer, error: _Error, *, changes: bool, now: datetime) -> Outcome:
    if found.meaning is Meaning.THROTTLED:
        return RateLimited(
            found.what,
            mend=found.mend,
            until=until(answer.headers, now=now, otherwise=BLOCK if found.long else PAUSE),
            scope=found.scope,
            status=answer.status,
            code=error.name,
            detail=error.detail,
        )
    if found.meaning is Meaning.DUPLICATE and changes:
        return OutcomeUnknown(
            found.what,
            mend=found.mend,
            reason=UnknownReason.DUPLICATE,
            status=answer.status,
            code=error.name,
            detail=error.detail,
            evidence=_evidence(error),
        )
    kind = AuthorizationLost if found.meaning is Meaning.RECONNECT else Refused
    said = found if found.meaning is not Meaning.DUPLICATE else ODD
    return kind(
        said.what,
        mend=said.mend,
        status=answer.status,
        code=error.name,
        detail=error.detail,
        evidence=_evidence(error),
        scope=said.scope,
    )


def _evidence(error: _Error) -> dict[str, str]:
    # Meta's support asks for it.
    return {"fbtrace_id": error.trace} if error.trace else {}


# --- rate limits ------------------------------------------------------------------------------------------------

_USAGE: Final = {"x-app-usage": ("app", "app_usage"), "x-page-usage": ("account", "page_usage")}
_BUSINESS: Final = "x-business-use-case-usage"
_SHARES: Final = ("call_count", "total_time", "total_cputime")


def allowances(headers: Mapping[str, str], *, now: datetime) -> tuple[Allowance, ...]:
    """
    Read the usage headers; one that cannot be read is left out, since it must not spoil a receipt.

    Source: https://developers.facebook.com/docs/graph-api/overview/rate-limiting (percentages of a rolling hour).
    """
    return tuple(_allowances(headers, now=now))


def _allowances(headers: Mapping[str, str], *, now: datetime) -> Iterator[Allowance]:
    for name, (scope, window) in _USAGE.items():
        usage = _json(headers.get(name))
        if isinstance(usage, dict) and (used := _used(usage)) is not None:
            yield Allowance(scope=scope, window=window, used=used)
    for case in _cases(headers):
        if (used := _used(case)) is not None:
            pause = _pause(case)
            kind = case.get("type")
            yield Allowance(
                scope="account",
                window=kind if isinstance(kind, str) else _BUSINESS,
                used=used,
                resets_at=now + pause if pause else None,
            )


def until(headers: Mapping[str, str], *, now: datetime, otherwise: timedelta) -> datetime:
    """Give the time from which calls are accepted again, as the headers say, else after *otherwise*."""
    pauses = [pause for case in _cases(headers) if (pause := _pause(case))]
    if not pauses and headers.get("retry-after", "").isascii() and headers.get("retry-after", "").isdigit():
        pauses = [min(timedelta(seconds=min(int(headers["retry-after"][:9]), 10**6)), _LONGEST)]
    return now + max(pauses, default=otherwise)


def _cases(headers: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    usage = _json(headers.get(_BUSINESS))
    if isinstance(usage, dict):
        for cases in usage.values():
            if isinstance(cases, list):
                yield from (case for case in cases if isinstance(case, dict))


def _used(usage: Mapping[str, Any]) -> float | None:
    shares = [number for name in _SHARES if (number := _number(usage.get(name))) is not None]
    return max(shares) / 100 if shares else None


def _pause(case: Mapping[str, Any]) -> timedelta:
    minutes = _number(case.get("estimated_time_to_regain_access")) or 0.0
    return timedelta(minutes=min(minutes, _LONGEST / timedelta(minutes=1)))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _json(text: str | None) -> Any:
    return parse(text.encode("utf-8", "replace")) if text else None
