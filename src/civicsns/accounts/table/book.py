"""Tables in Excel files, read with openpyxl (extra `excel`): values as they are, and what the file hides told."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from civicsns.accounts.table.flaw import Flaw
from civicsns.accounts.table.heading import ROWS
from civicsns.accounts.table.remark import RosterError
from civicsns.errors import ConfigurationError
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from civicsns.accounts.table.cell import Cell
    from civicsns.accounts.table.heading import Wants
    from civicsns.accounts.table.remark import Remarks

#: What the file begins with: it is a ZIP archive.
MARK: Final = b"PK\x03\x04"
#: A roster of 100,000 people unpacks to some 60 MB.
_MOST_MEGABYTES: Final = 1_000
_ZEROS = re.compile("0{2,}")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_CHUNK: Final = 1 << 20
#: What reading a torn or forged file may end in; openpyxl promises none of them.
_TORN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
)

Rows = list[tuple[int, list["Cell"]]]


def rows(data: bytes, remarks: Remarks, *, wants: Wants, sheet: str | None) -> Rows:
    """
    Give the rows of the sheet that holds the table, each with its number.

    Args:
        data: The file.
        remarks: Where what is found goes: cells that are merged, and formulas without a value.
        wants: What its headings are; they tell which sheet it is.
        sheet: Which sheet it is, where the settings name one.

    Raises:
        ConfigurationError: If openpyxl is not installed.
        RosterError: If it is no Excel file, or has no such sheet, or several that may be it.
    """
    openpyxl = _openpyxl()
    with warnings.catch_warnings():
        # It tells of drawings and styles that it leaves out.
        warnings.simplefilter("ignore")
        try:
            _bearable(data, remarks)
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            with closing(book):
                return _rows(data, book, remarks, wants=wants, sheet=sheet, openpyxl=openpyxl)
        except RosterError:
            raise
        except _TORN:
            remarks.add(Flaw.BROKEN_BOOK)
            # Not chained: it says nothing that somebody who exports a roster could mend.
            raise remarks.stop() from None


def _rows(data: bytes, book: Any, remarks: Remarks, *, wants: Wants, sheet: str | None, openpyxl: ModuleType) -> Rows:
    found = _sheet(book, remarks, wants=wants, named=sheet)
    remarks.add(Flaw.SHEET_READ, sheet=found.title)
    read: Rows = []
    for number, cells in enumerate(found.iter_rows(), 1):
        row = [_value(cell) for cell in cells]
        while row and row[-1] is None:
            row.pop()
        if row:
            read.append((number, row))
    _hidden(data, found, read, remarks, wants=wants, openpyxl=openpyxl)
    return read


def _openpyxl() -> ModuleType:
    try:
        import openpyxl  # noqa: PLC0415 -- an extra
    except ImportError:
        raise ConfigurationError(
            Bilingual("Excel を読む部品（openpyxl）がありません。", "What reads Excel files, openpyxl, is not there."),
            mend=Bilingual(
                'pip install "civicsns[excel]" を実行するか、CSV で保存してください。',
                'Run pip install "civicsns[excel]", or save it as CSV.',
            ),
        ) from None
    return openpyxl


def _bearable(data: bytes, remarks: Remarks) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(part.file_size for part in archive.infolist())
    if size > _MOST_MEGABYTES << 20:
        remarks.add(Flaw.HUGE_BOOK, size=_MOST_MEGABYTES)
        raise remarks.stop()


def _sheet(book: Any, remarks: Remarks, *, wants: Wants, named: str | None) -> Any:
    sheets = list(book.worksheets)
    for one in sheets:
        # Some programs write a wrong size.
        one.reset_dimensions()
    titles = [one.title for one in sheets]
    if named is not None:
        if named not in titles:
            remarks.add(Flaw.NO_SHEET, sheet=named, sheets=Bilingual("、".join(titles), ", ".join(titles)))
            raise remarks.stop()
        return sheets[titles.index(named)]
    seen = [one for one in sheets if one.sheet_state == "visible"] or sheets
    fitting = [one for one in seen if _is_table(one, wants)]
    if len(fitting) > 1:
        shown = [one.title for one in fitting]
        remarks.add(Flaw.SEVERAL_SHEETS, sheets=Bilingual("、".join(shown), ", ".join(shown)))
        raise remarks.stop()
    return (fitting or seen)[0]


def _is_table(sheet: Any, wants: Wants) -> bool:
    return any(wants.complete([_value(cell) for cell in row]) for row in islice(sheet.iter_rows(), ROWS))


def _value(cell: Any) -> Cell:
    """Give a cell's value: a number that is shown with zeros before it, with them."""
    value = cell.value
    if type(value) in {int, float} and _ZEROS.fullmatch(cell.number_format) and value == int(value):
        return str(int(value)).zfill(len(cell.number_format))
    # Times and spans of time are no dates.
    return (
        value if value is None or isinstance(value, (str, int, float, bool)) or hasattr(value, "year") else str(value)
    )


def _hidden(data: bytes, sheet: Any, read: Rows, remarks: Remarks, *, wants: Wants, openpyxl: ModuleType) -> None:
    """Tell of merged cells below the headings, and of formulas whose value was not saved."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(sheet._worksheet_path) as part:  # noqa: SLF001 -- what is merged is not read otherwise
        merged, formulas = _scanned(iter(lambda: part.read(_CHUNK), b""))
    top = next((line for line, row in read[:ROWS] if wants.complete(row)), 0)
    letters = openpyxl.utils.column_index_from_string
    for first, start, last, end in sorted(merged):
        if end > top:
            remarks.add(Flaw.MERGED, line=start, column=letters(first) - 1, cells=f"{first}{start}:{last}{end}")
    if formulas:
        again = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        values = {(line, column) for line, row in read for column, one in enumerate(row) if one is not None}
        try:
            written = again[sheet.title]
            written.reset_dimensions()
            for line, cells in enumerate(written.iter_rows(), 1):
                for column, cell in enumerate(cells):
                    if cell.data_type == "f" and (line, column) not in values:
                        remarks.add(Flaw.NO_VALUE, line=line, column=column)
        finally:
            again.close()


def _scanned(chunks: Iterable[bytes]) -> tuple[set[tuple[str, int, str, int]], bool]:
    merged: set[tuple[str, int, str, int]] = set()
    formulas = False
    for window in _overlapping(chunks):
        formulas = formulas or bool(_FORMULA.search(window))
        for first, start, last, end in _MERGED.findall(window):
            merged.add((first.decode(), int(start), last.decode(), int(end)))
    return merged, formulas


def _overlapping(chunks: Iterable[bytes]) -> Iterator[bytes]:
    before = b""
    for chunk in chunks:
        yield before + chunk
        before = chunk[-200:]
