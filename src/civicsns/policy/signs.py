"""Signs 目印: what tells of a whole text, before any rule is asked, that some of them need not be, or that it hides words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from civicsns.text import romaji
from civicsns.text.folding import noting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: What is no letter, and between letters too rare to be looked for by name: emoji and the like.
_RARE: Final = "ｦ-ﾟ\U00010000-\U0001ffff"
_RAREST: Final = "ｦ"
#: Letters of half the width, and emoji within a word.
_ODD: Final = re.compile("[ｦ-ﾟ]|[一-鿿][\U00010000-\U0001ffff]+[一-鿿]")
#: A gap between letters of which one stands alone: words may have been taken apart.
_MAY_BE_APART: Final = re.compile(
    r"[ ./_*|^'`,:+=~・☆★♪♡〇×✕●■□-](?:(?<=[^\W\d_a-zァ-ヿ].)(?<![^\W\d_a-zぁ-ヿ][^\W\d_a-zぁ-ヿ].)[^\W\d_a-zァ-ヿ](?![^\W\d_a-zぁ-ヿ])"
    r"|(?<=[^\W\d_a-zぁ-ヿ].)(?<![^\W\d_a-zぁ-ヿ][^\W\d_a-zぁ-ヿ].)[ぁ-ゖ]"
    r"|(?<=[^\W\d_][._^'`])[^\W\d_a-z]"
    r"|(?<=[^\W\d_a-z].)(?<=[*〇×✕●★☆♡])[^\W\d_a-z]"
    r"|(?<=[〇●] )[^\W\d_a-z]"
    r"|(?<=[a-zァ-ヿ][ ./_*|・-])(?:(?<![a-z][a-z].)[a-z](?![a-z])|(?<![ァ-ヿ][ァ-ヿ].)[ァ-ヿ](?![ァ-ヿ])))"
)
#: Two words of Latin letters, which may be one of Japanese.
_MAY_BE_SPOKEN: Final = re.compile(r"(?<=[aeioun] )[a-z](?=[a-z]{0,10}[aeioun](?![a-z]))")
#: Letters one below the other.
_VERTICAL: Final = re.compile(r"\n[^\W_]\n[^\W_]\n")
_FEW_LINES: Final = 2


def taken_apart(view: str) -> bool:
    """Tell whether words of a folded text may have been taken apart, or written in Latin letters."""
    return (
        _MAY_BE_APART.search(view) is not None
        or romaji.may_hold(view)
        or (" " in view and _MAY_BE_SPOKEN.search(view) is not None and bool(romaji.stretches(view)))
        or (view.count("\n") > _FEW_LINES and _VERTICAL.search(f"\n{view}\n") is not None)
    )


def odd(text: str) -> bool:
    """Tell whether a text as it was written has letters of half the width, or emoji within a word."""
    return _ODD.search(text) is not None


def is_rare(mark: str) -> bool:
    """Tell whether a mark is one of those that are too rare to be looked for by name."""
    return mark >= _RAREST


class Marking(dict[str, tuple[int, ...]]):
    """
    Whom each mark asks; there are no more marks than the classes have characters.

    Args:
        marked: Who looks for marks, and for which.

    Attributes:
        fold: Folds a text, and gives the characters among which its marks are (`civicsns.text.folding.noting`).
    """

    def __init__(self, marked: Sequence[tuple[int, str]]) -> None:
        super().__init__()
        self._classes = [(number, re.compile(f"[{marks}]")) for number, marks in marked]
        known = "".join(marks for _, marks in marked) + _RARE
        self.fold = noting(known)
        self._any = re.compile(f"[{known}]")

    def among(self, noted: str) -> set[str]:
        """Give the marks among some characters, and what is too rare to be looked for by name."""
        return set(self._any.findall(noted))

    def __missing__(self, mark: str) -> tuple[int, ...]:
        self[mark] = numbers = tuple(number for number, marks in self._classes if marks.match(mark))
        return numbers


def counting(counters: Mapping[int, int]) -> list[frozenset[int]]:
    """Give who finds nothing in a text with no more than so many digits in a row, by how many these are."""
    longest = max(counters.values(), default=0)
    return [frozenset(number for number, least in counters.items() if least > most) for most in range(longest)]
