"""`civicsns publish --waive`: a rule that blocks is waived by somebody entitled, or nothing goes out."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from civicsns.cli import cli
from civicsns.testing.sandbox import Sandbox, programme

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


def publish(settings, text, *arguments):
    command = ["publish", "-c", str(settings), "--author", "1001", "-t", "x:hanako", *arguments, text]
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, command)


def correct(settings, *arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["correct", "-c", str(settings), *arguments])


def test_what_admits_of_no_exception_is_not_waived(practice):
    """
    An Individual Number goes out under no waiver; it is said that there is none.
    """
    sandbox, settings = practice
    result = publish(settings, NUMBER, "--waive", "PII001", "--reason", "本人の希望")

    assert result.exit_code != 0
    assert "no exception" in str(result.exception)
    assert not sandbox.x.posts()


OVERLAY = """\
schema = 1
extends = ["jp-municipal"]

[rules]
LNK002 = { severity = "block" }

[waivers]
by = ["1001"]
"""
LINK = "申込は http://www.example.lg.jp/ から"


@pytest.fixture
def strict(practice):
    """Have a city that blocks links without https, and names who may waive that."""
    sandbox, settings = practice
    text = settings.read_text(encoding="utf-8")
    assert "[policy]\n" in text
    settings.write_text(text.replace("[policy]\n", '[policy]\noverlay = "policy.toml"\n'), encoding="utf-8")
    (settings.parent / "policy.toml").write_text(OVERLAY, encoding="utf-8")
    return sandbox, settings


def test_a_rule_is_waived_by_who_is_entitled(strict):
    """
    What the city's overlay blocks goes out once somebody that it names has waived the rule, with a reason.
    """
    sandbox, settings = strict
    blocked = publish(settings, LINK)
    waived = publish(settings, LINK, "--waive", "LNK002", "--reason", "県のページに https がない")

    assert "somebody entitled" in str(blocked.exception)
    assert waived.exit_code == 0, waived.output
    assert [LINK] == [post.text for post in sandbox.x.posts()]


def test_a_rule_is_not_waived_by_others(strict):
    """
    A number that the overlay does not name waives nothing.
    """
    sandbox, settings = strict
    result = publish(
        settings, LINK, "--waive", "LNK002", "--waived-by", "1002", "--reason", "県のページに https がない"
    )

    assert "1002 is not entitled" in str(result.exception)
    assert not sandbox.x.posts()


def test_a_rule_is_waived_for_a_correction(strict):
    """
    A correction takes waivers as a post does.
    """
    sandbox, settings = strict
    told = publish(settings, "市民祭りは 11 月 3 日です。").output
    original = next(word for word in told.split() if re.fullmatch(r"[0-9a-f]{32}", word))
    words = [original, f"【訂正】{LINK}", "-a", "1001", "--reason", "宛先の誤り"]
    blocked = correct(settings, *words)
    waived = correct(settings, *words, "--waive", "LNK002")

    assert "somebody entitled" in str(blocked.exception)
    assert waived.exit_code == 0, waived.output
    assert any(LINK in post.text for post in sandbox.x.posts())
