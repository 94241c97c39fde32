"""The pages in a real browser: the whole way, on a phone and on a desk, in both languages; and attacks it must stop."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # none are published
from playwright.sync_api import expect, sync_playwright

from civicsns.accounts.enrolment import Stage
from civicsns.enrolment.signins import Step
from civicsns.enrolment.underway import UnderWay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page
    from tests.web.conftest import Town

pytestmark = pytest.mark.browser

#: The narrowest that WCAG 2.2 asks for (1.4.10 Reflow).
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
#: Debian's Chromium without the services that it would otherwise call, and without the sandbox that root cannot have.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def chrome(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser
        browser.close()


class Visits:
    """Opens pages, and notes what went wrong in the browser or left this machine."""

    def __init__(self, browser: Browser, town: Town) -> None:
        self._browser = browser
        self._town = town
        self._contexts: list[BrowserContext] = []
        self.troubles: list[str] = []
        self.foreign = ""

    def open(self, url: str, *, viewport: Any = DESK, language: str = "ja", **more: Any) -> Page:
        context = self._browser.new_context(viewport=viewport, locale=language, **more)
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("console", lambda said: self._hear(said.text))
        page.on("dialog", lambda dialog: self.troubles.append(f"dialog: {dialog.message}"))
        page.on("request", lambda asked: self._look(asked.url))
        page.goto(url)
        return page

    def _hear(self, said: str) -> None:
        if re.search("Content Security Policy|Refused|violat", said) and not self.foreign:
            self.troubles.append(said)

    def _look(self, url: str) -> None:
        ours = (self._town.origin, self._town.sandbox.x.url, self._town.sandbox.graph.url, self.foreign or "-")
        if not url.startswith(ours):
            self.troubles.append(f"left this machine: {url}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visiting(chrome: Browser) -> Iterator[Any]:
    """Visit any town."""
    made: list[Visits] = []

    def visit(town: Town) -> Visits:
        made.append(Visits(chrome, town))
        return made[-1]

    yield visit
    for one in made:
        one.close()

    assert [] == [trouble for one in made for trouble in one.troubles]


@pytest.fixture
def visits(visiting: Any, town: Town) -> Visits:
    made: Visits = visiting(town)
    return made


def examine(page: Page, language: str) -> None:
    """axe-core finds nothing, nothing has to be scrolled sideways, the language and the title are said."""
    result = Axe().run(page)

    assert 0 == result.violations_count, f"{page.url}\n{result.generate_report()}"
    assert 0 == page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert language == page.locator("html").get_attribute("lang")
    heading = page.locator("h1").text_content() or "?"
    assert heading in page.title()


def press(page: Page, ja: str, en: str) -> None:
    """Press the button that says so."""
    page.get_by_role("button", name=re.compile(f"^({ja}|{en})$")).click()


#: Both sizes, and both languages; every size in every language with `CIVICSNS_AXE=all`, and by Facebook the other two.
_WAYS = [
    pytest.param(viewport, language, id=f"{'phone' if viewport == PHONE else 'desk'}-{language}")
    for viewport in (PHONE, DESK)
    for language in ("ja", "en")
    if (viewport == PHONE) == (language == "ja") or os.environ.get("CIVICSNS_AXE") == "all"
]


@pytest.mark.parametrize(("viewport", "language"), _WAYS)
def test_the_whole_way_by_x(town, visits, hanako, other, viewport, language):
    """
    With the mistakes that people make: a wrong number, no tick, the wrong account; every page and every error is
    accessible, and in the end the account is connected.
    """
    scheme = "dark" if viewport == PHONE else "light"
    page = visits.open(town.invite(), viewport=viewport, language=language, color_scheme=scheme)
    examine(page, language)
    page.get_by_label(re.compile("職員番号|Personnel number")).fill("1002")
    press(page, "次へ", "Continue")
    expect(page.get_by_role("alert")).to_be_focused()
    examine(page, language)
    page.get_by_label(re.compile("職員番号|Personnel number")).fill("1001")
    press(page, "次へ", "Continue")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    examine(page, language)
    page.get_by_role("checkbox").check()
    press(page, "同意して次へ", "Agree and continue")
    examine(page, language)
    for user in (other, hanako):
        press(page, "X へ進む", "Go on to X")
        page.get_by_label(f"@{user.handle}").check()
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(f"{town.base}/*")
        examine(page, language)
        if user is other:
            expect(page.get_by_role("alert")).to_contain_text("@hanako_private")
    expect(page.locator("h1")).to_have_text({"ja": "接続しました", "en": "Connected"}[language])

    assert hanako.id == town.account("x:hanako").network_id
    assert "callback" not in page.url


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "en"), (DESK, "ja")], ids=["phone-en", "desk-ja"])
def test_the_whole_way_by_facebook(town, visits, viewport, language):
    """
    Log in, and choose one of the Pages that the login has opened.
    """
    person = town.sandbox.graph.add_person("佐賀 花子")
    for name in ("武雄市観光課", "<b>パン屋</b>"):
        town.sandbox.graph.add_page(name, tasks={person: ("CREATE_CONTENT",)})
    page = visits.open(town.invite("facebook:kanko"), viewport=viewport, language=language)
    page.get_by_label(re.compile("職員番号|Personnel number")).fill("1001")
    press(page, "次へ", "Continue")
    page.get_by_role("checkbox").check()
    press(page, "同意して次へ", "Agree and continue")
    press(page, "Facebook へ進む", "Go on to Facebook")
    mine = page.locator("fieldset").filter(has=page.locator(f'input[value="{person.id}"]'))
    mine.get_by_role("radio").check()
    for box in mine.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url(f"{town.base}/choose#")
    examine(page, language)
    expect(page.get_by_label("<b>パン屋</b>")).to_be_visible()
    page.get_by_label("武雄市観光課").check()
    press(page, "このページを接続する", "Connect this Page")
    expect(page.locator("h1")).to_have_text({"ja": "接続しました", "en": "Connected"}[language])

    assert town.account("facebook:kanko").network_id


def test_a_practice_post(practising, visiting):
    """
    What the rules found stands above the field that it is about, and what was written is still there.
    """
    page = visiting(practising).open(practising.invite(), viewport=PHONE)
    page.get_by_label("職員番号").fill("1001")
    press(page, "次へ", "Continue")
    page.get_by_role("checkbox").check()
    press(page, "同意して次へ", "Agree and continue")
    page.get_by_label("投稿の文").fill("マイナンバーは 1234 5678 9018 です。")
    press(page, "練習として投稿する", "Post it as practice")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("投稿の文")).to_have_value("マイナンバーは 1234 5678 9018 です。")
    examine(page, "ja")
    page.get_by_label("投稿の文").fill("観光課の初めての投稿です。")
    press(page, "練習として投稿する", "Post it as practice")

    expect(page.get_by_role("status")).to_have_text("練習の投稿ができました。")


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "ja"), (DESK, "en")], ids=["phone", "desk"])
def test_the_overview(watched, visiting, monkeypatch, viewport, language):
    """
    On a phone its table is scrolled by itself, also with the keyboard; a sign-in that does not end stands above it.
    """
    watched.invite("x:taro")
    left = UnderWay(account="x:taro", step=Step.GRANTED, since=watched.clock.now(), key="", current=True, fault=None)
    monkeypatch.setattr(type(watched.program.enrolments), "waiting", lambda _: [left])
    visits = visiting(watched)
    page = visits.open(
        f"{watched.base}/overview", viewport=viewport, language=language, extra_http_headers={"X-Staff": "1"}
    )
    examine(page, language)
    expect(page.locator(".bad li")).to_contain_text("x:taro")
    page.locator("#stage").select_option("issued")
    press(page, "表示", "Show")

    expect(page.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "en"), (DESK, "ja")], ids=["phone", "desk"])
def test_an_overseer_comes_by_a_pass(town, visits, viewport, language):
    """
    With the pass that the command line prints: the button, the overview, and out again; the address bar never keeps it.
    """
    town.invite("x:taro")
    scheme = "dark" if viewport == PHONE else "light"
    page = visits.open(town.pass_(), viewport=viewport, language=language, color_scheme=scheme)
    examine(page, language)
    assert f"{town.base}/overview" == page.url
    press(page, "状況を見る", "Show how it stands")
    expect(page.locator("tbody tr")).to_have_count(3)
    examine(page, language)
    page.get_by_label(re.compile("^(状況|Stage)$")).select_option("issued")
    press(page, "表示", "Show")
    expect(page.locator("tbody tr")).to_have_count(1)
    press(page, "この端末での操作を終える", "Leave this device")
    examine(page, language)
    page.goto(f"{town.base}/overview")
    examine(page, language)

    expect(page.locator("tbody")).to_have_count(0)


def test_with_the_keyboard_alone(town, visits):
    """
    Tab, space, Enter and digits lead from the link to the network.
    """
    page = visits.open(town.invite())
    page.keyboard.press("Tab")
    assert "本文へ" == page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("1001")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "agree":
            break
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/connect")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "X へ進む":
            break
    page.keyboard.press("Enter")

    page.wait_for_url(f"{town.sandbox.x.url}/**")


def test_the_language_is_switched(town, visits):
    """
    And stays switched on the pages that follow.
    """
    page = visits.open(town.invite(), language="ja")
    page.get_by_role("link", name="English").click()
    page.get_by_label("Personnel number").fill("1001")
    page.get_by_role("button", name="Continue").click()

    expect(page.locator("h1")).to_have_text("Conduct rules")
    assert "en" == page.locator("html").get_attribute("lang")


def test_hostile_names_do_not_run(town, visits):
    """
    A name with a script in it is text; the title stays ours.
    """
    page = visits.open(town.invite("x:taro"))
    page.get_by_label("職員番号").fill("1002")
    press(page, "次へ", "Continue")

    expect(page.get_by_text("document.title='hacked'")).to_be_visible()
    assert page.title().startswith("投稿規範")


def test_csrf_from_another_site(town, visits):
    """
    A page of another site sends our form, without and with the mark: the browser's cookie is not sent along, and
    nothing changes.
    """
    page = visits.open(town.invite())
    mark = page.locator("input[name=form]").first.get_attribute("value")
    visits.foreign = "http://evil.example"
    form = f'<form id="f" method="post" action="{town.base}/who"><input name="number" value="1001">'
    form += f'<input name="form" value="{mark}"></form>'
    evil = page.context.new_page()
    evil.route("http://evil.example/", lambda route: route.fulfill(body=form, content_type="text/html"))
    evil.goto("http://evil.example/")
    with evil.expect_navigation() as gone:
        evil.evaluate("document.getElementById('f').submit()")

    assert 403 == gone.value.status
    assert Stage.ISSUED is next(one for one in town.program.enrolments.status() if one.account.id == "x:hanako").stage


def test_clickjacking(town, visits):
    """
    No page can be put into a frame, not even into one of the same site.
    """
    page = visits.open(town.invite())
    visits.foreign = "http://evil.example"
    evil = page.context.new_page()
    frame = f'<iframe src="{town.base}/who"></iframe>'
    evil.route("http://evil.example/", lambda route: route.fulfill(body=frame, content_type="text/html"))
    evil.goto("http://evil.example/", wait_until="load")

    assert 0 == evil.frames[-1].locator("input").count()
    expect(page.locator("#number")).to_be_visible()


def test_a_script_that_got_in_would_not_run(town, visits):
    """
    Should anybody ever find a way to put HTML into a page: the policy stops its scripts, styles, pictures and forms.
    """
    page = visits.open(town.invite())
    visits.foreign = "http://evil.example"
    said: list[str] = []
    sent: list[str] = []
    page.on("console", lambda one: said.append(one.text))
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    page.evaluate(
        """() => {
            const put = (tag, set) => document.body.append(Object.assign(document.createElement(tag), set));
            put('script', {textContent: "document.title = 'hacked'"});
            put('img', {src: 'http://evil.example/a.png'});
            put('style', {textContent: 'h1 { display: none }'});
            put('form', {id: 'bad', method: 'post', action: 'http://evil.example/'});
        }"""
    )
    expect(page.locator("h1")).to_be_visible()
    assert page.title().startswith("本人の確認")
    with page.expect_console_message(lambda one: "form-action" in one.text):
        page.evaluate("document.getElementById('bad').submit()")

    assert [] == sent
    assert 4 == sum("Content Security Policy" in one for one in said)
