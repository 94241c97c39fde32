"""The roster: read whole, or every bad row named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from civicsns.accounts import roster
from civicsns.accounts.table import Flaw, RosterError
from civicsns.config import RosterSettings
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.model import Account, Person
from civicsns.model.account import SECTION

PEOPLE = "職員番号,氏名,所属\n1001,佐賀 花子,観光課\n1002,武雄 太郎,防災課\n"
ACCOUNTS = (
    "id,platform,handle,section,steward,personal\nx:a,x,@saga,観光課,1001,はい\nfacebook:b,facebook,b,観光課,,no\n"
)


def read(tmp_path: Path, people: str = PEOPLE, accounts: str = ACCOUNTS) -> roster.Roster:
    (tmp_path / "people.csv").write_text(people, encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(accounts, encoding="utf-8")
    return roster.read(people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv")


def test_both_languages_of_headings(tmp_path: Path):
    """
    Japanese and English column names mean the same; a leading byte order mark, @ and blank lines do no harm.
    """
    known = read(tmp_path, "\ufeff" + PEOPLE + "\n,,\n")

    assert ["1001", "1002"] == list(known.people)
    assert ("saga", True, "1001") == (
        known.accounts["x:a"].handle,
        known.accounts["x:a"].personal,
        known.accounts["x:a"].steward,
    )
    assert not known.accounts["facebook:b"].personal


@pytest.mark.parametrize(
    ("people", "accounts", "said"),
    [
        (PEOPLE + "1001,誰か,課\n", ACCOUNTS, 'Line 4, column A "職員番号": "1001" stands on line 2, too'),
        (PEOPLE, ACCOUNTS.replace("はい", "たぶん"), 'Line 2, column F "personal": "たぶん" is neither yes nor no'),
        (
            PEOPLE,
            ACCOUNTS.replace("1001", "9999"),
            'Line 2, column E "steward": The roster has no personnel number "9999"',
        ),
        (PEOPLE, ACCOUNTS.replace("1001", "10O1"), 'personnel number "10O1". Is it 1001?'),
        (PEOPLE, ACCOUNTS.replace("facebook:b", "x:a"), 'column A "id": "x:a" stands on line 2, too'),
        (PEOPLE, ACCOUNTS.replace("@saga", "=saga"), 'column C "handle": "=saga" may run as a formula'),
        (PEOPLE, ACCOUNTS.replace(",x,", ",,"), 'Line 2, column B "platform": It is empty'),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, people: str, accounts: str, said: str):
    """
    A bad row is named by line and column, in either file.
    """
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, people, accounts)

    assert said in str(raised.value)


def test_all_that_an_account_may_be(tmp_path: Path):
    """
    Posters are numbers and the section, separated by anything; days are read as in a roster; digits are those of it.
    """
    (tmp_path / "people.csv").write_text("職員番号,氏名\n1001,佐賀 花子\n1002,武雄 太郎\n", encoding="utf-8")
    (tmp_path / "accounts.csv").write_bytes(
        "アカウントID;媒体;所管課;管理者;個人;投稿者;目的;開設日;閉鎖日\n"
        "facebook:kanko;facebook;観光課;1001;×;1002、所管課;観光の案内;R5.4.1;R8/3/31\n".encode("cp932")
    )
    form = RosterSettings(digits=6)
    read = roster.read(people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv", form=form)

    assert read.accounts["facebook:kanko"] == Account(
        id="facebook:kanko",
        platform="facebook",
        section="観光課",
        steward="001001",
        posters={"001002", SECTION},
        purpose="観光の案内",
        opened=date(2023, 4, 1),
        closed=date(2026, 3, 31),
    )


def test_an_account_that_closes_before_it_opens(tmp_path: Path):
    """
    The dates of an account are in order, and its posters are of the staff.
    """
    path = tmp_path / "accounts.csv"
    path.write_text("id,platform,posters,opened,closed\nx:a,x,1001 9,2026-04-01,2026-03-31\n", encoding="utf-8")
    with pytest.raises(RosterError) as raised:
        roster.listed(path, people={"1001": Person(number="1001", name="佐賀 花子")})

    assert [Flaw.NO_PERSON, Flaw.REVERSED] == [fault.flaw for fault in raised.value.faults]


def test_accounts_without_a_roster(tmp_path: Path):
    """
    Where the staff is not known, nobody is missing from it.
    """
    path = tmp_path / "accounts.csv"
    path.write_text("id,platform,steward\nx:a,x,1001\n", encoding="utf-8")

    assert "1001" == roster.listed(path).accounts["x:a"].steward


def test_a_missing_file(tmp_path: Path):
    """
    A path that leads nowhere is named.
    """
    with pytest.raises(ConfigurationError, match="cannot be read"):
        roster.read(people=tmp_path / "nowhere.csv", accounts=tmp_path / "nowhere.csv")


def test_looking_up_suggests(tmp_path: Path):
    """
    A name that is nearly right brings the right one.
    """
    known = read(tmp_path).accounts
    with pytest.raises(BadInput, match=r"accounts: There is no account 'facebok:b'.*Did you mean 'facebook:b'"):
        roster.look_up("facebok:b", known, place="accounts", kind=Bilingual("アカウント", "account"))
