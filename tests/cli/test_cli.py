"""The command line: real commands, against the practice networks."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from civicsns.cli import cli
from civicsns.model import Draft
from civicsns.program import Program
from civicsns.testing.sandbox import Fault, Sandbox, programme

PEOPLE = "number,name,section\n1001,佐賀 花子,観光課\n"
ACCOUNTS = (
    "id,platform,handle,section,steward,personal\n"
    "x:hanako,x,saga_hanako,観光課,1001,yes\n"
    "facebook:kanko,facebook,kanko,観光課,1001,no\n"
)


@pytest.fixture
def practice(tmp_path: Path):
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    with Sandbox() as sandbox:
        settings = programme.write(
            sandbox, people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv", into=tmp_path / "practice"
        )
        yield sandbox, settings


def run(command: str, settings: Path, *arguments: str, given: str | None = None) -> Result:
    # Wide enough that no sentence is cut in the middle of a word that a test looks for.
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, [command, "-c", str(settings), *arguments], input=given)


def test_publish_reaches_both_networks(practice):
    """
    One command puts one post on X and one on Facebook, says so in both languages, and exits with 0.
    """
    sandbox, settings = practice
    result = run("publish", settings, "-a", "1001", "-t", "x:hanako", "-t", "facebook:kanko", "はじめての投稿です。")

    assert 0 == result.exit_code, result.output
    assert ["はじめての投稿です。"] == [post.text for post in sandbox.x.posts()]
    assert 1 == sum(call.operation == "feed" for call in sandbox.graph.calls)
    assert "published" in result.output
    assert "投稿済み" in result.output


def test_publish_says_what_failed(practice):
    """
    An account that could not post makes the exit status 1, with the mend in both languages; the others went out.
    """
    sandbox, settings = practice
    sandbox.graph.faults.order(Fault.PAYMENT_REQUIRED, on="feed")
    result = run(
        "publish", settings, "-a", "1001", "-t", "x:hanako", "-t", "facebook:kanko", "--patience", "1", "お知らせです。"
    )

    assert 1 == result.exit_code
    assert 1 == len(sandbox.x.posts())
    assert "waiting" in result.output
    assert "Next step at" in result.output


def test_publish_refuses_before_sending(practice):
    """
    What a rule blocks is not sent to any network.
    """
    sandbox, settings = practice
    result = run("publish", settings, "-a", "1001", "-t", "x:hanako", "個人番号 123456789018")

    assert "PII001" in str(result.exception)
    assert () == sandbox.x.posts()


def test_publish_with_a_reason(practice):
    """
    What asks for review goes out with a reason; the finding is shown all the same.
    """
    sandbox, settings = practice
    result = run(
        "publish", settings, "-a", "1001", "-t", "x:hanako", "--reason", "本人の了承あり", "担当は 090-1234-5678 です。"
    )

    assert 0 == result.exit_code, result.output
    assert "PII002" in result.output
    assert 1 == len(sandbox.x.posts())


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("佐賀牛が売り切れました", 0, "Nothing found"),
        ("担当は 090-1234-5678", 0, "PII002"),
        ("個人番号 123456789018", 1, "PII001"),
    ],
)
def test_check(practice, text: str, status: int, said: str):
    """
    Checking sends nothing; its exit status tells a blocked post from another.
    """
    sandbox, settings = practice
    # By day: what goes out at night is asked about.
    result = run("check", settings, "-a", "1001", "-t", "x:hanako", "--time", "2026-04-01T12:00", text)

    assert status == result.exit_code, result.output
    assert said in result.output
    assert () == sandbox.x.posts()
    assert [] == list(sandbox.x.calls)


def test_a_text_from_standard_input(practice):
    """
    A text of `-` is read from standard input.
    """
    sandbox, settings = practice
    result = run("publish", settings, "-a", "1001", "-t", "x:hanako", "-", given="パイプからの投稿です。\n")

    assert 0 == result.exit_code, result.output
    assert ["パイプからの投稿です。"] == [post.text for post in sandbox.x.posts()]


def test_what_was_left_is_dispatched(practice):
    """
    A post that could not go out yet is in the store; a later run of `dispatch` takes it on, once.
    """
    sandbox, settings = practice
    sandbox.x.faults.order(Fault.RATE_LIMITED_BARE, on="create")
    left = run("publish", settings, "-a", "1001", "-t", "x:hanako", "--patience", "0", "あとで出る投稿です。")
    with Program.open(settings) as program:
        waiting = program.store.due(datetime.now(UTC) + timedelta(days=1))
    early = run("dispatch", settings)

    assert 1 == left.exit_code
    assert 1 == len(waiting)
    assert "0 deliveries moved" in early.output
    assert () == sandbox.x.posts()


def test_the_ledger_asks_a_person(practice):
    """
    An outcome that nothing proves is listed; the decision is taken once its absence means something.
    """
    sandbox, settings = practice
    sandbox.graph.faults.order(Fault.RESET, on="feed", carried_out=False)
    text = settings.read_text(encoding="utf-8").replace("longest_pause = 15", "longest_pause = 0\nstart_deadline = 1")
    settings.write_text(text, encoding="utf-8")
    run("publish", settings, "-a", "1001", "-t", "facebook:kanko", "--patience", "8", "消えた投稿です。")
    listed = run("ledger", settings)
    with Program.open(settings) as program:
        (delivery,) = program.waiting()
    wrong = CliRunner().invoke(
        cli, ["ledger", "-c", str(settings), "decide", delivery.id, "--by", "1001", "--reason", "x"]
    )
    decided = CliRunner().invoke(
        cli,
        [
            "ledger",
            "-c",
            str(settings),
            "decide",
            delivery.id,
            "--by",
            "1001",
            "--reason",
            "画面になし",
            "--absent",
            "--again",
        ],
    )
    done = run("dispatch", settings)

    assert delivery.id[:8] in listed.output
    assert 2 == wrong.exit_code
    assert 0 == decided.exit_code, decided.output + str(decided.exception)
    assert "1 deliveries moved" in done.output
    assert 1 == sum(
        page_post.message == "消えた投稿です。"
        for page in sandbox.graph.pages
        for page_post in sandbox.graph.posts(page)
    )
    assert "Nothing waits" in run("ledger", settings).output


def test_more_alt_texts_than_pictures(practice):
    """
    An alt text without its picture is a slip, and nothing is sent.
    """
    sandbox, settings = practice
    result = run("publish", settings, "-a", "1001", "-t", "x:hanako", "--alt", "牛", "お知らせ")

    assert 2 == result.exit_code
    assert "--alt" in result.output
    assert () == sandbox.x.posts()


def test_accounts(practice):
    """
    The list names each account and who answers for it.
    """
    _, settings = practice
    result = run("accounts", settings)
    none = run("accounts", settings, "--section", "税務課")

    assert "x:hanako" in result.output
    assert "佐賀 花子" in result.output
    assert "2 accounts" in result.output
    assert "0 accounts" in none.output


def test_an_error_is_a_sentence_in_both_languages(tmp_path: Path):
    """
    A mistake ends with two sentences on standard error and status 1, never with a traceback.
    """
    done = subprocess.run(
        [sys.executable, "-m", "civicsns", "accounts", "-c", str(tmp_path / "nowhere.toml")],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )

    assert (1, "") == (done.returncode, done.stdout)
    assert "設定ファイルを読めません" in done.stderr
    assert "The settings file cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", ["publish", "check", "accounts", "sandbox", "dispatch", "health", "ledger", "audit", None]
)
def test_help_is_bilingual(command: str | None):
    """
    Each help page speaks both languages.
    """
    result = CliRunner().invoke(cli, [command, "--help"] if command else ["--help"])

    assert 0 == result.exit_code
    assert re.search(r"[ぁ-ん]", result.output)
    assert re.search(r"[A-Za-z]{4,}", result.output)


def test_sandbox_gives_a_newcomer_a_first_post(tmp_path: Path):
    """
    `civicsns sandbox` writes a programme; the very command that it suggests makes a first post; Ctrl-C ends it.
    """
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
    running = subprocess.Popen(
        [sys.executable, "-m", "civicsns", "sandbox", "--into", str(tmp_path / "p"), "--ports", "0", "0", "0"],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
    )
    try:
        assert running.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = running.stdout.readline()
            assert line, said
            said += line
        suggested = re.search(r"civicsns (publish .*)", said)
        assert suggested is not None
        publish = re.findall(r'"[^"]*"|\S+', suggested.group(1))
        done = subprocess.run(
            [sys.executable, "-m", "civicsns", *(word.strip('"') for word in publish)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            env=environment,
        )
        assert 0 == done.returncode, done.stdout + done.stderr
    finally:
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=30)

    assert 0 == running.returncode
    assert "Stopped" in rest
    assert 0o600 == (tmp_path / "p" / "credentials.json").stat().st_mode & 0o777


def test_a_port_in_use_is_named(tmp_path: Path):
    """
    A port that somebody else has is said so, with what to do.
    """
    with Sandbox() as sandbox:
        port = sandbox.x.url.rsplit(":", 1)[1]
        result = CliRunner().invoke(cli, ["sandbox", "--into", str(tmp_path / "p"), "--ports", "0", port, "0"])

    assert "--ports" in str(result.exception)


def test_the_loop_takes_on_what_comes_and_ends_on_a_signal(practice):
    """
    `dispatch --loop` posts what falls due while it runs; SIGTERM ends it between two rounds, with status 0.
    """
    sandbox, settings = practice
    with Program.open(settings) as program:
        at = datetime.now(UTC) + timedelta(seconds=1)
        draft = Draft(author="1001", text="時刻どおりの投稿です。", accounts=["x:hanako"], not_before=at)
        assert not program.publish(draft, patience=timedelta(0)).settled
    running = subprocess.Popen(
        [sys.executable, "-m", "civicsns", "dispatch", "-c", str(settings), "--loop", "--every", "0.1"],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert running.stdout is not None
        said = ""
        while "published" not in said:
            line = running.stdout.readline()
            assert line, said
            said += line
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)

    assert 0 == running.returncode
    assert ["時刻どおりの投稿です。"] == [post.text for post in sandbox.x.posts()]


def test_health_says_what_is_stuck(practice):
    """
    Before anything delivers that is bad; after a run of `dispatch` all is well, and monitoring reads JSON.
    """
    _, settings = practice
    before = run("health", settings)
    run("dispatch", settings)
    after = run("health", settings)
    read = json.loads(run("health", settings, "--json").output)

    assert 2 == before.exit_code
    assert "配信する処理が動いていません" in before.output
    assert "No process is delivering" in before.output
    assert 0 == after.exit_code, after.output
    assert "異常ありません" in after.output
    assert "All is well" in after.output
    assert ("good", []) == (read["level"], read["symptoms"])
    assert ["once"] == [worker["engine"] for worker in read["workers"]]
    assert read["store"]["free"] > 0
    assert read["store"]["size"] > 0


def test_health_of_what_waits_for_a_person(practice):
    """
    An outcome that a person must settle is told, with status 1, in a table as in JSON.
    """
    sandbox, settings = practice
    sandbox.graph.faults.order(Fault.RESET, on="feed", carried_out=False)
    text = settings.read_text(encoding="utf-8").replace("longest_pause = 15", "longest_pause = 0\nstart_deadline = 1")
    settings.write_text(text, encoding="utf-8")
    run("publish", settings, "-a", "1001", "-t", "facebook:kanko", "--patience", "8", "消えた投稿です。")
    run("dispatch", settings)
    shown = run("health", settings)
    read = json.loads(run("health", settings, "--json").output)

    assert 1 == shown.exit_code, shown.output
    assert "civicsns ledger" in shown.output
    assert [("attention", "delivery.unknown", 1)] == [
        (one["level"], one["code"], one["count"]) for one in read["symptoms"]
    ]
    assert read["symptoms"][0]["since"] is not None


def test_health_of_a_store_that_is_broken(practice):
    """
    A store that cannot be opened is as bad as can be, and is said in the language that was asked for.
    """
    _, settings = practice
    settings.with_name("civicsns.db").write_bytes(b"no database at all" * 99)
    shown = run("health", settings)
    read = json.loads(run("health", settings, "--json").output)

    assert 2 == shown.exit_code
    assert "bad" == read["level"]
    assert read["error"]["ja"]
    assert read["error"]["en"]


def test_what_is_of_an_account_off_the_list_is_still_shown(practice):
    """
    Somebody has left, and his account with him: what became of his posts can be looked up as before.
    """
    _, settings = practice
    run("publish", settings, "-a", "1001", "-t", "x:hanako", "はじめての投稿です。")
    run("publish", settings, "-a", "1001", "-t", "x:hanako", "あとの投稿です。", "--at", "2099-01-01 09:00")
    with Program.open(settings) as program:
        (planned,) = program.upcoming()
    accounts = settings.parent / "accounts.csv"
    left = [line for line in accounts.read_text(encoding="utf-8").splitlines() if "hanako" not in line]
    accounts.write_text("\n".join(left), encoding="utf-8")
    shown = [run("ledger", settings, "upcoming"), run("ledger", settings, "show", planned.id)]

    assert [0, 0] == [result.exit_code for result in shown], shown[0].exception
    assert all("x:hanako" in result.output for result in shown)
