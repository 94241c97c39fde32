"""A person's own rules at the command line: obeyed, and told to nobody else. See `civicsns.policy.personal`."""

from __future__ import annotations

import logging
import re
import traceback
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner

from civicsns.cli import cli
from civicsns.model import Draft
from civicsns.program import Program
from civicsns.records.keys import generate
from civicsns.testing.sandbox import Sandbox, programme

PEOPLE = "number,name,section\n1001,佐賀 花子,観光課\n"
ACCOUNTS = "id,platform,handle,section,steward,personal\nx:hanako,x,saga_hanako,観光課,1001,yes\n"
#: What stands in the person's own files, and in no text of a post in this form.
PLANTED = ("NURARIHYON", "河童亭", "飲み会", "ONIBABA", "kappatei", "TENGU", "00:00-23:59", "987654321")
RULES = """
quiet_hours = ["00:00-23:59", "23:58-00:01"]
calendar = "kappatei.ics"
cool_off_minutes = 987654321
anger = ["ONIBABA"]
stop_at = ["NURARIHYON"]
"""
#: Each of the rules speaks of this.
TEXT = "@tengu onibaba の nurarihyon の朝市です。"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Give the person's own rules, each of which would stop at once."""
    folder = tmp_path / "own"
    folder.mkdir()
    begins = datetime.now(UTC) - timedelta(hours=1)
    (folder / "kappatei.ics").write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//me\nBEGIN:VEVENT\nUID:1\n"
        f"DTSTART:{begins:%Y%m%dT%H%M%SZ}\nDURATION:PT3H\nSUMMARY:河童亭の飲み会\nEND:VEVENT\nEND:VCALENDAR\n",
        encoding="utf-8",
    )
    path = folder / "mine.toml"
    path.write_text(RULES, encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("CIVICSNS_MINE", str(path))
    return path


@pytest.fixture
def city(tmp_path):
    """Give the settings of a city with a practice network."""
    folder = tmp_path / "city"
    folder.mkdir()
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    with Sandbox() as sandbox:
        settings = programme.write(
            sandbox, people=folder / "people.csv", accounts=folder / "accounts.csv", into=folder / "practice"
        )
        generate(folder / "practice" / "key.pem")
        # The smaller pack is made ready sooner, and commands are many.
        written = settings.read_text(encoding="utf-8").replace('"jp-municipal"', '"base"')
        settings.write_text(f'{written}\n[records]\nkey = "key.pem"\n', encoding="utf-8")
        yield sandbox, settings


def run(*arguments):
    """Run a command, and give its exit code and all that it leaves to be read, an exception's variables included."""
    result = CliRunner().invoke(cli, list(map(str, arguments)), env={"COLUMNS": "200"})
    raised = ""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        told = traceback.TracebackException.from_exception(result.exception, capture_locals=True)
        raised = "".join(told.format())
    return result.exit_code, result.stdout + result.stderr + raised


def leaves(command, path=()):
    """Give the words of every command."""
    if isinstance(command, click.Group):
        if command.invoke_without_command:
            yield path
        for name, inner in command.commands.items():
            yield from leaves(inner, (*path, name))
    else:
        yield path


def test_what_stops_a_person_stops_publishing_until_the_person_says_otherwise(own, city):
    """
    Nothing is sent, nothing is on record; with --anyway it goes out; with no rules of one's own it goes out at once.
    """
    sandbox, settings = city
    arguments = ("publish", "-c", settings, "-a", "1001", "-t", "x:hanako", "本日は朝市です。")
    stopped, said = run(*arguments)
    with Program.open(settings) as program:
        kept = [*program.upcoming(), *program.failed()]
    before = len(sandbox.x.posts())
    anyway, _ = run(*arguments, "--anyway")
    own.unlink()
    without, _ = run(*arguments, "--link", "https://www.example.lg.jp/")

    assert (3, 0, 0) == (stopped, anyway, without), said
    assert "Nothing was sent" in said
    assert ([], 0, 2) == (kept, before, len(sandbox.x.posts()))


def test_an_emergency_goes_out(own, city):
    """
    Nobody's own rules keep an emergency back.
    """
    sandbox, settings = city
    code, said = run("publish", "-c", settings, "-a", "1001", "-t", "x:hanako", "--emergency", "本日は朝市です。")

    assert (0, 1) == (code, len(sandbox.x.posts())), said


def test_checking_reminds_and_changes_nothing(own, city):
    """
    `check` says apart that one's own rules would stop, and answers for the city as if there were none.
    """
    _, settings = city
    arguments = ("check", "-c", settings, "--format", "json", "--time", "2026-11-24T10:00", TEXT)
    reminded = CliRunner().invoke(cli, list(map(str, arguments)))
    own.unlink()
    plain = CliRunner().invoke(cli, list(map(str, arguments)))

    assert "civicsns mine check" in reminded.stderr
    assert (plain.exit_code, plain.stdout, "") == (reminded.exit_code, reminded.stdout, plain.stderr)


def test_a_wrong_file_stops_and_says_so(own, city):
    """
    Whoever has set rules is not left without them by a slip of the pen; and the slip is not quoted.
    """
    sandbox, settings = city
    own.write_text(RULES.replace("stop_at", "stop_words"), encoding="utf-8")
    code, said = run("publish", "-c", settings, "-a", "1001", "-t", "x:hanako", "本日は朝市です。")

    assert (3, ()) == (code, sandbox.x.posts())
    assert "unknown key" in said
    assert [] == [word for word in PLANTED if word in said]


def test_nothing_of_them_reaches_the_city(own, city, tmp_path, caplog):
    """
    Every command is run, and all that it puts out, logs, stores and sends is searched: nothing of the rules is there.
    """
    sandbox, settings = city
    caplog.set_level(logging.DEBUG)
    place = settings.parent
    post = ("-a", "1001", "-t", "x:hanako", "--reason", "確認済み")
    by = ("--by", "1001", "--reason", "練習")
    outputs = {}

    def call(name, *arguments):
        outputs[name, arguments] = run(*name.split(), *arguments, "-c", settings)
        return outputs[name, arguments]

    for shape in ("text", "json", "jsonl", "sarif", "github"):
        call("check", "--format", shape, TEXT)
    call("check", "--strict", *post[:4], TEXT)
    call("check", "--fix", TEXT)
    (tmp_path / "posts.jsonl").write_text('{"id": 1, "text": "' + TEXT + '"}\n', encoding="utf-8")
    call("check", "--jsonl", tmp_path / "posts.jsonl")
    stopped, _ = call("publish", *post, TEXT)
    published, said = call("publish", *post, "--anyway", TEXT)
    assert (3, 0) == (stopped, published), said
    digest = Draft(author="1001", text=TEXT, accounts=["x:hanako"]).digest
    with Program.open(settings) as program:
        (sent,) = program.store.of_draft(digest)
    correction = (sent.id, f"{TEXT}正誤", "-a", "1001", "--reason", "誤り")
    stopped, _ = call("correct", *correction)
    corrected, said = call("correct", *correction, "--anyway")
    assert (3, 0) == (stopped, corrected), said
    for name, arguments in {
        "accounts": (),
        "accounts list": (),
        "accounts import": (*by, "--yes"),
        "accounts plan": ("--due",),
        "accounts apply": ("--due", *by),
        "accounts applied": (),
        "accounts undo": ("none", *by, "--yes"),
        "accounts check": (place / "people.csv",),
        "accounts may": ("1001", "x:hanako"),
        "accounts hand-over": ("x:hanako", "--to", "1001", *by),
        "accounts retire": ("x:nobody", *by, "--yes"),
        "accounts verify": (),
        "accounts register": ("--out", place / "register"),
        "accounts profiles": (),
        "accounts impostors": ("--candidates", place / "accounts.csv"),
        "audit show": (sent.id,),
        "audit export": (place / "export.jsonl",),
        "audit checkpoint": ("--out", place / "note.txt", "--key", place / "key.pem.pub"),
        "audit destroy": (),
        "audit verify": ("--store", "--key", place / "key.pem.pub"),
        "budget": (),
        "budget reopen": ("x", "--by", "1001"),
        "disaster on": by,
        "disaster show": ("--json",),
        "disaster off": by,
        "dispatch": (),
        "enrol invite": ("--all", "--by", "1001"),
        "enrol sheet": ("x:hanako", "--by", "1001", "--out", place / "sheet.html"),
        "enrol status": (),
        "enrol overview": ("--by", "1001"),
        "enrol remind": (),
        "enrol cancel": ("x:hanako", *by),
        "enrol resume": (),
        "health": (),
        "hold place": ("--all", *by),
        "hold": (),
        "hold lift": ("--all", *by),
        "ledger": (),
        "ledger decide": (sent.id, *by),
        "ledger resume": (sent.id, "--by", "1001"),
        "ledger upcoming": (),
        "ledger withdraw": (sent.id, *by),
        "ledger delete": (sent.id, *by),
        "ledger failed": (),
        "ledger show": (sent.id,),
        "policy test": ("base",),
        "rules": ("PII001",),
        "store restored": ("--by", "1001", "2026-01-01 00:00"),
        "tidy": (),
        "vault import": (place / "credentials.json", "--by", "1001"),
        "vault rotate": (),
        "vault status": (),
    }.items():
        call(name, *arguments)
    outputs["vault init", ()] = run("vault", "init", "--file", place / "vault.key")
    outputs["audit keygen", ()] = run("audit", "keygen", place / "other.pem")
    ran = {tuple(name.split()) for name, _ in outputs}
    seen = "\n".join(said for _, said in outputs.values())
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    kept = b"\n".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and own.parent != path.parent)
    sent_out = repr(sandbox.x.posts())
    told = run("mine", "check", "--reply-to", "TENGU", TEXT)[1] + run("mine", "show")[1]

    # Those of the person's own, and those that serve until they are stopped.
    rest = {path for path in leaves(cli) if path[0] not in {"mine", "sandbox"} and path != ("enrol", "serve")}
    assert rest == ran
    assert "1001" in logged
    assert "nurarihyon" in sent_out
    assert [] == [word for word in PLANTED if word in seen + logged + sent_out]
    assert [] == [word for word in (*PLANTED, "anyway") if word.encode() in kept]
    # The person is told: else the search above would find nothing anyhow.
    assert {"NURARIHYON", "河童亭", "飲み会", "ONIBABA", "kappatei", "00:00-23:59", "987654321"} <= {
        word for word in PLANTED if word in told
    }


def test_the_words_of_a_rule_are_shown_to_the_person(own):
    """
    `mine check` says which rule speaks, and `mine init` overwrites nothing.
    """
    code, said = run("mine", "check", TEXT)
    made = run("mine", "init")[1]

    assert (3, 4) == (code, len(re.findall(r" / ", said)))
    assert "It is there already" in made
    assert RULES == own.read_text(encoding="utf-8")


def test_a_new_file_is_made_where_the_person_lives(tmp_path, monkeypatch):
    """
    Without a name for it, the file lies in the person's home.
    """
    monkeypatch.delenv("CIVICSNS_MINE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    first = run("mine", "show")[1]
    run("mine", "init")
    (made,) = tmp_path.rglob("mine.toml")

    assert "There are none" in first
    assert (0, "0o600") == (run("mine", "check", "本日は晴天です。")[0], oct(made.stat().st_mode & 0o777))
