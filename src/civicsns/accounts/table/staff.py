"""The staff 職員: people, from a table of them."""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.accounts import names
from civicsns.accounts.table import cell, source
from civicsns.accounts.table.cell import Wrong, written
from civicsns.accounts.table.flaw import Flaw
from civicsns.accounts.table.heading import STAFF, Wants
from civicsns.accounts.table.row import Rows
from civicsns.language import Bilingual
from civicsns.model import Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from civicsns.accounts.table.cell import Cell
    from civicsns.accounts.table.remark import Remark
    from civicsns.accounts.table.source import Table
    from civicsns.config import RosterSettings

#: Rows that are no person's, by how they begin.
_NO_PERSON = re.compile(
    r"(?:(?:総|合|小)?計|合計人数|総数|人数)(?:$|[0-9０-９:：(（人名])|以上$|以下余白|※"
    r"|[(（]?注[)）0-9０-９:：]|(?:出力|作成|印刷)(?:日|者)|[0-9０-９,，]+[人名]$"
)
_SECOND: Final = frozenset({"兼務", "兼", "兼任", "併任", "兼職", "併"})
_MAIN: Final = frozenset({"", "本務", "本", "主務", "主", "専任", "専"})
_LONGEST_NAME, _LONGEST_TEXT = 60, 100
#: So many examples are given of what somebody should look at.
_EXAMPLES: Final = 5


@attrs.frozen(kw_only=True)
class Staff:
    """
    The staff, as a table has it.

    Attributes:
        people: Everybody, by personnel number, in the order of the table.
        columns: What the table speaks of, such as `{"number", "name", "section"}`.
        dates: From which day on a row holds 発令日, by personnel number, where it says so.
        remarks: Questions that somebody should answer, and notes on how the table was understood.
    """

    people: Mapping[str, Person]
    columns: frozenset[str]
    dates: Mapping[str, date]
    remarks: tuple[Remark, ...] = ()


def of_file(path: Path, form: RosterSettings) -> Staff:
    """
    Read a file of people.

    Args:
        path: The file.
        form: How it is made, where that cannot be seen in it.

    Raises:
        RosterError: Naming every fault, with line, column and mend; nothing is half read.
    """
    return _Reading(source.of_file(path, _wants(form), form), form).staff()


def of_rows(rows: Iterable[Mapping[str, Any]], form: RosterSettings, *, place: str) -> Staff:
    """
    Take people from rows that a program hands in.

    Args:
        rows: The rows: texts, numbers, dates or None, by heading.
        form: How they are made.
        place: What messages call them; rows are counted from 1.

    Raises:
        RosterError: As `of_file`.
    """
    return _Reading(source.of_rows(rows, _wants(form), place=place), form).staff()


def _wants(form: RosterSettings) -> Wants:
    return Wants(fields=STAFF, required=(("number",), ("name", "family", "given")), named=form.columns)


