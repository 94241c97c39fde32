"""From values to HTML: one request's language, and the templates."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from civicsns.language import Language
from civicsns.web.words import NETWORKS, TEXTS

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from starlette.requests import Request

    from civicsns.language import Bilingual
    from civicsns.web.guard import Site

_LANGUAGE_COOKIE: Final = "civicsns-language"
_LONGEST: Final = 1000


class View:
    """
    What one request sees.

    Args:
        request: The request: `lang` in its query, a cookie, or `Accept-Language`.
        site: Where people reach the pages.
        city: The programme's name.
        contact: Whom to ask; empty where nobody is named.
        zone: The zone in which the city lives.
    """

    def __init__(self, request: Request, *, site: Site, city: str, contact: str, zone: tzinfo) -> None:
        self._request = request
        self._site = site
        self._zone = zone
        self.language = language_of(request)
        self._common = {
            "base": site.path,
            "city": city,
            "contact": contact,
            "here": f"{site.path}{_below(request)}",
            "language": self.language,
            "networks": NETWORKS,
            "style": style(),
            "t": self.text,
            "say": self.say,
            "moment": self._moment,
            "short": self._short,
            "session": None,
            "leave": "leave",
            "steps": (),
            "current": "",
        }

    def text(self, name: str, **values: object) -> str:
        """Give one of the pages' own sentences."""
        said = TEXTS[name].in_(self.language)
        return said.format(**values) if values else said

    def say(self, said: Bilingual) -> str:
        """Give a sentence in the reader's language."""
        return said.in_(self.language)

    def html(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Answer with a template, filled in."""
        page = _templates().get_template(template).render(self._common | values)
        response = HTMLResponse(page, status_code=status)
        response.headers["Content-Language"] = self.language
        response.headers["Vary"] = "Accept-Language, Cookie"
        if self._request.query_params.get("lang") == self.language:
            response.set_cookie(
                _LANGUAGE_COOKIE,
                self.language,
                path=self._site.path or "/",
                secure=self._site.secure,
                httponly=True,
                samesite="lax",
            )
        return response

    def _moment(self, moment: datetime) -> str:
        there = moment.astimezone(self._zone)
        if self.language is Language.JA:
            return f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}"
        return f"{there.day} {there:%B %Y, %H:%M}"

    def _short(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%Y-%m-%d %H:%M}"


def language_of(request: Request) -> Language:
    """Give the language in the query, else the one that was chosen, else the browser's, else Japanese."""
    for asked in (request.query_params.get("lang"), request.cookies.get(_LANGUAGE_COOKIE)):
        if asked in set(Language):
            return Language(asked)
    best, weight = Language.JA, 0.0
    for part in request.headers.get("accept-language", "")[:_LONGEST].split(","):
        tag, _, parameter = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary in set(Language) and (quality := _quality(parameter)) > weight:
            best, weight = Language(primary), quality
    return best


def _quality(parameter: str) -> float:
    try:
        return float(parameter.strip().removeprefix("q=")) if parameter.strip() else 1.0
    except ValueError:
        return 0.0


def _below(request: Request) -> str:
    """Give the path of a page without what it is mounted under; never one that holds a link's token."""
    step = request.scope.get("civicsns.step", "")
    return f"/{step}"


@cache
def style() -> str:
    """Give the one style sheet; it stands in each page, and the policy names its digest."""
    return (files("civicsns.web") / "templates" / "style.css").read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("civicsns.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
