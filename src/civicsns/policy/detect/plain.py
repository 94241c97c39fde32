"""`plain`: hard words and long sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs

from civicsns.policy.scan import Match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.policy.detect.base import Words
    from civicsns.policy.scan import Scan
    from civicsns.policy.standing import Hits


@attrs.frozen
class Plain:
    """Finds words of a list, and sentences of more than some characters."""

    slots: tuple[tuple[str, ...], ...]
    needs: tuple[int, ...]
    longest: int

    @classmethod
    def of(cls, table: Mapping[str, Any], words: Words) -> Self:
        """Make it from its table: `list`, `max_sentence`."""
        return cls((words.folded(table["list"]),), (), int(table["max_sentence"]))

    def find(self, scan: Scan, hits: Hits) -> Iterator[Match]:
        """Find them."""
        for start, end in hits.of(0):
            yield Match(start, end)
        view, longest = scan.view, self.longest
        # Nearly all texts end here: they are short, or a sentence ends where neither half of the text is too long.
        if len(view) <= longest or view.find("。", max(len(view) - longest - 1, 0), longest + 1) >= 0:
            return
        pieces = view.replace("\n", "。").replace("!", "。").replace("?", "。").split("。")
        if max(map(len, pieces)) > longest:
            start = 0
            for piece in pieces:
                if len(piece) > longest:
                    yield Match(start, start + len(piece))
                start += len(piece) + 1
