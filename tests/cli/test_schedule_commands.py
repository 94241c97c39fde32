"""Times, holds, withdrawals, deletions and corrections at the command line, against the practice networks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from civicsns.cli import cli
from civicsns.errors import ConfigurationError
from civicsns.model import Decision, Delivery, DeliveryState, Draft, Lane
from civicsns.program import Program
from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox import Fault, Sandbox, programme

PEOPLE = "number,name,section\n1001,佐賀 花子,観光課\n"
ACCOUNTS = (
    "id,platform,handle,section,steward,personal\n"
    "x:hanako,x,saga_hanako,観光課,1001,yes\n"
    "facebook:kanko,facebook,kanko,観光課,1001,no\n"
)
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def practice(tmp_path: Path):
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    with Sandbox() as sandbox:
        settings = programme.write(
            sandbox, people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv", into=tmp_path / "practice"
        )
        yield sandbox, settings


def run(settings: Path, group: str, *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(cli, [group, "-c", str(settings), *arguments], input=given, env={"COLUMNS": "200"})


def post(settings: Path, *arguments: str, account: str = "x:hanako") -> Result:
    return run(settings, "publish", "-a", "1001", "-t", account, *arguments)


def stored(settings: Path) -> list[Delivery]:
    with Program.open(settings) as program:
        return list(program.upcoming())


def said(result: Result) -> str:
    """Everything that a person reads, an error included."""
    return result.output + str(result.exception or "")


def test_a_post_waits_for_its_time(practice):
    """
    Times are those of the city's zone; the command shows them and what is coming, and sends nothing yet.
    """
    sandbox, settings = practice
    tomorrow = datetime.now(TOKYO) + timedelta(days=1)
    result = post(settings, "--at", f"{tomorrow:%Y年%m月%d日} 9時", "--until", "17:00", "あす出る投稿です。")
    (planned,) = stored(settings)
    listed = run(settings, "ledger", "upcoming")

    assert 0 == result.exit_code, said(result)
    assert tomorrow.replace(hour=9, minute=0, second=0, microsecond=0) == planned.not_before
    assert tomorrow.replace(hour=17, minute=0, second=0, microsecond=0) == planned.not_after
    assert planned.id in result.output
    assert planned.id in listed.output
    assert f"{tomorrow:%Y-%m-%d} 17:00:00" in listed.output
    assert () == sandbox.x.posts()


def test_a_post_waits_for_the_next_business_day(practice):
    """
    It goes out when the city hall opens next, or at the hour that was asked for.
    """
    _, settings = practice
    text = settings.read_text(encoding="utf-8")
    settings.write_text(f"{text}\n[calendar]\nopens = 08:30:00\n", encoding="utf-8")
    post(settings, "--next-business-day", "翌開庁日の投稿です。")
    post(settings, "--next-business-day", "--at", "10:15", "翌開庁日の10時15分の投稿です。")
    first, second = (one.not_before.astimezone(TOKYO) for one in stored(settings) if one.not_before)

    assert ("08:30", "10:15") == (f"{first:%H:%M}", f"{second:%H:%M}")
    assert first.date() == second.date() > datetime.now(TOKYO).date()
    assert first.weekday() < 5


def test_a_late_post_is_reported(practice):
    """
    What could not be sent in time is not sent; the commands that people and timers run say so.
    """
    sandbox, settings = practice
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with Program.open(settings, clock=PracticeClock(yesterday)) as program:
        begins, ends = yesterday + timedelta(hours=1), yesterday + timedelta(hours=2)
        program.publish(
            Draft(
                author="1001", text="間に合わない投稿です。", accounts=["x:hanako"], not_before=begins, not_after=ends
            )
        )
    dispatched = run(settings, "dispatch")
    listed = run(settings, "ledger", "failed")

    for shown in (dispatched, listed):
        assert "期限切れ" in shown.output, said(shown)
    assert () == sandbox.x.posts()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--at", "2020-01-01 09:00"), "is over"),
        (("--at", "あした"), "cannot be read"),
        (("--at", "2099-01-01 09:00", "--until", "2098-12-31 09:00"), "not later than"),
        (("--until", "2020-01-01 09:00"), "is over"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(practice, arguments: tuple[str, ...], expected: str):
    """
    The past, nonsense and an end before its beginning keep nothing and send nothing.
    """
    sandbox, settings = practice
    result = post(settings, *arguments, "いつかの投稿です。")

    assert expected in said(result)
    assert [] == stored(settings)
    assert () == sandbox.x.posts()


def test_posting_is_held_and_let_go_on(practice):
    """
    While an account is on hold, what was planned waits and everybody can see why, and nothing more is posted; lifted, it
    goes out with the next dispatch.
    """
    sandbox, settings = practice
    earlier = datetime.now(UTC) - timedelta(hours=2)
    with Program.open(settings, clock=PracticeClock(earlier)) as program:
        draft = Draft(
            author="1001", text="止まる投稿です。", accounts=["x:hanako"], not_before=earlier + timedelta(hours=1)
        )
        program.publish(draft)
    place = ("--account", "x:hanako", "--by", "1001")
    placed = run(settings, "hold", "place", *place, "--reason", "内容を確認中")
    run(settings, "dispatch")
    refused = post(settings, "出せない投稿です。")
    waiting = run(settings, "ledger")
    listed = json.loads(run(settings, "hold", "--json").output)
    table = run(settings, "hold")
    lifted = run(settings, "hold", "lift", *place, "--reason", "確認した")
    before = sandbox.x.posts()
    run(settings, "dispatch")

    assert 0 == placed.exit_code, said(placed)
    assert 1 == refused.exit_code
    for shown in (placed, refused, waiting, table):
        assert "内容を確認中" in said(shown)
    assert [("account", "x:hanako", "1001")] == [(one["scope"], one["name"], one["by"]) for one in listed]
    assert "1 deliveries go on" in lifted.output
    assert () == before
    assert ["止まる投稿です。"] == [one.text for one in sandbox.x.posts()]
    assert "Nothing is on hold" in run(settings, "hold").output


def test_a_hold_names_one_thing(practice):
    """
    Neither nothing nor two things at once: who holds must say what.
    """
    _, settings = practice
    for what in ((), ("--all", "--section", "観光課")):
        result = run(settings, "hold", "place", *what, "--by", "1001", "--reason", "確認中")

        assert 2 == result.exit_code
    assert "nothing of the name" in said(
        run(settings, "hold", "place", "--delivery", "z", "--by", "1001", "--reason", "確認中")
    )


def test_a_post_is_withdrawn(practice):
    """
    What waits is taken back by its id; a second time, or for an id that is none, the command says why not.
    """
    _, settings = practice
    post(settings, "--at", "2098-01-04 09:00", "取り下げる投稿です。")
    (planned,) = stored(settings)
    because = ("--by", "1001", "--reason", "中止")
    done = run(settings, "ledger", "withdraw", planned.id, *because)
    shown = run(settings, "ledger", "show", planned.draft)

    assert ["draft.made", "draft.checked", "delivery.planned", "delivery.withdrawn"] == [
        word for word in shown.output.split() if word.startswith(("draft.", "delivery."))
    ]
    assert "中止" in shown.output
    assert "withdrawn" in done.output, said(done)
    assert [] == stored(settings)
    assert "was withdrawn" in said(run(settings, "ledger", "withdraw", planned.id, *because))
    assert "no delivery of that id" in said(run(settings, "ledger", "withdraw", "z", *because))


def published(settings: Path, text: str, account: str) -> str:
    """Publish, and give the id that the command shows."""
    result = post(settings, text, account=account)
    assert 0 == result.exit_code, said(result)
    return next(word for word in result.output.split() if len(word) == 32 and set(word) <= set("0123456789abcdef"))


@pytest.mark.parametrize("account", ["x:hanako", "facebook:kanko"])
def test_a_published_post_is_deleted_and_that_is_confirmed(practice, account: str):
    """
    The command asks first; a deletion that fails leaves the post, says so, and can be done again.
    """
    sandbox, settings = practice
    delivery = published(settings, "消す投稿です。", account)
    because = ("--by", "1001", "--reason", "誤った写真")

    def there() -> int:
        on_facebook = sum(len(sandbox.graph.posts(page)) for page in sandbox.graph.pages)
        return len(sandbox.x.posts()) if account == "x:hanako" else on_facebook

    kept = run(settings, "ledger", "delete", delivery, *because, given="n\n")
    network, call = (sandbox.x, "delete") if account == "x:hanako" else (sandbox.graph, "object_delete")
    network.faults.order(Fault.HTML_503, on=call, carried_out=False)
    failed = run(settings, "ledger", "delete", delivery, *because, "--yes")
    after = there()
    gone = run(settings, "ledger", "delete", delivery, *because, given="y\n")

    assert "消す投稿です。" in kept.output
    assert (1, 1, 1) == (kept.exit_code, failed.exit_code, after)
    assert "not changed" in failed.output, said(failed)
    assert (0, 0) == (gone.exit_code, there()), said(gone)
    assert "deleted" in gone.output


@pytest.mark.parametrize("carried_out", [False, True])
def test_an_emergency_that_would_rather_be_there_twice(practice, *, carried_out: bool):
    """
    Of the first attempt nobody knows, and Facebook's list cannot be read. It is sent again without a person, and what
    Facebook refuses as the same words is read back. The ledger says that it may be there twice, and what to do.
    """
    sandbox, settings = practice
    earlier = datetime.now(UTC) - timedelta(hours=2)
    sandbox.graph.faults.order(Fault.HTML_503, on="feed", carried_out=carried_out)
    sandbox.graph.faults.order(Fault.HTML_503, on="published_posts")
    chosen = Draft(
        author="1001",
        text="川の水位が上がっています。高台へ避難してください。",
        accounts=["facebook:kanko"],
        lane=Lane.EMERGENCY,
        prefer_duplicate=True,
    )
    reason = Decision(by="1001", digest=chosen.digest, reason="避難指示")
    with Program.open(settings, clock=(clock := PracticeClock(earlier))) as program:
        (unknown,) = program.publish(chosen, decision=reason, patience=timedelta(0)).results
        for _ in range(3):
            clock.advance(timedelta(minutes=15))
            program.dispatch()
    shown = run(settings, "ledger", "show", unknown.id)
    with Program.open(settings) as program:
        (delivered,) = program.deliveries(unknown.id)
        planned, *steps = program.store.records(unknown.id)

    assert DeliveryState.UNKNOWN is unknown.state
    assert (DeliveryState.DELIVERED, True, 2) == (delivered.state, delivered.may_be_double, delivered.attempts)
    assert "yes" == planned.facts["prefer_duplicate"]
    refused = ["unknown"] if carried_out else []
    assert ["sending", "unknown", "risked", "sending", *refused, "delivered"] == [
        step.event.removeprefix("delivery.") for step in steps
    ]
    assert "delivery.risked" in shown.output
    for words in ("二重の恐れ", "perhaps", "may be there", "prefer_duplicate"):
        assert words in shown.output, said(shown)
    assert 1 == sum(len(sandbox.graph.posts(page)) for page in sandbox.graph.pages)


@pytest.mark.parametrize("lane", [(), ("--emergency",)])
def test_to_be_there_twice_takes_an_emergency(practice, lane: tuple[str, ...]):
    """
    For a routine post the option is refused, and nothing goes out.
    """
    sandbox, settings = practice
    result = post(settings, "--prefer-duplicate", *lane, "道路が冠水しています。")

    assert (0 if lane else 1) == result.exit_code, said(result)
    assert bool(lane) != ("emergencies in the city's name only" in said(result))
    assert len(lane) == len(sandbox.x.posts())


def test_a_post_that_facebook_was_to_publish_later_is_deleted(practice):
    """
    A post that the network itself holds until its time is deleted like any other.
    """
    sandbox, settings = practice
    at = datetime.now(UTC) + timedelta(hours=2)
    with Program.open(settings) as program:
        draft = Draft(author="1001", text="予約した投稿です。", accounts=["facebook:kanko"], publish_at=at)
        (planned,) = program.publish(draft).results
        (gone,) = program.delete(planned.id, by="1001", reason="中止")

    assert planned.receipt is not None
    assert planned.receipt.scheduled_for is not None
    assert DeliveryState.DELETED is gone.state
    assert 0 == sum(len(sandbox.graph.posts(page)) for page in sandbox.graph.pages)


def test_a_correction_answers_on_x(practice):
    """
    On X the correction is an answer to the original; the form for its words is in both languages.
    """
    sandbox, settings = practice
    delivery = published(settings, "祭りは4日です。", "x:hanako")
    form = run(settings, "correct", delivery, "--template")
    words = "（訂正）祭りは5日です。お詫びします。"
    result = run(settings, "correct", delivery, words, "-a", "1001", "--reason", "日付の誤り")
    original, answer = sorted(sandbox.x.posts(), key=lambda one: one.id)

    assert "お詫びして訂正します" in form.output
    assert "(Correction)" in form.output
    assert 0 == result.exit_code, said(result)
    assert (words, original.id) == (answer.text, answer.reply_to)


def test_a_correction_names_the_original_on_facebook(practice):
    """
    A Page's posts can neither answer nor quote: the address of the original stands in the text; or it is edited.
    """
    sandbox, settings = practice
    delivery = published(settings, "祭りは4日です。", "facebook:kanko")
    because = ("-a", "1001", "--reason", "日付の誤り")
    run(settings, "correct", delivery, "（訂正）祭りは5日です。", *because)
    edited = run(settings, "correct", delivery, "祭りは5日です。（訂正済み）", *because, "--linking", "edit")
    (page,) = sandbox.graph.pages
    messages = {one.message for one in sandbox.graph.posts(page)}

    assert 0 == edited.exit_code, said(edited)
    assert "祭りは5日です。（訂正済み）" in messages
    assert any(text.startswith("（訂正）祭りは5日です。\nhttps://www.facebook.com/") for text in messages)


def test_the_original_is_deleted_once_the_correction_is_out(practice):
    """
    One command puts the right post up and takes the wrong one down, in that order.
    """
    sandbox, settings = practice
    delivery = published(settings, "祭りは4日です。", "x:hanako")
    result = run(
        settings,
        "correct",
        delivery,
        "（訂正）祭りは5日です。",
        "-a",
        "1001",
        "--reason",
        "日付の誤り",
        "--linking",
        "alone",
        "--delete-original",
    )

    assert 0 == result.exit_code, said(result)
    assert ["（訂正）祭りは5日です。"] == [one.text for one in sandbox.x.posts()]
    assert 2 == run(settings, "correct", delivery, "文だけ").exit_code


@pytest.mark.parametrize(
    "command",
    [
        ["hold"],
        ["hold", "place"],
        ["hold", "lift"],
        ["correct"],
        ["ledger", "withdraw"],
        ["ledger", "delete"],
        ["ledger", "upcoming"],
        ["ledger", "show"],
        ["ledger", "failed"],
    ],
)
def test_help_is_bilingual(command: list[str]):
    """
    Each help page speaks both languages.
    """
    output = CliRunner().invoke(cli, [*command, "--help"]).output

    assert any("ぁ" <= letter <= "ん" for letter in output)
    assert any(word.isascii() and len(word) > 3 for word in output.split())


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(
    "words",
    [("hold", "place"), ("ledger", "failed"), ("budget", "reopen"), ("audit", "export"), ("store", "restored")],
    ids="-".join,
)
def test_the_settings_stand_before_the_subcommand_or_after_it(tmp_path, words, place):
    """
    Where they stand in both places, those after the subcommand count.
    """
    required = {
        "place": ["--all", "--by", "1001", "--reason", "地震"],
        "reopen": ["x", "--by", "1001"],
        "export": ["out"],
        "restored": ["--by", "1001", "--taken-at", "2026-04-01"],
    }
    group, command = words
    asked, other = ["-c", str(tmp_path / "asked.toml")], ["-c", str(tmp_path / "other.toml")]
    before, after = [(asked, []), ([], asked), (other, asked)][place]
    result = CliRunner().invoke(cli, [group, *before, command, *required.get(command, []), *after])

    assert isinstance(result.exception, ConfigurationError), said(result)
    assert "asked.toml" in said(result)
