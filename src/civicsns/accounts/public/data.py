"""The public register for programs: CSV, and JSON-LD in the words of schema.org."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from civicsns.accounts.public.words import NETWORKS, TEXTS
from civicsns.accounts.table import delimited
from civicsns.language import Language

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from civicsns.accounts.public.entry import Entry, PublicRegister

_COLUMNS = (
    "network",
    "handle",
    "address",
    "kind",
    "section",
    "person",
    "purpose",
    "steward_section",
    "opened",
    "closed",
    "state",
)


def table(register: PublicRegister, language: Language) -> str:
    """Give the register as CSV (RFC 4180) that no spreadsheet takes for formulas; days as ISO 8601 has them."""
    rows = [[TEXTS[name].in_(language) for name in _COLUMNS]]
    for one in register.entries:
        kind = "personal" if one.personal else "of_section"
        rows.append(
            [
                NETWORKS.get(one.platform, one.platform),
                one.handle,
                one.url,
                TEXTS[kind].in_(language),
                register.say(one.section, language),
                register.say(one.name, language),
                register.say(one.purpose, language),
                register.say(one.steward_section, language),
                one.opened.isoformat() if one.opened else "",
                one.closed.isoformat() if one.closed else "",
                TEXTS["is_closed" if one.closed else "is_open"].in_(language),
            ]
        )
    return delimited.write(rows)


def linked(register: PublicRegister) -> dict[str, Any]:
    """
    Give the register as JSON-LD: the city, its sections with what they are called elsewhere, and every profile.

    `sameAs` has the accounts of sections that are open; what was closed has `expires`. Terms:
    https://schema.org/GovernmentOrganization, https://schema.org/ProfilePage.
    """
    settings = register.settings
    place = settings.url or ""
    sections: dict[str, list[str]] = {}
    for one in register.open:
        if not one.personal:
            sections.setdefault(one.section, []).append(one.url)
    city: dict[str, Any] = {
        "@type": "GovernmentOrganization",
        "@id": f"{place}#city",
        "name": _names(register, register.city),
        "url": settings.site or place,
        "sameAs": _sorted(url for urls in sections.values() for url in urls),
        "department": [
            {
                "@type": "GovernmentOrganization",
                "@id": _section_id(register, section),
                "name": _names(register, section),
                "sameAs": _sorted(urls),
            }
            for section, urls in sorted(sections.items())
            if section
        ],
    }
    page = {
        "@type": "CollectionPage",
        "@id": place,
        "url": place,
        "name": [
            {"@language": language.value, "@value": TEXTS["title"].in_(language).format(city=_said(register, language))}
            for language in Language
        ],
        "dateModified": register.day.isoformat(),
        "about": {"@id": city["@id"]},
        "hasPart": [_profile(register, one, city=city["@id"], sections=sections) for one in register.entries],
    }
    return {"@context": "https://schema.org", "@graph": [city, page]}


def _profile(register: PublicRegister, one: Entry, *, city: str, sections: Collection[str]) -> dict[str, Any]:
    about: dict[str, Any]
    if one.personal:
        about = {"@type": "Person", "worksFor": {"@id": city}}
        if one.name:
            about["name"] = _names(register, one.name)
        if one.section:
            about["affiliation"] = {"@type": "GovernmentOrganization", "name": _names(register, one.section)}
    else:
        # A section that has no account any more is not listed by itself.
        about = {"@id": _section_id(register, one.section) if one.section and one.section in sections else city}
    said: dict[str, Any] = {
        "@type": "ProfilePage",
        "@id": f"{register.settings.url}#{quote(one.key, safe='')}",
        "url": one.url,
        "name": one.shown,
        "mainEntity": about,
    }
    if one.purpose:
        said["description"] = _names(register, one.purpose)
    if one.opened:
        said["dateCreated"] = one.opened.isoformat()
    if one.closed:
        said["expires"] = one.closed.isoformat()
    return said


def _section_id(register: PublicRegister, section: str) -> str:
    return f"{register.settings.url}#section-{quote(section, safe='')}"


def _names(register: PublicRegister, text: str) -> Any:
    """Give a text in both languages where the settings have both."""
    english = register.settings.english.get(text)
    if english is None:
        return text
    return [{"@language": "ja", "@value": text}, {"@language": "en", "@value": english}]


def _said(register: PublicRegister, language: Language) -> str:
    return register.say(register.city, language)


def _sorted(urls: Iterable[str]) -> list[str]:
    return sorted(set(urls))
