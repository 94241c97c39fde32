"""`url`: links by where they lead, and how."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from civicsns.policy.scan import Match
from civicsns.text.entity import extract_urls

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Hit, Scan

# hxxp is how a link is written that is not to be followed; those who follow it know.
_LINK: Final = re.compile(r"([a-z][a-z0-9+.-]{0,15})://[!-~]+")
_MAY_BE_HOST: Final = re.compile(r"(?<![a-z0-9-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_FOREIGN_HOST: Final = re.compile(r"://[a-z0-9.:@-]{0,255}[^\x00-\x7f]")
#: So far around a dot a host is looked for (RFC 1035, 2.3.4).
_LONGEST_HOST: Final = 64
_HOST: Final = re.compile(r"(?:[a-z][a-z0-9+.-]{0,15}://)?(?:[^/?#@]{0,200}@)?([^/?#:]+)")


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

    def find(self, scan: Scan, hits: Sequence[Hit]) -> Iterator[Match]:
        """Find the links."""
        if self.check == "scheme_not":
            for found in _LINK.finditer(scan.view):
                if found.group(1) != self.scheme:
                    written = scan.written(*found.span())
                    secure = re.sub("(?i)^http:", "https:", written)
                    yield Match(*found.span(), instead=secure if secure != written else None)
            return
        if not self._may_find(scan.view, hits):
            return
        for url in extract_urls(scan.view.replace("hxxp", "http")):
            host = _HOST.match(url.value)
            if host and self._in(host.group(1).rstrip(".")) is (self.check == "host_in"):
                yield Match(url.start, url.end)

    def _may_find(self, view: str, hits: Sequence[Hit]) -> bool:
        """Tell whether it pays to find links as the networks do, which takes time: most hosts are as they should be."""
        if self.check == "host_in":
            return any(map(self._in, _MAY_BE_HOST.findall(view)))
        end = 0
        for _, at, behind in hits:
            if at < end:
                continue
            before, after = view[at - 1 : at], view[behind : behind + 2]
            if before and after.isalpha() and before.isalnum():
                begin, end = max(at - _LONGEST_HOST, 0), behind + _LONGEST_HOST
                foreign = not (before.isascii() and after.isascii()) or _FOREIGN_HOST.search(view, begin, end)
                if foreign or not all(map(self._in, _MAY_BE_HOST.findall(view, begin, end))):
                    return True
        return False

    def _in(self, host: str) -> bool:
        if self.pattern is not None and self.pattern.search(host):
            return True
        labels = host.split(".")
        return any(".".join(labels[place:]) in self.hosts for place in range(len(labels)))
