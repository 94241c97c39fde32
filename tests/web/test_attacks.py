"""Every attack on the pages that has a name, as what an attacker's or a victim's browser sends."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
import requests

from civicsns.accounts.enrolment import Problem, Stage

HOUR = timedelta(hours=1)


def standing(town, account="x:hanako"):
    return next(one for one in town.program.enrolments.status() if one.account.id == account)


def token(link):
    return link.rpartition("/")[2]


# --- the link ----------------------------------------------------------------------------------------------------


def test_a_replayed_link(town, browse, hanako):
    """
    Once the account is connected the link opens for nobody, and the browser that had it gets no further either.
    """
    link, mine = town.invite(), browse()
    mine.prepared(link)
    mine.open(mine.back_from_x(hanako))
    again, stranger = mine.open(link), browse().open(link)

    assert [410, 410] == [again.status_code, stranger.status_code]
    assert "このアカウントは接続済みです" in stranger.text
    assert 403 == mine.open("/connect").status_code


def test_an_expired_link(town, browse):
    """
    It opens no more after its time, nor does a browser that was on its way get any further.
    """
    link, late = town.invite(valid=HOUR), browse()
    late.open(link)
    town.clock.advance(HOUR)
    answers = [browse().open(link), late.open("/who"), late.send("/who", number="1001")]

    assert [410, 410, 403] == [one.status_code for one in answers]
    assert "期限" in answers[0].text
    assert Stage.EXPIRED is standing(town).stage


def test_a_forged_link(town, browser):
    """
    A token that nobody gave out opens nothing, and its page tells nothing of the one that is.
    """
    link = town.invite()
    answer = browser.open(link[:-1] + ("A" if link[-1] != "A" else "B"))

    assert 404 == answer.status_code
    assert not answer.cookies
    assert "花子" not in answer.text


def test_links_cannot_be_tried_at_will(town, browse):
    """
    After sixty links that do not exist an address is told to wait; ten minutes later it may go on.
    """
    guesser = browse()
    tried = [guesser.open(f"/link/{number}").status_code for number in range(62)]
    town.clock.advance(timedelta(minutes=10))

    assert [404] * 60 + [429] * 2 + [404] == [*tried, guesser.open("/link/0").status_code]


def test_bad_links_shut_nobody_out_who_has_a_good_one(town, browse):
    """
    A whole town hall stands behind one address: while somebody there tries links and passes that do not exist, those
    that were given out open, and say why where they do not.
    """
    links = [town.invite("x:taro"), town.invite(), town.invite(), town.pass_()]
    guesser = browse()
    tried = [guesser.open(f"/link/{'overview/' * (number % 2)}{number}").status_code for number in range(62)]
    opened = [browse().open(link).status_code for link in links]

    assert [404] * 60 + [429] * 2 == tried
    assert [200, 410, 200, 200] == opened


def test_a_swapped_link(town, browser):
    """
    A second link in the same browser ends the first one's session: a form that is open still does nothing for either.
    """
    browser.open(town.invite())
    browser.send("/who", number="1001")
    rules = browser.page
    browser.open(town.invite("facebook:kanko"))
    browser.page = rules
    answer = browser.send("/rules", agree="yes")

    assert 403 == answer.status_code
    assert [Stage.OPENED, Stage.ISSUED] == [standing(town).stage, standing(town, "facebook:kanko").stage]


def test_a_link_opened_by_the_wrong_person(town, browse):
    """
    Who does not know the number learns nothing of whose it is, and five tries shut the link, for everybody.
    """
    link, stranger = town.invite(), browse()
    pages = [stranger.open(link), *(stranger.send("/who", number=number) for number in ("1002", "１００２", "0", "x"))]
    last = stranger.send("/who", number="1003")
    early = stranger.open("/rules")

    assert [200, 422, 422, 422, 422, 410] == [one.status_code for one in (*pages, last)]
    assert 410 == early.status_code
    assert not re.search("花子|観光課|saga_hanako|1001", "".join(one.text for one in (*pages, last, early)))
    assert Problem.LOCKED is standing(town).problem
    assert 410 == browse().open(link).status_code


def test_no_page_comes_before_its_turn(town, browser):
    """
    Whatever address is typed leads to the step whose turn it is, and nothing is done out of turn.
    """
    browser.open(town.invite())
    for path in ("/rules", "/connect", "/"):
        assert f"{town.base}/who" == browser.open(path).url
    assert 403 == browser.send("/connect").status_code
    browser.open("/who")
    browser.send("/who", number="1001")
    assert f"{town.base}/rules" == browser.send("/connect").url
    assert Stage.OPENED is standing(town).stage


def test_nobody_agrees_to_what_was_not_shown(town, browser):
    """
    Without the tick, or to rules that have changed since they were shown, nothing counts as agreed.
    """
    browser.open(town.invite())
    browser.send("/who", number="1001")
    without = browser.send("/rules")
    older = browser.send("/rules", agree="yes", rules="0" * 64)

    assert [422, 422] == [without.status_code, older.status_code]
    assert "同意の欄に印" in without.text
    assert "規範が変わりました" in older.text
    assert Stage.OPENED is standing(town).stage


def test_sign_ins_cannot_be_begun_at_will(town, browser, monkeypatch):
    """
    Each costs a call at the network: twenty in ten minutes with one link, then the person has to wait.
    """
    browser.prepared(town.invite())
    monkeypatch.setattr(type(town.program.enrolments), "begin", lambda *_, **__: "https://api.x.example/")
    page, begun = browser.page, []
    for _ in range(21):
        browser.page = page
        begun.append(browser.send("/connect").status_code)

    assert [200] * 20 + [429] == begun


# --- the session -------------------------------------------------------------------------------------------------


def test_session_fixation(town, browse, hanako):
    """
    An attacker who gets the victim to use a session of his choice is left behind at the number: the confirmed session
    is a new one.
    """
    link, attacker, victim = town.invite(), browse(), browse()
    attacker.open(link)
    victim.session.cookies.update(attacker.session.cookies)
    victim.prepared(link)
    before = attacker.open("/connect")

    assert f"{town.base}/who" == before.url
    assert f"{town.base}/connect" == victim.open("/connect").url
    came = victim.back_from_x(hanako)
    assert 200 == attacker.open(came).status_code
    assert not town.connected()
    victim.open(came)
    assert town.connected()


@pytest.mark.parametrize("change", ["made up", "changed", "cut", "of another process"])
def test_a_forged_session(town, browser, change):
    """
    A cookie that these pages did not seal is none.
    """
    browser.prepared(town.invite())
    (cookie,) = [one for one in browser.session.cookies if one.name == "civicsns"]
    value = cookie.value or ""
    forged = {
        "made up": "eyJpZCI6ICJhIiwgInRva2VuIjogImIifQ==",
        "changed": value[:40] + ("A" if value[40] != "A" else "B") + value[41:],
        "cut": value[:50],
        "of another process": "é%00;",
    }[change]
    browser.session.cookies.clear()
    answer = browser.ask("GET", "/connect", headers={"Cookie": f"civicsns={forged}".encode()})

    assert 403 == answer.status_code
    assert "もう一度開いて" in answer.text


def test_a_session_ends(town, browser):
    """
    After a working day, and at once where the person leaves a shared device.
    """
    browser.prepared(town.invite())
    town.clock.advance(timedelta(hours=9))
    assert 403 == browser.open("/connect").status_code
    browser.open(town.invite())
    left = browser.send("/leave")

    assert f"{town.base}/left" == left.url
    assert "civicsns" not in browser.session.cookies
    assert 403 == browser.open("/who").status_code


def test_the_cookie_shows_nothing(town, browser):
    """
    Neither the link's token nor anything else can be read in what the browser keeps, and scripts do not see it.
    """
    link = town.invite()
    answer = browser.ask("GET", link)
    set_ = answer.headers["Set-Cookie"]

    assert token(link) not in set_
    assert {"HttpOnly", "Path=/enrol", "SameSite=lax"} <= set(set_.split("; "))
    assert "expires" not in set_.lower()


def test_by_https_the_cookie_belongs_to_this_very_host(secure_town):
    """
    `__Host-`, secure, for the whole host and no other; and browsers are told to come by https only.
    """
    link = secure_town.invite()
    answer = requests.get(link, allow_redirects=False, timeout=10, verify=secure_town.certificate)
    name, _, rest = answer.headers["Set-Cookie"].partition("=")

    assert "__Host-civicsns" == name
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=lax"} <= set(rest.split("; "))
    assert "domain" not in rest.lower()
    assert "max-age=31536000" == answer.headers["Strict-Transport-Security"]


# --- forms of others ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json"},
    ],
)
@pytest.mark.parametrize("path", ["/who", "/connect", "/leave"])
def test_csrf_by_where_it_comes_from(town, browser, path, headers):
    """
    A form that was not sent from our page is refused, even with the right mark in it.
    """
    browser.open(town.invite())
    answer = browser.send(path, number="1001", headers=headers)

    assert answer.status_code in {403, 415}
    assert "受け付けませんでした" in answer.text or "読めません" in answer.text
    assert Stage.ISSUED is standing(town).stage


@pytest.mark.parametrize("mark", ["", "forged", "é", "of another session"])
def test_csrf_by_the_mark(town, browse, mark):
    """
    A form without the session's own mark is refused.
    """
    browser, attacker = browse(), browse()
    link = town.invite()
    browser.open(link)
    attacker.open(link)
    (theirs, *_) = re.findall(r'name="form" value="([^"]*)"', attacker.page.text)
    answer = browser.send("/who", number="1001", form=theirs if mark == "of another session" else mark)

    assert 403 == answer.status_code
    assert Stage.ISSUED is standing(town).stage


@pytest.mark.parametrize("body", [b"form=%ff", b"form", b"a=1&a=2", b"&".join(b"a%d=1" % one for one in range(30))])
def test_forms_that_cannot_be_read(town, browser, body):
    """
    Broken, doubled, or with more fields than any form of ours.
    """
    browser.open(town.invite())
    headers = {"Origin": town.origin, "Content-Type": "application/x-www-form-urlencoded"}

    assert 400 == browser.ask("POST", "/who", data=body, headers=headers).status_code


def test_a_form_that_is_too_large(town, browser):
    """
    It is not taken into memory.
    """
    browser.open(town.invite())

    assert 413 == browser.send("/who", number="1" * 70_000).status_code


# --- the answer of the network -----------------------------------------------------------------------------------


def test_a_replayed_answer(town, browser, hanako):
    """
    The address at which the network sent the browser back works once.
    """
    browser.prepared(town.invite())
    came = browser.back_from_x(hanako)
    browser.open(came)

    assert 403 == browser.open(came).status_code


def test_a_forged_state(town, browser):
    """
    An answer to a sign-in that nobody began.
    """
    browser.prepared(town.invite())
    for query in ("state=forged&code=1", "oauth_token=forged&oauth_verifier=1", "denied=forged", "", "state="):
        answer = browser.open(f"/callback?{query}")

        assert f"{town.base}/connect" == answer.url
        assert "受け付けられません" in answer.text
    assert not town.connected()


def test_a_swapped_state(town, browse, hanako, other):
    """
    An attacker signs in, and lets the victim's browser bring his answer: it connects nothing, to neither of them.
    """
    victim, attacker = browse(), browse()
    victim.prepared(town.invite())
    victim.away()
    attacker.prepared(town.invite("x:taro"), number="1002")
    answer = victim.open(attacker.back_from_x(other))

    assert f"{town.base}/connect" == answer.url
    assert "受け付けられません" in answer.text
    assert not town.connected()
    assert not town.connected("x:taro")


def test_an_answer_without_a_session(town, browse, hanako):
    """
    In a browser that has opened no link it says what to do, and keeps nothing.
    """
    browser = browse()
    browser.prepared(town.invite())
    answer = browse().open(browser.back_from_x(hanako))

    assert 403 == answer.status_code
    assert not town.connected()


def test_the_wrong_account_connected(town, browser, hanako, other):
    """
    The person is told which it was; nothing of it is kept, nobody else is told, and the right one can be connected.
    """
    browser.prepared(town.invite())
    answer = browser.open(browser.back_from_x(other))
    again = browser.open("/connect")

    assert f"{town.base}/connect" == answer.url
    assert "@hanako_private" in answer.text
    assert "@hanako_private" not in again.text
    assert "別のアカウントが接続されました" in again.text
    assert not town.connected()
    browser.open(browser.back_from_x(hanako))
    assert town.connected()


def test_who_declines_is_told_so(town, browser, hanako):
    """
    A no on the network's page brings the person back to the button, with the reason.
    """
    browser.prepared(town.invite())
    answer = browser.open(browser.back_from_x(hanako, approve=False))

    assert f"{town.base}/connect" == answer.url
    assert "許可されませんでした" in answer.text


# --- where it leads ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/",
        "/enrol//evil.example/",
        "/enrol/?next=//evil.example",
        "/enrol/callback?state=x&redirect_uri=https://evil.example",
        "/enrol/link/%2e%2e%2f%2fevil.example",
        "/enrol/who/",
        "/enrol",
        "/enrol/link/..%5c..%5cevil.example",
        "/\\evil.example",
    ],
)
def test_open_redirect(town, browser, path):
    """
    Nothing that is sent makes the pages lead elsewhere: every redirect is a path of ours.
    """
    browser.prepared(town.invite())
    answer = browser.session.request("GET", town.origin + path, allow_redirects=False, timeout=10)
    to = answer.headers.get("Location", "/enrol/")

    assert re.fullmatch(r"/enrol/[a-z]*#?", to)
    assert "evil" not in to


@pytest.mark.parametrize("host", ["evil.example", "localhost", "localhost.evil.example:80", "", "LOCALHOST:1"])
def test_another_name_for_this_host(town, browser, host):
    """
    A request that names another host (DNS rebinding, a poisoned cache, a link made from `Host`) gets no page.
    """
    answer = browser.ask("GET", "/who", headers={"Host": host, "X-Forwarded-Host": town.origin})

    assert answer.status_code in {400, 421}
    assert "evil" not in answer.text


def test_a_network_that_leads_elsewhere(town, browser, monkeypatch):
    """
    Only web addresses are opened, should an adapter ever be led astray.
    """
    browser.prepared(town.invite())
    service = type(town.program.enrolments)
    for url in ("javascript:alert(1)", "http://evil.example/", "//evil.example", "data:text/html,1", ""):
        monkeypatch.setattr(service, "begin", lambda *_, url=url, **__: url)

        assert 502 == browser.send("/connect").status_code
        browser.open("/connect")


# --- what a page may do --------------------------------------------------------------------------------------------


def every_page(town, browser):
    """Give an answer of each kind: pages, redirects, refusals."""
    link = town.invite()
    yield browser.ask("GET", "/nowhere")
    yield browser.ask("GET", "/who", headers={"Host": "evil.example"})
    yield browser.ask("DELETE", "/who")
    yield browser.ask("PUT", "/done")
    yield browser.ask("GET", link)
    yield browser.open(link)
    yield browser.send("/who", number="0", headers={"Origin": "null"})
    yield browser.send("/who", number="0")
    yield browser.send("/who", number="1001")
    yield browser.send("/rules", agree="yes")
    yield browser.send("/connect")


def test_clickjacking_and_what_else_headers_forbid(town, browser):
    """
    Every answer, refusals and redirects included, forbids frames, scripts, guessing of types, caching and telling
    others where one came from.
    """
    for answer in every_page(town, browser):
        policy = answer.headers["Content-Security-Policy"]

        assert "frame-ancestors 'none'" in policy
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert not re.search(r"unsafe|https?:|\*|script-src", policy)
        assert {
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }.items() <= {name.title(): said for name, said in answer.headers.items()}.items()
        assert "server" not in answer.headers


def test_html_in_names(town, browser):
    """
    What stands in names, sections and personnel numbers is text on every page, and no page has a script.
    """
    link = town.invite("x:taro")
    pages = [
        browser.open(link),
        browser.send("/who", number="<script>alert(1)</script>"),
        browser.send("/who", number="1002"),
        browser.send("/rules", agree="yes"),
    ]

    assert all("<script" not in page.text and "<img" not in page.text for page in pages)
    assert "&lt;script&gt;" in pages[2].text
    assert "&lt;script&gt;" in pages[3].text


def test_no_token_is_left_where_others_look(town, browse, hanako, caplog):
    """
    Neither the link's token, nor the network's, nor the session stands in a page, an address or a log.
    """
    caplog.set_level(logging.DEBUG)
    link, browser = town.invite(), browse()
    pages = [browser.open(link), browser.send("/who", number="1001"), browser.send("/rules", agree="yes")]
    came = browser.back_from_x(hanako)
    pages.append(browser.open(came))
    sessions = [one.value or "?" for one in browser.session.cookies]
    kept = town.program.vault.get(town.account("x:hanako")).secrets
    planted = [token(link), *sessions, *(one.reveal() for one in kept.values()), came.rpartition("=")[2]]
    # urllib3 is this test's own client: it says what it asks for.
    said = [record for record in caplog.records if not record.name.startswith("urllib3")]
    shown = [page.text + page.url for page in pages] + [f"{record.getMessage()} {vars(record)}" for record in said]

    assert 5 < len(said)
    assert [] == [secret for secret in planted for text in shown if secret in text]
