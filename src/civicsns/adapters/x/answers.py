"""
What X's answers mean: one table from status, problem type and sentence to an outcome.

Only refusals that X itself wrote count as proof that nothing was done. On a call that changes something, every
other answer without the expected data means that the outcome is unknown.

Sources: docs.x.com, response codes and errors (problem types, v1.1 error codes); the OpenAPI document's problem
schemas. The host in a problem's type varies, so its last path segment is compared.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.adapters.transport import failed, redact
from civicsns.adapters.x import words
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
from civicsns.model import Allowance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from civicsns.adapters.x.wire import Answer
    from civicsns.language import Bilingual
    from civicsns.model import Secret

#: X's rate-limit window (docs.x.com, rate limits), where an answer does not say when it ends.
WINDOW = timedelta(minutes=15)
_DAY = timedelta(hours=24)
_LONGEST_DETAIL = 300
_LONGEST_CODE = 60

#: Header prefix → whose allowance it is, and its window.
_FAMILIES = (
    ("x-user-limit-24hour", "account", "day"),
    ("x-app-limit-24hour", "app", "day"),
    ("x-rate-limit", "account", "window"),
)


@attrs.frozen(kw_only=True)
class Problem:
    """
    What X says went wrong.

    Attributes:
        kind: The last path segment of the problem's type, such as `client-forbidden`; empty where there is none.
        codes: The v1.1 error codes in the answer.
        title: Its title.
        detail: Its sentences, joined.
        period: Of what time a used-up allowance is, such as `Daily`.
        ours: Whether the body has the shape of X's errors; a proxy's page has not.
    """

    kind: str = ""
    codes: frozenset[int] = frozenset()
    title: str = ""
    detail: str = attrs.field(default="", repr=False)
    period: str = ""
    ours: bool = False

    def says(self, *phrases: str) -> bool:
        """Tell whether its sentences contain one of *phrases*, in whatever case."""
        text = self.detail.casefold()
        return any(phrase in text for phrase in phrases)


def problem(answer: Answer) -> Problem:
    """Read the problem in *answer*, in any of the shapes that X uses."""
    body = answer.body
    if body is None:
        return Problem()
    errors = body.get("errors")
    parts = [body, *(one for one in (errors if isinstance(errors, list) else []) if isinstance(one, dict))]
    types = [one["type"] for one in parts if isinstance(one.get("type"), str)]
    # `about:blank` says nothing more than the status.
    kinds = [kind.rstrip("/").rsplit("/", 1)[-1] for kind in types if "/" in kind]
    sentences = [
        one[key]
        for one in parts
        for key in ("detail", "message", "error_description", "error")
        if isinstance(one.get(key), str)
    ]
    codes = {one["code"] for one in parts if type(one.get("code")) is int}
    title = next((one["title"] for one in parts if isinstance(one.get("title"), str)), "")
    period = body.get("period")
    status = body.get("status")
    return Problem(
        kind=kinds[0] if kinds else "",
        codes=frozenset(codes),
        title=title,
        detail=" ".join(dict.fromkeys(sentences)),
        period=period if isinstance(period, str) else "",
        ours=bool(title or codes or sentences) and (status is None or status == answer.status),
    )


def outcome(answer: Answer, *, changes: bool, posts: bool, now: datetime, secrets: Sequence[Secret]) -> Outcome:
    """
    Give the outcome that *answer*, which is not the expected success, stands for.

    Args:
        answer: The answer.
        changes: Whether the call changes something; then an answer that proves nothing means `OutcomeUnknown`.
        posts: Whether the call makes a post, so that a duplicate refusal says that one may exist.
        now: The time, for waits.
        secrets: What must not be shown.
    """
    said = problem(answer)
    detail = str(redact(said.detail or said.title, secrets))[:_LONGEST_DETAIL]
    kind = str(redact(said.kind, secrets))[:_LONGEST_CODE]
    code = kind or ",".join(str(one) for one in sorted(said.codes))[:_LONGEST_CODE] or None
    more: dict[str, Any] = {"status": answer.status, "code": code, "detail": detail}

    def refused(reason: tuple[Bilingual, Bilingual], kind: type[Outcome] = Refused, *, app: bool = False) -> Outcome:
        what, mend = reason
        made = kind(words.quoted(what, detail), mend=mend, **more)
        made.scope = "app" if app else made.scope
        return made

    match answer.status:
        case 401 if 135 in said.codes:
            return refused(words.CLOCK, Unavailable)
        case 401 if 32 in said.codes:
            # Our signature is wrong, and so the app's keys; a token that is dead gets 89 (docs.x.com, error codes).
            return refused(words.APP_SHUT, app=True)
        case 401:
            return refused(words.TOKEN_DEAD, AuthorizationLost)
        case 402:
            return refused(words.CREDITS, BudgetSpent)
        case 429 if said.kind == "usage-capped" and said.period.casefold() != "daily":
            return refused(words.CREDITS, BudgetSpent)
        case 429:
            return _limited(answer, said, now=now, more=more)
        case 403 if said.ours:
            return _forbidden(said, answer, refused, posts=posts, now=now, more=more)
        case 400 | 404 if said.ours:
            return refused(words.INVALID if answer.status == 400 else words.GONE)
        case status if status >= 500:
            reason = UnknownReason.SERVER_ERROR
        case _:
            reason = UnknownReason.UNREADABLE_ANSWER
    unclear = failed(network="X", reason=reason if changes else None, how=words.UNEXPECTED, status=answer.status)
    unclear.code, unclear.detail = code, detail
    return unclear


def suspended(said: Problem) -> bool:
    """Tell whether X has suspended or locked the account, whatever else may be wrong."""
    return bool(said.codes & {64, 326}) or said.says("account is suspended", "account is temporarily locked")


def _forbidden(
    said: Problem,
    answer: Answer,
    refused: Callable[..., Outcome],
    *,
    posts: bool,
    now: datetime,
    more: Mapping[str, Any],
) -> Outcome:
    # A token short of a scope gets the bare word and no reason.
    if said.kind == "oauth1-permissions" or said.detail.casefold() in {"", "forbidden"}:
        return refused(words.PERMISSIONS_CHANGED, AuthorizationLost)
    if suspended(said):
        return refused(words.SUSPENDED, AuthorizationLost)
    if said.kind == "usage-capped":
        return refused(words.CREDITS, BudgetSpent)
    if 185 in said.codes:
        return _limited(answer, said, now=now, more=more, default=_DAY)
    if 187 in said.codes or said.says("duplicate"):
        if not posts:
            return refused(words.FORBIDDEN)
        what, mend = words.DUPLICATE
        return OutcomeUnknown(what, mend=mend, reason=UnknownReason.DUPLICATE, **more)
    if said.says("reply to this conversation is not allowed", "not been mentioned"):
        return refused(words.NOT_SUMMONED)
    if said.kind == "unsupported-authentication":
        return refused(words.TOKEN_DEAD, AuthorizationLost)
    # 261 the app may not write, 416 it is suspended, 453 its plan has no such call (docs.x.com, error codes).
    if said.kind == "client-forbidden" or said.codes & {261, 416, 453}:
        return refused(words.APP_FORBIDDEN, app=True)
    return refused(words.FORBIDDEN)


def _limited(
    answer: Answer, said: Problem, *, now: datetime, more: Mapping[str, Any], default: timedelta = WINDOW
) -> RateLimited:
    """Say when to come back: when the last of the used-up allowances is whole again."""
    known = allowances(answer)
    spent = [one for one in known if one.remaining == 0] or (known if len(known) == 1 else [])
    ends = [one.resets_at for one in spent if one.resets_at and now - _DAY < one.resets_at < now + 2 * _DAY]
    daily = said.kind == "usage-capped" or any(one.window == "day" for one in spent)
    # A reset that has passed already means that the clocks differ; a short wait does no harm.
    until = max(*ends, now + timedelta(seconds=5)) if ends else now + (_DAY if daily else default)
    app = any(one.scope == "app" for one in spent) or said.kind == "usage-capped"
    what, mend = words.RATE_LIMITED_APP if app else words.RATE_LIMITED
    return RateLimited(what, mend=mend, until=until, scope="app" if app else "account", **more)


def allowances(answer: Answer) -> list[Allowance]:
    """Read what is left of the rate limits from *answer*; any family of headers may be missing or garbled."""
    found: list[Allowance] = []
    for prefix, scope, window in _FAMILIES:
        limit, remaining, reset = (_number(answer, f"{prefix}-{name}") for name in ("limit", "remaining", "reset"))
        if remaining is None and reset is None:
            continue
        used = 1 - remaining / limit if limit and remaining is not None else 0.0
        found.append(Allowance(scope=scope, window=window, used=used, remaining=remaining, resets_at=_moment(reset)))
    return found


def _number(answer: Answer, name: str) -> int | None:
    value = answer.headers.get(name, "")
    # Twelve digits hold every second until the year 33658.
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 12 else None


def _moment(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
