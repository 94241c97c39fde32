"""What the city asks of the profiles of its accounts, and how often it looks."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

import attrs

from civicsns.config.checks import positive
from civicsns.config.faults import Wrong
from civicsns.language import Bilingual


class Asked(StrEnum):
    """What a profile tells citizens."""

    #: The display name has the person's name.
    NAME = "name"
    #: The city is named.
    CITY = "city"
    #: The section is named.
    SECTION = "section"
    #: It says that the views are the person's own, not the city's.
    NOTICE = "notice"
    #: It links to the city's own domain.
    LINK = "link"


#: Of whom an account of a section does not speak.
_OF_PERSONS: Final = frozenset({Asked.NAME, Asked.NOTICE})


def _of_sections(_instance: object, attribute: attrs.Attribute[tuple[Asked, ...]], value: tuple[Asked, ...]) -> None:
    if personal := [one.value for one in value if one in _OF_PERSONS]:
        listed = ", ".join(personal)
        raise Wrong(
            Bilingual(
                f"{attribute.name} に {listed} は使えません（職員個人のアカウントだけに求めるものです）。",
                f"{attribute.name} takes no {listed}: only staff members' own accounts can be asked for it.",
            )
        )


@attrs.frozen(kw_only=True)
class ProfileSettings:
    """
    The table `[profiles]`: what the profiles of accounts must tell, and how often the networks are asked for them.

    Public bodies are to show who runs an account (国、地方公共団体等公共機関における民間ソーシャルメディアを活用した
    情報発信についての指針, 2011, on impersonation), and who gives name or post is to say in the profile that it is not
    the organisation's view (国家公務員のソーシャルメディアの私的利用に当たっての留意点, Ministry of Internal Affairs,
    2013; written for national staff).

    Attributes:
        personal: What is asked of staff members' own accounts.
        sections: What is asked of those of sections.
        notices: The city's own words for "views are my own"; any usual ones will do where none are given.
        every_days: A profile that was as it should be is read again after so many days, another after a quarter of it.
        per_run: How many are read in one run of `civicsns accounts profiles`. Each is one call: X charges for it as for
            reading what is one's own ($0.001 in 2026, docs.x.com), Facebook does not.
    """

    personal: tuple[Asked, ...] = (Asked.NAME, Asked.SECTION, Asked.NOTICE, Asked.LINK)
    sections: tuple[Asked, ...] = attrs.field(default=(Asked.CITY, Asked.SECTION, Asked.LINK), validator=_of_sections)
    notices: tuple[str, ...] = ()
    every_days: int = attrs.field(default=30, validator=positive)
    per_run: int = attrs.field(default=60, validator=positive)

    @property
    def every(self) -> timedelta:
        """After how long one that was as it should be is read again."""
        return timedelta(days=self.every_days)
