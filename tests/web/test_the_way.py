"""The whole way through the pages, without a browser's window."""

from __future__ import annotations

import requests


def test_from_the_link_to_the_vault_by_x(town, browser, hanako):
    """
    Link, number, rules, network, and back: the account is connected, and the page says so.
    """
    browser.prepared(town.invite())
    done = browser.open(browser.back_from_x(hanako))

    assert (200, hanako.id) == (done.status_code, town.account("x:hanako").network_id)
    assert "接続しました" in done.text
    assert "@saga_hanako" in done.text
    assert f"{town.base}/done" == done.url


def test_what_to_put_into_the_profile_comes_at_the_end(town, visitor, hanako):
    """
    Ready to copy, in the language of the page, with the person's name and section.
    """
    browser = visitor(town)
    browser.prepared(town.invite())
    japanese = browser.open(browser.back_from_x(hanako))
    english = browser.open("/done?lang=en")

    assert "プロフィールに書くこと" in japanese.text
    assert "<bdi>佐賀 花子（たけお市観光課）</bdi>" in japanese.text
    assert "発言は個人の見解であり、たけお市の公式見解ではありません。" in japanese.text
    assert "Views are my own, not those of たけお市." in english.text


def test_a_page_is_chosen(town, browser):
    """
    By Facebook: log in, choose one of two Pages, done.
    """
    person = town.sandbox.graph.add_person("佐賀 花子")
    pages = [
        town.sandbox.graph.add_page(name, tasks={person: ("CREATE_CONTENT",)}) for name in ("武雄市観光課", "パン屋")
    ]
    browser.prepared(town.invite("facebook:kanko"))
    choice = browser.open(browser.back_from_facebook(person, *(page.id for page in pages)))
    done = browser.send("/choose", page=pages[0].id)

    assert f"{town.base}/choose" == choice.url
    assert pages[0].id == town.account("facebook:kanko").network_id
    assert "接続しました" in done.text


def test_no_link_is_opened_by_looking_at_it(town):
    """
    What looks at links in mail sets no session and puts nothing on record.
    """
    link = town.invite()
    for method in ("HEAD", "GET"):
        requests.request(method, link, allow_redirects=False, timeout=10)

    assert ["invitation.issued"] == [one.event for one in town.program.store.records("x:hanako")]
