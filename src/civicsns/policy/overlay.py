"""
A city's own rules on top of packs: `policy.toml`.

It extends packs, fills and corrects their lists, adds rules, and changes severities. Raising one is free. Lowering one
takes a reason, the personnel number of whoever approved it, and the day until which it holds; from the next day on the
pack's own severity is back. What no longer does anything is reported, so that an overlay does not silt up.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.language import Bilingual
from civicsns.model import Severity
from civicsns.policy.fault import Mistake, Wrong, vanishes
from civicsns.policy.forms import LIST_KEYS, OVERLAY_FILE, WORD_KEYS
from civicsns.policy.pack import CITY_LISTS
from civicsns.policy.packfile import Reading, tables
from civicsns.text.folding import folded_term

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from importlib.resources.abc import Traversable

    from civicsns.policy.pack import Pack, PackRule

#: How long before its end a lowered severity is named.
SOON: Final = timedelta(days=30)

_WEIGHT = {Severity.ADVISE: 0, Severity.REVIEW: 1, Severity.BLOCK: 2}


class Stale(StrEnum):
    """Why an entry of an overlay is reported."""

    #: The packs have no rule of that code.
    UNKNOWN_RULE = "unknown_rule"
    #: The rule has that severity anyway.
    SAME_SEVERITY = "same_severity"
    #: The day is over; the pack's own severity holds again.
    EXPIRED = "expired"
    #: The day is near.
    EXPIRES_SOON = "expires_soon"
    #: No rule reads a list of that name.
    UNREAD_LIST = "unread_list"
    #: The list has that word anyway.
    THERE_ALREADY = "there_already"
    #: The list has no such word.
    NOT_THERE = "not_there"


@attrs.frozen(kw_only=True)
class Notice:
    """
    An entry of an overlay that does nothing, or not for long.

    Attributes:
        stale: Why.
        file: The name of the overlay's file.
        line: Its line, from 1.
        key: Its key, such as `rules.PII002`.
        what: What is the matter.
        mend: What to do.
    """

    stale: Stale
    file: str
    line: int | None
    key: str
    what: Bilingual
    mend: Bilingual


@attrs.frozen(kw_only=True)
class ListChange:
    """
    What a city does to a list of words.

    Attributes:
        add: Words that it adds.
        remove: Words that it takes away.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class SeverityChange:
    """
    What a city does to a rule.

    Attributes:
        severity: How much a finding weighs in this city.
        reason: Why it is lower than in the pack.
        by: The personnel number of whoever approved that.
        until: The last day on which it is.
    """

    severity: Severity
    reason: str = ""
    by: str = ""
    until: date | None = None


