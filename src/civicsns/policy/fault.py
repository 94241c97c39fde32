"""Faults 不備 of packs and overlays: each with file, line, key, what is wrong and what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual, Language

if TYPE_CHECKING:
    from collections.abc import Iterable


#: The keys and indices that lead to a value.
Path = tuple[str | int, ...]


class Mistake(StrEnum):
    """The kinds of mistakes that are refused."""

    UNREADABLE = "unreadable"
    NOT_TOML = "not_toml"
    NEWER_SCHEMA = "newer_schema"
    UNKNOWN_KEY = "unknown_key"
    MISSING_KEY = "missing_key"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_VALUE = "unknown_value"
    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    LANGUAGE_MISSING = "language_missing"
    SECTION_TWICE = "section_twice"
    #: Codes of rules.
    CODE_FORM = "code_form"
    CODE_TWICE = "code_twice"
    UNKNOWN_FAMILY = "unknown_family"
    #: What a rule rests on.
    UNKNOWN_CITATION = "unknown_citation"
    UNKNOWN_LAW = "unknown_law"
    DATES_REVERSED = "dates_reversed"
    #: What finds it.
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_LIST = "unknown_list"
    LIST_IN_LIST = "list_in_list"
    UNKNOWN_FACT = "unknown_fact"
    TERM_VANISHES = "term_vanishes"
    TERM_TWICE = "term_twice"
    EXCEPTION_USELESS = "exception_useless"
    PATTERN_BROKEN = "pattern_broken"
    PATTERN_EMPTY = "pattern_empty"
    PATTERN_SLOW = "pattern_slow"
    PATTERN_BORDERS = "pattern_borders"
    PATTERN_UNFOLDED = "pattern_unfolded"
    TRIGGER_UNNEEDED = "trigger_unneeded"
    #: What it must do.
    NO_EXAMPLES = "no_examples"
    FLAG_MISSED = "flag_missed"
    PASS_FLAGGED = "pass_flagged"  # noqa: S105 -- a post that is to pass
    MISS_FOUND = "miss_found"
    FINDS_OTHERWISE = "finds_otherwise"
    UNPROVEN = "unproven"
    #: What a city's overlay may not do.
    LOWERED_BARE = "lowered_bare"
    UNWAIVABLE = "unwaivable"


@attrs.frozen(kw_only=True)
class Wrong:
    """
    A fault whose line is not known yet.

    Attributes:
        path: The keys and indices that lead to it.
        mistake: Which kind it is.
        what: What is wrong.
        mend: What to do.
    """

    path: Path
    mistake: Mistake
    what: Bilingual
    mend: Bilingual


@attrs.frozen(kw_only=True)
class Fault:
    """
    One thing that is wrong with a pack or an overlay.

    Attributes:
        file: The name of the file.
        line: The line, from 1; None where it concerns no single line.
        key: The key, such as `rule[PII001].detect.pattern`.
        mistake: Which kind of mistake it is.
        what: What is wrong.
        mend: What to do.
    """

    file: str
    line: int | None
    key: str
    mistake: Mistake
    what: Bilingual
    mend: Bilingual

    @property
    def place(self) -> str:
        """File and line, as editors take them."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def in_(self, language: Language) -> str:
        """Give it in one line: where, which key, what is wrong, what to do."""
        key = f"{self.key}: " if self.key else ""
        space = "" if language is Language.JA else " "
        return f"{self.place}: {key}{self.what.in_(language)}{space}{self.mend.in_(language)}"

    def __str__(self) -> str:
        return self.in_(Language.EN)


def vanishes(word: str, path: Path) -> Wrong:
    """Say that a word cannot be looked for, since folding leaves nothing of it."""
    return Wrong(
        path=path,
        mistake=Mistake.TERM_VANISHES,
        what=Bilingual(
            f"「{word!a}」は正規化すると何も残りません。", f"Nothing is left of {word!a} when it is folded."
        ),
        mend=Bilingual("見える文字を含む語にしてください。", "Use a word that can be seen."),
    )


class PackError(ConfigurationError):
    """
    A pack or an overlay is wrong; all that is wrong with it at once.

    Attributes:
        faults: What is wrong, by file and line.
    """

    def __init__(self, faults: Iterable[Fault], *, place: str) -> None:
        self.faults = tuple(sorted(faults, key=lambda one: (one.file, one.line or 0, one.key, one.mistake)))
        number = len(self.faults)
        ja = "\n".join(fault.in_(Language.JA) for fault in self.faults)
        en = "\n".join(fault.in_(Language.EN) for fault in self.faults)
        super().__init__(
            Bilingual(
                f"規範パックに不備が{number}件あります。\n{ja}\n",
                f"The rule pack has {number} fault{'s' if number != 1 else ''}.\n{en}\n",
            ),
            mend=Bilingual("すべて直してから、もう一度読み込んでください。", "Mend them all, and load it again."),
            place=place,
        )
