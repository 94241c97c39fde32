"""Rosters that are well, as many systems write them: understood, and how is told."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civicsns.accounts import roster, table
from civicsns.accounts.table import Flaw, Grade, Remark, RosterError, book, heading
from civicsns.config import RosterSettings
from civicsns.config import people as config
from civicsns.model import Person

HANAKO = Person(number="01001", name="佐賀 花子", section="観光課")


def staff(tmp_path: Path, data: bytes | str, **form: Any) -> table.Staff:
    path = tmp_path / "people"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return roster.staff(path, RosterSettings(**form))


def found(remarks: tuple[Remark, ...], flaw: Flaw) -> Remark:
    (one,) = (one for one in remarks if one.flaw is flaw)
    return one


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "euc_jp"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_separators(tmp_path: Path, encoding: str, separator: str, end: str):
    """
    A roster is the same in every encoding, with every separator and end of line; what is not UTF-8 with commas is told.
    """
    rows = [["職員番号", "氏名", "所属"], ["01001", "佐賀 花子", "観光課"], ["01002", "武雄, 太郎; 他", "防災課"]]
    text = end.join(separator.join(f'"{cell}"' for cell in row) for row in rows)
    read = staff(tmp_path, text.encode(encoding))
    told = [one.flaw for one in read.remarks]

    assert [HANAKO, Person(number="01002", name="武雄, 太郎; 他", section="防災課")] == list(read.people.values())
    assert ([] if separator == "," and encoding.startswith("utf-8") else [Flaw.READ_AS]) == told


@pytest.mark.parametrize(
    ("head", "columns"),
    [
        ("職員コード,漢字氏名,フリガナ,所属コード,所属名", {"number", "name", "section"}),
        ("社員番号,姓,名,職位,部署名", {"number", "name", "post", "section"}),
        ("職員No.,職員氏名,補職名,職種名称,勤務課", {"number", "name", "post", "job", "section"}),
        ("Employee ID,Last Name,First_Name,Job title,Department", {"number", "name", "post", "section"}),
        ("※職員番号,氏名（漢字）,任期自,任期至,所 属", {"number", "name", "since", "until", "section"}),
        ("個人コード,氏　名,採用年月日（和暦）,退職年月日,課名", {"number", "name", "since", "until", "section"}),
    ],
)
def test_headings_of_personnel_systems(tmp_path: Path, head: str, columns: set[str]):
    """
    Columns are known by the names that personnel systems give them, whatever their width, case, spaces and marks.
    """
    row = {"姓": "1001,佐賀,花子,,課", "Last Name": "1001,佐賀,花子,,課"}.get(head.split(",")[1], "1001,佐賀 花子,,,課")
    read = staff(tmp_path, f"{head}\n{row}\n")

    assert columns == read.columns
    assert ("佐賀 花子", "課") == (read.people["1001"].name, read.people["1001"].section)


def test_a_mapping_for_others(tmp_path: Path):
    """
    Any other heading is mapped by the settings, also where one of ours stands there as well.
    """
    read = staff(
        tmp_path,
        "ID,氏名,表示名,職場\n1001,佐賀 華子,佐賀 花子,観光課\n",
        columns={"number": "ID", "name": "表示名", "section": "職場"},
    )

    assert Person(number="1001", name="佐賀 花子", section="観光課") == read.people["1001"]


def test_the_settings_name_every_field():
    """
    Whatever a roster may say can be mapped.
    """
    assert config.ROSTER_FIELDS == {field.name for field in heading.STAFF}


def test_shift_jis_is_what_windows_writes(tmp_path: Path):
    """
    Letters that Windows has and the standard has not are read where somebody says Shift_JIS, too.
    """
    read = staff(tmp_path, "職員番号,氏名\n1001,髙﨑 花子\n".encode("cp932"), encoding="shift_jis")

    assert "髙﨑 花子" == read.people["1001"].name


def test_one_of_two_columns_is_taken_and_told(tmp_path: Path):
    """
    Where two columns may be the post, the plainer name counts, and the other is told; of two ends, whichever is filled.
    """
    read = staff(
        tmp_path,
        "職員番号,氏名,補職名,職名,任期満了日,退職年月日\n1001,佐賀 花子,課長,主事,R9.3.31,\n1002,武雄 太郎,,,,R9.4.30\n",
    )
    told = found(read.remarks, Flaw.COLUMN_PASSED)

    assert ("主事", date(2027, 3, 31)) == (read.people["1001"].post, read.people["1001"].until)
    assert date(2027, 4, 30) == read.people["1002"].until
    assert ("補職名", 2, Grade.NOTE) == (told.heading, told.column, told.grade)


def test_what_stands_around_the_rows(tmp_path: Path):
    """
    Titles above, empty lines, headings again on each page, totals and remarks below are passed over, and told.
    """
    read = staff(
        tmp_path,
        "武雄市職員名簿,,\n令和8年4月1日現在,,\n\n職員番号,氏名,所属\n01001,佐賀 花子,観光課\n,,\n"
        "職員番号,氏名,所属\n01002,武雄 太郎,防災課\n,小計,2名\n総 計,2,\n※ 再任用を含む,,\n",
    )

    assert ["01001", "01002"] == list(read.people)
    assert [(Flaw.HEADING_LOWER, 4)] + [(Flaw.TOTALS, line) for line in (7, 9, 10, 11)] == [
        (one.flaw, one.line) for one in read.remarks
    ]


def test_a_person_whose_name_begins_like_a_total(tmp_path: Path):
    """
    計 is a surname, too: who has a number is a person, and who lacks it is not taken for a total.
    """
    read = staff(tmp_path, "職員番号,氏名\n1001,計 良太\n1002,合計 花子\n")
    with pytest.raises(RosterError) as raised:
        staff(tmp_path, "職員番号,氏名\n,計 良太\n,注連 太郎\n")

    assert [(Flaw.EMPTY, 2), (Flaw.EMPTY, 3)] == [(fault.flaw, fault.line) for fault in raised.value.faults]
    assert ["計 良太", "合計 花子"] == [one.name for one in read.people.values()]


def test_a_column_that_is_passed_over_says_nothing(tmp_path: Path):
    """
    The post is that of the one column, also where that is empty.
    """
    read = staff(tmp_path, "職員番号,氏名,補職名,職名\n1001,佐賀 花子,課長,\n")

    assert not read.people["1001"].post


def test_a_name_that_is_not_garbled(tmp_path: Path):
    """
    A name may hold letters that read as something else in another encoding, by chance: it takes more to be garbled.
    """
    read = staff(tmp_path, "職員番号,氏名\n1001,縺亜希子 佐賀花子\n")

    assert "縺亜希子 佐賀花子" == read.people["1001"].name


def test_what_lies_across_pieces_of_a_sheet():
    """
    A sheet is looked through piece by piece; merged cells and formulas that lie across two are found, once.
    """
    pieces = [b"<c><", b"f>1</f></c><mergeCell re", b'f="A1:B2"/>']

    assert ({("A", 1, "B", 2)}, True) == book._scanned(pieces)


def test_a_fault_stands_in_its_own_column(tmp_path: Path):
    """
    Of two columns that say the same, the one whose cell is wrong is named.
    """
    with pytest.raises(RosterError, match='Line 2, column D "任期満了日": "春" is no date'):
        staff(tmp_path, "職員番号,氏名,退職年月日,任期満了日\n1001,佐賀 花子,,春\n")


def test_the_mark_at_the_end(tmp_path: Path):
    """
    The mark with which old systems end a text is none of a person's.
    """
    read = staff(tmp_path, "職員番号,氏名\n1001,佐賀 花子\n".encode("cp932") + b"\x1a")

    assert ["1001"] == list(read.people)


def test_second_posts(tmp_path: Path):
    """
    Of somebody with several posts, the row of the main one counts.
    """
    read = staff(tmp_path, "職員番号,氏名,所属,本兼区分\n1001,佐賀 花子,観光課,本務\n1001,佐賀 花子,商工課,兼務\n")

    assert "観光課" == read.people["1001"].section
    assert "1 rows of second posts" in str(found(read.remarks, Flaw.SECOND_POSTS))


def test_names_keep_their_own_letters(tmp_path: Path):
    """
    Spaces of all widths become one; letters stay as the person writes them: rare forms, compatibility ideographs, and
    variation selectors. Kana in two parts become one, and what nobody sees is taken out and told.
    """
    written = [
        "髙﨑\u3000\u3000花子",
        "辻\U000e0100 太郎",
        " 神\ufa19\u00a0 次郎 ",
        "ヤマタ\u3099 タロウ",
        "江口\u200b 恵",
    ]
    read = staff(tmp_path, "職員番号,氏名\n" + "".join(f"{n},{name}\n" for n, name in enumerate(written, 1001)))

    assert ["髙﨑 花子", "辻\U000e0100 太郎", "神\ufa19 次郎", "ヤマダ タロウ", "江口 恵"] == [
        one.name for one in read.people.values()
    ]
    assert "1 cells" in found(read.remarks, Flaw.INVISIBLE).what.en


def test_people_and_sections_that_may_be_one(tmp_path: Path):
    """
    Two people of a section whose names differ by old forms of letters alone, and a section spelt in two ways, are asked
    about; so is a code of two sections.
    """
    read = staff(
        tmp_path,
        "職員番号,氏名,所属コード,所属\n1001,髙橋 邊,10,観光課\n1002,高橋　辺,10,観光課\n1003,髙橋 邊,20,防災課\n1004,江口 恵,20,防災 課\n",
    )

    assert "1001 髙橋 邊 / 1002 高橋 辺" in str(found(read.remarks, Flaw.SAME_PERSON))
    assert "防災課 / 防災 課" in str(found(read.remarks, Flaw.SECTION_SPELT))
    assert "20: 防災課 / 防災 課" in str(found(read.remarks, Flaw.CODE_OF_TWO))
    assert all(one.grade is Grade.QUESTION for one in read.remarks)


def test_sections_that_were_merged(tmp_path: Path):
    """
    Where some have no section, it is asked whether cells were merged.
    """
    read = staff(tmp_path, "職員番号,氏名,所属\n1001,佐賀 花子,観光課\n1002,武雄 太郎,\n")

    assert 'Column C "所属": 1 people have no section.' in str(found(read.remarks, Flaw.SECTION_EMPTY))


def test_zeros_that_were_lost(tmp_path: Path):
    """
    Shorter numbers among longer ones are asked about; with the number of digits in the settings, zeros come back.
    """
    text = "職員番号,氏名\n01001,佐賀 花子\n01002,武雄 太郎\n903,江口 恵\n"
    asked = staff(tmp_path, text)
    padded = staff(tmp_path, text, digits=5)

    assert "1 have fewer (such as 903)" in str(found(asked.remarks, Flaw.ZEROS_LOST))
    assert ["01001", "01002", "00903"] == list(padded.people)
    assert [Flaw.PADDED] == [one.flaw for one in padded.remarks]


def test_marks_of_text(tmp_path: Path):
    """
    An apostrophe, or a formula that is nothing but the number in quotes, keeps zeros in Excel; both are taken off.
    """
    read = staff(tmp_path, '職員番号,氏名\n\'01001,佐賀 花子\n"=""01002""",武雄 太郎\n')

    assert ["01001", "01002"] == list(read.people)
    assert [Flaw.TEXT_MARK] == [one.flaw for one in read.remarks]


