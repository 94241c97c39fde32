"""`civicsns accounts import`, `plan`, `apply`, `applied` and `undo`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from civicsns.cli import cli
from civicsns.errors import BadInput, ConfigurationError

PEOPLE = "職員番号,氏名,所属\n1001,佐賀 花子,観光課\n1002,武雄 太郎,防災課\n1003,江口 恵,税務課\n"
ACCOUNTS = (
    "id,platform,handle,section,steward,personal\nfacebook:b,facebook,b,観光課,1001,no\nx:a,x,saga,観光課,1001,はい\n"
)
APRIL = "職員番号,氏名,所属\n1001,佐賀 花子,商工課\n1002,武雄 太郎,防災課\n1004,髙橋 誠,税務課\n"


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A programme whose people and accounts are in files."""
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    (tmp_path / "april.csv").write_text(APRIL, encoding="utf-8")
    settings = tmp_path / "civicsns.toml"
    settings.write_text(
        '[programme]\nname = "市"\npeople = "people.csv"\naccounts = "accounts.csv"\n[policy]\n[networks]\n'
    )
    return settings


def run(city: Path, *words: object, **given: Any) -> Result:
    shown = CliRunner().invoke(cli, ["accounts", "-c", str(city), *map(str, words)], catch_exceptions=False, **given)
    assert shown.exit_code in {0, 1}, shown.output
    return shown


def in_the_register(city: Path) -> None:
    run(city, "import", "--by", "1001", "--reason", "開始", "--yes")
    city.write_text(re.sub(r"(people|accounts) = .*\n", "", city.read_text()))


def test_files_become_the_register(city: Path):
    """
    Until the files are taken in, plans are refused; afterwards the register has what the files had.
    """
    april = city.parent / "april.csv"
    with pytest.raises(ConfigurationError, match="accounts import"):
        run(city, "plan", april)
    before = run(city, "list").output
    taken = run(city, "import", "--by", "1001", "--reason", "開始", "--yes").output
    city.write_text(re.sub(r"(people|accounts) = .*\n", "", city.read_text()))

    assert "Take people and accounts out of [programme]" in taken
    assert before == run(city, "list").output == run(city).output
    assert "There is nothing to change" in run(city, "plan", city.parent / "people.csv").output


def test_a_transfer_season(city: Path):
    """
    A roster of April, prepared in March: the plan is shown, asked about, prepared, listed, and can be taken back.
    """
    in_the_register(city)
    wanted = (city.parent / "april.csv", "--on", "2099-04-01", "--expect-leavers", "1")
    shown = run(city, "plan", *wanted)
    made = json.loads(run(city, "plan", *wanted, "--json").output)
    who = ("--by", "1001", "--reason", "4月の異動")
    refused = run(city, "apply", *wanted, *who, input="n\n")
    with pytest.raises(BadInput, match="not the plan"):
        run(city, "apply", *wanted, *who, "--plan", "0" * 12, "--yes")
    nothing = json.loads(run(city, "plan", "--prepared", "--json").output)
    done = run(city, "apply", *wanted, *who, "--plan", made["digest"][:12], input="y\n")
    prepared = json.loads(run(city, "plan", "--prepared", "--json").output)
    applied = json.loads(run(city, "applied", "--json").output)
    undone = run(city, "undo", applied[-1]["id"], "--by", "1001", "--reason", "誤り", "--yes")

    assert {"join": 1, "move": 1, "leave": 1, "change": 1} == made["counts"]
    for said in (
        "+1 着任・採用",
        "観光課 → 商工課",
        "2099-04-01",
        "0 at once, 4 prepared",
        "x:a",
        "civicsns enrol invite",
    ):
        assert said in shown.output
    assert (1, [], "4月の異動") == (refused.exit_code, nothing, applied[-1]["reason"])
    assert "applied" in done.output
    assert ["account x:a", "person 1001", "person 1003", "person 1004"] == sorted(
        one["key"].split(" ", 1)[1] for one in prepared
    )
    assert "undone" in undone.output
    assert "Nothing is prepared" in run(city, "plan", "--prepared").output


def test_a_wrong_file_retires_nobody(city: Path):
    """
    Where more than a fifth of the staff would leave, nothing is done, whatever was said yes to.
    """
    in_the_register(city)
    (city.parent / "other.csv").write_text("職員番号,氏名\n1001,佐賀 花子\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"2 of 3 people would leave.*--expect-leavers 2"):
        run(city, "apply", city.parent / "other.csv", "--by", "1001", "--reason", "異動", "--yes")

    assert "There is nothing to change" in run(city, "plan", city.parent / "people.csv").output


def test_without_anything_to_do_nothing_is_done(city: Path):
    """
    Nothing interrupted, nothing due: each says so; a successor needs an account and a number.
    """
    in_the_register(city)
    who = ("--by", "1001", "--reason", "点検")

    assert "There is nothing to do" in run(city, "apply", "--resume").output
    assert "There is nothing to change" in run(city, "apply", "--due", *who).output
    assert "開始" in run(city, "applied").output
    for wrong in ("x:a", "=1001", "x:a="):
        shown = CliRunner().invoke(cli, ["accounts", "plan", "-c", str(city), str(city), "--successor", wrong])
        assert "ID=NUMBER" in shown.output


def test_a_steward_who_has_left_is_shown_by_number(city: Path):
    """
    The list of accounts stands although a steward is on no roster any more.
    """
    in_the_register(city)
    (city.parent / "left.csv").write_text(PEOPLE.replace("1001,佐賀 花子,観光課\n", ""), encoding="utf-8")
    who = ("--by", "1002", "--reason", "退職")
    run(city, "apply", city.parent / "left.csv", "--expect-leavers", "1", *who, "--yes")

    assert "1001" in run(city, "list").output
