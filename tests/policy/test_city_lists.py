"""What a city lists of its own: each list keeps a rule of the pack quiet, or wakes one."""

from __future__ import annotations

import re
from datetime import date

import pytest

from civicsns import plugins
from civicsns.model import Context, Draft, Finding, PostRef
from civicsns.model.context import UNKNOWN
from civicsns.policy.engine import Policy
from civicsns.policy.pack import CITY_LISTS

OVERLAY = """\
schema = 1
extends = ["jp-municipal"]
[lists.official_phones]
add = ["0954-23-9000"]
[lists.official_mail_domains]
add = ["takeo.example.jp"]
[lists.official_accounts]
add = ["普通 7654321"]
[lists.allowed_hosts]
add = ["kanko.example.jp"]
[lists.political_accounts]
add = ["x:takeo_party"]
[lists.public_figures]
add = ["武雄太郎"]
[lists.local_places]
add = ["山内"]
"""


@pytest.fixture(scope="module")
def conduct(tmp_path_factory):
    place = tmp_path_factory.mktemp("city") / "policy.toml"
    place.write_text(OVERLAY, encoding="utf-8")
    return plugins.conduct([], place, today=date(2026, 11, 23), place="civicsns.toml")


@pytest.fixture(scope="module")
def city(conduct):
    return Policy(conduct.pack)


def found(policy, text, context=UNKNOWN, **parts):
    answers = policy.check(Draft(author="1", text=text, accounts=(), **parts), context)
    return {one.rule for one in answers if isinstance(one, Finding)}


def test_every_list_is_read(conduct):
    """
    No list that a city is told to fill is left unread by the rules.
    """
    assert set(CITY_LISTS) == set(re.findall(r"\[lists\.(\w+)]", OVERLAY))
    assert () == conduct.notices


@pytest.mark.parametrize(
    ("code", "own", "other"),
    [
        ("PII019", "0954-23-9000へ", "0954-23-9001へ"),
        ("PII003", "連絡は t-sato＠takeo.example.jp へ", "連絡は t-sato@saga.example.jp へ"),
        ("PII003", "連絡は t-sato [at] takeo.example.jp へ", "t-sato@saga.example.jp か event@takeo.example.jp へ"),
        ("PII005", "振込先：みどり銀行 本店 普通 ７６５４３２１", "振込先：みどり銀行 本店 普通 1234567"),
        ("LNK003", "https://kanko.example.jp/ をどうぞ", "https://kanko.example.com/ をどうぞ"),
    ],
)
def test_what_is_the_citys_own_is_let_pass(city, code, own, other):
    """
    The city's telephone numbers, mail domains, accounts and hosts pass, and those of others do not.
    """
    assert (False, True) == (code in found(city, own), code in found(city, other))


@pytest.mark.parametrize(("account", "flagged"), [("x:takeo_party", True), ("x:takeo_kanko", False)])
def test_accounts_of_parties_are_known(city, account, flagged):
    """
    A post of an account on the list is not shared without a word.
    """
    post = PostRef(platform="x", id="1", account=account)

    assert flagged == ("POL007" in found(city, "いいですね", Context(answered=account), quote=post))