def test_the_day_on_which_rows_hold(tmp_path: Path):
    """
    The date of an order 発令日 stands beside the person; an Excel number for a date is told.
    """
    read = staff(tmp_path, "職員番号,氏名,異動年月日,採用日\n1001,佐賀 花子,R8.4.1,39539\n1002,武雄 太郎,,\n")

    assert {"1001": date(2026, 4, 1)} == read.dates
    assert date(2008, 4, 1) == read.people["1001"].since
    assert {"number", "name", "since"} == read.columns
    assert '"39539" is 2008-04-01' in found(read.remarks, Flaw.SERIALS).what.en


def workbook(**sheets: list[list[object]]) -> Any:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return made


def saved(made: Any) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def test_excel(tmp_path: Path):
    """
    Excel is known by what is in the file: the sheet that is a roster, dates as dates, numbers as they are shown, merged
    titles passed over, hidden sheets too.
    """
    made = workbook(
        説明=[["この表について"]],
        名簿=[
            ["職員名簿"],
            ["職員番号", "氏名", "所属", "採用年月日", "任期満了日"],
            [1001, "佐賀　花子", "観光課", datetime(2008, 4, 1), "R9.3.31"],  # noqa: DTZ001 -- Excel has no zones
            ["01002", "武雄 太郎"],
        ],
        旧=[["職員番号", "氏名"], [1, "誰か"]],
    )
    made["旧"].sheet_state = "hidden"
    made["名簿"]["A3"].number_format = "00000"
    made["名簿"].merge_cells("A1:E1")
    read = staff(tmp_path, saved(made))

    assert [
        Person(number="01001", name="佐賀 花子", section="観光課", since=date(2008, 4, 1), until=date(2027, 3, 31)),
        Person(number="01002", name="武雄 太郎"),
    ] == list(read.people.values())
    assert {Flaw.SHEET_READ, Flaw.HEADING_LOWER, Flaw.SECTION_EMPTY} == {one.flaw for one in read.remarks}


