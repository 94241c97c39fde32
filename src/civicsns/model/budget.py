"""How much a network may be used in a month, and what a call costs; and how texts are compared."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual

#: Money is counted in millionths of its unit: no price of a network is finer.
MICROS = 1_000_000
#: Above any budget of a city, and far below what a column of the database holds.
_MOST = 1_000_000_000


class Operation(StrEnum):
    """What a network may charge for."""

    PUBLISH = "publish"
    #: A post whose text or body has a link; where it has no price of its own, that of `PUBLISH` holds.
    PUBLISH_WITH_LINK = "publish_with_link"
    #: A file brought up before a post.
    UPLOAD = "upload"
    #: Reading the network back once.
    FIND = "find"


def _not_negative(_instance: object, attribute: attrs.Attribute[Any], value: float | None) -> None:
    if value is not None and not 0 <= value <= _MOST:
        raise _wrong(attribute.name, "0 以上 10 億以下にしてください。", "It takes 0 to a thousand million.")


def _share(_instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 <= value < 1:
        raise _wrong(attribute.name, "0 以上 1 未満にしてください。", "It takes a share from 0 to below 1.")


def _part(_instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 < value <= 1:
        raise _wrong(attribute.name, "0 より大きく 1 以下にしてください。", "It takes a share above 0, and 1 at most.")


def _prices(_instance: object, attribute: attrs.Attribute[dict[str, float]], value: dict[str, float]) -> None:
    known = [str(operation) for operation in Operation]
    for name, price in value.items():
        if name not in known:
            there = ", ".join(known)
            raise _wrong(
                f"{attribute.name}.{name}", f"使えるのは {there} です。", f"The operations with a price are {there}."
            )
        if not 0 <= price <= _MOST:
            raise _wrong(f"{attribute.name}.{name}", "0 以上にしてください。", "It takes 0 or more.")


def _days(_instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    if value < 1:
        raise _wrong(attribute.name, "1 以上にしてください。", "It takes 1 or more.")


def _wrong(name: str, ja: str, en: str) -> BadInput:
    return BadInput(
        Bilingual(f"{name}: {ja}", f"{name}: {en}"),
        mend=Bilingual("設定を直してください。", "Mend the settings."),
        place=name,
    )


@attrs.frozen(kw_only=True)
class BudgetSettings:
    """
    A table `[budget.NETWORK]`: how much may be used; whatever is not given is not limited.

    Money is in whatever unit the prices are. Months and days are those of *zone*.

    Attributes:
        monthly_calls: Calls of the whole app in a month.
        monthly_money: Money of the whole app in a month.
        daily_calls: Calls of the whole app in a day.
        daily_money: Money of the whole app in a day.
        account_monthly_calls: Calls of each account in a month.
        account_monthly_money: Money of each account in a month.
        account_daily_calls: Calls of each account in a day.
        account_daily_money: Money of each account in a day.
        reserved_for_emergency: The share of each of these, and of the network's own limits, that routine posts
            leave to emergencies.
        price: What a call costs, by operation (`Operation`).
        currency: The unit of the prices, for people who read reports.
        zone: By whose midnight days and months begin. X counts in UTC (docs.x.com, pricing).
    """

    monthly_calls: int | None = attrs.field(default=None, validator=_not_negative)
    monthly_money: float | None = attrs.field(default=None, validator=_not_negative)
    daily_calls: int | None = attrs.field(default=None, validator=_not_negative)
    daily_money: float | None = attrs.field(default=None, validator=_not_negative)
    account_monthly_calls: int | None = attrs.field(default=None, validator=_not_negative)
    account_monthly_money: float | None = attrs.field(default=None, validator=_not_negative)
    account_daily_calls: int | None = attrs.field(default=None, validator=_not_negative)
    account_daily_money: float | None = attrs.field(default=None, validator=_not_negative)
    reserved_for_emergency: float = attrs.field(default=0.1, validator=_share)
    price: dict[str, float] = attrs.field(factory=dict, validator=_prices, hash=False)
    currency: str = "USD"
    zone: ZoneInfo = attrs.field(factory=lambda: ZoneInfo("UTC"))

    def __attrs_post_init__(self) -> None:
        money = (self.monthly_money, self.daily_money, self.account_monthly_money, self.account_daily_money)
        if any(limit is not None for limit in money) and not any(self.price.values()):
            # Without prices nothing would ever count against it.
            raise _wrong(
                "price", "金額の上限には単価が必要です。", "A limit in money takes prices, such as publish = 0.015."
            )

    def micros(self, operation: Operation) -> int:
        """Give what a call costs, in millionths."""
        price = self.price.get(operation)
        if price is None and operation is Operation.PUBLISH_WITH_LINK:
            price = self.price.get(Operation.PUBLISH)
        return round((price or 0) * MICROS)


@attrs.frozen(kw_only=True)
class SimilarSettings:
    """
    The table `[similar]`: when texts of several accounts count as the same, where a network forbids that.

    Attributes:
        days: How many days back posts are compared with.
        near: From which likeness on (0 to 1) two texts are nearly the same.
    """

    days: int = attrs.field(default=30, validator=_days)
    near: float = attrs.field(default=0.5, validator=_part)
