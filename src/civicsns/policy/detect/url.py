"""`url`: links by where they lead, and how."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from civicsns.policy.scan import Match
from civicsns.text.entity import extract_urls
from civicsns.text.knowledge import current

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Scan
    from civicsns.policy.standing import Hits

# hxxp is how a link is written that is not to be followed; those who follow it know.
_LINK: Final = re.compile(r"([a-z][a-z0-9+.-]{0,15})://[!-~]+")
#: A host in ASCII, with what belongs to it: `user@` before it is none, and an address of mail is no link.
_URL: Final = re.compile(
    r"(?<![a-z0-9@._-])(?P<scheme>(?:https?|hxxps?)://(?:[^/?#\s@]{1,200}@)?)?"
    r"(?P<host>[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+)(?![a-z0-9@-])(?::[0-9]{1,5})?(?:[/?#][!-~]*)?"
)
#: Where one may begin: found several times as fast as one.
_BEGIN: Final = re.compile("[a-z0-9-](?<![a-z0-9@._-].)(?=[a-z0-9-]{0,63}(?:[.]|://))")
#: A link to a host that is not in ASCII.
_FOREIGN: Final = re.compile(r"://[a-z0-9.:@-]{0,255}[^\x00-\x7f]")


@attrs.frozen
class Url:
    """Finds links whose host is in a list, or is in none, or whose scheme is not the one there should be."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    check: str
    scheme: str
    hosts: frozenset[str]
    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """Make it: `check` (`host_in`, `host_not_in`, `scheme_not`), `list`, `default`, `default_regex`, `scheme`."""
        hosts = (*words.folded(table.get("list")), *words.folded(table.get("default")))
        triggers = {"host_in": hosts, "host_not_in": (".",), "scheme_not": ("://",)}[table["check"]]
        return cls(
            (triggers,),
            (0,),
            table["check"],
            table.get("scheme", ""),
            frozenset(hosts),
            re.compile(table["default_regex"]) if "default_regex" in table else None,
        )

    def find(self, scan: Scan, hits: Hits) -> Iterator[Match]:
        """Find the links."""
        if self.check == "scheme_not":
            for found in _LINK.finditer(scan.view):
                if found.group(1) != self.scheme:
                    written = scan.written(*found.span())
                    secure = re.sub("(?i)^http:", "https:", written)
                    yield Match(*found.span(), instead=secure if secure != written else None)
            return
        view, wanted = scan.view, self.check == "host_in"
        if not wanted and not any(view[end : end + 1].isalnum() for _, end in hits.of(0)):
            return
        for found in _urls(view):
            host = found["host"]
            if self._in(host) is wanted and (found["scheme"] or _ends_in_a_domain(host)):
                yield Match(*found.span())
        if _FOREIGN.search(view):
            # As the networks find them, which takes time.
            for url in extract_urls(view.replace("hxxp", "http")):
                host = url.value.partition("://")[2].partition("/")[0]
                if not host.isascii() and self._in(host) is wanted:
                    yield Match(url.start, url.end)

    def _in(self, host: str) -> bool:
        if self.pattern is not None and self.pattern.search(host):
            return True
        labels = host.split(".")
        return any(".".join(labels[place:]) in self.hosts for place in range(len(labels)))


def _urls(view: str) -> Iterator[re.Match[str]]:
    place = 0
    while begins := _BEGIN.search(view, place):
        found = _URL.match(view, begins.start())
        place = begins.end()
        if found:
            place = found.end()
            yield found


def _ends_in_a_domain(host: str) -> bool:
    return host.rpartition(".")[2] in current().domains
