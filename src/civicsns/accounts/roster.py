"""
The roster 職員名簿 and the list of accounts アカウント台帳, from CSV.

Both are read whole or not at all; every bad row is reported, with its line and column, in one error.
"""

from __future__ import annotations

import csv
import difflib
import io
from typing import TYPE_CHECKING, TypeVar

import attrs

from civicsns.accounts import permission
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.model import Account, Person
from civicsns.model.account import SECTION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

T = TypeVar("T")

_PERSON_COLUMNS = {"number": "職員番号", "name": "氏名", "section": "所属", "job": "職種"}
_ACCOUNT_COLUMNS = {
    "id": "アカウントID",
    "platform": "媒体",
    "handle": "ユーザー名",
    "network_id": "媒体側ID",
    "section": "所管課",
    "steward": "管理者",
    "personal": "個人",
    "posters": "投稿者",
}
_YES = frozenset({"1", "yes", "true", "はい", "○"})
_NO = frozenset({"", "0", "no", "false", "いいえ", "×"})


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
        return look_up(number, self.people, place=place, kind=Bilingual("職員", "person on the staff"))

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


@attrs.frozen
class _Fault:
    line: int
    column: str
    what: Bilingual


def read_people(path: Path) -> dict[str, Person]:
    """
    Read the staff alone. Columns may be named in English or in Japanese.

    Raises:
        ConfigurationError: Naming every bad row, with line and column; nothing is half read.
    """
    return _read(path, _PERSON_COLUMNS, required=("number", "name"), make=_person, key=lambda person: person.number)


def read(*, people: Path, accounts: Path) -> Roster:
    """
    Read both files. Columns may be named in English or in Japanese.

    Raises:
        ConfigurationError: Naming every bad row of a file, with line and column; nothing is half read.
    """
    staff = read_people(people)

    def account(row: Mapping[str, str]) -> Account:
        made = _account(row)
        if made.steward and made.steward not in staff:
            raise _RowFault(
                "steward",
                Bilingual(
                    f"職員番号 {made.steward} は名簿にありません。",
                    f"The roster has no personnel number {made.steward}.",
                ),
            )
        for number in sorted(made.posters - {SECTION} - set(staff)):
            raise _RowFault(
                "posters",
                Bilingual(f"職員番号 {number} は名簿にありません。", f"The roster has no personnel number {number}."),
            )
        return made

    return Roster(
        people=staff,
        accounts=_read(accounts, _ACCOUNT_COLUMNS, required=("id", "platform"), make=account, key=lambda item: item.id),
    )


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
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    raise BadInput(
        Bilingual(f"{kind.ja}「{name}」はありません。", f"There is no {kind.en} {name!r}."),
        mend=Bilingual(f"「{near[0]}」のことですか。", f"Did you mean {near[0]!r}?")
        if near
        else Bilingual(f"{kind.ja}の一覧を確かめてください。", f"Look at the list of the {kind.en}s."),
        place=place,
    )


class _RowFault(ValueError):  # noqa: N818 -- never leaves this module
    def __init__(self, column: str, what: Bilingual) -> None:
        super().__init__(column)
        self.column = column
        self.what = what


def _person(row: Mapping[str, str]) -> Person:
    return Person(number=row["number"], name=row["name"], section=row.get("section", ""), job=row.get("job", ""))


def _account(row: Mapping[str, str]) -> Account:
    personal = row.get("personal", "").lower()
    if personal not in _YES | _NO:
        raise _RowFault("personal", Bilingual("「はい」か「いいえ」を書いてください。", "It takes yes or no."))
    return Account(
        id=row["id"],
        platform=row["platform"],
        handle=row.get("handle", "").removeprefix("@"),
        network_id=row.get("network_id", ""),
        section=row.get("section", ""),
        steward=row.get("steward", ""),
        personal=personal in _YES,
        posters=permission.read_posters(row.get("posters", "")),
    )


def _read(
    path: Path,
    columns: Mapping[str, str],
    *,
    required: tuple[str, ...],
    make: Callable[[Mapping[str, str]], T],
    key: Callable[[T], str],
) -> dict[str, T]:
    rows = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = [_column(name, columns) for name in next(rows, [])]
        numbered = [(rows.line_num, row) for row in rows]
    except csv.Error as error:
        raise _unreadable(
            path, Bilingual(f"CSV として読めません（{error}）。", f"This is not CSV ({error}).")
        ) from error
    missing = [name for name in required if name not in header]
    if missing:
        names = "、".join(f"{columns[name]} ({name})" for name in missing)
        raise _unreadable(path, Bilingual(f"列 {names} がありません。", f"There is no column {names}."))
    read: dict[str, T] = {}
    faults: list[_Fault] = []
    for line, row in numbered:
        if not any(cell.strip() for cell in row):
            continue
        try:
            made = make(_cells(row, header, required))
        except _RowFault as fault:
            faults.append(_Fault(line, columns.get(fault.column, fault.column), fault.what))
            continue
        if key(made) in read:
            twice = Bilingual(f"「{key(made)}」が二度出てきます。", f"{key(made)!r} stands there twice.")
            faults.append(_Fault(line, columns[required[0]], twice))
        else:
            read[key(made)] = made
    if faults:
        raise _unreadable(
            path,
            Bilingual(
                "".join(f"{fault.line}行目 {fault.column}: {fault.what.ja}" for fault in faults),
                " ".join(f"Line {fault.line}, {fault.column}: {fault.what.en}" for fault in faults),
            ),
        )
    return read


def _cells(row: list[str], header: list[str], required: tuple[str, ...]) -> dict[str, str]:
    if len(row) != len(header):
        raise _RowFault(
            required[0],
            Bilingual(
                f"{len(row)} 列あります。見出しは {len(header)} 列です。",
                f"There are {len(row)} cells under {len(header)} headings.",
            ),
        )
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
    for name in required:
        if not cells[name]:
            raise _RowFault(name, Bilingual("空です。", "It is empty."))
    return cells


def _column(name: str, columns: Mapping[str, str]) -> str:
    name = name.strip()
    return next((ours for ours, japanese in columns.items() if name in {ours, japanese}), name)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _unreadable(
            path,
            Bilingual(f"ファイルを読めません（{error.strerror}）。", f"The file cannot be read ({error.strerror})."),
        ) from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, Bilingual("UTF-8 ではありません。", "It is not UTF-8.")) from error


def _unreadable(path: Path, what: Bilingual) -> ConfigurationError:
    return ConfigurationError(what, mend=Bilingual("ファイルを直してください。", "Mend the file."), place=str(path))
