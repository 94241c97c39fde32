"""Which conduct rules apply, and where the facts come from that they ask for."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003 -- read at run time by the converter
from typing import Any, Final

import attrs

from civicsns.config.faults import Wrong
from civicsns.language import Bilingual
from civicsns.model.verdict import Severity  # noqa: TC001 -- read at run time by the converter

_HOURS = re.compile(r"(?:(?:[01]\d|2[0-3]):[0-5]\d-?){2}(?<!-)")

#: The rule packs that apply where nobody says which.
PACKS: Final = ("jp-municipal",)


@attrs.frozen(kw_only=True)
class PolicySettings:
    """
    The table `[policy]`.

    Attributes:
        packs: The rule packs that apply, by name; unless given those that the overlay extends, and without an overlay
            `PACKS`.
        overlay: The city's own additions and exceptions, `policy.toml`.
        rules: Rule sets in Python, by the names of their entry points.
        severity: Another severity for a rule of those, by its code.
    """

    packs: tuple[str, ...] | None = None
    overlay: Path | None = None
    rules: tuple[str, ...] = ()
    severity: dict[str, Severity] = attrs.field(factory=dict)


def _hours(_instance: object, attribute: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    if not all(_HOURS.fullmatch(hours) for hours in value):
        raise Wrong(
            Bilingual(
                '["08:30-17:15"] のように書いてください。', f'{attribute.name} takes hours such as ["08:30-17:15"].'
            )
        )


@attrs.frozen(kw_only=True)
class ContextSettings:
    """
    The table `[context]`: where facts about circumstances come from; see `civicsns.policy.circumstances`.

    Attributes:
        shifts: The folder with the shift calendars, an iCalendar file for each person or section.
        office_hours: When the others work, on business days, such as `08:30-17:15`.
        elections: The file with the elections, TOML or iCalendar.
        territory: The city, and what it lies in, by the names that this file uses.
    """

    shifts: Path | None = None
    office_hours: tuple[str, ...] = attrs.field(default=(), validator=_hours)
    elections: Path | None = None
    territory: tuple[str, ...] = ()
