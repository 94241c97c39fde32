"""Rosters that are broken in all the ways that rosters are: each gets a report that names what, where and what to do."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import openpyxl
import pytest

from civicsns.accounts import roster
from civicsns.accounts.table import Flaw, Grade, RosterError, letter
from civicsns.accounts.table.wording import SAID
from civicsns.config import RosterSettings
from civicsns.language import Language

HEAD = "職員番号,氏名,所属,職名,採用年月日,任期満了日\n"
GOOD = "01001,佐賀 花子,観光課,課長,2008-04-01,\n01002,武雄 太郎,防災課,,H27.4.1,R9.3.31\n"


@attrs.frozen(kw_only=True)
class Broken:
    """A roster, and what is to be said of it: which flaws on which lines, and a part of the words in both languages."""

    data: bytes
    says: tuple[tuple[Flaw, int | None, str | None], ...]
    ja: str
    en: str
    form: RosterSettings = attrs.field(factory=RosterSettings)


def csv(rows: str, *, head: str = HEAD, encoding: str = "utf-8") -> bytes:
    return (head + GOOD + rows).encode(encoding)


def book(fill: Callable[[Any], None], *rows: tuple[str, ...], title: str = "名簿") -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    sheet.append(["職員番号", "氏名", "所属"])
    for row in rows or (
        ("01001", "佐賀 花子", "観光課"),
        ("01002", "武雄 太郎", "防災課"),
        ("01003", "嬉野 次郎", "防災課"),
    ):
        sheet.append(row)
    fill(sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def two_sheets(sheet: Any) -> None:
    other = sheet.parent.create_sheet("旧名簿")
    other.append(["職員番号", "氏名"])


def merged(sheet: Any) -> None:
    sheet.merge_cells("C2:C4")


def formula(sheet: Any) -> None:
    sheet["B3"] = "=B2"


GARBLED = (HEAD + GOOD).encode().decode("cp932", "ignore").encode()

BROKEN: dict[str, Broken] = {
    # The file.
    "empty": Broken(
        data=b"\xef\xbb\xbf \n", says=((Flaw.EMPTY_FILE, None, None),), ja="何も書かれていません", en="nothing in it"
    ),
    "old_excel": Broken(
        data=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
        says=((Flaw.OLD_EXCEL, None, None),),
        ja="古い形式の Excel",
        en="password",
    ),
    "pdf": Broken(data=b"%PDF-1.7\n", says=((Flaw.NO_TABLE, None, None),), ja="PDF です", en="no table, but a PDF"),
    "html": Broken(
        data=b"<html><table><tr><td>1001</td></tr></table>",
        says=((Flaw.NO_TABLE, None, None),),
        ja="HTML か XML",
        en="but HTML or XML",
    ),
    "torn_excel": Broken(
        data=b"PK\x03\x04" + b"torn" * 9,
        says=((Flaw.BROKEN_BOOK, None, None),),
        ja="Excel のファイルとして",
        en="as an Excel file",
    ),
    # Its encoding.
    "utf16_without_mark": Broken(
        data=csv("").decode().encode("utf-16-le"), says=((Flaw.NO_MARK, None, None),), ja="UTF-16", en="byte order mark"
    ),
    "utf16_torn": Broken(
        data=b"\xff\xfe" + csv("").decode().encode("utf-16-le") + b"\x00",
        says=((Flaw.NOT_ENCODED, 4, None),),
        ja="UTF-16 LE として読めない",
        en="not UTF-16 LE",
    ),
    "utf32": Broken(
        data=csv("").decode().encode("utf-32"),
        says=((Flaw.OTHER_ENCODING, None, None),),
        ja="文字コードは UTF-32",
        en="in UTF-32",
    ),
    "jis": Broken(
        data=csv("").decode().encode("iso2022_jp"),
        says=((Flaw.OTHER_ENCODING, None, None),),
        ja="JIS (ISO-2022-JP)",
        en="JIS",
    ),
    "mixed_encodings": Broken(
        data=csv("") + "01003,嬉野 次郎,防災課,,,\n".encode("cp932") + "01004,山内 三郎,防災課,,,\n".encode(),
        says=((Flaw.MIXED_ENCODING, 4, None),),
        ja="4行目: この行だけ Shift_JIS (CP932) で、ほかの行は UTF-8 です",
        en="Line 4: This line is in Shift_JIS (CP932), the others in UTF-8",
    ),
    "mixed_the_other_way": Broken(
        data=csv("", encoding="cp932") + "01003,嬉野 次郎,防災課,,,\n".encode(),
        says=((Flaw.MIXED_ENCODING, 4, None),),
        ja="この行だけ UTF-8 で、ほかの行は Shift_JIS (CP932)",
        en="This line is in UTF-8",
    ),
    "bytes_that_are_nothing": Broken(
        data=csv("") + b"01003,\xff\xfe\xfd,,,,\n",
        says=((Flaw.NOT_ENCODED, 4, None),),
        ja="7 バイト目に、UTF-8 として読めない",
        en="Byte 7 of the line is not UTF-8",
    ),
    "torn_shift_jis": Broken(
        data=csv("", encoding="cp932") + b"01003,\x96\n",
        says=((Flaw.NOT_ENCODED, 4, None),),
        ja="Shift_JIS (CP932) として読めない",
        en="not Shift_JIS",
    ),
    "declared_otherwise": Broken(
        data=csv("", encoding="cp932"),
        form=RosterSettings(encoding="utf-8"),
        says=((Flaw.MIXED_ENCODING, 1, None), (Flaw.MIXED_ENCODING, 2, None), (Flaw.MIXED_ENCODING, 3, None)),
        ja="この行だけ Shift_JIS",
        en="Save the whole in one encoding",
    ),
    "garbled_file": Broken(
        data=GARBLED,
        says=((Flaw.MOJIBAKE_FILE, 1, None),),
        ja="UTF-8 のファイルが Shift_JIS として読まれ",
        en="a file in UTF-8 was read as Shift_JIS",
    ),
    "garbled_as_latin": Broken(
        data=csv("").decode().encode("cp932").decode("latin-1").encode(),
        says=((Flaw.MOJIBAKE_FILE, 1, None),),
        ja="Shift_JIS のファイルが",
        en="a file in Shift_JIS was read as",
    ),
    "garbled_cell": Broken(
        data=csv("01003,螻ｱ逕ｰ 蜈ｭ驛,防災課,,,\n"),
        says=((Flaw.MOJIBAKE, 4, "B"),),
        ja="文字化けしています",
        en='column B "氏名": Its letters are garbled',
    ),
    "garbled_cell_of_latin": Broken(
        data=csv("01003,å±±ç”° å…\xadéƒŽ,防災課,,,\n"), says=((Flaw.MOJIBAKE, 4, "B"),), ja="「山田", en="Was it 山田"
    ),
    "replaced_letters": Broken(
        data=csv("01003,嬉\ufffd 次郎,防災課,,,\n"), says=((Flaw.MOJIBAKE, 4, "B"),), ja="文字化け", en="garbled"
    ),
    "lost_letter": Broken(
        data=csv("01003,?橋 次郎,防災課,,,\n"),
        says=((Flaw.LETTER_LOST, 4, "B"),),
        ja="文字が失われています（?橋 次郎）",
        en="A letter was lost",
    ),
    "geta": Broken(
        data=csv("01003,〓野 次郎,防災課,,,\n"),
        says=((Flaw.LETTER_LOST, 4, "B"),),
        ja="Shift_JIS にない文字",
        en="save in UTF-8",
    ),
    "own_letter": Broken(
        data=csv("01003,\ue000野 次郎,防災課,,,\n"),
        says=((Flaw.OWN_LETTER, 4, "B"),),
        ja="外字があります（\\ue000野",
        en="a private font",
    ),
    # Its form.
    "open_quote": Broken(
        data=csv('01003,"嬉野 次郎,防災課,,,\n01004,山内 三郎,防災課,,,\n'),
        says=((Flaw.QUOTE_OPEN, 4, None),),
        ja="この行で始まる引用符",
        en="not closed",
    ),
    "odd_quote": Broken(
        data=csv('01003,"嬉野" 次郎,防災課,,,\n'),
        says=((Flaw.BROKEN_ROW, 4, None),),
        ja="引用符",
        en="not as CSV has them",
    ),
    "no_headings": Broken(
        data=GOOD.encode(),
        says=((Flaw.NO_HEADING, None, None),),
        ja="見出しの行が、初めの 10 行に",
        en="no row of headings",
    ),
    "no_number": Broken(
        data=csv("", head="認識コード,氏名,所属,職名,採用年月日,任期満了日\n"),
        says=((Flaw.NO_COLUMN, 1, None),),
        ja="列「職員番号」（number）がありません",
        en='no column "職員番号"',
    ),
    "no_mapped": Broken(
        data=csv(""),
        form=RosterSettings(columns={"number": "ID"}),
        says=((Flaw.NO_MAPPED, 1, None),),
        ja="[roster.columns] number にある列「ID」",
        en='no column "ID"',
    ),
    "heading_twice": Broken(
        data=csv("", head="職員番号,氏名,所属,職名,氏名,任期満了日\n"),
        says=((Flaw.HEADING_TWICE, 1, "E"),),
        ja="E列「氏名」: 同じ見出しがB列",
        en="Column B has the same heading",
    ),
    "cells_missing": Broken(
        data=csv("01003,嬉野 次郎,防災課\n"),
        says=((Flaw.CELLS_MISSING, 4, None),),
        ja="3 列しかありません",
        en="3 cells under 6 headings",
    ),
    "cells_extra": Broken(
        data=csv("01003,嬉野,次郎,防災課,,,\n".replace(",,,", ",,,,x")),
        says=((Flaw.CELLS_EXTRA, 4, "G"),),
        ja="見出しは 6 列",
        en="under 6 headings",
    ),
    # Its cells.
    "no_number_in_row": Broken(
        data=csv(",嬉野 次郎,防災課,,,\n"),
        says=((Flaw.EMPTY, 4, "A"),),
        ja="4行目 A列「職員番号」: 空です",
        en='Line 4, column A "職員番号": It is empty',
    ),
    "no_name_in_row": Broken(
        data=csv("01003,－,防災課,,,\n"), says=((Flaw.EMPTY, 4, "B"),), ja="B列「氏名」: 空です", en="It is empty"
    ),
    "twice": Broken(
        data=csv("01001,嬉野 次郎,防災課,,,\n"),
        says=((Flaw.TWICE, 4, "A"),),
        ja="「01001」は2行目にも",
        en='"01001" stands on line 2, too',
    ),
    "same_row": Broken(
        data=csv(GOOD.splitlines()[0] + "\n"),
        says=((Flaw.SAME_ROW, 4, "A"),),
        ja="2行目と同じです",
        en="the same as line 2",
    ),
    "twice_in_full_width": Broken(
        data=csv("０１００１,嬉野 次郎,防災課,,,\n"),
        says=((Flaw.TWICE, 4, "A"),),
        ja="「01001」は2行目にも",
        en="on line 2",
    ),
    "zeros_alone": Broken(
        data=csv("1001,佐賀 花子,観光課,,,\n"),
        says=((Flaw.ZEROS_ALONE, 4, "A"),),
        ja="頭の 0 しか違いません",
        en="by zeros at its head alone",
    ),
    "scientific": Broken(
        data=csv("1.001E+06,嬉野 次郎,防災課,,,\n"),
        says=((Flaw.SCIENTIFIC, 4, "A"),),
        ja="書き換えたもの",
        en="a spreadsheet has rewritten",
    ),
    "decimal": Broken(
        data=csv("1003.0,嬉野 次郎,防災課,,,\n"), says=((Flaw.DECIMAL, 4, "A"),), ja="小数点", en="decimal point"
    ),
    "no_personnel_number": Broken(
        data=csv("嬉野 次郎,01003,防災課,,,\n"),
        says=((Flaw.NOT_A_NUMBER, 4, "A"), (Flaw.NAME_IS_NUMBER, 4, "B")),
        ja="氏名が数字だけです",
        en="nothing but digits",
    ),
    "too_many_digits": Broken(
        data=csv("0001003,嬉野 次郎,防災課,,,\n"),
        form=RosterSettings(digits=5),
        says=((Flaw.LONGER, 4, "A"),),
        ja="5 桁を超えて",
        en="more than 5 digits",
    ),
    "formula": Broken(
        data=csv('01003,=HYPERLINK("http://e"),防災課,,,\n'.replace('"', "'")),
        says=((Flaw.FORMULA, 4, "B"),),
        ja="数式として動くおそれ",
        en="may run as a formula",
    ),
    "formula_plus": Broken(
        data=csv("01003,嬉野 次郎,+1+1,,,\n"), says=((Flaw.FORMULA, 4, "C"),), ja="C列「所属」", en='"+1+1" may run'
    ),
    "formula_minus": Broken(
        data=csv("01003,嬉野 次郎,防災課,-2+3,,\n"), says=((Flaw.FORMULA, 4, "D"),), ja="D列「職名」", en="formula"
    ),
    "formula_at": Broken(
        data=csv("01003,@SUM(1),防災課,,,\n"),
        says=((Flaw.FORMULA, 4, "B"),),
        ja="先頭の記号を取り",
        en="Take the sign at its head away",
    ),
    "formula_wide": Broken(
        data=csv("01003,＝1+1,防災課,,,\n"), says=((Flaw.FORMULA, 4, "B"),), ja="「＝1+1」", en="formula"
    ),
    "formula_in_number": Broken(
        data=csv("=1+1,嬉野 次郎,防災課,,,\n"), says=((Flaw.FORMULA, 4, "A"),), ja="A列「職員番号」", en="formula"
    ),
    "formula_in_date": Broken(
        data=csv("01003,嬉野 次郎,防災課,,=TODAY(),\n"),
        says=((Flaw.FORMULA, 4, "E"),),
        ja="E列「採用年月日」",
        en="formula",
    ),
    "error_value": Broken(
        data=csv("01003,#N/A,防災課,,#REF!,\n"),
        says=((Flaw.ERROR_VALUE, 4, "B"), (Flaw.ERROR_VALUE, 4, "E")),
        ja="エラー値（#N/A）",
        en='an error of a spreadsheet ("#REF!")',
    ),
    "control": Broken(
        data=csv("01003,嬉野\x07 次郎,防災課,,,\n"),
        says=((Flaw.CONTROL, 4, "B"),),
        ja="嬉野\\u0007 次郎",
        en="control character",
    ),
    "direction": Broken(
        data=csv("01003,嬉野\u202e 次郎,防災課,,,\n"),
        says=((Flaw.DIRECTION, 4, "B"),),
        ja="嬉野\\u202e 次郎",
        en="direction of writing",
    ),
    "line_break": Broken(
        data=csv('01003,"嬉野\n次郎",防災課,,,\n01001,誰,課,,,\n'),
        says=((Flaw.LINE_BREAK, 4, "B"), (Flaw.TWICE, 6, "A")),
        ja="改行があります",
        en="line break",
    ),
    "too_long": Broken(
        data=csv(f"01003,{'寿限無' * 21},防災課,,,\n"),
        says=((Flaw.TOO_LONG, 4, "B"),),
        ja="63 文字あります（60 文字まで）",
        en="63 characters, of 60",
    ),
    # Its dates.
    "no_day": Broken(
        data=csv("01003,嬉野 次郎,防災課,,春,\n"),
        says=((Flaw.NO_DAY, 4, "E"),),
        ja="「春」は日付として",
        en='"春" is no date',
    ),
    "no_such_day": Broken(
        data=csv("01003,嬉野 次郎,防災課,,2026/2/30,\n"),
        says=((Flaw.NO_SUCH_DAY, 4, "E"),),
        ja="「2026/2/30」という日",
        en="no such day",
    ),
    "era_over": Broken(
        data=csv("01003,嬉野 次郎,防災課,,平成32年4月1日,\n"),
        says=((Flaw.OTHER_ERA, 4, "E"),),
        ja="令和2年4月1日 のこと",
        en="is not in Heisei",
    ),
    "era_to_come": Broken(
        data=csv("01003,嬉野 次郎,防災課,,R元.4.1,\n"),
        says=((Flaw.OTHER_ERA, 4, "E"),),
        ja="平成31年4月1日 のこと",
        en="is not in Reiwa",
    ),
    "short_year": Broken(
        data=csv("01003,嬉野 次郎,防災課,,8/4/1,080401\n"),
        says=((Flaw.YEAR_SHORT, 4, "E"), (Flaw.YEAR_SHORT, 4, "F")),
        ja="西暦か和暦か",
        en="R8.4.1",
    ),
    "day_first": Broken(
        data=csv("01003,嬉野 次郎,防災課,,1/4/2026,\n"),
        says=((Flaw.DAY_FIRST, 4, "E"),),
        ja="年、月、日の順",
        en="cannot be told",
    ),
    "far_year": Broken(
        data=csv("01003,嬉野 次郎,防災課,,1066-10-14,\n"),
        says=((Flaw.FAR_YEAR, 4, "E"),),
        ja="ありえません",
        en="no date for a roster",
    ),
    "reversed": Broken(
        data=csv("01003,嬉野 次郎,防災課,,R8.4.1,R8.3.31\n"),
        says=((Flaw.REVERSED, 4, "F"),),
        ja="始まりの日（2026-04-01）より前",
        en="ends (2026-03-31) before",
    ),
    # What it speaks of.
    "no_section": Broken(
        data=csv("01003,嬉野 次郎,防炎課,,,\n"),
        form=RosterSettings(sections=("観光課", "防災課")),
        says=((Flaw.NO_SECTION, 4, "C"),),
        ja="「防炎課」という所属はありません。「防災課」のことですか",
        en="Is it 防災課?",
    ),
    "no_duty": Broken(
        data="職員番号,氏名,本務兼務区分\n1001,佐賀 花子,本務\n1001,佐賀 花子,兼務\n1002,武雄 太郎,2\n".encode(),
        says=((Flaw.NO_DUTY, 4, "C"),),
        ja="本務か兼務か",
        en="main post or a second one",
    ),
    # Excel.
    "merged": Broken(data=book(merged), says=((Flaw.MERGED, 2, "C"),), ja="セル C2:C4 が結合", en="C2:C4 are merged"),
    "formula_without_value": Broken(
        data=book(formula),
        says=((Flaw.NO_VALUE, 3, "B"),),
        ja="計算した値が保存されていません",
        en="whose value was not saved",
    ),
    "two_sheets": Broken(
        data=book(two_sheets), says=((Flaw.SEVERAL_SHEETS, None, None),), ja="名簿、旧名簿", en="Several sheets"
    ),
    "no_sheet": Broken(
        data=book(merged),
        form=RosterSettings(sheet="R8"),
        says=((Flaw.NO_SHEET, None, None),),
        ja="シート: 名簿",
        en='no sheet "R8"',
    ),
    "error_in_excel": Broken(
        data=book(lambda _: None, ("01001", "#REF!", "観光課")),
        says=((Flaw.ERROR_VALUE, 2, "B"),),
        ja="#REF!",
        en="#REF!",
    ),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_roster_is_reported(tmp_path: Path, broken: Broken):
    """
    Each of them is refused, with its line, its column, and words in both languages.
    """
    path = tmp_path / "people.csv"
    path.write_bytes(broken.data)
    with pytest.raises(RosterError) as raised:
        roster.staff(path, broken.form)
    faults = raised.value.faults

    assert list(broken.says) == [
        (fault.flaw, fault.line, None if fault.column is None else letter(fault.column)) for fault in faults
    ]
    assert broken.ja in raised.value.in_(Language.JA)
    assert broken.en in raised.value.in_(Language.EN)
    assert str(path) == raised.value.place


def test_there_are_more_than_forty():
    """
    Rosters break in more than forty ways; every fault that a roster can have is among them.
    """
    accounts = {Flaw.TWICE_ID, Flaw.YES_OR_NO, Flaw.NO_PERSON}
    # A file that is not there, and one that unpacks to a gigabyte, have tests of their own.
    apart = {Flaw.UNREADABLE, Flaw.HUGE_BOOK}
    shown = {flaw for broken in BROKEN.values() for flaw, *_ in broken.says}

    assert len(BROKEN) > 40
    assert {flaw for flaw in Flaw if flaw.grade is Grade.FAULT} - accounts - apart == shown
    assert set(SAID) == set(Flaw)


def test_all_faults_at_once(tmp_path: Path):
    """
    60 faults on 60 lines are one error: the first 50 in words, and the count of the rest; all are at hand.
    """
    path = tmp_path / "people.csv"
    path.write_bytes(csv("".join(f"{number},,課,,,\n" for number in range(20_001, 20_061))))
    with pytest.raises(RosterError, match="The table has 60 faults") as raised:
        roster.staff(path)

    assert [(Flaw.EMPTY, line) for line in range(4, 64)] == [(one.flaw, one.line) for one in raised.value.faults]
    assert 50 == str(raised.value).count("It is empty")
    assert "and 10 more" in str(raised.value)
    assert "ほか10件" in raised.value.in_(Language.JA)
