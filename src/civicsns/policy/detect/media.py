"""`media`: what goes with pictures: a text alternative, and data in the file that should not go out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.language import Bilingual
from civicsns.model.media import MediaKind
from civicsns.policy.detect.base import CannotTell
from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.model import Context, Draft
    from civicsns.policy.detect.base import Words

_UNREAD = Bilingual("画像の中の撮影データを読んでいません。", "The data inside the pictures has not been read.")
_UNREADABLE = Bilingual(
    "画像の構造が壊れていて、撮影データを読めません。", "A picture is damaged; the data inside it cannot be read."
)


@attrs.frozen
class Media:
    """Finds pictures without alt text, with one that says nothing, or with data that tells where they were taken."""

    check: str
    pattern: re.Pattern[str] | None
    when: Mapping[str, Any] = attrs.field(factory=lambda: {"media": True})
    reads: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: Mapping[str, Any], _words: Words) -> Self:
        """Make it from its table: `check` (`alt_missing`, `alt_regex`, `exif_gps`), `pattern`."""
        return cls(table["check"], re.compile(table["pattern"], re.IGNORECASE) if "pattern" in table else None)

    def look(self, draft: Draft, _facts: Mapping[str, Any], context: Context) -> Iterator[Match]:
        """Find them."""
        if self.check == "exif_gps":
            yield from _placed(context)
            return
        for number, item in enumerate(draft.media):
            alt = (item.alt_text or "").strip()
            if self.check == "alt_missing":
                if item.kind is MediaKind.IMAGE and not alt:
                    yield Match(0, -1, part=f"media.{number}")
            elif self.pattern is not None and alt and self.pattern.search(alt):
                yield Match(0, len(item.alt_text or ""), raw=True, part=f"media.{number}.alt_text")


def _placed(context: Context) -> Iterator[Match]:
    """Find the files that tell where they were taken; those that can be read are looked at first."""
    if context.media is None:
        raise CannotTell(_UNREAD)
    for number, told in enumerate(context.media):
        if told is not None and told.gps:
            yield Match(0, -1, part=f"media.{number}")
    if None in context.media:
        raise CannotTell(_UNREADABLE)
