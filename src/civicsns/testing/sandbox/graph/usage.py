"""
How much of its allowance a caller has used, the headers that say so, and the refusal when it is spent.

Meta, Graph API, "Rate Limits": an app or user token counts against the app in a rolling hour; a Page or system user
token counts against the Page in a rolling day.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict, deque
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from civicsns.testing.sandbox.graph.errors import GraphError
from civicsns.testing.sandbox.graph.model import Token, TokenKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from civicsns.testing.sandbox.graph.limits import GraphLimits

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
#: Operations of the Pages API, whose limit has a code of its own for app and user tokens.
_OF_PAGES: Final = frozenset(
    {
        "feed",
        "photos",
        "videos",
        "published_posts",
        "scheduled_posts",
        "feed_read",
        "tagged",
        "insights",
        "comments",
    }
)


class Meter:
    """The calls of each app and each Page, counted on the practice clock."""

    def __init__(self) -> None:
        self._calls: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def count(self, token: Token, now: datetime) -> None:
        """Count one call."""
        self._calls[_key(token)].append(now)

    def percent(self, token: Token, limits: GraphLimits, now: datetime) -> int:
        """Give the share of the allowance that is used, in percent."""
        calls = self._of(token, now)
        return math.floor(100 * len(calls) / (limits.page_calls if _by_page(token) else limits.app_calls))

    def minutes(self, token: Token, limits: GraphLimits, now: datetime) -> int:
        """Give the minutes until a call is possible again; 0 where one is possible now."""
        calls = self._of(token, now)
        allowed = limits.page_calls if _by_page(token) else limits.app_calls
        if len(calls) < allowed:
            return 0
        free_at = calls[len(calls) - allowed] + _window(token)
        return max(1, math.ceil((free_at - now) / timedelta(minutes=1)))

    def _of(self, token: Token, now: datetime) -> deque[datetime]:
        calls = self._calls[_key(token)]
        while calls and calls[0] <= now - _window(token):
            calls.popleft()
        return calls


def headers(token: Token, *, percent: int, minutes: int, set_usage: Mapping[str, int]) -> dict[str, str]:
    """
    Give the usage headers: `X-Business-Use-Case-Usage` for a Page's calls, `X-App-Usage` for the others.

    Args:
        token: The token of the call.
        percent: The counted use.
        minutes: The counted minutes until access is regained.
        set_usage: What a test set instead.
    """
    figures = {"call_count": percent, "total_cputime": 0, "total_time": 0}
    figures |= {name: number for name, number in set_usage.items() if name in figures}
    if not _by_page(token):
        return {"X-App-Usage": json.dumps(figures)}
    regain = set_usage.get("estimated_time_to_regain_access", minutes)
    case = {"type": "pages", **figures, "estimated_time_to_regain_access": regain}
    return {"X-Business-Use-Case-Usage": json.dumps({token.page_id or token.person_id: [case]})}


def spent(token: Token, operation: str) -> GraphError:
    """Refuse a call because the allowance is spent."""
    if _by_page(token):
        return GraphError(code=80001, message="There have been too many calls to this Page account.", subcode=2446079)
    if operation in _OF_PAGES:
        return GraphError(code=32, message="(#32) Page request limit reached", transient=True)
    if token.kind is TokenKind.APP:
        return GraphError(code=4, message="(#4) Application request limit reached", transient=True)
    return GraphError(code=17, message="(#17) User request limit reached", transient=True)


def _by_page(token: Token) -> bool:
    return token.kind in {TokenKind.PAGE, TokenKind.SYSTEM_USER}


def _key(token: Token) -> str:
    return f"page {token.page_id or token.person_id}" if _by_page(token) else f"app {token.app_id}"


def _window(token: Token) -> timedelta:
    return _DAY if _by_page(token) else _HOUR
