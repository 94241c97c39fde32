"""`civicsns publish` and `correct` where a post does not go out: what is found, how to let it pass, what if interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from civicsns.cli import cli
from civicsns.testing.sandbox import Fault, Sandbox, programme

PHONE = "担当は 090-1234-5678 です。"
NUMBER = "個人番号は 1234-5678-9018 です。"


@pytest.fixture
def practice(tmp_path):
    (tmp_path / "people.csv").write_text("number,name,section\n1001,佐賀 花子,観光課\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(
        "id,platform,handle,section,steward,personal\nx:hanako,x,saga_hanako,観光課,1001,yes\n", encoding="utf-8"
    )
    with Sandbox() as sandbox:
        yield (
            sandbox,
            programme.write(
                sandbox, people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv", into=tmp_path / "practice"
            ),
        )


def run(settings, command, *arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, [command, "-c", str(settings), *arguments])


def test_a_refusal_shows_the_words_and_the_option(practice):
    """
    Of a post that asks for a second look, the words are underlined and `--reason` is named; nothing is sent.
    """
    sandbox, settings = practice
    result = run(settings, "publish", "-a", "1001", "-t", "x:hanako", PHONE)

    assert "      ^^^^^^^^^^^^^\n" in result.stderr.partition("PII002")[2]
    assert "--reason" in result.stderr
    assert "--waive" not in result.stderr
    assert () == sandbox.x.posts()


def test_what_no_waiver_lets_pass_names_none(practice):
    """
    Of a rule that admits of no exception, the words are shown, and no option that would not help.
    """
    _, settings = practice
    result = run(settings, "publish", "-a", "1001", "-t", "x:hanako", NUMBER)

    assert "PII001" in result.stderr
    assert not {"--reason", "--waive"} & set(result.stderr.split())


def test_a_waiver_is_named_where_it_would_help(practice):
    """
    Of a rule that may be waived, it is said with which options.
    """
    _, settings = practice
    (settings.parent / "policy.toml").write_text(
        'schema = 1\nextends = ["jp-municipal"]\n\n[rules]\nLNK002 = { severity = "block" }\n', encoding="utf-8"
    )
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('packs = ["jp-municipal"]', 'overlay = "policy.toml"'), encoding="utf-8")
    result = run(settings, "publish", "-a", "1001", "-t", "x:hanako", "詳しくは http://www.city.example.lg.jp/ へ。")

    assert "--waive CODE --waived-by NUMBER --reason WHY" in result.stderr


def test_somebody_without_the_right_is_shown_no_findings(practice):
    """
    Where it is not the rules that refuse, nothing of theirs stands before the reason.
    """
    _, settings = practice
    (settings.parent / "people.csv").write_text(
        "number,name,section\n1001,佐賀 花子,観光課\n1002,武雄 太郎,防災課\n", encoding="utf-8"
    )
    result = run(settings, "publish", "-a", "1002", "-t", "x:hanako", PHONE)

    assert "1002" in str(result.exception)
    assert "" == result.stderr


def test_interrupted_while_it_is_sent_it_says_not_to_send_again(practice):
    """
    Ctrl-C while the network does not answer: in both languages, that it may have gone out, and without a traceback.
    """
    sandbox, settings = practice
    sandbox.x.faults.order(Fault.TIMEOUT, on="create")
    command = [sys.executable, "-m", "civicsns", "publish", "-c", str(settings), "-a", "1001", "-t", "x:hanako"]
    with subprocess.Popen(
        [*command, "おしらせです。"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as running:
        while not any(call.operation == "create" for call in sandbox.x.calls):
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)

    assert (1, True, True) == (running.returncode, "送り直さず" in said, "Do not send it again" in said)
    assert "Traceback" not in said
