"""The list of accounts アカウントの一覧, from a table of them."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts.table import cell, source
from civicsns.accounts.table.cell import Wrong, written
from civicsns.accounts.table.flaw import Flaw
from civicsns.accounts.table.heading import ACCOUNTS, Wants
from civicsns.accounts.table.row import Rows
from civicsns.config import RosterSettings
from civicsns.language import Bilingual
from civicsns.model import Account
from civicsns.model.account import SECTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from civicsns.accounts.table.cell import Cell
    from civicsns.accounts.table.remark import Remark
    from civicsns.accounts.table.source import Table
    from civicsns.model import Person

_WANTS: Final = Wants(fields=ACCOUNTS, required=(("id",), ("platform",)))
_YES: Final = frozenset({"1", "yes", "true", "はい", "○", "〇"})
_NO: Final = frozenset({"", "0", "no", "false", "いいえ", "×"})
#: What stands for all of the account's section, among posters.
_SECTIONS: Final = frozenset({SECTION, "所管課", "課", "所属"})
_APART = re.compile(r"[\s;,、，；/・]+")
_HANDLE = re.compile(r"[@＠](?=[0-9A-Za-z_.])")
_LONGEST: Final = 200


def of_file(path: Path, people: Mapping[str, Person] | None, *, digits: int | None = None) -> Listing:
    """
    Read a file of accounts.

    Args:
        path: The file.
        people: The staff: stewards and posters must be of it. None where it is not known.
        digits: So many digits personnel numbers have, as in the roster.

    Raises:
        RosterError: Naming every fault, with line, column and mend; nothing is half read.
    """
    table = source.of_file(path, _WANTS, RosterSettings())
    reading = _Reading(table, people, digits)
    accounts: dict[str, Account] = {}
    lines: dict[str, int] = {}
    for line, row in table.rows:
        if not any(written(one).strip() for one in row) or not reading.rows.width(line, row):
            continue
        made = reading.account(line, row)
        if made is None:
            continue
        if made.id in lines:
            reading.rows.wrong(Flaw.TWICE_ID, line, "id", value=made.id, other=lines[made.id])
        else:
            lines[made.id] = line
            accounts[made.id] = made
    reading.rows.tell()
    return Listing(accounts=accounts, remarks=table.remarks.settle())


@attrs.frozen(kw_only=True)
class Listing:
    """
    The accounts, as a table has them.

    Attributes:
        accounts: The accounts, by id.
        remarks: Notes on how the table was understood.
    """

    accounts: Mapping[str, Account]
    remarks: tuple[Remark, ...] = ()


class _Reading:
    def __init__(self, table: Table, people: Mapping[str, Person] | None, digits: int | None) -> None:
        self.rows = Rows(table)
        self.people = people
        self.digits = digits

    def account(self, line: int, row: Sequence[Cell]) -> Account | None:
        """Read one row; None where it has no id or no network."""
        text = self.rows.text
        name = text(line, row, "id", longest=_LONGEST, needed=True)
        platform = text(line, row, "platform", longest=_LONGEST, needed=True)
        said = written(self.rows.cell(row, "personal")).strip()
        personal = said.lower() in _YES
        if said.lower() not in _YES | _NO:
            self.rows.wrong(Flaw.YES_OR_NO, line, "personal", value=said)
        steward = next(self._numbers(line, row, "steward"), "")
        opened, closed = self.rows.day(line, row, "opened"), self.rows.day(line, row, "closed")
        if opened is not None and closed is not None and closed < opened:
            self.rows.wrong(Flaw.REVERSED, line, "closed", since=opened.isoformat(), until=closed.isoformat())
        handle = self._handle(line, row)
        made = {
            "network_id": text(line, row, "network_id", longest=_LONGEST),
            "section": text(line, row, "section", longest=_LONGEST),
            "purpose": text(line, row, "purpose", longest=_LONGEST),
        }
        posters = frozenset(self._numbers(line, row, "posters"))
        if not name or not platform:
            return None
        return Account(
            id=name,
            platform=platform,
            handle=handle,
            steward=steward,
            personal=personal,
            posters=posters,
            opened=opened,
            closed=closed,
            **made,
        )

    def _handle(self, line: int, row: Sequence[Cell]) -> str:
        """Read a handle, of which the sign before it is no part, and no formula's."""
        found = cell.text(_HANDLE.sub("", written(self.rows.cell(row, "handle")).strip(), count=1), longest=_LONGEST)
        if isinstance(found, Wrong):
            self.rows.wrong(found.flaw, line, "handle", **found.said)
            return ""
        return found.text

    def _numbers(self, line: int, row: Sequence[Cell], field: str) -> Iterator[str]:
        """Read personnel numbers, each of which must be on the roster."""
        said = written(self.rows.cell(row, field)).strip()
        for part in [said] if field == "steward" else _APART.split(said):
            if part.lower() in _SECTIONS and field == "posters":
                yield SECTION
                continue
            found = cell.number(part, digits=self.digits)
            if isinstance(found, Wrong):
                self.rows.wrong(found.flaw, line, field, **found.said)
            elif found.text and self.people is not None and found.text not in self.people:
                near = difflib.get_close_matches(found.text, self.people, n=1)
                self.rows.wrong(
                    Flaw.NO_PERSON,
                    line,
                    field,
                    value=found.text,
                    near=Bilingual(f"{near[0]} のことですか。", f"Is it {near[0]}? ") if near else "",
                )
            elif found.text:
                yield found.text