def test_a_sheet_that_is_named(tmp_path: Path):
    """
    Where several sheets may be the roster, the settings say which.
    """
    made = workbook(R7=[["職員番号", "氏名"], ["1001", "旧"]], R8=[["職員番号", "氏名"], [1001.0, "新"]])

    assert ["新"] == [one.name for one in staff(tmp_path, saved(made), sheet="R8").people.values()]


def test_excel_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """
    A small file that unpacks to a huge one is refused before it is unpacked.
    """
    monkeypatch.setattr(book, "_MOST_MEGABYTES", 1)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(2 << 20))
    with pytest.raises(RosterError, match="unpacks to more than 1 MB"):
        staff(tmp_path, out.getvalue())


SOUND = saved(workbook(名簿=[["職員番号", "氏名", "採用年月日"], ["1001", "佐賀 花子", "=1+1"]]))


@settings(max_examples=40)
@given(st.integers(0, len(SOUND)), st.binary(min_size=1, max_size=8))
def test_an_excel_file_that_was_damaged(tmp_path_factory: pytest.TempPathFactory, place: int, data: bytes):
    """
    Whatever is torn in an Excel file, it is a roster or is refused in words.
    """
    path = tmp_path_factory.getbasetemp() / "any.xlsx"
    path.write_bytes(SOUND[:place] + data + SOUND[place + len(data) :])
    with pytest.raises(RosterError):
        roster.staff(path)


