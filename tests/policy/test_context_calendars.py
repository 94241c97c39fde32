"""Duty hours and elections from calendars; see `civicsns.policy.shifts` and `civicsns.policy.elections`."""

from __future__ import annotations

import os
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from civicsns.language import Bilingual
from civicsns.model import Calendar, Person
from civicsns.policy import calendars, elections
from civicsns.policy.calendars import CalendarFile, Unread
from civicsns.policy.elections import Elections
from civicsns.policy.shifts import Hours, Shifts

JST = ZoneInfo("Asia/Tokyo")
PERSON = Person(number="1001", name="佐賀 花子", section="消防署")


def at(day, hour=0, minute=0, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=JST)


def event(begin, *lines):
    return "\n".join(["BEGIN:VEVENT", "UID:1@city", f"DTSTART{begin}", *lines, "END:VEVENT"])


def calendar(*events):
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//city", *events, "END:VCALENDAR", ""])


NIGHT = event(";TZID=Asia/Tokyo:20261102T220000", "DTEND;TZID=Asia/Tokyo:20261103T060000", "RRULE:FREQ=WEEKLY;BYDAY=MO")


@pytest.fixture
def shifts(tmp_path):
    """Give shifts of a folder with the calendar that is handed in."""

    def make(text, *, name="1001.ics", office_hours=()):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return Shifts(tmp_path, office_hours=office_hours, calendar=Calendar(), zone=JST)

    return make


@pytest.mark.parametrize(
    ("moment", "on_duty"),
    [
        (at(16, 21, 59), False),
        (at(16, 22), True),
        (at(17, 5, 59), True),
        (at(17, 6), False),
        (at(18, 23), False),
        # The same moment, written in another zone.
        (at(17, 5, 59).astimezone(ZoneInfo("America/New_York")), True),
    ],
)
def test_a_night_shift_goes_on_past_midnight(shifts, moment, on_duty):
    """
    A shift that recurs is known for any week, and lasts past midnight.
    """
    assert on_duty is shifts(calendar(NIGHT)).on_duty(PERSON, moment)


@pytest.mark.parametrize(
    ("lines", "on_duty"),
    [
        (["SUMMARY:年次休暇"], False),
        (["SUMMARY:非番"], False),
        (["SUMMARY:夜勤"], None),
        (["SUMMARY:夜勤", "STATUS:CANCELLED"], False),
        (["SUMMARY:歓送迎会の幹事", "TRANSP:TRANSPARENT"], False),
    ],
)
def test_a_note_for_a_whole_day(shifts, lines, on_duty):
    """
    A day off is off, and a shift without hours leaves open when it is.
    """
    assert on_duty is shifts(calendar(event(";VALUE=DATE:20261118", *lines))).on_duty(PERSON, at(18, 12))


def test_a_change_of_one_shift_counts(shifts):
    """
    One occurrence that was moved, or taken out, is no shift at its old hours.
    """
    moved = event(
        ";TZID=Asia/Tokyo:20261117T080000",
        "RECURRENCE-ID;TZID=Asia/Tokyo:20261116T220000",
        "DTEND;TZID=Asia/Tokyo:20261117T120000",
    )
    out = NIGHT.replace("RRULE", "EXDATE;TZID=Asia/Tokyo:20261123T220000\nRRULE")
    told = shifts(calendar(out, moved))

    assert [False, True, False] == [told.on_duty(PERSON, moment) for moment in (at(16, 23), at(17, 9), at(23, 23))]


def test_a_section_has_a_calendar_and_a_person_comes_first(shifts):
    """
    Who has no calendar has the section's, and whoever has one has that.
    """
    told = shifts(calendar(NIGHT), name="消防署.ics")
    as_section = told.on_duty(PERSON, at(16, 23))
    shifts(calendar(), name="1001.ics")

    assert [True, False] == [as_section, told.on_duty(PERSON, at(16, 23))]


@pytest.mark.parametrize("section", ["../shifts", "/etc/passwd", "", "."])
def test_a_section_leads_nowhere_else(shifts, tmp_path, section):
    """
    A name that leads out of the folder finds no calendar.
    """
    (tmp_path / "inside").mkdir()
    (tmp_path / "shifts.ics").write_text(calendar(NIGHT), encoding="utf-8")
    told = Shifts(tmp_path / "inside", office_hours=(), calendar=Calendar(), zone=JST)

    assert told.on_duty(Person(number="2", name="二", section=section), at(16, 23)) is None


@pytest.mark.parametrize(
    ("moment", "on_duty"),
    [
        (at(18, 8, 30), True),
        (at(18, 17, 15), False),
        (at(21, 10), False),
        # 勤労感謝の日, a Monday.
        (at(23, 10), False),
        (at(24, 10), True),
        (at(30, 10, month=12), False),
    ],
)
def test_office_hours_are_those_of_business_days(tmp_path, moment, on_duty):
    """
    Without a shift calendar the office hours count, and not on days on which the city hall is closed.
    """
    told = Shifts(None, office_hours=[Hours.of("08:30-17:15")], calendar=Calendar(), zone=JST)

    assert on_duty is told.on_duty(PERSON, moment)


