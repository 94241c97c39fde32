"""From values to HTML: one request's language, filter and templates."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from werkzeug.wrappers import Request, Response

from civicsns.language import Language
from civicsns.testing.sandbox.page.words import OPERATIONS, TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from civicsns.testing.sandbox.page.board import Thread

_JAPAN: Final = ZoneInfo("Asia/Tokyo")
#: What a form may say back after the redirect.
_DONE: Final = frozenset({"fault", "clear", "citizen"})


class View:
    """
    What one request wants to see.

    Args:
        request: The request: `lang` and `account` in its query, and `Accept-Language`.
        token: What the page's forms carry.
    """

    def __init__(self, request: Request, token: str) -> None:
        self.language = language_of(request)
        self.account = request.args.get("account", "")
        self.done = request.args.get("done", "") if request.args.get("done") in _DONE else ""
        self._common = {
            "language": self.language,
            "account": self.account,
            "token": token,
            "query": urlencode({"lang": self.language, "account": self.account}),
            "operations": OPERATIONS,
            "t": self._said,
        }
        self._environment = _templates(self.language)

    def _said(self, name: str) -> str:
        return TEXTS[name].in_(self.language)

    def text(self, template: str, **values: Any) -> str:
        """Fill in a template."""
        return self._environment.get_template(template).render(self._common | values)

    def html(self, template: str, **values: Any) -> Response:
        """Answer with a template, filled in."""
        response = Response(self.text(template, **values), mimetype="text/html")
        response.headers["Content-Language"] = self.language
        response.vary.add("Accept-Language")
        return response

    def post(self, network: str, thread: Thread, names: Mapping[str, str]) -> dict[str, str]:
        """
        Give a thread as HTML, with an id for its place and a revision that changes when the HTML does.

        Args:
            network: `"x"` or `"graph"`.
            thread: What to show.
            names: The authors' names by post id, for replies to replies.
        """
        values = {"network": network, "thread": thread, "names": names}
        revision = digest(self.text("post.html", revision="", **values))
        return {
            "id": f"{network}-{thread.post.id}",
            "revision": revision,
            "html": self.text("post.html", revision=revision, **values),
        }


def language_of(request: Request) -> Language:
    """Give the language in the query, else the browser's, else Japanese."""
    asked = request.args.get("lang", "")
    if asked in set(Language):
        return Language(asked)
    best = request.accept_languages.best_match([str(language) for language in Language])
    return Language(best) if best else Language.JA


def digest(text: str) -> str:
    """Give a short fingerprint of *text*."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@cache
def _templates(language: Language) -> Environment:
    environment = Environment(
        loader=PackageLoader("civicsns.testing.sandbox"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = environment.filters
    filters.update(iso=_iso, japan_time=partial(_japan_time, language=language), web=_on_the_web)
    return environment


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _on_the_web(link: str) -> bool:
    return urlsplit(link).scheme in {"http", "https"}


def _japan_time(moment: datetime, *, language: Language) -> str:
    there = moment.astimezone(_JAPAN)
    if language is Language.JA:
        return f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}"
    return f"{there.day} {there:%b %Y, %H:%M} JST"
