"""What is found in a table: faults that stop it, questions, and notes on how it was understood; with line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.accounts.table.flaw import Flaw, Grade
from civicsns.accounts.table.wording import SAID
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual, Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: So many faults are printed; the rest is counted.
PRINTED: Final = 50
#: So much of a cell is shown.
_LONGEST: Final = 30
_QUOTED: Final = frozenset({"value", "second", "wanted", "sheet", "used"})


@attrs.frozen(kw_only=True)
class Remark:
    """
    Something found in a table.

    Attributes:
        flaw: What it is.
        line: The line of the file, or the row of the sheet, from 1; None where it concerns the whole.
        column: The column, from 0; None where it concerns the whole line.
        heading: The heading of that column, as the file has it.
        what: What there is.
        mend: What to do.
    """

    flaw: Flaw
    line: int | None = None
    column: int | None = None
    heading: str = ""
    what: Bilingual
    mend: Bilingual

    @property
    def grade(self) -> Grade:
        """Whether it stops the table, asks, or only tells."""
        return self.flaw.grade

    @property
    def place(self) -> Bilingual | None:
        """Line and column in words, the column by letter and heading; None where it concerns the whole."""
        if self.line is None and self.column is None:
            return None
        ja = [f"{self.line}行目"] if self.line is not None else []
        en = [f"line {self.line}"] if self.line is not None else []
        if self.column is not None:
            named = self.heading and shown(self.heading)
            ja.append(f"{letter(self.column)}列" + (f"「{named}」" if named else ""))
            en.append(f"column {letter(self.column)}" + (f' "{named}"' if named else ""))
        elif self.heading:
            ja.append(f"「{shown(self.heading)}」")
            en.append(f'"{shown(self.heading)}"')
        return Bilingual(" ".join(ja), _upper(", ".join(en)))

    def in_(self, language: Language) -> str:
        """Give it in one line: where, what, what to do."""
        place = self.place
        space = "" if language is Language.JA else " "
        where = f"{place.in_(language)}: " if place is not None else ""
        return f"{where}{self.what.in_(language)}{space}{self.mend.in_(language)}"

    def __str__(self) -> str:
        return self.in_(Language.EN)


class RosterError(ConfigurationError):
    """
    A table cannot be taken in; all that is wrong with it at once.

    Attributes:
        faults: What is wrong, by line and column.
    """

    def __init__(self, faults: Iterable[Remark], *, place: str) -> None:
        self.faults = tuple(sorted(faults, key=_order))
        number = len(self.faults)
        rest = number - PRINTED
        ja = "\n".join(fault.in_(Language.JA) for fault in self.faults[:PRINTED])
        en = "\n".join(fault.in_(Language.EN) for fault in self.faults[:PRINTED])
        more = ("", "") if rest <= 0 else (f"\nほか{rest:,}件", f"\nand {rest:,} more")
        super().__init__(
            Bilingual(
                f"表に不備が{number:,}件あります。\n{ja}{more[0]}\n",
                f"The table has {number:,} fault{'s' if number != 1 else ''}.\n{en}{more[1]}\n",
            ),
            mend=Bilingual(
                "すべて直してから、もう一度読み込んでください。何も取り込んでいません。",
                "Mend them all, and read it again. Nothing of it was taken in.",
            ),
            place=place,
        )


class Remarks:
    """
    What has been found in one table so far.

    Attributes:
        place: The file, for messages.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._found: list[Remark] = []

    def __iter__(self) -> Iterator[Remark]:
        return iter(sorted(self._found, key=_order))

    def __len__(self) -> int:
        return len(self._found)

    def add(
        self, flaw: Flaw, *, line: int | None = None, column: int | None = None, heading: str = "", **said: Any
    ) -> None:
        """
        Note something.

        Args:
            flaw: What it is.
            line: The line, from 1.
            column: The column, from 0.
            heading: The column's heading.
            **said: What its sentences name; texts are shortened, and what cannot be seen in them is made visible.
        """
        named = {name: shown(value) if isinstance(value, str) else value for name, value in said.items()}
        what, mend = SAID[flaw]
        self._found.append(
            Remark(
                flaw=flaw,
                line=line,
                column=column,
                heading=heading,
                what=Bilingual(what.ja.format(**_in(named, Language.JA)), what.en.format(**_in(named, Language.EN))),
                mend=Bilingual(mend.ja.format(**_in(named, Language.JA)), mend.en.format(**_in(named, Language.EN))),
            )
        )

    def stop(self) -> RosterError:
        """Give the error to raise where the table cannot be read on."""
        unsaved = {(one.line, one.column) for one in self._found if one.flaw is Flaw.NO_VALUE}
        faults = [
            one
            for one in self._found
            if one.grade is Grade.FAULT and not (one.flaw is Flaw.EMPTY and (one.line, one.column) in unsaved)
        ]
        return RosterError(faults, place=self.place)

    def settle(self) -> tuple[Remark, ...]:
        """
        Give the questions and the notes, by line.

        Raises:
            RosterError: If there is a fault among what was found.
        """
        if any(one.grade is Grade.FAULT for one in self._found):
            raise self.stop()
        return tuple(self)


def letter(column: int) -> str:
    """Give a column's letters, as a spreadsheet does: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def shown(text: str) -> str:
    """Give a cell as a message shows it: short, and what cannot be seen in it as its code."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    # Variation selectors belong to a person's own letters.
    return "".join(
        one if one.isprintable() or "\U000e0100" <= one <= "\U000e01ef" else f"\\u{ord(one):04x}" for one in short
    )


def _in(named: dict[str, Any], language: Language) -> dict[str, Any]:
    said = {name: value.in_(language) if isinstance(value, Bilingual) else value for name, value in named.items()}
    if language is Language.EN:
        # Japanese sentences have their brackets.
        said |= {name: f'"{said[name]}"' for name in _QUOTED & said.keys()}
    return said


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _order(one: Remark) -> tuple[int, int, str]:
    return (one.line or 0, -1 if one.column is None else one.column, one.flaw)
