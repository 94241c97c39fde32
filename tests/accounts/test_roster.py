"""The roster: read whole, or every bad row named."""

from __future__ import annotations

from pathlib import Path

import pytest

from civicsns.accounts import roster
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual

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
        (PEOPLE + "1001,誰か,課\n", ACCOUNTS, "Line 4, 職員番号: '1001' stands there twice"),
        (PEOPLE + "1003,,課\n", ACCOUNTS, "Line 4, 氏名: It is empty"),
        (PEOPLE + "1003,名\n", ACCOUNTS, "Line 4, 職員番号: There are 2 cells under 3 headings"),
        ("氏名,所属\n佐賀,課\n", ACCOUNTS, "There is no column 職員番号"),
        ("", ACCOUNTS, "There is no column"),
        (PEOPLE, ACCOUNTS.replace("はい", "たぶん"), "Line 2, 個人: It takes yes or no"),
        (PEOPLE, ACCOUNTS.replace("1001", "9999"), "Line 2, 管理者: The roster has no personnel number 9999"),
        (PEOPLE + '1003,"開いた', ACCOUNTS, "This is not CSV"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, people: str, accounts: str, said: str):
    """
    A bad row is named by line and column.
    """
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, people, accounts)

    assert said in str(raised.value)


def test_all_bad_rows_at_once(tmp_path: Path):
    """
    Three bad rows are three sentences in one error.
    """
    with pytest.raises(ConfigurationError) as raised:
        read(tmp_path, PEOPLE + "1003,,課\n1001,名,課\n,名,課\n")

    assert all(f"Line {line}," in str(raised.value) for line in (4, 5, 6))


def test_not_utf8(tmp_path: Path):
    """
    A file in another encoding is told apart from a broken one.
    """
    (tmp_path / "people.csv").write_bytes(PEOPLE.encode("cp932"))
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        roster.read(people=tmp_path / "people.csv", accounts=tmp_path / "people.csv")


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
