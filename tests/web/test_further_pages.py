"""What only some cities use: practice posts, the overview for officials; and being mounted or served."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
import requests
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.routing import Mount

from civicsns import web
from civicsns.accounts import register
from civicsns.accounts.enrolment import Stage
from civicsns.cli import cli
from civicsns.config import EnrolmentSettings
from civicsns.errors import ConfigurationError, StoreError, VaultError
from civicsns.language import Bilingual
from civicsns.program import Program
from civicsns.store.sql import SqlStore
from civicsns.vault import keys
from civicsns.vault.sealer import Sealer
from civicsns.web.guard import Site

WORDS = Bilingual("何か", "something")


@pytest.mark.parametrize(("account", "number"), [("x:hanako", "1001"), ("facebook:kanko", "1001")])
def test_a_first_post_is_practised(practising, visitor, account, number):
    """
    The rules stop one that they would stop in earnest; the one that passes is on the practice network, on record, and
    lets the person go on.
    """
    browser = visitor(practising)
    browser.prepared(practising.invite(account), number=number)
    stopped = browser.send("/practice", text="マイナンバーは 1234 5678 9018 です。")
    empty = browser.send("/practice", text="  ")
    passed = browser.send("/practice", text=f"観光課では桜の見頃をお知らせしています。{account}")
    (standing,) = [one for one in practising.program.enrolments.status() if one.account.id == account]
    posts = [one.text for one in practising.sandbox.x.posts()]
    posts += [one["message"] for one in practising.sandbox.graph.snapshot()["posts"]]

    assert (422, "規範に触れる" in stopped.text) == (stopped.status_code, True)
    assert 422 == empty.status_code
    assert f"{practising.base}/connect" == passed.url
    assert Stage.PRACTISED is standing.stage
    assert 1 == sum("桜の見頃" in text and account in text for text in posts)
    assert "invitation.practised" == practising.program.store.records(account)[-1].event


def test_nobody_connects_without_practice(practising, visitor):
    """
    Where the city wants it, the network comes after it.
    """
    browser = visitor(practising)
    browser.prepared(practising.invite())
    answer = browser.send("/connect")

    assert f"{practising.base}/practice" == answer.url


def test_the_overview_shows_who_is_where(watched, visitor):
    """
    To whom the host application vouches for, with counts and names as text; to nobody else.
    """
    browser = visitor(watched)
    browser.open(watched.invite())
    for _ in range(5):
        browser.open("/who")
        browser.send("/who", number="0")
    watched.invite("x:taro")
    refused = [browser.ask("GET", "/overview", headers=one) for one in ({}, {"X-Staff": "9"}, {"X-Staff": ""})]
    page = browser.ask("GET", "/overview", headers={"X-Staff": "1"})
    failed = browser.ask("GET", "/overview?stage=failed&section=観光課", headers={"X-Staff": "1"})

    assert [403] * 3 == [one.status_code for one in refused]
    assert not any("花子" in one.text for one in refused)
    assert ["失敗 <strong>1", "案内前 <strong>1", "未着手 <strong>1"] == sorted(
        (one for one in re.findall(r"<li>([^<]* <strong>\d)", page.text)), key=lambda one: one[:2] != "失敗"
    )
    assert "佐賀 花子" in page.text
    assert "<script" not in page.text
    assert ["x:hanako"] == re.findall(r'<th scope="row"><bdi>([^<]*)', failed.text)
    assert "職員番号が 5 回違っていた" in failed.text


def test_it_is_mounted_in_the_citys_own_site(town, server, browser):
    """
    Under the path that `base_url` says; the other pages of the site are as they were.
    """
    server.app = Starlette(routes=[Mount("/enrol", web.app(town.program))])
    page = browser.open(town.invite())

    assert (200, f"{town.base}/who") == (page.status_code, page.url)
    assert f"{town.base}/rules" == browser.send("/who", number="1001").url
    assert 404 == requests.get(f"{town.origin}/elsewhere", timeout=10).status_code


def test_a_city_must_say_where_the_pages_are(town):
    """
    Without an address, without rules to agree to, or with practice and nowhere to practise, there are no pages.
    """
    base, program = "https://sns.city.example", town.program
    for place, settings, pack in (
        ("enrolment.base_url", EnrolmentSettings(), program._pack),
        ("policy.packs", EnrolmentSettings(base_url=base), None),
        ("enrolment.practice", EnrolmentSettings(base_url=base, practice=True), program._pack),
    ):
        with (
            Program(roster=program.roster, adapters={}, pack=pack, enrolment=settings) as one,
            pytest.raises(ConfigurationError) as caught,
        ):
            web.app(one)

        assert place == caught.value.place


def test_what_is_sealed_lasts_as_long_as_the_store(town, tmp_path):
    """
    A key that ends with the process would strand whoever is on the way; it is said when the pages start.
    """
    program = town.program
    with (
        SqlStore(tmp_path / "civicsns.db") as store,
        Program(
            roster=register.roster(store),
            adapters={},
            pack=program._pack,
            store=store,
            enrolment=EnrolmentSettings(base_url="https://sns.city.example"),
        ) as one,
        pytest.raises(ConfigurationError) as caught,
    ):
        web.app(one)

    assert "vault.key" == caught.value.place


FILES = """
[programme]
name = "武雄市"
people = "people.csv"
accounts = "accounts.csv"

[policy]
packs = ["base"]

[enrolment]
base_url = "http://localhost:{port}/enrol"