class _Reading:
    """A table on the way of being read."""

    def __init__(self, table: Table, form: RosterSettings) -> None:
        self.table = table
        self.form = form
        self.remarks = table.remarks
        self.rows = Rows(table)
        self.people: dict[str, Person] = {}
        self.lines: dict[str, int] = {}
        self.dates: dict[str, date] = {}
        self.second = 0
        self.marked = 0
        self.padded = 0
        self.short: list[str] = []
        self.codes: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def staff(self) -> Staff:
        """Read all rows, and look at what they are together."""
        seen: dict[str, Sequence[Cell]] = {}
        for line, row in self.table.rows:
            if not self._is_person(line, row):
                continue
            made = self._person(line, row)
            if made is None:
                continue
            number, one, effective = made
            if number in self.lines:
                flaw = Flaw.SAME_ROW if list(seen[number]) == list(row) else Flaw.TWICE
                self.rows.wrong(flaw, line, "number", value=number, other=self.lines[number])
                continue
            self.lines[number] = line
            seen[number] = row
            if one is not None:
                self.people[number] = one
                if effective is not None:
                    self.dates[number] = effective
        self._together()
        columns = set(self.table.headings.columns)
        if {"family", "given"} <= columns:
            columns.add("name")
        return Staff(
            people=self.people,
            columns=frozenset(columns & {field.name for field in attrs.fields(Person)}),
            dates=self.dates,
            remarks=self.remarks.settle(),
        )

    def _is_person(self, line: int, row: Sequence[Cell]) -> bool:
        filled = [value for value in row if value is not None and str(value).strip()]
        if not filled:
            return False
        number = self.rows.cell(row, "number")
        named = written(number).strip() if number is not None else ""
        first = named or written(filled[0]).strip()
        # A person's row may begin with anything, but has a number and a name.
        if not named or not named[0].isalnum() or not named.isascii():
            if _NO_PERSON.match("".join(first.split())):
                self.remarks.add(Flaw.TOTALS, line=line, value=first)
                return False
            if [written(one).strip() for one in row] == [one.strip() for one in self.table.headings.cells]:
                self.remarks.add(Flaw.TOTALS, line=line, value=first)
                return False
        if self.rows.width(line, row) is False:
            return False
        duty = written(self.rows.cell(row, "duty")).strip()
        if duty in _SECOND:
            self.second += 1
            return False
        if duty not in _MAIN:
            self.rows.wrong(Flaw.NO_DUTY, line, "duty", value=duty)
        return True

    def _person(self, line: int, row: Sequence[Cell]) -> tuple[str, Person | None, date | None] | None:
        rows = self.rows
        before = len(self.remarks)
        number = self._number(line, row)
        name = self._name(line, row)
        section = rows.text(line, row, "section", longest=_LONGEST_TEXT)
        if "section_code" in self.table.headings.columns:
            code = rows.text(line, row, "section_code", longest=_LONGEST_TEXT)
            if code and section:
                self.codes[code][section] = None
        if section and self.form.sections and section not in self.form.sections:
            near = difflib.get_close_matches(section, self.form.sections, n=1)
            rows.wrong(
                Flaw.NO_SECTION,
                line,
                "section",
                value=section,
                near=Bilingual(f"「{near[0]}」のことですか。", f"Is it {near[0]}? ") if near else "",
            )
        job = rows.text(line, row, "job", longest=_LONGEST_TEXT)
        post = rows.text(line, row, "post", longest=_LONGEST_TEXT)
        since = rows.day(line, row, "since")
        until = rows.day(line, row, "until")
        effective = rows.day(line, row, "effective")
        if since is not None and until is not None and until < since:
            rows.wrong(Flaw.REVERSED, line, "until", since=since.isoformat(), until=until.isoformat())
        if not number:
            return None
        if len(self.remarks) > before or not name:
            return number, None, None
        made = Person(number=number, name=name, section=section, job=job, post=post, since=since, until=until)
        return number, made, effective

    def _number(self, line: int, row: Sequence[Cell]) -> str:
        found = cell.number(self.rows.cell(row, "number"), digits=self.form.digits)
        if isinstance(found, Wrong):
            self.rows.wrong(found.flaw, line, "number", **found.said)
            return ""
        if not found.text:
            self.rows.wrong(Flaw.EMPTY, line, "number")
        self.marked += found.marked
        if self.form.digits is not None and len(written(self.rows.cell(row, "number")).strip()) < len(found.text):
            self.padded += 1
        return found.text

    def _name(self, line: int, row: Sequence[Cell]) -> str:
        columns = self.table.headings.columns
        if "name" in columns:
            parts = [self.rows.text(line, row, "name", longest=_LONGEST_NAME, needed=True)]
            first = "name"
        else:
            parts = [
                self.rows.text(line, row, "family", longest=_LONGEST_NAME, needed=True),
                self.rows.text(line, row, "given", longest=_LONGEST_NAME),
            ]
            first = "family"
        name = " ".join(part for part in parts if part)
        if name and not any(letter.isalpha() for letter in name):
            self.rows.wrong(Flaw.NAME_IS_NUMBER, line, first, value=name)
        return name

    def _together(self) -> None:
        """Look at what is odd about the rows together."""
        heading, column = self.rows.where("number")
        zeros: dict[str, str] = {}
        for number, line in self.lines.items():
            bare = number.lstrip("0") or "0"
            other = zeros.setdefault(bare, number)
            if other != number:
                self.rows.wrong(Flaw.ZEROS_ALONE, line, "number", value=number, second=other, other=self.lines[other])
        lengths = Counter(len(number) for number in self.lines if number.isdecimal())
        usual, count = lengths.most_common(1)[0] if lengths else (0, 0)
        short = [number for number in self.lines if number.isdecimal() and len(number) < usual]
        if short and 2 * count > len(self.lines):
            examples = "、".join(short[:_EXAMPLES])
            self.remarks.add(
                Flaw.ZEROS_LOST, column=column, heading=heading, usual=usual, count=len(short), examples=examples
            )
        self._sections()
        self._persons()
        for flaw, found in ((Flaw.SECOND_POSTS, self.second), (Flaw.TEXT_MARK, self.marked)):
            if found:
                self.remarks.add(flaw, count=found)
        if self.padded:
            self.remarks.add(Flaw.PADDED, count=self.padded, digits=self.form.digits)
        self.rows.tell()

    def _sections(self) -> None:
        heading, column = self.rows.where("section")
        sections = Counter(one.section for one in self.people.values())
        if column is not None and sections[""]:
            self.remarks.add(Flaw.SECTION_EMPTY, column=column, heading=heading, count=sections[""])
        spelt: defaultdict[str, list[str]] = defaultdict(list)
        for section in sections:
            if section:
                spelt[names.skeleton(section)].append(section)
        self._examples(Flaw.SECTION_SPELT, [" / ".join(found) for found in spelt.values() if len(found) > 1], "section")
        two = [f"{code}: {' / '.join(found)}" for code, found in self.codes.items() if len(found) > 1]
        self._examples(Flaw.CODE_OF_TWO, two, "section_code")

    def _persons(self) -> None:
        same: defaultdict[tuple[str, str], list[Person]] = defaultdict(list)
        for one in self.people.values():
            same[one.section, names.skeleton(one.name)].append(one)
        groups = [found for found in same.values() if len(found) > 1]
        shown = [" / ".join(f"{one.number} {one.name}" for one in found[:_EXAMPLES]) for found in groups]
        self._examples(Flaw.SAME_PERSON, shown, "name")

    def _examples(self, flaw: Flaw, found: Sequence[str], field: str) -> None:
        if found:
            heading, column = self.rows.where(field)
            said: dict[str, Any] = {
                "examples": Bilingual("、".join(found[:_EXAMPLES]), ", ".join(found[:_EXAMPLES])),
                "count": len(found),
            }
            self.remarks.add(flaw, column=column, heading=heading, **said)
