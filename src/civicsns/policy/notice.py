"""What in a city's overlay does nothing, or not for long."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Mapping


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


_AWAY: Final = Bilingual("消してください。", "Take it away.")
#: What is said of each, with a place for what it is about, and what to do.
SAID: Final[Mapping[Stale, tuple[Bilingual, Bilingual]]] = {
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
