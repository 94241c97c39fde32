"""Openings and closings 開設・閉鎖のお知らせ as a feed that readers subscribe to: Atom (RFC 4287)."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urljoin, urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from civicsns.accounts.public.words import NETWORKS, TEXTS

if TYPE_CHECKING:
    from datetime import date

    from civicsns.accounts.public.entry import PublicRegister, Telling
    from civicsns.language import Language

_ATOM: Final = "http://www.w3.org/2005/Atom"
#: So many stand in a feed.
_MOST: Final = 100


def feed(register: PublicRegister, language: Language, *, file: str, page: str) -> bytes:
    """
    Give the last openings and closings; it changes only when one of them does.

    Args:
        register: The register.
        language: In which language.
        file: What the feed's own file is called.
        page: What the page of the register is called in that language.
    """
    place = register.settings.url or ""
    host = urlsplit(place).hostname or ""
    told = register.tellings()[:_MOST]
    root = Element("feed", {"xmlns": _ATOM, "xml:lang": language.value})
    city = register.say(register.city, language)
    SubElement(root, "title").text = TEXTS["feed_title"].in_(language).format(city=city)
    # A tag (RFC 4151): it stays when the page moves within the city's domain.
    began = min((one.day for one in told), default=register.day)
    SubElement(root, "id").text = f"tag:{host},2026:civicsns/accounts/{language.value}"
    SubElement(root, "link", {"rel": "self", "href": urljoin(place, file)})
    SubElement(root, "link", {"rel": "alternate", "href": urljoin(place, page), "hreflang": language.value})
    SubElement(root, "updated").text = _moment(told[0].day if told else began, register)
    SubElement(SubElement(root, "author"), "name").text = city
    for one in told:
        entry = SubElement(root, "entry")
        said = sentence(register, one, language)
        SubElement(entry, "title").text = said
        what = "closed" if one.closing else "opened"
        key = quote(one.entry.key, safe="")
        SubElement(entry, "id").text = f"tag:{host},{one.day.isoformat()}:civicsns/accounts/{key}/{what}"
        SubElement(entry, "updated").text = _moment(one.day, register)
        SubElement(entry, "link", {"rel": "alternate", "href": f"{urljoin(place, page)}#{key}"})
        SubElement(entry, "summary").text = TEXTS[f"{what}_more"].in_(language).format(url=one.entry.url)
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'.encode()


def sentence(register: PublicRegister, one: Telling, language: Language) -> str:
    """Say in a sentence what happened; it names nobody."""
    entry = one.entry
    name = "closed_said" if one.closing else "opened_said"
    section = register.say(entry.section, language) or register.say(register.city, language)
    network = NETWORKS.get(entry.platform, entry.platform)
    return TEXTS[name].in_(language).format(network=network, handle=entry.shown, section=section)


def _moment(day: date, register: PublicRegister) -> str:
    return datetime.combine(day, time(), tzinfo=register.zone).isoformat()