[vault]
key = {{ file = "vault.key" }}

[networks.x]
base_url = "http://127.0.0.1:9"
consumer_key = {{ file = "key" }}
consumer_secret = {{ file = "key" }}
"""


def test_people_and_accounts_in_files_are_brought_in_first(tmp_path, server):
    """
    Files cannot be told that an account is connected: it is said when the pages start, with the mend. That done, the
    site they are mounted in serves the same people.
    """
    settings = tmp_path / "civicsns.toml"
    settings.write_text(FILES.format(port=server.port), encoding="utf-8")
    (tmp_path / "key").write_text("key", encoding="utf-8")
    (tmp_path / "key").chmod(0o600)
    keys.write_file(tmp_path / "vault.key", keys.generate())
    (tmp_path / "people.csv").write_text("職員番号,氏名,所属\n1001,佐賀 花子,観光課\n", encoding="cp932")
    (tmp_path / "accounts.csv").write_text(
        "アカウントID,媒体,ユーザー名,所管課,管理者,個人\nx:hanako,x,saga_hanako,観光課,1001,はい\n", encoding="cp932"
    )
    with Program.open(settings) as program, pytest.raises(ConfigurationError) as caught:
        web.app(program)
    done = CliRunner().invoke(
        cli, ["accounts", "import", "-c", str(settings), "--by", "1001", "--reason", "登録を始める", "--yes"]
    )
    settings.write_text(re.sub("people = .*|accounts = .*", "", settings.read_text("utf-8")), encoding="utf-8")
    with Program.open(settings) as program:
        server.app = Starlette(routes=[Mount("/enrol", web.app(program, authenticate=lambda _: "1001"))])
        link = program.enrolments.invite("x:hanako", by="1001").url.reveal()
        opened = requests.get(link, timeout=10)
        overview = requests.get(f"http://localhost:{server.port}/enrol/overview", timeout=10)

    assert "programme.accounts" == caught.value.place
    assert "civicsns accounts import" in caught.value.mend.en
    assert 0 == done.exit_code, done.output
    assert (200, "/enrol/who") == (opened.status_code, urlsplit(opened.url).path)
    assert "佐賀 花子" in overview.text


@pytest.mark.parametrize("error", [StoreError(WORDS, mend=WORDS, place="secret place"), RuntimeError("secret place")])
def test_what_is_wrong_inside_stays_inside(town, browser, monkeypatch, error):
    """
    The reader is told that the fault is ours and what to do; not where it is.
    """
    link = town.invite()
    browser.open(link)
    monkeypatch.setattr(town.program.store, "fact", fails(error))
    answer = browser.open("/who")

    assert answer.status_code in {500, 503}
    assert "こちらの不具合" in answer.text
    assert "secret" not in answer.text


def test_a_key_that_is_out_of_reach_for_a_moment(town, server, browser, monkeypatch):
    """
    The reader is told that it is passing, and goes on afterwards with the session as it was; a link opens meanwhile.
    """
    link = town.invite()
    browser.open(link)
    browser.send("/who", number="1001")
    # As after a restart: what was opened before is not remembered.
    server.app = web.app(town.program, prefix="/enrol")
    with monkeypatch.context() as gone:
        gone.setattr(Sealer, "open", fails(VaultError(WORDS, mend=WORDS, place="secret place")))
        answer = browser.open("/rules")
        other = requests.get(link, cookies=browser.session.cookies.get_dict(), allow_redirects=False, timeout=10)
    later = browser.open("/rules")

    assert [503, 303, 200] == [one.status_code for one in (answer, other, later)]
    assert "こちらの不具合" in answer.text
    assert "secret" not in answer.text
    assert f"{town.base}/rules" == later.url


def fails(error):
    """Make a call that always ends so."""

    def call(*_: object) -> None:
        raise error

    return call


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ({}, "ja"),
        ({"Accept-Language": "en-GB,en;q=0.9"}, "en"),
        ({"Accept-Language": "fr, ja;q=0.4, en;q=0.8"}, "en"),
        ({"Accept-Language": "ja-JP, en;q=0.8"}, "ja"),
        ({"Accept-Language": "de"}, "ja"),
        ({"Accept-Language": "en;q=x, ja;q=0.1"}, "ja"),
        ({"Accept-Language": "en", "Cookie": "civicsns-language=ja"}, "ja"),
        ({"Cookie": "civicsns-language=<script>"}, "ja"),
    ],
)
def test_the_language_of_the_reader(town, browse, asked, language):
    """
    The one that was chosen, else what the browser prefers, else Japanese.
    """
    browser = browse(**{"Accept-Language": "", **asked})

    assert f'<html lang="{language}">' in browser.ask("GET", "/left").text


@pytest.mark.parametrize(
    ("base_url", "origin", "host", "path"),
    [
        ("https://sns.city.example/enrol/", "https://sns.city.example", "sns.city.example", "/enrol"),
        ("https://SNS.city.example:443", "https://sns.city.example", "sns.city.example", ""),
        ("https://sns.city.example:8443/a/b", "https://sns.city.example:8443", "sns.city.example:8443", "/a/b"),
        ("http://[::1]:8620", "http://[::1]:8620", "[::1]:8620", ""),
        ("http://localhost:80", "http://localhost", "localhost", ""),
    ],
)
def test_an_address_as_browsers_write_it(base_url, origin, host, path):
    """
    In lower case, and without the usual port.
    """
    assert Site(origin=origin, host=host, path=path) == Site.of(base_url)
