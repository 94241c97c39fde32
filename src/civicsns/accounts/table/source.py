"""Where tables come from: a file, whatever is in it, or rows that a program hands in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from civicsns.accounts.table import book, delimited, encoding
from civicsns.accounts.table.flaw import Flaw
from civicsns.accounts.table.remark import Remarks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from civicsns.accounts.table.cell import Cell
    from civicsns.accounts.table.heading import Headings, Wants
    from civicsns.config import RosterSettings


@attrs.frozen(kw_only=True)
class Table:
    """
    A table, its headings found.

    Attributes:
        headings: The headings.
        rows: The rows below them, each with its line.
        remarks: What has been found so far; whoever reads the rows adds to it.
    """

    headings: Headings
    rows: Sequence[tuple[int, Sequence[Cell]]]
    remarks: Remarks


def of_file(path: Path, wants: Wants, form: RosterSettings) -> Table:
    """
    Read a file: CSV in any encoding that Japanese systems write, or Excel; what it is is told by what is in it.

    Args:
        path: The file.
        wants: What it is to say.
        form: How it is made, where that cannot be seen.

    Raises:
        RosterError: If it cannot be read as a table.
    """
    remarks = Remarks(str(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        remarks.add(Flaw.UNREADABLE, why=error.strerror or type(error).__name__)
        raise remarks.stop() from error
    return _of(data, wants, form, remarks)


def of_bytes(data: bytes, wants: Wants, form: RosterSettings, *, place: str) -> Table:
    """
    Read what a file holds, as `of_file`.

    Args:
        data: What it holds.
        wants: What it is to say.
        form: How it is made.
        place: What messages call it.

    Raises:
        RosterError: If it cannot be read as a table.
    """
    return _of(data, wants, form, Remarks(place))


def of_rows(rows: Iterable[Mapping[str, Any]], wants: Wants, *, place: str) -> Table:
    """
    Take rows that a program hands in, by the same headings; their lines are counted from 1.

    Args:
        rows: The rows: texts, numbers, dates or None, by heading.
        wants: What they are to say.
        place: What messages call them.

    Raises:
        RosterError: If they lack a column.
    """
    remarks = Remarks(place)
    given = list(rows)
    headings = list(dict.fromkeys(heading for row in given for heading in row))
    _, found = wants.find([(0, headings)], remarks)
    return Table(
        headings=found,
        rows=[(line, [row.get(heading) for heading in headings]) for line, row in enumerate(given, 1)],
        remarks=remarks,
    )


def _of(data: bytes, wants: Wants, form: RosterSettings, remarks: Remarks) -> Table:
    rows: Sequence[tuple[int, Sequence[Cell]]]
    if data.startswith(book.MARK):
        rows = book.rows(data, remarks, wants=wants, sheet=form.sheet)
        width = max((len(row) for _, row in rows[:10]), default=0)
        # What is empty at the end of a row is not in the file.
        rows = [(line, [*row, *[None] * (width - len(row))]) for line, row in rows]
    else:
        decoded = encoding.decode(data, remarks, given=form.encoding)
        rows = delimited.rows(decoded.text, remarks, wants=wants, encoding=decoded.encoding)
    place, headings = wants.find(rows, remarks)
    return Table(headings=headings, rows=rows[place + 1 :], remarks=remarks)