def test_office_hours_past_midnight_belong_to_the_day_they_began():
    """
    A Friday's office hours reach into Saturday, and a Sunday's into no Monday.
    """
    told = Shifts(None, office_hours=[Hours.of("22:00-06:00")], calendar=Calendar(), zone=JST)

    assert [True, False] == [told.on_duty(PERSON, at(21, 5)), told.on_duty(PERSON, at(16, 5))]


def test_nothing_told_is_nothing_known():
    """
    Without calendar and office hours nobody knows.
    """
    assert Shifts(None, office_hours=(), calendar=Calendar(), zone=JST).on_duty(PERSON, at(18, 10)) is None


def test_a_changed_calendar_is_read_again(tmp_path):
    """
    What was changed in the file counts from then on.
    """
    path = tmp_path / "a.ics"
    path.write_text(calendar(), encoding="utf-8")
    file = CalendarFile(path, zone=JST)
    before = file.on(date(2026, 11, 16))
    path.write_text(calendar(NIGHT), encoding="utf-8")
    os.utime(path, (2_000_000_000, 2_000_000_000))

    assert [0, 1] == [len(before), len(file.on(date(2026, 11, 16)))]


HOSTILE = {
    "every second": NIGHT.replace("WEEKLY;BYDAY=MO", "SECONDLY"),
    "each minute of a day": NIGHT.replace("WEEKLY;BYDAY=MO", "DAILY;BYMINUTE=0,1,2,3"),
    "each minute, folded": NIGHT.replace("WEEKLY;BYDAY=MO", "MINU\r\n TELY"),
    "since the year 1": NIGHT.replace("20261102T220000", "00010101T220000").replace("DTEND", "X-END"),
    "never": NIGHT.replace("WEEKLY;BYDAY=MO", "DAILY;BYMONTH=2;BYMONTHDAY=30"),
    "nothing": NIGHT.replace("WEEKLY;BYDAY=MO", "EVERMORE"),
    "for a year, each day": NIGHT.replace("WEEKLY;BYDAY=MO", "DAILY").replace("20261103T060000", "20271103T060000"),
    "other rules": NIGHT.replace("RRULE", "EXRULE"),
    "many rules": "\n".join([NIGHT] * 101),
    "a fifth Monday on the 20th": NIGHT.replace("WEEKLY;BYDAY=MO", "MONTHLY;BYDAY=1MO;BYMONTHDAY=20"),
    "30 February": NIGHT.replace("WEEKLY;BYDAY=MO", "YEARLY;BYMONTH=2,02;BYMONTHDAY=30,31"),
    "the day 0": NIGHT.replace("WEEKLY;BYDAY=MO", "MONTHLY;BYMONTHDAY=0"),
    "a month between those": NIGHT.replace("WEEKLY;BYDAY=MO", "MONTHLY;INTERVAL=12;BYMONTH=6;BYDAY=MO"),
    "a second of one": NIGHT.replace("WEEKLY;BYDAY=MO", "MONTHLY;BYMONTHDAY=1;BYSETPOS=2"),
    "31 June": NIGHT.replace("WEEKLY;BYDAY=MO", "YEARLY;BYMONTH=6").replace("20261102T", "20261031T"),
    "each day for long, many times": "\n".join(
        [NIGHT.replace("20261102T22", "19900102T22").replace("DTEND", "X-END")] * 60
    ).replace("WEEKLY;BYDAY=MO", "DAILY"),
    "many events": "\n".join([event(":20261102T220000")] * 2001),
    "too long": event(":20261102T220000", "DESCRIPTION:" + "x" * 2_000_000),
    "an unknown zone": NIGHT.replace("Asia/Tokyo", "Nowhere/Nothing"),
    "a rule inside a zone": "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0900\n"
    "TZOFFSETTO:+0900\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE",
    "no beginning": "BEGIN:VEVENT\nUID:1\nEND:VEVENT",
    "a wrong time": event(":99999999T999999"),
    "no calendar": "END:VCALENDAR",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_calendar_is_refused(shifts, text):
    """
    What would take for ever, or cannot be, is refused before it is expanded; and nothing of the file is quoted.
    """
    with pytest.raises(Unread) as refused:
        shifts(calendar(text)).on_duty(PERSON, at(16, 23))

    assert "2026" not in f"{refused.value.reason} {refused.value.__cause__}"


def test_without_the_libraries_it_says_so(monkeypatch):
    """
    Without the extra, the reason names it.
    """
    monkeypatch.setitem(__import__("sys").modules, "icalendar", None)
    with pytest.raises(Unread) as refused:
        calendars.load(b"")

    assert "civicsns[calendars]" in refused.value.reason.en


ELECTIONS = """
known_until = 2027-03-31

[[election]]
name = "武雄市長選挙"
territory = "武雄市"
announced = 2026-12-13
voting = 2026-12-20

[[election]]
name = "佐賀県知事選挙"
territory = ["佐賀県"]
announced = 2026-12-03
voting = 2026-12-20

[[election]]
name = "隣の市の選挙"
territory = "嬉野市"
announced = 2026-11-01
voting = 2026-11-08

[[election]]
name = "衆議院議員総選挙"
announced = 2027-01-15
voting = 2027-01-27
"""
EVENT = event(";VALUE=DATE:20261213", "DTEND;VALUE=DATE:20261221", "SUMMARY:武雄市長選挙", "LOCATION:武雄市、嬉野市")


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        (datetime(2026, 11, 3, tzinfo=JST), ()),
        (datetime(2026, 12, 2, 23, 59, tzinfo=JST), ()),
        (datetime(2026, 12, 3, tzinfo=JST), ("佐賀県知事選挙",)),
        (datetime(2026, 12, 13, 8, 30, tzinfo=JST), ("武雄市長選挙", "佐賀県知事選挙")),
        (datetime(2026, 12, 20, 19, 59, tzinfo=JST), ("武雄市長選挙", "佐賀県知事選挙")),
        (datetime(2026, 12, 20, 20, tzinfo=JST), ()),
        (datetime(2027, 1, 20, tzinfo=JST), ("衆議院議員総選挙",)),
    ],
)
def test_an_election_is_on_from_its_notice_until_the_polls_close(tmp_path, moment, names):
    """
    From the public notice to eight in the evening of polling day, in the territory, its prefecture, or everywhere.
    """
    path = tmp_path / "elections.toml"
    path.write_text(ELECTIONS, encoding="utf-8")

    assert names == Elections(path, zone=JST, territory=["武雄市", "佐賀県"]).on(moment)


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        (datetime(2026, 12, 12, 23, tzinfo=JST), ()),
        (datetime(2026, 12, 13, tzinfo=JST), ("武雄市長選挙",)),
        (datetime(2026, 12, 20, 19, 59, tzinfo=JST), ("武雄市長選挙",)),
        (datetime(2026, 12, 20, 20, tzinfo=JST), ()),
    ],
)
@pytest.mark.parametrize("territory", ["武雄市", "嬉野市"])
def test_elections_from_icalendar(tmp_path, moment, names, territory):
    """
    An event from the notice to polling day is an election of the places that it names.
    """
    path = tmp_path / "elections.ics"
    path.write_text(calendar(EVENT), encoding="utf-8")
    listed = Elections(path, zone=JST, territory=[territory])

    assert names == listed.on(moment)
    assert Elections(path, zone=JST, territory=["唐津市"]).on(moment) == ()


