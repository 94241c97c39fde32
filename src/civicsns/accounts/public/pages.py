"""The public register as pages: HTML that stands on its own, without scripts, and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache, partial
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

from civicsns.accounts.public import data, notices
from civicsns.accounts.public.words import NETWORKS, TEXTS
from civicsns.config import PersonalShown
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual, Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from jinja2 import Environment

    from civicsns.accounts.public.entry import Entry, PublicRegister

#: So many openings and closings stand on the page; the feed has more.
_LATEST: Final = 20


def page(register: PublicRegister, language: Language, *, names: Mapping[str, str]) -> str:
    """
    Give the register as a page.

    Args:
        register: The register.
        language: In which language.
        names: What the other files are called: `ja`, `en`, `csv`, `jsonld`, `atom`.

    Raises:
        ConfigurationError: If the extra `web` is not installed.
    """

    def text(name: str, **values: object) -> str:
        return TEXTS[name].in_(language).format(**values)

    def place(name: str) -> str:
        return urljoin(register.settings.url or "", names[name])

    city = register.say(register.city, language)
    style = _style()
    return (
        _templates()
        .get_template("register.html")
        .render(
            language=language.value,
            names=names,
            place=place,
            t=text,
            say=partial(register.say, language=language),
            tongue=partial(_tongue, register, language=language),
            day=partial(_day, language=language),
            city=city,
            made=register.day,
            sections=_by_section(one for one in register.open if not one.personal),
            persons=_by_section(one for one in register.open if one.personal),
            tells_persons=register.settings.personal is not PersonalShown.NONE,
            closed=register.closed,
            count=len(register.open),
            tellings=[(one, notices.sentence(register, one, language)) for one in register.tellings()[:_LATEST]],
            networks=NETWORKS,
            contact=register.settings.contact,
            style=style,
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            linked=_in_html(data.linked(register)),
        )
    )


def _by_section(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Group what is in order already."""
    return [(section, list(found)) for section, found in groupby(entries, key=lambda one: one.section)]


def _tongue(register: PublicRegister, text: str, language: Language) -> str:
    """Say in which language a text of the city's stands on the page, where that is another than the page's."""
    translated = text in register.settings.english
    return "ja" if language is Language.EN and not translated and not text.isascii() else ""


def _day(day: date, language: Language) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if language is Language.JA else f"{day.day} {day:%B %Y}"


def _in_html(value: Any) -> str:
    """Give JSON in which no browser finds the end of the element that it stands in, or the beginning of another."""
    written = json.dumps(value, ensure_ascii=False, indent=1)
    return written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _style() -> str:
    return files("civicsns.accounts.public").joinpath("templates/register.css").read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    try:
        import jinja2  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise ConfigurationError(
            Bilingual(
                "公開台帳のページを作る部品が入っていません。", "What makes the pages of the register is not installed."
            ),
            mend=Bilingual('pip install "civicsns[web]" を実行してください。', 'Run: pip install "civicsns[web]".'),
        ) from error
    return jinja2.Environment(
        loader=jinja2.PackageLoader("civicsns.accounts.public"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
