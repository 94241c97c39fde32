"""Cells: made plain where that changes nothing that a person wrote, and refused where something is wrong with them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Any, Final

import attrs

from civicsns.accounts.table.flaw import Flaw
from civicsns.language import Bilingual

#: What a cell may hold: a text of CSV, or what a spreadsheet or a program gives.
Cell = str | int | float | date | bool | None

_KANJI = "々〇一-鿿㐀-䶿\uf900-\ufaff"
#: A text of which nothing has to be looked at: kanji, kana, ASCII letters and digits, and single spaces.
PLAIN: Final = re.compile(
    f"(?:[0-9A-Za-zぁ-ゖァ-ヺー{_KANJI}][0-9A-Za-zぁ-ゖァ-ヺー{_KANJI}./:()（）・-]*"
    f"(?: [0-9A-Za-zぁ-ゖァ-ヺー{_KANJI}./:()（）・-]+)*)?"
)
_BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\ufff9-\ufffb\ufffe\uffff]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff\u3164\uffa0]")
_OWN = re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]")
_LOST = re.compile(f"〓|(?<=[ぁ-ヺ{_KANJI}])[?？]|[?？](?=[ぁ-ヺ{_KANJI}])")
_ERRORS = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA|#+)", re.IGNORECASE)
#: Kana written in two parts, as some systems' file names are.
_IN_PARTS = re.compile("[か-とは-ほうゝカ-トハ-ホワ-ヲウヽ][\u3099\u309a]")
_JAPANESE = re.compile("[ぁ-ヿ一-鿿]")
#: What stands for nothing.
_DASHES: Final = frozenset("-－ー―—‐−–")
#: A spreadsheet takes what begins with one of these for a formula (OWASP, CSV Injection); full-width ones, too, where
#: it is set to Japanese.
FORMULA_SIGNS: Final = frozenset("=+-@＝＋－＠\t\r")
#: How programs keep a spreadsheet from taking a number's zeros away.
_TEXT_MARK = re.compile("""=["']?"(?P<quoted>[^"=]*)"|'(?P<marked>[^'=+@-].*)""", re.DOTALL)
#: The characters of a personnel number, which becomes part of accounts' ids.
_NUMBER = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]{0,31})")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE][+-]?[0-9]+")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]*")


@attrs.frozen
class Wrong:
    """
    What is wrong with a cell.

    Attributes:
        flaw: What.
        said: What the remark names.
    """

    flaw: Flaw
    said: dict[str, Any]


@attrs.frozen
class Text:
    """
    A cell's text, made plain.

    Attributes:
        text: The text.
        unseen: Whether characters that nobody sees were taken out.
        marked: Whether a mark that says "this is text" was taken off.
    """

    text: str
    unseen: bool = False
    marked: bool = False


def written(value: Cell) -> str:
    """Give a cell as text: a whole number without a point, a date as ISO 8601."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.isoformat(sep=" ") if value.time() != value.min.time() else value.date().isoformat()
        case date():
            return value.isoformat()
        case _:
            return str(value)


def tidied(text: str) -> str:
    """Make one space of spaces of all widths, and one character of kana in two parts; all else stays as it is."""
    # Not normalised as a whole: NFC would put other letters in the place of some that names are written with.
    return _IN_PARTS.sub(lambda found: unicodedata.normalize("NFC", found[0]), " ".join(text.split()))


def text(value: Cell, *, longest: int) -> Text | Wrong:
    """
    Read a text.

    Args:
        value: The cell.
        longest: So many characters it may have.

    Returns:
        The text with single spaces, and in the person's own letters; or what is wrong with it.
    """
    raw = written(value).strip()
    if PLAIN.fullmatch(raw) and len(raw) <= longest and not _garbled(raw):
        return Text("" if raw in _DASHES else raw)
    return _looked(raw, longest=longest)


def _looked(raw: str, *, longest: int) -> Text | Wrong:
    seen = _INVISIBLE.sub("", raw).strip()
    plain = tidied(seen)
    if plain in _DASHES:
        plain = ""
    shown = {"value": seen}
    if _BREAKS.search(seen):
        return Wrong(Flaw.LINE_BREAK, shown)
    if _CONTROL.search(seen):
        return Wrong(Flaw.CONTROL, shown)
    if _DIRECTION.search(seen):
        return Wrong(Flaw.DIRECTION, shown)
    if _ERRORS.fullmatch(plain):
        return Wrong(Flaw.ERROR_VALUE, shown)
    if plain and plain[0] in FORMULA_SIGNS:
        return Wrong(Flaw.FORMULA, shown)
    if len(plain) > longest:
        return Wrong(Flaw.TOO_LONG, {"length": len(plain), "most": longest})
    if "\ufffd" in plain:
        return Wrong(Flaw.MOJIBAKE, {**shown, "meant": ""})
    # Before anything was taken out: what is not seen is a part of letters that were garbled.
    if meant := _garbled(raw):
        return Wrong(Flaw.MOJIBAKE, {**shown, "meant": Bilingual(f"「{meant}」ではありませんか。", f"Was it {meant}?")})
    if _OWN.search(plain):
        return Wrong(Flaw.OWN_LETTER, shown)
    if _LOST.search(plain):
        return Wrong(Flaw.LETTER_LOST, shown)
    return Text(plain, unseen=len(seen) < len(raw))


def number(value: Cell, *, digits: int | None) -> Text | Wrong:
    """
    Read a personnel number: ASCII, in one piece, padded with zeros to *digits* where that is given.

    Returns:
        The number; or what is wrong with it.
    """
    raw = unicodedata.normalize("NFKC", written(value)).strip()
    marked = _TEXT_MARK.fullmatch(raw)
    if marked:
        raw = (marked["quoted"] if marked["quoted"] is not None else marked["marked"]).strip()
    if raw.isascii() and raw.isdecimal() and len(raw) <= 32:
        found = Text(raw)
    else:
        looked = _looked(raw, longest=200)
        if isinstance(looked, Wrong):
            return looked
        found = looked
        if _SCIENTIFIC.fullmatch(found.text):
            return Wrong(Flaw.SCIENTIFIC, {"value": found.text})
        if _DECIMAL.fullmatch(found.text):
            return Wrong(Flaw.DECIMAL, {"value": found.text})
        if found.text and not _NUMBER.fullmatch(found.text):
            return Wrong(Flaw.NOT_A_NUMBER, {"value": found.text})
    if digits is not None and found.text.isdecimal():
        if len(found.text) > digits:
            return Wrong(Flaw.LONGER, {"value": found.text, "digits": digits})
        found = attrs.evolve(found, text=found.text.zfill(digits))
    return attrs.evolve(found, marked=True) if marked else found


def escaped(value: str) -> str:
    """Give a text that no spreadsheet takes for a formula: with an apostrophe before it where it would."""
    return f"'{value}" if value[:1] in FORMULA_SIGNS and value else value


def _garbled(text: str) -> str:
    """Give what a text meant that was written in UTF-8 and read as something else; empty where it was not."""
    if text.isascii():
        return ""
    if max(text) < "\u2200":
        data = b"".join(_byte(one) for one in text)
    else:
        data = text.encode("cp932", "ignore")
        # Of Japanese in UTF-8, the first byte is one of these.
        if not b"\xe3" <= data[:1] <= b"\xef":
            return ""
    meant = data.decode("utf-8", "ignore")
    # Some may have been lost on the way; of what was never garbled, hardly any can be read so.
    return meant if 4 * 3 * len(_JAPANESE.findall(meant)) >= 3 * sum(byte > 0x7F for byte in data) else ""


def _byte(one: str) -> bytes:
    try:
        return one.encode("cp1252")
    except UnicodeEncodeError:
        return one.encode("latin-1", "ignore")
