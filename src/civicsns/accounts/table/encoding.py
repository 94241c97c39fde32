"""Encodings 文字コード: which one a file is in, and on which lines it is not."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts.table.flaw import Flaw
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.accounts.table.remark import Remarks

#: Names for encodings, as messages give them.
_NAMES: Final = {
    "utf-8": "UTF-8",
    "cp932": "Shift_JIS (CP932)",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "euc_jp": "EUC-JP",
}
#: UTF-32's mark begins with UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_KINDS: Final = (
    (b"\xd0\xcf\x11\xe0", Flaw.OLD_EXCEL, None),
    (b"%PDF", Flaw.NO_TABLE, Bilingual("PDF です", "a PDF")),
    (b"{\\rtf", Flaw.NO_TABLE, Bilingual("RTF です", "an RTF document")),
    (b"\x89PNG", Flaw.NO_TABLE, Bilingual("画像です", "a picture")),
    (b"\xff\xd8\xff", Flaw.NO_TABLE, Bilingual("画像です", "a picture")),
)
_MARKUP: Final = re.compile(rb"\s*<(?:!doctype|html|table|\?xml|meta|head)", re.IGNORECASE)
#: JIS: escape sequences in ASCII.
_JIS: Final = re.compile(rb"\x1b(?:\$[@B]|\([BJI])")


@attrs.frozen
class Decoded:
    """
    A file's text.

    Attributes:
        text: The text, without a byte order mark.
        encoding: What it was in, as messages name it.
    """

    text: str
    encoding: str


def decode(data: bytes, remarks: Remarks, *, given: str | None) -> Decoded:
    """
    Find out which encoding a file is in: UTF-8, CP932, UTF-16 with its mark, or EUC-JP.

    Args:
        data: The file.
        remarks: Where what is found goes.
        given: The encoding, where the settings name one.

    Raises:
        RosterError: Naming every line that is not in it; or that it is another file, or in another encoding.
    """
    # Mainframes and MS-DOS end a text with it.
    data = data.removesuffix(b"\x1a")
    _refuse(data, remarks)
    if given is not None:
        named = codecs.lookup(given).name
        # Who says Shift_JIS means what Windows writes (WHATWG Encoding Standard); 髙 and ① are in that alone.
        named = "cp932" if named == "shift_jis" else named
        return _strictly(data.removeprefix(codecs.BOM_UTF8) if named.startswith("utf-8") else data, named, remarks)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            if encoding not in _NAMES:
                remarks.add(Flaw.OTHER_ENCODING, encoding=encoding)
                raise remarks.stop()
            return _strictly(data.removeprefix(mark), encoding, remarks)
    if b"\x00" in data[:4096]:
        remarks.add(Flaw.NO_MARK)
        raise remarks.stop()
    if _JIS.search(data):
        remarks.add(Flaw.OTHER_ENCODING, encoding="JIS (ISO-2022-JP)")
        raise remarks.stop()
    return _strictly(data, _likeliest(data), remarks)


def _refuse(data: bytes, remarks: Remarks) -> None:
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        remarks.add(Flaw.EMPTY_FILE)
    for mark, flaw, kind in _KINDS:
        if data.startswith(mark):
            remarks.add(flaw, kind=kind)
    if _MARKUP.match(data.removeprefix(codecs.BOM_UTF8)):
        remarks.add(Flaw.NO_TABLE, kind=Bilingual("HTML か XML です", "HTML or XML"))
    if len(remarks):
        raise remarks.stop()


def _likeliest(data: bytes) -> str:
    """Give the encoding in which all lines can be read, or else most."""
    for encoding in ("utf-8", "euc_jp", "cp932"):
        # Shift_JIS has bytes that EUC-JP never has, in nearly every word.
        if _reads(data, encoding):
            return encoding
    foreign = [line for line in data.splitlines() if not line.isascii()]
    return "utf-8" if 2 * sum(_reads(line, "utf-8") for line in foreign) >= len(foreign) else "cp932"


def _strictly(data: bytes, encoding: str, remarks: Remarks) -> Decoded:
    name = _NAMES.get(encoding, encoding)
    try:
        return Decoded(data.decode(encoding), name)
    except UnicodeDecodeError as error:
        wide = encoding.startswith("utf-16")
        if wide:
            before = data[: error.start].decode(encoding, "ignore")
            remarks.add(Flaw.NOT_ENCODED, line=before.count("\n") + 1, position=error.start + 1, encoding=name)
    if not wide:
        for line, position, other in _bad_lines(data, encoding):
            if other is not None:
                remarks.add(Flaw.MIXED_ENCODING, line=line, encoding=name, other=_NAMES[other])
            else:
                remarks.add(Flaw.NOT_ENCODED, line=line, encoding=name, position=position)
    raise remarks.stop()


def _bad_lines(data: bytes, encoding: str) -> Iterator[tuple[int, int, str | None]]:
    others = [other for other in ("utf-8", "cp932") if other != encoding]
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError as error:
            yield number, error.start + 1, next((other for other in others if _reads(line, other)), None)


def _reads(data: bytes, encoding: str) -> bool:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return False
    # Bytes that no character has are read as control characters by CP932.
    return encoding != "cp932" or not _NONE.search(text)


_NONE: Final = re.compile("[\x80-\xa0\uf8f0-\uf8f3]")