@attrs.frozen(kw_only=True)
class Overlay:
    """
    A city's overlay.

    Attributes:
        extends: The names of the packs that it extends.
        lists: What it does to lists, by name.
        severities: What it does to rules, by code.
        entitled: The personnel numbers of those who may let one text pass in spite of a rule; see
            `civicsns.policy.waiver`.
        reading: The file, with its own rules, laws and citations.
    """

    extends: tuple[str, ...]
    lists: Mapping[str, ListChange] = attrs.field(factory=dict)
    severities: Mapping[str, SeverityChange] = attrs.field(factory=dict)
    entitled: frozenset[str] = frozenset()
    reading: Reading = attrs.field(repr=False, eq=False)

    def apply(self, pack: Pack, today: date) -> tuple[Pack, tuple[Notice, ...]]:
        """
        Give what holds in the city.

        Args:
            pack: All that the overlay extends; `joined` makes one pack of several.
            today: The day, in the city's zone.

        Raises:
            PackError: If a rule of the overlay is wrong, or its examples fail; or if a severity is lowered without
                reason, approver and end, or of a rule that may not be waived.
        """
        from civicsns.policy.proof import prove  # noqa: PLC0415 -- many cities have no rules of their own

        reading = Reading(self.reading.place, [*self.reading.parts])
        notices: list[Notice] = []
        changed = self._with_lists(pack, reading, notices)
        changed = self._with_severities(changed, today, reading, notices)
        if any(table.get(section) for _, table in reading.parts for section in ("rule", "law", "citation", "family")):
            changed = prove(reading, changed)
        reading.close()
        read = _read_lists(changed)
        notices += [self._notice(Stale.UNREAD_LIST, ("lists", name)) for name in self.lists if name not in read]
        return changed, tuple(sorted(notices, key=lambda one: (one.line or 0, one.key)))

    def _with_lists(self, pack: Pack, reading: Reading, notices: list[Notice]) -> Pack:
        lists = dict(pack.lists)
        for name, change in self.lists.items():
            words = list(lists.get(name, ()))
            there = {_same(name, word): word for word in words}
            for number, word in enumerate(change.remove):
                known = there.get(_same(name, word))
                if known is None:
                    notices.append(self._notice(Stale.NOT_THERE, ("lists", name, "remove", number), word))
                else:
                    words.remove(known)
                    del there[_same(name, word)]
            for number, word in enumerate(change.add):
                if not folded_term(word).strip():
                    reading.blame(reading.parts[0][0], vanishes(word, ("lists", name, "add", number)))
                elif _same(name, word) in there:
                    notices.append(self._notice(Stale.THERE_ALREADY, ("lists", name, "add", number), word))
                else:
                    words.append(word)
                    there[_same(name, word)] = word
            lists[name] = tuple(words)
        return attrs.evolve(pack, lists=lists)

    def _with_severities(self, pack: Pack, today: date, reading: Reading, notices: list[Notice]) -> Pack:
        rules = {rule.code: rule for rule in pack.rules}
        for code, change in self.severities.items():
            rule = rules.get(code)
            path = ("rules", code)
            if rule is None:
                notices.append(self._notice(Stale.UNKNOWN_RULE, path))
            elif change.severity is rule.severity:
                notices.append(self._notice(Stale.SAME_SEVERITY, path))
            elif _WEIGHT[change.severity] > _WEIGHT[rule.severity]:
                rules[code] = attrs.evolve(rule, severity=change.severity)
            elif (wrong := _lowered(rule, change)) is not None:
                reading.blame(reading.parts[0][0], wrong)
            elif change.until is not None and change.until < today:
                notices.append(self._notice(Stale.EXPIRED, path, change.until.isoformat()))
            else:
                rules[code] = attrs.evolve(rule, severity=change.severity)
                if change.until is not None and change.until - today <= SOON:
                    notices.append(self._notice(Stale.EXPIRES_SOON, path, change.until.isoformat()))
        return attrs.evolve(pack, rules=tuple(rules.values()))

    def _notice(self, stale: Stale, path: tuple[str | int, ...], about: str = "") -> Notice:
        source = self.reading.parts[0][0]
        what, mend = _SAID[stale]
        return Notice(
            stale=stale,
            file=source.name,
            line=source.line(path),
            key=".".join(map(str, path)),
            what=Bilingual(what.ja.format(about), what.en.format(about)),
            mend=mend,
        )


_AWAY: Final = Bilingual("消してください。", "Take it away.")
_SAID: Final[Mapping[Stale, tuple[Bilingual, Bilingual]]] = {
    Stale.UNKNOWN_RULE: (
        Bilingual("この番号の規範は、元のパックにありません。", "The packs have no rule of this code."),
        Bilingual("番号を確かめるか、消してください。", "Look at the code, or take it away."),
    ),
    Stale.SAME_SEVERITY: (
        Bilingual("元のパックと同じ重さです。", "The rule has this severity in the pack."),
        _AWAY,
    ),
    Stale.EXPIRED: (
        Bilingual(
            "期限（{}）が過ぎ、元のパックの重さに戻っています。",
            "It ended on {}; the pack's own severity holds again.",
        ),
        Bilingual("消すか、改めて承認を受けてください。", "Take it away, or have it approved again."),
    ),
    Stale.EXPIRES_SOON: (
        Bilingual("期限（{}）が近づいています。", "It ends on {}."),
        Bilingual(
            "続けるなら、改めて承認を受けて until を延ばしてください。",
            "To go on, have it approved again with a new until.",
        ),
    ),
    Stale.UNREAD_LIST: (
        Bilingual("この名前の一覧を使う規範がありません。", "No rule reads a list of this name."),
        Bilingual("名前を確かめるか、消してください。", "Look at the name, or take it away."),
    ),
    Stale.THERE_ALREADY: (
        Bilingual("「{}」は元から一覧にあります。", "The list has {!r} already."),
        _AWAY,
    ),
    Stale.NOT_THERE: (
        Bilingual("「{}」は一覧にありません。", "The list has no {!r}."),
        _AWAY,
    ),
}


