"""`civicsns sandbox`: what it may write over, what it names, and where people come back to."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from civicsns.cli import cli
from civicsns.errors import ConfigurationError
from civicsns.program import Program
from civicsns.testing.sandbox import Sandbox, programme

PEOPLE = "職員番号,氏名,所属\n2001,若葉 梓,広報課\n2002,若葉 樹,広報課\n"
ACCOUNTS = (
    "アカウントID,媒体,ユーザー名,所管課,管理者,個人\n"
    "facebook:koho,facebook,wakaba.koho,広報課,2001,いいえ\n"
    "x:koho,x,wakaba_koho,広報課,2001,いいえ\n"
    "x:itsuki,x,wakaba_itsuki,広報課,2002,はい\n"
)


@pytest.mark.parametrize("name", ["civicsns.toml", "civicsns.db", "credentials.json"])
def test_what_is_not_for_practice_is_left_alone(tmp_path, name):
    """
    Where the folder holds settings, a ledger or tokens for real accounts, nothing in it is replaced.
    """
    (tmp_path / name).write_text("[programme]\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["sandbox", "--into", str(tmp_path), "--ports", "0", "0", "0"])

    assert isinstance(result.exception, ConfigurationError)
    assert "練習用でない" in result.exception.what.ja
    assert [name] == [path.name for path in tmp_path.iterdir()]
    assert "[programme]\n" == (tmp_path / name).read_text(encoding="utf-8")


def test_its_own_folder_may_be_written_anew(tmp_path):
    """
    What it has written itself, ledger and tokens included, it may write again.
    """
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    before = programme.may_write(tmp_path)
    with Sandbox() as sandbox:
        settings = programme.write(
            sandbox, people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv", into=tmp_path
        )
        Program.open(settings).close()

    assert (True, True) == (before, programme.may_write(tmp_path))
    assert (tmp_path / "civicsns.db").exists()


def test_people_and_accounts_of_ones_own_are_opened(tmp_path):
    """
    A list of one's own stays, its accounts are on the practice networks, and the first post that is shown is one that
    its author may make.
    """
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    command = [sys.executable, "-m", "civicsns", "sandbox", "--into", str(tmp_path), "--ports", "0", "0", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as running:
        assert running.stdout is not None
        said = "".join(iter(running.stdout.readline, "Ctrl-C で終わります / Ctrl-C ends it.\n"))
        with Program.open(tmp_path / "civicsns.toml") as program:
            connected = {account.id: bool(account.network_id) for account in program.accounts}
        running.terminate()

    assert "-a 2001 -t x:koho -t facebook:koho" in said
    assert {"facebook:koho": True, "x:koho": True, "x:itsuki": True} == connected


def test_people_come_back_to_the_address_that_was_given(tmp_path):
    """
    Both practice networks send whoever signs in to the address that was registered, and Facebook's login is theirs.
    """
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    back = "http://127.0.0.1:8620/enrol/callback"
    with Sandbox() as sandbox:
        sandbox.return_to(back)
        settings = programme.write(
            sandbox, people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv", into=tmp_path
        )
        with Program.open(settings) as program:
            x, facebook = (program.adapter(key).begin(back).url for key in ("x", "facebook"))  # type: ignore[attr-defined]
        azusa = sandbox.x.add_user(handle="wakaba_azusa", name="梓")

        assert sandbox.x.sign_in(x, azusa).startswith(back)
        assert facebook.startswith(sandbox.graph.url)
        assert back in sandbox.graph.app.redirect_uris
