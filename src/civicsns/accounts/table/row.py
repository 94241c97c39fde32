"""Rows 行: the cells of a row by what they stand for, read and found fault with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from civicsns.accounts.table import cell, day
from civicsns.accounts.table.cell import Wrong, written
from civicsns.accounts.table.day import WrongDate
from civicsns.accounts.table.flaw import Flaw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from civicsns.accounts.table.cell import Cell
    from civicsns.accounts.table.source import Table


class Rows:
    """The rows of a table, while they are read."""

    def __init__(self, table: Table) -> None:
        self._headings = table.headings
        self._remarks = table.remarks
        self._columns = {name: tuple(found) for name, found in table.headings.columns.items()}
        self._unseen = 0
        self._serials: list[tuple[str, date]] = []
        self._known: dict[tuple[str, int], str] = {}

    def cell(self, row: Sequence[Cell], field: str) -> Cell:
        """Give what a row says of a field: of several columns the first that says something; None where none does."""
        return self._found(row, field)[0]

    def _found(self, row: Sequence[Cell], field: str) -> tuple[Cell, int | None]:
        """Give what a row says of a field, and in which column."""
        for column in self._columns.get(field, ()):
            if column < len(row):
                value = row[column]
                if value is not None and value != "":
                    return value, column
        return None, None

    def where(self, field: str) -> tuple[str, int | None]:
        """Give the heading of a field, and its column."""
        column = self._headings.column(field)
        return ("" if column is None else self._headings.cells[column], column)

    def wrong(self, flaw: Flaw, line: int, field: str, *, at: int | None = None, **said: Any) -> None:
        """Note what is wrong with a cell: in the field's first column, unless it is *at* another."""
        heading, column = self.where(field)
        if at is not None:
            heading, column = self._headings.cells[at], at
        self._remarks.add(flaw, line=line, column=column, heading=heading, **said)

    def width(self, line: int, row: Sequence[Cell]) -> bool:
        """Whether a row has as many cells as there are headings; told where it has not."""
        headings = len(self._headings.cells)
        if len(row) == headings:
            return True
        if len(row) < headings:
            self._remarks.add(Flaw.CELLS_MISSING, line=line, cells=len(row), headings=headings)
            return False
        if any(written(extra).strip() for extra in row[headings:]):
            self._remarks.add(Flaw.CELLS_EXTRA, line=line, column=headings, cells=len(row), headings=headings)
            return False
        return True

    def text(self, line: int, row: Sequence[Cell], field: str, *, longest: int, needed: bool = False) -> str:
        """Read a text; empty where there is none, or where something is wrong with it, which is told."""
        value = self.cell(row, field)
        if value is None:
            if needed:
                self.wrong(Flaw.EMPTY, line, field)
            return ""
        # Sections and posts are the same on many rows.
        known = self._known.get((value, longest)) if type(value) is str else None
        if known is not None:
            return known
        found = cell.text(value, longest=longest)
        if isinstance(found, Wrong):
            self.wrong(found.flaw, line, field, **found.said)
            return ""
        self._unseen += found.unseen
        if needed and not found.text:
            self.wrong(Flaw.EMPTY, line, field)
        elif type(value) is str and not found.unseen and not needed:
            self._known[value, longest] = found.text
        return found.text

    def day(self, line: int, row: Sequence[Cell], field: str) -> date | None:
        """Read a date; None where there is none, or where something is wrong with it, which is told."""
        value, at = self._found(row, field)
        if value is None:
            return None
        found = day.read(value)
        if isinstance(found, WrongDate):
            # A formula, garbled letters and the like are told as such.
            looked = cell.text(value, longest=40)
            if isinstance(looked, Wrong):
                self.wrong(looked.flaw, line, field, at=at, **looked.said)
            else:
                self.wrong(found.flaw, line, field, at=at, value=written(value).strip(), **found.said)
            return None
        if found.serial and found.date is not None:
            self._serials.append((written(value), found.date))
        return found.date

    def tell(self) -> None:
        """Tell, once for the whole table, how cells were understood."""
        if self._unseen:
            self._remarks.add(Flaw.INVISIBLE, count=self._unseen)
        if self._serials:
            value, first = self._serials[0]
            self._remarks.add(Flaw.SERIALS, count=len(self._serials), value=value, day=first.isoformat())