def test_what_is_not_listed_yet_is_not_known(tmp_path):
    """
    After the day for which the list is complete, nobody knows.
    """
    path = tmp_path / "elections.toml"
    path.write_text(ELECTIONS, encoding="utf-8")
    with pytest.raises(Unread, match="2027-03-31"):
        Elections(path, zone=JST, territory=["武雄市"]).on(datetime(2027, 4, 1, tzinfo=JST))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("known_until", "valid_until"), "[[election]]"),
        (("name = ", "title = "), "entry 1"),
        (("2026-12-13", '"2026-12-13"'), "entry 1"),
        (("2026-12-13", "2026-12-13T00:00:00"), "entry 1"),
        (('["佐賀県"]', "[41]"), "entry 2"),
        (("announced = 2026-11-01", "announced = 2026-11-09"), "entry 3"),
        (("[[election]]", "[[election]"), "TOML"),
    ],
)
def test_a_wrong_election_is_named(change, said):
    """
    A wrong list is refused whole, and what is wrong is named.
    """
    with pytest.raises(Unread) as refused:
        elections.read(ELECTIONS.replace(change[0], change[1], 1))

    assert said in refused.value.reason.en


def test_a_missing_list_is_said(tmp_path):
    """
    A file that is not there leaves it open, with the reason.
    """
    with pytest.raises(Unread) as refused:
        Elections(tmp_path / "none.toml", zone=JST, territory=[]).on(at(1))

    assert isinstance(refused.value.reason, Bilingual)


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("DAILY;INTERVAL=3", 5),
        ("WEEKLY;BYDAY=MO,TH;UNTIL=20261231T000000Z", 12),
        ("MONTHLY;BYDAY=3MO", 16),
        ("MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 30),
        ("MONTHLY;BYMONTHDAY=-1", 30),
        ("MONTHLY;BYMONTHDAY=13;BYDAY=FR", 13),
        ("YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=3", 26),
        ("YEARLY;BYMONTH=11", 2),
        ("YEARLY", 2),
    ],
)
def test_usual_recurrences_are_taken(shifts, rule, day):
    """
    The forms in which calendars are made by hand are known.
    """
    assert shifts(calendar(NIGHT.replace("WEEKLY;BYDAY=MO", rule))).on_duty(PERSON, at(day, 23)) is True
