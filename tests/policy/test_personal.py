"""A person's own rules; see `civicsns.policy.personal`."""

from __future__ import annotations

import copy
import json
import pickle
import re
import traceback
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from civicsns.errors import ConfigurationError
from civicsns.model import Draft, Lane, PostRef
from civicsns.policy import personal
from civicsns.policy.personal import Own

JST = ZoneInfo("Asia/Tokyo")
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//me
BEGIN:VEVENT
UID:1
DTSTART;TZID=Asia/Tokyo:20261120T190000
DTEND;TZID=Asia/Tokyo:20261120T210000
SUMMARY:ﾉﾐｶｲ 課の飲み会
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261125
SUMMARY:送別会
CATEGORIES:懇親会
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;TZID=Asia/Tokyo:20261123T190000
DTEND;TZID=Asia/Tokyo:20261123T210000
SUMMARY:町内会
END:VEVENT
END:VCALENDAR
"""


def at(day, hour=12, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=JST)


def draft(text="本日は晴天です。", **changes):
    return Draft(**{"author": "1", "text": text, "accounts": (), **changes})


@pytest.fixture
def rules(tmp_path):
    """Give the rules that the text handed in makes, read from a person's own file."""

    def make(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        made = personal.read(path, zone=JST)
        assert made is not None
        return made

    return make


def own(said):
    return [one.own for one in said]


@pytest.mark.parametrize(
    ("moment", "expected"), [(at(20, 23), [Own.QUIET_HOURS]), (at(21, 5, 59), [Own.QUIET_HOURS]), (at(21, 6), [])]
)
def test_quiet_hours(rules, moment, expected):
    """
    In hours that the person has set, posting stops, past midnight too, whatever the post is planned for.
    """
    post = draft(not_before=at(21, 12))

    assert expected == own(rules('quiet_hours = ["22:00-06:00"]').check(post, now=moment))


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        (at(20, 18, 59), None),
        (at(20, 19), at(21, 6)),
        (at(21, 5, 59), at(21, 6)),
        (at(21, 6), None),
        # Noted for the day, without hours.
        (at(25, 12), None),
        (at(25, 20), at(26, 6)),
        (at(26, 1), at(26, 6)),
        # Another evening.
        (at(23, 20), None),
    ],
)
def test_an_evening_with_drink_lasts_until_the_morning(rules, tmp_path, moment, until):
    """
    From the beginning of such an evening to the hour at which the person is sober again, nothing is posted.
    """
    (tmp_path / "private.ics").write_text(CALENDAR, encoding="utf-8")
    said = rules('calendar = "private.ics"').check(draft(), now=moment)

    assert ([until] if until else []) == [one.until for one in said if one.own is Own.DRINKING]


def test_a_calendar_that_cannot_be_read_is_said_and_stops_nothing(rules):
    """
    Without the calendar nobody knows, and the person is told.
    """
    said = rules('calendar = "none.ics"').check(draft(), now=at(20, 20))

    assert [Own.UNREAD] == own(said)
    assert () == personal.stopping(said)


def test_an_angry_answer_cools_off_from_its_first_check(rules):
    """
    The first check starts the clock; later ones, by another process and in other words, do not start it anew.
    """
    text = "cool_off_minutes = 15"
    answer = {"reply_to": PostRef(platform="x", id="7")}
    first = rules(text).check(draft("ふざけるな", **answer), now=at(20))
    again = rules(text).check(draft("うそつき！！", **answer), now=at(20, 12, 14))
    over = rules(text).check(draft("ふざけるな", **answer), now=at(20, 12, 15))

    assert [at(20, 12, 15)] * 2 == [one.until for one in (*first, *again)]
    assert () == over


@pytest.mark.parametrize(
    "post",
    [
        # In anger, and no answer.
        draft("ふざけるな！！"),
        # An answer, and not in anger.
        draft("ありがとうございます！", reply_to=PostRef(platform="x", id="7")),
        draft("@saga ご連絡ありがとうございます。"),
    ],
)
def test_only_angry_answers_wait(rules, post):
    """
    Other posts go out at once.
    """
    assert () == rules("cool_off_minutes = 15").check(post, now=at(20))


def test_one_answer_does_not_start_the_clock_of_another(rules):
    """
    Each answered post or account has its own clock; a handle is the same in any case.
    """
    made = rules('cool_off_minutes = 15\nanger = ["むむ"]')
    made.check(draft("@Saga むむ"), now=at(20))

    assert [at(20, 12, 15), at(20, 12, 25)] == [
        one.until for to in ("saga", "other") for one in made.check(draft(f"@{to} むむ"), now=at(20, 12, 10))
    ]


def test_words_to_be_stopped_at(rules):
    """
    A word stops however it is written.
    """
    made = rules('stop_at = ["カチョウ"]')

    assert [[Own.WORD], [Own.WORD], []] == [
        own(made.check(draft(text), now=at(20))) for text in ("ｶﾁｮｳの話", "カ\u200bチョウの話", "部長の話")
    ]
    assert "カチョウ" in made.check(draft("カチョウ"), now=at(20))[0].tell().ja


def test_an_emergency_is_stopped_by_nothing(rules):
    """
    Life and limb come first.
    """
    made = rules('quiet_hours = ["00:00-12:00", "12:00-00:00"]\nstop_at = ["避難"]')

    assert () == made.check(draft("避難してください", lane=Lane.EMERGENCY), now=at(20))
    assert [Own.QUIET_HOURS, Own.WORD] == own(made.check(draft("避難してください"), now=at(20)))


