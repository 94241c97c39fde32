"""Tables in text 区切り文字の表: CSV, and what is separated by tabs or semicolons."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from civicsns.accounts.table.cell import escaped
from civicsns.accounts.table.flaw import Flaw
from civicsns.accounts.table.heading import ROWS, Wants
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from civicsns.accounts.table.remark import Remarks

_SEPARATORS: Final = {
    ",": Bilingual("コンマ", "commas"),
    "\t": Bilingual("タブ", "tabs"),
    ";": Bilingual("セミコロン", "semicolons"),
}

Rows = list[tuple[int, list[str]]]


def rows(text: str, remarks: Remarks, *, wants: Wants, encoding: str) -> Rows:
    """
    Give the rows of a text, each with the line on which it begins.

    Args:
        text: The text.
        remarks: Where what is found goes.
        wants: What its headings are; they tell what it is separated by.
        encoding: What it was in, to be told.

    Raises:
        RosterError: If a quote is not closed, or not as CSV has it.
    """
    separator = max(_SEPARATORS, key=lambda one: _headings(text, one, wants))
    if separator != "," or encoding != "UTF-8":
        remarks.add(Flaw.READ_AS, encoding=encoding, delimiter=_SEPARATORS[separator])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    read: Rows = []
    line = 1
    try:
        for row in reader:
            read.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        # The line on which the row begins: the reader is at the end of the file then.
        open_ = "unexpected end" in str(error) or "field limit" in str(error)
        remarks.add(Flaw.QUOTE_OPEN if open_ else Flaw.BROKEN_ROW, line=line)
        raise remarks.stop() from None
    return read


def write(rows: Iterable[Sequence[str]]) -> str:
    """Give CSV that no spreadsheet takes for formulas, with lines that end as RFC 4180 has it."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([escaped(cell) for cell in row] for row in rows)
    return out.getvalue()


def _headings(text: str, separator: str, wants: Wants) -> int:
    """Count the headings in the best of the first rows."""
    reader = csv.reader(io.StringIO(text[:100_000], newline=""), delimiter=separator)
    best = 0
    try:
        for _, row in zip(range(ROWS), reader, strict=False):
            best = max(best, wants.count(row))
    except csv.Error:
        return best
    return best
