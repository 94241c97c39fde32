"""`civicsns accounts check`, and what a plan asks about the roster it is made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from civicsns.accounts import roster
from civicsns.cli import cli
from civicsns.errors import ConfigurationError
from civicsns.model import Person

SETTINGS = '[programme]\nname = "武雄市"\n[policy]\npacks = ["jp-municipal"]\n[networks]\n'
PEOPLE = "職員番号,氏名,所属\n01001,髙橋　花子,観光課\n01002,武雄 太郎,防災課\n903,江口 恵,防災課\n"


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.csv").write_bytes(PEOPLE.encode("cp932"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["accounts", *arguments])


def test_a_roster_that_is_well(city: Path):
    """
    Without settings, a roster is checked as it is: how it was read and what is odd is shown, and nothing is wrong.
    """
    result = run("check", "people.csv")

    assert 0 == result.exit_code
    assert "Shift_JIS (CP932)、区切りはコンマ" in result.output
    assert "頭の 0 が落ちていませんか" in result.output
    assert "1 have fewer (such as 903)" in result.output
    assert "3 people, 2 sections" in result.output


def test_the_settings_say_how_it_is_made(city: Path):
    """
    What [roster] says of columns and digits holds; what was read can be written, and read again.
    """
    (city / "civicsns.toml").write_text(
        f'{SETTINGS}[roster]\ndigits = 5\ncolumns = {{ section = "職場" }}\n', encoding="utf-8"
    )
    (city / "people.csv").write_text(PEOPLE.replace("所属", "職場"), encoding="utf-8")
    result = run("check", "people.csv", "--out", "plain.csv")
    read = roster.staff(city / "plain.csv")

    assert 0 == result.exit_code
    assert Person(number="00903", name="江口 恵", section="防災課") == read.people["00903"]
    assert (city / "plain.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert () == read.remarks


def test_faults_are_shown_and_the_status_says_so(city: Path):
    """
    Faults of both files are shown with line and column in both languages; nothing is written; the status is 1.
    """
    (city / "people.csv").write_text(PEOPLE + "".join(f"{n},,課\n" for n in range(1101, 1161)), encoding="utf-8")
    (city / "accounts.csv").write_text("id,platform,personal\nx:a,x,たぶん\n", encoding="utf-8")
    result = run("check", "people.csv", "--accounts", "accounts.csv", "--out", "plain.csv")
    whole = run("check", "people.csv", "--all")

    assert 1 == result.exit_code
    assert "5行目 B列「氏名」: 空です。" in result.output
    assert 'Line 5, column B "氏名": It is empty.' in result.output
    assert "ほか 10 件" in result.output
    assert 'Line 2, column C "personal": "たぶん" is neither yes nor no.' in result.output
    assert not (city / "plain.csv").exists()
    assert 60 == whole.output.count("It is empty")


def test_as_json(city: Path):
    """
    For programs, each remark says its grade, kind, line and column, in both languages.
    """
    (city / "people.csv").write_text(PEOPLE + "01001,誰か,課\n", encoding="utf-8")
    (city / "accounts.csv").write_text("id,platform\nx:a,x\n", encoding="utf-8")
    result = run("check", "people.csv", "--accounts", "accounts.csv", "--json")
    people, accounts = json.loads(result.output)

    assert 1 == result.exit_code
    assert [] == accounts["remarks"]
    assert [
        {
            "grade": "fault",
            "flaw": "twice",
            "line": 5,
            "column": "A",
            "heading": "職員番号",
            "what": {"ja": "「01001」は2行目にもあります。", "en": '"01001" stands on line 2, too.'},
            "mend": people["remarks"][0]["mend"],
        }
    ] == people["remarks"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('columns = { nummer = "ID" }', "Of columns there is no nummer; there are duty"),
        ('encoding = "cp9320"', "It takes an encoding, such as cp932"),
        ('encoding = "rot13"', "It takes an encoding"),
        ("digits = 0", "digits"),
    ],
)
def test_a_setting_that_is_wrong(city: Path, setting: str, said: str):
    """
    A column of nothing that a roster says, and an encoding that nobody knows, are refused with the settings.
    """
    (city / "civicsns.toml").write_text(f"{SETTINGS}[roster]\n{setting}\n", encoding="utf-8")
    result = run("check", "people.csv")

    assert isinstance(result.exception, ConfigurationError)
    assert said in str(result.exception)


def test_a_plan_asks_about_its_roster(city: Path):
    """
    A plan made of a roster with a question shows it, on standard error, and takes the roster's own words for what it
    speaks of: a day of its own, and no posts.
    """
    (city / "civicsns.toml").write_text(SETTINGS, encoding="utf-8")
    (city / "people.csv").write_text(
        "職員番号,氏名,所属,発令日\n01001,髙橋　花子,観光課,R108.4.1\n903,江口 恵,防災課,\n01003,武雄 太郎,防災課,\n",
        encoding="utf-8",
    )
    broken = run("plan", "people.csv", "--json")
    (city / "people.csv").write_text(
        "職員番号,氏名,所属,発令日\n01001,髙橋　花子,観光課,令和80年4月1日\n903,江口 恵,防災課,\n01003,武雄 太郎,防災課,\n",
        encoding="utf-8",
    )
    result = run("plan", "people.csv", "--json")
    changes = json.loads(result.stdout)["changes"]

    assert "no date" in str(broken.exception)
    assert "were zeros lost?" in result.stderr
    assert "2098-04-01" in {change["effective"] for change in changes}
    assert 3 == len(changes)
