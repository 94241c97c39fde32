"""
The roster 職員名簿 and the list of accounts アカウント台帳.

Both are read from CSV, Excel or Python objects, whole or not at all; all that is wrong is told in one error, with line,
column and mend (`civicsns.accounts.table`).
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from civicsns.config import RosterSettings
from civicsns.errors import BadInput
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from civicsns.accounts.table import Listing, Staff
    from civicsns.model import Account, Person

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Roster:
    """
    Who works here, and under which accounts the programme posts.

    Attributes:
        people: The staff, by personnel number.
        accounts: The accounts, by id.
    """

    people: Mapping[str, Person]
    accounts: Mapping[str, Account]

    def person(self, number: str, *, place: str = "by") -> Person:
        """
        Look up a member of staff.

        Args:
            number: The personnel number.
            place: Where it was given.

        Raises:
            BadInput: If there is none of that number.
        """
        return look_up(number, self.people, place=place, kind=Bilingual("職員", "member of staff"))

    def account(self, account_id: str, *, place: str = "accounts") -> Account:
        """
        Look up an account.

        Args:
            account_id: Its id in the programme.
            place: Where it was given.

        Raises:
            BadInput: If there is none of that id.
        """
        return look_up(account_id, self.accounts, place=place, kind=Bilingual("アカウント", "account"))


def staff(people: Path, form: RosterSettings | None = None) -> Staff:
    """
    Read the staff, from CSV or Excel as personnel systems write them.

    Args:
        people: The file.
        form: How it is made, where that cannot be seen in it.

    Raises:
        RosterError: Naming every fault of the file, with line, column and mend; nothing is half read.
    """
    from civicsns.accounts.table import staff as table  # noqa: PLC0415 -- a register in the store needs no tables

    return table.of_file(people, form or RosterSettings())


def staff_of(rows: Iterable[Mapping[str, Any]], form: RosterSettings | None = None, *, place: str = "rows") -> Staff:
    """
    Take the staff from rows that a program hands in: of a database, or of another library for tables.

    Args:
        rows: The rows: texts, numbers, dates or None, by the same headings as in a file.
        form: How they are made.
        place: What messages call them; rows are counted from 1.

    Raises:
        RosterError: As `staff`.
    """
    from civicsns.accounts.table import staff as table  # noqa: PLC0415 -- as above

    return table.of_rows(rows, form or RosterSettings(), place=place)


def listed(
    accounts: Path, *, people: Mapping[str, Person] | None = None, form: RosterSettings | None = None
) -> Listing:
    """
    Read a list of accounts, from CSV or Excel.

    Args:
        accounts: The file.
        people: The staff; stewards and posters must be of it where it is given.
        form: How the roster is made; of it the number of digits counts here, too.

    Raises:
        RosterError: Naming every fault of the file.
    """
    from civicsns.accounts.table import listing  # noqa: PLC0415 -- as above

    return listing.of_file(accounts, people, digits=form.digits if form else None)


def read(*, people: Path, accounts: Path, form: RosterSettings | None = None) -> Roster:
    """
    Read both files. Columns may be named in English or in Japanese.

    Args:
        people: The staff.
        accounts: The accounts.
        form: How the roster is made, where that cannot be seen in it.

    Raises:
        RosterError: Naming every fault of a file, with line, column and mend; nothing is half read.
    """
    known = staff(people, form).people
    return Roster(people=known, accounts=listed(accounts, people=known, form=form).accounts)


def look_up(name: str, known: Mapping[str, T], *, place: str, kind: Bilingual) -> T:
    """
    Look *name* up, and suggest the nearest where there is none.

    Args:
        name: What was asked for.
        known: What there is.
        place: Where it was asked for.
        kind: What sort of thing it is, for the message.

    Raises:
        BadInput: If there is none of that name.
    """
    # Once: in a register each look is a question to the store.
    found = known.get(name)
    if found is not None:
        return found
    near = difflib.get_close_matches(name, known, n=1)
    raise BadInput(
        Bilingual(f"{kind.ja}「{name}」はありません。", f"There is no {kind.en} {name!r}."),
        mend=Bilingual(f"「{near[0]}」のことですか。", f"Did you mean {near[0]!r}?")
        if near
        else Bilingual(f"{kind.ja}の一覧を確かめてください。", "Look it up in the list."),
        place=place,
    )