def read(place: Traversable) -> Overlay:
    """
    Read an overlay.

    Args:
        place: `policy.toml`; a `pathlib.Path` will do.

    Raises:
        PackError: If the file cannot be read, or its form is wrong.
    """
    reading = tables(place, OVERLAY_FILE)
    reading.close()
    table = reading.parts[0][1]
    return Overlay(
        extends=tuple(table["extends"]),
        lists={
            name: ListChange(add=tuple(change.get("add", ())), remove=tuple(change.get("remove", ())))
            for name, change in table.get("lists", {}).items()
        },
        severities={code: _severity(change) for code, change in table.get("rules", {}).items()},
        entitled=frozenset(table.get("waivers", {}).get("by", ())),
        reading=reading,
    )


def _severity(table: Mapping[str, Any]) -> SeverityChange:
    return SeverityChange(
        severity=Severity(table["severity"]),
        reason=table.get("reason", ""),
        by=table.get("by", ""),
        until=table.get("until"),
    )


def _same(name: str, word: str) -> str:
    """Give that by which two words of a list are one; what a city lists is compared as it is written."""
    return word if name in CITY_LISTS else folded_term(word)


def _lowered(rule: PackRule, change: SeverityChange) -> Wrong | None:
    """Say why a severity may not be lowered so."""
    if not rule.waivable:
        return Wrong(
            path=("rules", rule.code, "severity"),
            mistake=Mistake.UNWAIVABLE,
            what=Bilingual(
                f"{rule.code} は例外を認めない規範で、重さを下げられません。",
                f"{rule.code} admits of no exception, and cannot be lowered.",
            ),
            mend=Bilingual("この指定を消してください。", "Take this entry away."),
        )
    missing = [
        key for key, given in (("reason", change.reason), ("by", change.by), ("until", change.until)) if not given
    ]
    if not missing:
        return None
    return Wrong(
        path=("rules", rule.code, "severity"),
        mistake=Mistake.LOWERED_BARE,
        what=Bilingual(
            f"元のパック（{rule.severity}）より軽くするには {'・'.join(missing)} が要ります。",
            f"To lower it below the pack's ({rule.severity}) takes {', '.join(missing)}.",
        ),
        mend=Bilingual(
            "理由 reason、承認した職員の番号 by、最後の日 until を書いてください。",
            "Write reason, by (the personnel number of whoever approved it) and until (the last day).",
        ),
    )


def _read_lists(pack: Pack) -> set[str]:
    """Give the names of the lists that any rule reads."""
    return {name for rule in pack.rules for name in lists_named(rule.detect)}


def lists_named(detect: Mapping[str, Any]) -> Iterator[str]:
    """Give the names of the lists that a detector reads."""
    for part in detect.get("of", ()):
        yield from lists_named(part)
    for key in LIST_KEYS:
        if key in detect:
            yield detect[key]
    for words in (*(detect[key] for key in WORD_KEYS if key in detect), *detect.get("groups", ())):
        if isinstance(words, str):
            yield words.removeprefix("@")
        else:
            yield from (word[1:] for word in words if word.startswith("@") and len(word) > 1)
