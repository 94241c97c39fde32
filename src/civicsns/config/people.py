"""How people come and go, and what their roster looks like."""

from __future__ import annotations

from typing import Any

import attrs

from civicsns.config.checks import positive
from civicsns.config.faults import Wrong
from civicsns.language import Bilingual


def _share(_instance: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 <= value <= 1:
        raise Wrong(Bilingual(f"{attribute.name} は 0 から 1 までです。", f"{attribute.name} takes 0 to 1."))


def _pattern(_instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value and "{number}" not in value:
        raise Wrong(
            Bilingual(
                f"{attribute.name} には {{number}}（職員番号）が要ります。",
                f"{attribute.name} needs {{number}}, for the personnel number.",
            )
        )


@attrs.frozen(kw_only=True)
class PersonalAccounts:
    """
    A table `[lifecycle.personal.NETWORK]`: everybody on the staff has a personal account there.

    Attributes:
        handle: What it is called, with `{number}` for the personnel number, such as `takeo_{number}`; empty where
            people bring their own.
        purpose: What it is for 目的, as citizens read it.
    """

    handle: str = attrs.field(default="", validator=_pattern)
    purpose: str = ""


@attrs.frozen(kw_only=True)
class LifecycleSettings:
    """
    The table `[lifecycle]`.

    Attributes:
        personal: The networks on which everybody has a personal account, by name.
        many: When more than this share of people leave at once, or of accounts are closed, somebody has to say how
            many: a wrong file must not retire a city.
        undo_days: For how many days what was put into effect can be undone; until then the store keeps what stood
            before, names included.
    """

    personal: dict[str, PersonalAccounts] = attrs.field(factory=dict)
    many: float = attrs.field(default=0.2, validator=_share)
    undo_days: int = attrs.field(default=90, validator=positive)


#: What the columns of a roster may be mapped to; see `civicsns.accounts.table.heading`.
ROSTER_FIELDS = frozenset(
    "number name family given section section_code job post since until effective duty".split()  # noqa: SIM905 -- legible
)


def _mappable(_instance: object, _attribute: attrs.Attribute[Any], value: dict[str, str]) -> None:
    if unknown := sorted(set(value) - ROSTER_FIELDS):
        known = ", ".join(sorted(ROSTER_FIELDS))
        raise Wrong(
            Bilingual(
                f"columns に {'、'.join(unknown)} という項目はありません。使えるのは {known} です。",
                f"Of columns there is no {', '.join(unknown)}; there are {known}.",
            )
        )


def _encodes(_instance: object, _attribute: attrs.Attribute[Any], value: str | None) -> None:
    try:
        # Of a text without letters, Python does not look the encoding up.
        " ".encode(value or "utf-8")
    except LookupError:
        raise Wrong(
            Bilingual("cp932 や utf-8 のように書いてください。", "It takes an encoding, such as cp932 or utf-8.")
        ) from None


@attrs.frozen(kw_only=True)
class RosterSettings:
    """
    The table `[roster]`: how the personnel system writes its roster, where that cannot be seen in the file.

    Attributes:
        columns: The headings of its columns, by what they stand for, such as `{ number = "職員ID" }`.
        encoding: Its encoding, such as `cp932`; found out unless given.
        sheet: The sheet of an Excel file; found out unless given.
        digits: So many digits a personnel number has; zeros that were lost at its head are put back.
        sections: The sections that there are; another one is a fault. Any will do where none are given.
    """

    columns: dict[str, str] = attrs.field(factory=dict, validator=_mappable)
    encoding: str | None = attrs.field(default=None, validator=_encodes)
    sheet: str | None = None
    digits: int | None = attrs.field(default=None, validator=attrs.validators.optional(positive))
    sections: tuple[str, ...] = ()
