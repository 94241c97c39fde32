"""
What to put into a profile 自己紹介, ready to copy: whose account it is, whose views, and where the city's own list stands.

A network does not let a program change the profile of a person who has not asked for it; people paste it themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from civicsns.language import Language
from civicsns.text import Measure, extract_urls, measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from civicsns.accounts.profile import Expected
    from civicsns.config import RegisterSettings

#: How long what a profile says of itself may be. X: 160 characters (X documentation, `POST account/update_profile`);
#: whether a Japanese one counts 1 or 2, as in posts, X does not say: what is within 160 by the count of posts fits
#: either way. Facebook: 100 characters of a Page's `about` (Graph API reference, Page).
LONGEST: Final[Mapping[str, int]] = {"x": 160, "facebook": 100}
#: And its name. X: 50 characters (X Help, changing your profile).
LONGEST_NAME: Final[Mapping[str, int]] = {"x": 50}


@attrs.frozen(kw_only=True)
class Introduction:
    """
    What to put into a profile.

    Attributes:
        language: In which language.
        name: The name to show.
        description: What to say of oneself.
        link: The address for the field of the profile's link; empty where the city has not said where its pages are.
        fits: Whether both are short enough for the network.
    """

    language: Language
    name: str
    description: str
    link: str
    fits: bool


def introduction(against: Expected, register: RegisterSettings, language: Language) -> Introduction:
    """
    Make what to put into a profile; it has all that is asked of it, as far as that is known.

    What is longer than the network takes goes without its purpose, then without the address of the city's list, which
    stands in the profile's link anyway.
    """
    link = register.url or register.site or ""
    japanese = language is Language.JA
    city = against.city[0] if japanese else against.city[-1]
    section = against.section if japanese else against.english or against.section
    purpose = against.account.purpose
    if not japanese:
        # A purpose that nobody has put into English stays where it is understood.
        purpose = register.english.get(purpose, "")
    parts = _japanese(against, city, section) if japanese else _english(against, city, section)
    names, head, notice, listed = parts
    stop = "。" if japanese else "."
    aim = f"{purpose.rstrip(stop)}{stop}" if purpose else ""
    tail = listed.format(url=link) if link else ""
    gap = "" if japanese else " "
    platform = against.account.platform
    variants = [
        gap.join(filter(None, one)) for one in ((head, notice, aim, tail), (head, notice, tail), (head, notice))
    ]
    description, fits = _first(variants, LONGEST.get(platform), platform)
    name, short = _first(names, LONGEST_NAME.get(platform), platform)
    return Introduction(language=language, name=name, description=description, link=link, fits=fits and short)


def _japanese(against: Expected, city: str, section: str) -> tuple[list[str], str, str, str]:
    office = section if section.startswith(city) else f"{city}{section}"
    listed = f"{city}の公式アカウント一覧 {{url}}"
    if not against.account.personal:
        return [office], f"{office}の公式アカウントです。", "", listed
    name = against.person.name if against.person else ""
    own = next((one for one in against.notices if not one.isascii()), None)
    notice = own or f"発言は個人の見解であり、{city}の公式見解ではありません。"
    return (
        [one for one in (f"{name}（{office}）", f"{name}（{section}）", name) if name] or [office],
        f"{office}の職員です。",
        notice,
        listed,
    )


def _english(against: Expected, city: str, section: str) -> tuple[list[str], str, str, str]:
    office = f"{section}, {city}" if section else city
    listed = f"Accounts of {city}: {{url}}"
    if not against.account.personal:
        return [f"{city} {section}".strip()], f"Official account of {office}.", "", listed
    name = against.person.name if against.person else ""
    own = next((one for one in against.notices if one.isascii()), None)
    notice = own or f"Views are my own, not those of {city}."
    return [one for one in (f"{name} ({office})", name) if name] or [office], f"Staff member, {office}.", notice, listed


def _first(variants: Iterable[str], most: int | None, platform: str) -> tuple[str, bool]:
    """Give the first that is short enough; the last, where none is."""
    last = ""
    for one in variants:
        last = one
        if most is None or _length(one, platform) <= most:
            return one, True
    return last, False


def _length(text: str, platform: str) -> int:
    if platform != "x":
        return measure(text, Measure.FACEBOOK)
    # A link counts 23 in a post; here it may count as it is written.
    return measure(text, Measure.X) + sum(max(0, len(url.text) - 23) for url in extract_urls(text))
