"""From settings, roster and store to what rules know; see `civicsns.policy.circumstances`."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from city import draft, programme
from click.testing import CliRunner

from civicsns import config
from civicsns.accounts import roster
from civicsns.cli import cli
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.model import Context, Draft, Media, MediaFacts, Person, PostRef, Skipped
from civicsns.policy.calendars import Unread
from civicsns.policy.circumstances import Circumstances
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin
from civicsns.program import Program
from civicsns.store.memory import MemoryStore
from civicsns.testing.clock import PracticeClock

SETTINGS = """
[programme]
name = "武雄市"
people = "people.csv"
accounts = "accounts.csv"

[policy]
[networks]

[context]
shifts = "shifts"
office_hours = ["08:30-12:00", "13:00-17:15"]
elections = "elections.toml"
territory = ["武雄市", "佐賀県"]
"""
SHIFT = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//city
BEGIN:VEVENT
UID:1
DTSTART:20261122T220000
DTEND:20261123T060000
END:VEVENT
END:VCALENDAR
"""
ELECTION = '[[election]]\nname = "武雄市長選挙"\nterritory = "武雄市"\nannounced = 2026-11-22\nvoting = 2026-11-29\n'
#: 23 November 2026, a holiday, at five in the morning in Japan.
EARLY = datetime(2026, 11, 22, 20, tzinfo=UTC)
NOON = datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path):
    """Give the settings of a city in which one person works in shifts and one in the office."""
    (tmp_path / "people.csv").write_text(
        "職員番号,氏名,所属,職種\n1,佐賀 花子,消防署,消防\n2,武雄 太郎,観光課,\n", encoding="utf-8"
    )
    (tmp_path / "accounts.csv").write_text("id,platform\n", encoding="utf-8")
    (tmp_path / "elections.toml").write_text(ELECTION, encoding="utf-8")
    (tmp_path / "shifts").mkdir()
    (tmp_path / "shifts" / "1.ics").write_text(SHIFT, encoding="utf-8")
    (tmp_path / "civicsns.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path / "civicsns.toml"


def known(settings, moment, **changes):
    with Program.open(settings, clock=PracticeClock(moment)) as program:
        return program._screening.circumstances(Draft(**{"author": "1", "text": "", "accounts": (), **changes}))


def test_circumstances_come_from_settings(settings):
    """
    Time, duty, section, job and election are those of the settings' files, in the city's zone.
    """
    context = known(settings, EARLY)

    assert (True, "消防署", "消防", True, ("武雄市長選挙",), False) == (
        context.on_duty,
        context.section,
        context.job,
        context.election,
        context.elections,
        context.disaster,
    )
    assert context.local_time is not None
    assert (23, 5) == (context.local_time.day, context.local_time.hour)
    assert {} == dict(context.why)


@pytest.mark.parametrize(("moment", "on_duty"), [(EARLY, False), (NOON, False), (NOON.replace(hour=4), True)])
def test_others_have_office_hours(settings, moment, on_duty):
    """
    Whoever has no shift calendar is on duty in office hours, and not in the noon break.
    """
    assert on_duty is known(settings, moment, author="2").on_duty


def test_it_is_the_time_at_which_it_would_go_out(settings):
    """
    A post for later is judged by later.
    """
    context = known(settings, EARLY, not_before=datetime(2026, 12, 1, 3, tzinfo=UTC))

    assert (12, False, False) == (
        context.local_time and context.local_time.month,
        context.on_duty,
        context.election,
    )


def test_what_cannot_be_read_is_unknown_with_the_reason(settings):
    """
    A broken calendar keeps nobody from posting, and is no silence either.
    """
    (settings.parent / "shifts" / "1.ics").write_text("?", encoding="utf-8")
    (settings.parent / "elections.toml").unlink()
    context = known(settings, EARLY)

    assert (None, None) == (context.on_duty, context.election)
    assert {"on_duty", "election"} == set(context.why)


def test_an_author_off_the_roster_is_unknown(settings):
    """
    Of nobody of the staff, nothing is known.
    """
    context = known(settings, EARLY, author="9")

    assert (None, None, None) == (context.on_duty, context.section, context.job)
    assert {"on_duty", "section", "job"} == set(context.why)


@pytest.mark.parametrize("hours", ['["8:30-17:15"]', '["08:30"]', '["08:30-25:00"]', '["08:30-17:15-"]', '"x"'])
def test_wrong_hours_are_refused(settings, hours):
    """
    Hours that are none are found when the settings are read.
    """
    settings.write_text(SETTINGS.replace('["08:30-12:00", "13:00-17:15"]', hours), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"'context(\.office_hours)?': "):
        config.load(settings)


def test_the_reason_reaches_the_rule():
    """
    A rule that needs what is not known says why it is not, though another draft had another reason.
    """
    policy = Policy(builtin("jp-municipal"))
    reasons = [Bilingual("理由甲", "reason A"), Bilingual("理由乙", "reason B")]
    said = [
        one.reason
        for reason in reasons
        for one in policy.check(Draft(author="1", text="本日は晴天", accounts=()), Context(why={"election": reason}))
        if isinstance(one, Skipped) and one.rule == "POL005"
    ]

    assert reasons == said


def test_media_are_read_before_rules_run():
    """
    The context holds what each file tells, None for one that cannot be read.
    """
    whole = Media(content=b"GIF89a\1\0\1\0\0\0\0\x3b", media_type="image/gif")
    broken = attrs.evolve(whole, content=b"GIF89a")
    context = Circumstances(zone=UTC).context(draft(media=[whole, broken]), at=NOON, author=None)

    assert (MediaFacts(), None) == context.media


def test_disaster_mode_is_declared_and_ended_by_a_person():
    """
    Rules know of it from the declaration to its end; both are on record with person and reason.
    """
    program = programme({}, [], PracticeClock(NOON))
    with program:
        before = program._screening.circumstances(draft()).disaster
        declared = program.declare_disaster(by="1", reason="対策本部を設置")
        during = program._screening.circumstances(draft()).disaster
        shown = program.disaster()
        program.end_disaster(by="1", reason="本部を廃止")
        after = (program._screening.circumstances(draft()).disaster, program.disaster())
        records = [(one.event, one.by, one.facts["reason"]) for one in program.store.records("disaster")]

    assert (False, True, declared, (False, None)) == (before, during, shown, after)
    assert [("disaster.declared", "1", "対策本部を設置"), ("disaster.ended", "1", "本部を廃止")] == records


def test_what_another_programme_declares_is_known_within_a_second():
    """
    A check may go by what was true a second ago where somebody else has declared it; whoever asks directly is told.
    """
    clock, store = PracticeClock(NOON), MemoryStore()
    with programme({}, [], clock, store=store) as here, programme({}, [], clock, store=store) as elsewhere:
        before = here._screening.circumstances(draft()).disaster
        declared = elsewhere.declare_disaster(by="1", reason="対策本部を設置")
        shown = here.disaster()
        clock.advance(timedelta(seconds=1))
        after = here._screening.circumstances(draft()).disaster
        here.end_disaster(by="1", reason="本部を廃止")
        ended = here._screening.circumstances(draft()).disaster

    assert (False, declared, True, False) == (before, shown, after, ended)


def test_disaster_mode_is_not_declared_twice_or_by_nobody():
    """
    A second declaration, an end without a beginning, nobody of the staff, and no reason are refused.
    """
    with programme({}, [], PracticeClock(NOON)) as program:
        refused = []
        for act in (
            lambda: program.end_disaster(by="1", reason="終わり"),
            lambda: program.declare_disaster(by="9", reason="大雨"),
            lambda: program.declare_disaster(by="1", reason=" "),
            lambda: program.declare_disaster(by="1", reason="大雨"),
            lambda: program.declare_disaster(by="1", reason="大雨"),
        ):
            try:
                act()
            except BadInput as error:
                refused.append(error.place)

    assert ["disaster", "by", "reason", "disaster"] == refused


def test_disaster_mode_at_the_command_line(settings):
    """
    It is switched and shown, and lasts from one command to the next.
    """

    def run(*arguments):
        result = CliRunner().invoke(cli, ["disaster", "-c", str(settings), *arguments], env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.exception
        return result.output

    said = [
        run("show"),
        run("on", "--by", "2", "--reason", "大雨"),
        run("show"),
        run("show", "--json"),
        run("off", "--by", "1", "--reason", "解除"),
        run("show", "--json"),
    ]

    assert "is off" in said[0]
    assert "職員 2" in said[2]
    assert '"大雨"' in said[3]
    assert "null\n" == said[5]


def test_the_job_is_a_column_of_the_roster(settings):
    """
    The roster tells the job type, in a column that may be left out.
    """
    read = roster.read(people=settings.parent / "people.csv", accounts=settings.parent / "accounts.csv")

    assert ["消防", ""] == [person.job for person in read.people.values()]


def test_whatever_goes_wrong_with_a_fact_stays_with_it():
    """
    What one source cannot tell leaves the others.
    """

    class Broken:
        def on(self, _moment):
            raise Unread(Bilingual("壊れた", "broken"))

    source = Circumstances(zone=UTC, elections=Broken())  # type: ignore[arg-type]
    context = source.context(draft(), at=NOON, author=Person(number="1", name="一", section="観光課"))

    assert (None, "観光課", "broken") == (context.election, context.section, context.why["election"].en)


def test_what_the_caller_knows_comes_first():
    """
    Where the caller knows nothing, what was worked out stays, names and reasons included.
    """
    why = {"on_duty": Bilingual("理由", "reason")}
    worked_out = Context(election=True, elections=("武雄市長選挙",), section="観光課", disaster=True, why=why)
    told = Context(section="消防署", disaster=False).over(worked_out)

    assert attrs.evolve(worked_out, section="消防署", disaster=False) == told


def test_the_command_works_circumstances_out(settings):
    """
    `civicsns check` looks into the same calendars.
    """
    run = CliRunner().invoke
    checked = run(
        cli,
        [
            "check",
            "-c",
            str(settings),
            "-a",
            "1",
            "--time",
            "2026-11-23T05:00",
            "--format",
            "json",
            "市長の実績を紹介します。",
        ],
    )
    skipped = {one["code"] for one in json.loads(checked.output)["checked"][0]["skipped"]}

    assert "POL005" not in skipped


def test_one_flag_takes_the_place_out(settings, tmp_path):
    """
    With --strip nothing is found any more; with --fix a copy is written, and the original stays.
    """
    tiff = struct.pack(">2sHIHHHIIIHHHI4sI", b"MM", 42, 8, 1, 0x8825, 4, 1, 26, 0, 1, 1, 2, 2, b"N\0\0\0", 0)
    tiff = tiff[:26] + struct.pack(">HHHIII", 1, 2, 5, 3, 44, 0) + bytes(24)
    segment = b"Exif\0\0" + tiff
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8" + struct.pack(">HH", 0xFFE1, len(segment) + 2) + segment + b"\xff\xd9")

    def found(*options):
        arguments = [
            "check",
            "-c",
            str(settings),
            "-i",
            str(photo),
            "--alt",
            "会場の写真",
            "--format",
            "json",
            *options,
        ]
        said = CliRunner().invoke(cli, [*arguments, "本日の会場です。"])
        return "PII016" in {one["code"] for one in json.loads(said.stdout)["checked"][0]["findings"]}

    assert [True, False, False] == [found(), found("--strip"), found("--fix")]
    assert b"Exif" in photo.read_bytes()
    assert b"\xff\xd8\xff\xd9" == (tmp_path / "photo.clean.jpg").read_bytes()


@pytest.mark.parametrize(
    ("targets", "answered"),
    [
        ({"reply_to": PostRef(platform="x", id="1", account="@party")}, "x:party"),
        (
            {"quote": PostRef(platform="x", id="1", account="party"), "reply_to": PostRef(platform="x", id="2")},
            "x:party",
        ),
        ({"reply_to": PostRef(platform="x", id="1")}, None),
        ({}, None),
    ],
)
def test_whose_post_is_answered(targets, answered):
    """
    Where the draft knows whose post it answers or shares, rules know it too.
    """
    assert answered == Circumstances(zone=UTC).context(draft(**targets), at=NOON, author=None).answered


def test_whose_post_it_is_does_not_change_which_post_it_is():
    """
    A decision covers the post that is answered, however much is known of it.
    """
    known, unknown_ = (PostRef(platform="x", id="1", account=account) for account in ("party", ""))

    assert known == unknown_
    assert draft(reply_to=known).digest == draft(reply_to=unknown_).digest
