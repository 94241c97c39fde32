"""The public register at the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from civicsns import config
from civicsns.cli import cli
from civicsns.errors import ConfigurationError
from civicsns.testing.sandbox import Sandbox, programme

PEOPLE = "number,name,section\n1001,佐賀 花子,観光課\n"
ACCOUNTS = (
    "id,platform,handle,section,steward,personal\n"
    "x:1001,x,saga_hanako,観光課,1001,yes\n"
    "x:kanko,x,takeo_kanko,観光課,1001,no\n"
)


@pytest.fixture
def settings(tmp_path):
    people, accounts = tmp_path / "given-people.csv", tmp_path / "given-accounts.csv"
    people.write_text(PEOPLE, encoding="utf-8")
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    with Sandbox() as sandbox:
        yield programme.write(sandbox, people=people, accounts=accounts, into=tmp_path / "practice")


def run(settings: Path, *arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(cli, ["accounts", "register", *arguments, "-c", str(settings)])


def put(settings: Path, table: str) -> None:
    settings.write_text(f"{settings.read_text(encoding='utf-8')}\n[register]\n{table}\n", encoding="utf-8")


def test_the_register_is_written(settings, tmp_path):
    """
    All files, of the accounts that the settings let out; a second time nothing is left to write.
    """
    put(settings, 'url = "https://www.city.example/sns/"\ncity = "武雄市"\npersonal = "none"')
    first, again = (run(settings, "--out", str(tmp_path / "out"), *more) for more in ([], ["--json"]))
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")

    assert [0, 0] == [first.exit_code, again.exit_code]
    assert "運用中 1 件" in first.output
    assert "7 files written" in first.output
    assert {"open": 1, "closed": 0, "changed": []} == json.loads(again.output)
    assert "<title>武雄市 SNSアカウント一覧</title>" in page
    assert ("takeo_kanko" in page, "saga_hanako" in page) == (True, False)


def test_nothing_is_written_without_an_address(settings, tmp_path):
    """
    Where the settings do not say where the register stands, that is told.
    """
    result = run(settings, "--out", str(tmp_path / "out"))

    assert "register.url" in f"{result.output}{result.exception}"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('url = "http://www.city.example/sns/"', "https://"),
        ('url = "https://www.city.example/sns"', "ends in /"),
        ('url = "https://www.city.example/sns/?a=b"', "https://"),
        ('url = "https://a.example/"\nclosed_years = -1', "0 or more"),
        ('url = "https://a.example/"\npersonal = "all"', "none, section, name"),
        ('url = "https://a.example/"\nprofiles = { a = "javascript:{handle}" }', "{handle}"),
        ('url = "https://a.example/"\nprofiles = { a = "https://a.example/" }', "{handle}"),
    ],
)
def test_wrong_settings_are_told(tmp_path, table, said):
    """
    An address that is not the city's own or no folder's, and whatever else a page could not be made with.
    """
    path = tmp_path / "civicsns.toml"
    path.write_text(f'[programme]\nname = "a"\n[policy]\n[networks]\n[register]\n{table}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        config.load(path)


def test_look_alikes_are_told(settings, tmp_path):
    """
    With the reason, in both languages and for scripts; the exit status says whether there are any.
    """
    put(settings, 'city = "武雄市"')
    found, fine = tmp_path / "found.csv", tmp_path / "fine.csv"
    found.write_text(
        "媒体,ユーザー名,名前,ネットワークID\nX,@takeo_kankoo,武雄市\x1b[2J,9\n,,,\n", encoding="utf-8-sig"
    )
    fine.write_text("platform,handle\nx,takeo_kanko\nx,someone\n", encoding="utf-8")
    runner = CliRunner(env={"COLUMNS": "200"})
    words = ["accounts", "impostors", "-c", str(settings), "--candidates"]
    said, read, none = (
        runner.invoke(cli, [*words, *more]) for more in ([str(found)], [str(found), "--json"], [str(fine)])
    )

    assert [1, 1, 0] == [said.exit_code, read.exit_code, none.exit_code]
    assert "One letter" not in none.output
    assert "It is one letter away" in said.output
    assert "1 件のうち 1 件" in said.output
    # What a stranger calls himself does not steer the terminal.
    assert "\x1b" not in said.output
    assert [("near", "x:kanko"), ("name", None)] == [(one["reason"], one["account"]) for one in json.loads(read.output)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"platform,handle\nx,\n,abc\n", "Line 2, 3"),
        (b"handle\nabc\n", "Line 1, 2"),
        (b"", "Line 1"),
        ("媒体,ユーザー名\nx,武雄\n".encode("cp932"), "UTF-8"),
        (b'platform,handle\nx,"abc', "cannot be read as CSV"),
    ],
)
def test_a_wrong_list_is_told(tmp_path, content, said):
    """
    Every line of it that says too little, at once.
    """
    path = tmp_path / "found.csv"
    path.write_bytes(content)
    result = CliRunner().invoke(cli, ["accounts", "impostors", "--candidates", str(path)])

    assert result.exit_code
    assert said in f"{result.output}{result.exception}"