def test_without_a_file_there_are_no_rules(tmp_path):
    """
    Nobody has to have rules; the form that is made has none yet, and is one's own.
    """
    path = tmp_path / "new" / "mine.toml"
    before = personal.read(path, zone=JST)
    made = [personal.create(path), personal.create(path)]
    rules = personal.read(path, zone=JST)

    assert (None, [True, False], "0o600") == (before, made, oct(path.stat().st_mode & 0o777))
    assert rules is not None
    assert () == rules.check(draft("ふざけるな！！"), now=at(20, 3))


def test_the_form_works_when_its_rules_are_let_in(rules):
    """
    Every rule that the form shows is one.
    """
    said = rules(re.sub(r"(?m)^#(?! )", "", personal.TEMPLATE)).check(draft("@saga 課長、ふざけるな"), now=at(20, 23))

    assert [Own.QUIET_HOURS, Own.UNREAD, Own.COOL_OFF, Own.WORD] == own(said)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606])
def test_a_file_that_others_can_read_is_refused(tmp_path, mode):
    """
    What is one's own is readable by oneself alone.
    """
    path = tmp_path / "mine.toml"
    path.write_text("", encoding="utf-8")
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        personal.read(path, zone=JST)


@pytest.mark.parametrize(
    "text",
    [
        'stop_at = ["ヌラリヒョン"',
        'stop_words = ["ヌラリヒョン"]',
        'stop_at = "ヌラリヒョン"',
        'stop_at = ["ヌラリヒョン", 1]',
        'quiet_hours = ["ヌラリヒョン"]',
        'timezone = "ヌラリヒョン"',
        'cool_off_minutes = true\nstop_at = ["ヌラリヒョン"]',
    ],
)
def test_a_wrong_file_is_refused_without_a_word_of_it(rules, text):
    """
    Neither the error, nor what caused it, nor the variables of any function of ours quote the file.
    """
    with pytest.raises(ConfigurationError) as refused:
        rules(text)
    error = refused.value
    ours = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The first frames are this test's own.
    ours.stack[:] = [frame for frame in ours.stack if "test_personal" not in frame.filename]

    assert "civicsns mine" in str(error)
    assert "ヌラリヒョン" not in "".join(ours.format())
    assert error.__context__ is None


def test_values_are_shut(rules):
    """
    Neither printing nor pickling, copying or taking apart tells anything.
    """
    made = rules('stop_at = ["カチョウ"]')
    (said,) = made.check(draft("カチョウ"), now=at(20))
    refusals = 0
    for value in (made, said, made._clocks):
        for act in (pickle.dumps, copy.copy, copy.deepcopy, vars, attrs.asdict, json.dumps):
            try:
                act(value)
            except (TypeError, attrs.exceptions.NotAnAttrsClassError):
                refusals += 1

    assert 18 == refusals
    assert ["<PersonalRules>", "<Said>", "<Clocks>"] * 3 == [
        written for write in (repr, str, "{}".format) for written in map(write, (made, said, made._clocks))
    ]


def test_the_clocks_tell_nothing(rules, tmp_path):
    """
    What is kept of a cool-off names neither account nor words, is one's own, and is forgotten after a week.
    """
    made = rules("cool_off_minutes = 15")
    made.check(draft("@kappa ふざけるな"), now=at(10))
    path = tmp_path / "mine.clocks.json"
    first = path.read_text(encoding="utf-8")
    made.check(draft("@tengu ふざけるな"), now=at(10) + timedelta(days=8))

    assert "kappa" not in first
    assert "0o600" == oct(path.stat().st_mode & 0o777)
    assert 1 == len(json.loads(path.read_text(encoding="utf-8"))["begun"])


def test_a_clock_that_was_put_back_does_not_lengthen_the_wait(rules):
    """
    A beginning that lies ahead is no beginning.
    """
    made = rules("cool_off_minutes = 15")
    made.check(draft("@kappa ふざけるな"), now=at(20))
    (said,) = made.check(draft("@kappa ふざけるな"), now=at(19))

    assert at(19, 12, 15) == said.until


@pytest.mark.parametrize("broken", ["", "[]", '{"key": 1, "begun": 2}', '{"begun": {"a": "x", "b": "2026-11-20"}}'])
def test_broken_clocks_begin_anew(rules, tmp_path, broken):
    """
    A file of clocks that cannot be read is made anew.
    """
    made = rules("cool_off_minutes = 15")
    (tmp_path / "mine.clocks.json").write_text(broken, encoding="utf-8")
    (said,) = made.check(draft("@kappa ふざけるな"), now=at(20))

    assert at(20, 12, 15) == said.until


def test_rules_from_a_device():
    """
    A text that the person's own device holds makes rules too, with clocks in memory and hours of its own zone.
    """
    made = personal.parse(
        'timezone = "America/New_York"\nquiet_hours = ["22:00-06:00"]\ncool_off_minutes = 5', zone=JST
    )
    made.check(draft("@kappa ふざけるな"), now=at(20, 22))

    assert [] == own(made.check(draft("@kappa ふざけるな"), now=at(20, 22, 5)))
    assert [Own.QUIET_HOURS] == own(made.check(draft(), now=at(20, 12)))