def test_python_objects():
    """
    Rows of a database are read by the same headings, with the same faults, counted from 1.
    """
    rows: list[dict[str, object]] = [
        {"職員番号": 1001, "氏名": "佐賀 花子", "採用年月日": date(2008, 4, 1)},
        {"職員番号": "1002", "氏名": "武雄 太郎", "採用年月日": None},
    ]
    read = roster.staff_of(rows)
    with pytest.raises(RosterError, match='hr: The table has 1 fault.\nLine 2, column B "氏名": It is empty') as raised:
        roster.staff_of([rows[0], {"職員番号": 1003, "氏名": None}], place="hr")

    assert ["1001", "1002"] == list(read.people)
    assert date(2008, 4, 1) == read.people["1001"].since
    assert "hr" == raised.value.place


def test_a_file_that_is_not_there(tmp_path: Path):
    """
    A path that leads nowhere is told like any other fault.
    """
    with pytest.raises(RosterError) as raised:
        roster.staff(tmp_path / "nowhere.csv")

    assert [Flaw.UNREADABLE] == [fault.flaw for fault in raised.value.faults]


@pytest.mark.parametrize("extra", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1"])
def test_written_tables_hold_no_formula(extra: str):
    """
    What would be a formula has an apostrophe before it.
    """
    assert f"'{extra}" in table.write([["氏名", extra]])


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", "職員番号,氏名,採用年月日\n".encode(), "職員番号,氏名\n".encode("cp932")]),
)
def test_whatever_is_in_a_file(tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes):
    """
    Any bytes at all are a roster, or are refused in words.
    """
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(head + data)
    try:
        read = roster.staff(path)
    except RosterError as error:
        named = bool(error.faults)
    else:
        named = all(one.number.isascii() and one.name for one in read.people.values())

    assert named


_LETTERS = st.text("佐賀花子髙﨑辺ヤマダabcABC・ー", min_size=1, max_size=12)


@given(
    st.dictionaries(
        st.integers(10_000, 99_999).map(str),
        st.tuples(
            _LETTERS.filter(lambda name: any(map(str.isalpha, name.replace("ー", "")))),
            _LETTERS,
            st.none() | st.dates(date(1950, 1, 1), date(2100, 1, 1)),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_written_is_read_again(people: dict[str, tuple[str, str, date | None]]):
    """
    People who were written as CSV are the same when they are read.
    """
    want = {
        number: Person(number=number, name=name, section="課" + section, since=since)
        for number, (name, section, since) in people.items()
    }
    rows = [[one.number, one.name, one.section, str(one.since or "")] for one in want.values()]
    text = table.write([["職員番号", "氏名", "所属", "採用年月日"], *rows])
    read = roster.staff_of(
        [
            dict(zip(["職員番号", "氏名", "所属", "採用年月日"], line.split(","), strict=True))
            for line in text.splitlines()[1:]
        ]
    )

    assert want == read.people
