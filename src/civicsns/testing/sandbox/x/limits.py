"""
Rate limits and prices.

Figures: X documentation, "Rate limits" and "Pricing", August 2026. A user's allowance counts calls with a user's
token, an app's 15-minute allowance counts calls with the app's own token, an app's day counts both.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from civicsns.testing.sandbox.x import problems

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.testing.sandbox.x.values import Identity

_WINDOW = timedelta(minutes=15)
_DAY = timedelta(hours=24)


@attrs.frozen(kw_only=True)
class Allowance:
    """
    How many calls of one operation are allowed; None for no limit.

    Attributes:
        user: Per user in 15 minutes.
        app: Per app in 15 minutes, for calls with the app's own token.
        user_day: Per user in 24 hours.
        app_day: Per app in 24 hours.
    """

    user: int | None = None
    app: int | None = None
    user_day: int | None = None
    app_day: int | None = None


ALLOWANCES = {
    "create": Allowance(user=100, app_day=10_000),
    "delete": Allowance(user=50),
    "lookup": Allowance(user=900, app=450),
    "timeline": Allowance(user=900, app=10_000),
    "mentions": Allowance(user=300, app=450),
    "me": Allowance(user=75),
    "upload": Allowance(user=500, app_day=50_000),
    "upload_initialize": Allowance(user=1875, app_day=180_000),
    "upload_append": Allowance(user=1875, app_day=180_000),
    "upload_finalize": Allowance(user=1875, app_day=180_000),
    "upload_status": Allowance(user=1000, app_day=100_000),
    "metadata": Allowance(user=500, app_day=50_000),
}

#: The older shape of the 429 body is what the parts answer that come from v1.1.
_OLD_SHAPE = frozenset({"upload", "upload_initialize", "upload_append", "upload_finalize", "upload_status", "metadata"})

#: US dollars.
POST = Decimal("0.015")
POST_WITH_URL = Decimal("0.20")
DELETE = Decimal("0.010")
METADATA = Decimal("0.005")
OWNED_READ = Decimal("0.001")
OTHER_READ = Decimal("0.005")


class RateBook:
    """Counts calls in fixed windows that begin with their first call."""

    def __init__(self) -> None:
        self.allowances = dict(ALLOWANCES)
        self._used: dict[tuple[str, str, str], tuple[datetime, int]] = {}

    def take(self, operation: str, identity: Identity, now: datetime) -> dict[str, str]:
        """
        Count one call.

        Returns:
            The headers that tell what is left.

        Raises:
            Problem: 429, if nothing was left. Such a call is not counted.
        """
        allowance = self.allowances.get(operation, Allowance())
        user, app = identity.user_id, identity.app.consumer_key
        buckets: list[tuple[str, str, str, int | None, timedelta]] = [
            ("x-rate-limit", "user", user, allowance.user, _WINDOW)
            if user
            else ("x-rate-limit", "app", app, allowance.app, _WINDOW),
            ("x-user-limit-24hour", "user-day", user, allowance.user_day if user else None, _DAY),
            ("x-app-limit-24hour", "app-day", app, allowance.app_day, _DAY),
        ]
        headers: dict[str, str] = {}
        spent = False
        taken: dict[tuple[str, str, str], tuple[datetime, int]] = {}
        for family, scope, who, limit, length in buckets:
            if limit is None:
                continue
            key = (operation, scope, who)
            begun, used = self._used.get(key, (now, 0))
            if now >= begun + length:
                begun, used = now, 0
            spent = spent or used >= limit
            taken[key] = (begun, used + 1)
            headers[f"{family}-limit"] = str(limit)
            headers[f"{family}-remaining"] = str(max(limit - used - 1, 0))
            headers[f"{family}-reset"] = problems.epoch(begun + length)
        if spent:
            raise problems.too_many_old(headers) if operation in _OLD_SHAPE else problems.too_many(headers)
        self._used.update(taken)
        return headers


class Purse:
    """
    What the developer has left, and has spent.

    Attributes:
        left: US dollars of credit; None for as much as is needed.
        spent: US dollars that calls have cost so far.
    """

    def __init__(self) -> None:
        self.left: Decimal | None = None
        self.spent = Decimal(0)

    def check(self, price: Decimal) -> None:
        """
        See that a call of *price* can be paid.

        Raises:
            Problem: 402, if not.
        """
        if self.left is not None and self.left < price:
            raise problems.credits_depleted()

    def pay(self, price: Decimal) -> None:
        """Pay for a call that was carried out."""
        self.spent += price
        if self.left is not None:
            self.left = max(self.left - price, Decimal(0))
