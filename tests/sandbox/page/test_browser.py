"""The page in a real browser."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # none are published
from playwright.sync_api import expect, sync_playwright

from civicsns.testing.contract import ALT_TEXT, PICTURE
from civicsns.testing.sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page
    from tests.sandbox.page.conftest import PageDesk

    from civicsns.testing.clock import PracticeClock
    from civicsns.testing.sandbox import Sandbox
    from civicsns.testing.sandbox.x import XUser

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1400, "height": 900}
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
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield browser
        browser.close()


class Visits:
    """Opens the page, and notes what went wrong in the browser or left this machine."""

    def __init__(self, browser: Browser, sandbox: Sandbox) -> None:
        self._browser = browser
        self._sandbox = sandbox
        self._contexts: list[BrowserContext] = []
        self.troubles: list[str] = []

    def open(self, path: str = "/", *, viewport: Any = DESKTOP, language: str = "ja", **more: Any) -> Page:
        context = self._browser.new_context(viewport=viewport, locale=language, **more)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        page.on("console", lambda said: self.troubles.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: self._look(asked.url))
        page.goto(self._sandbox.page.url + path)
        return page

    def _look(self, url: str) -> None:
        if not url.startswith(self._sandbox.page.url):
            self.troubles.append(f"left this machine: {url}")

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visits(browser: Browser, sandbox: Sandbox) -> Iterator[Visits]:
    visits = Visits(browser, sandbox)
    yield visits
    visits.close()

    assert [] == visits.troubles


@pytest.fixture
def hanako(sandbox: Sandbox, facebook: PageDesk, practice_clock: PracticeClock) -> XUser:
    """A town with something of everything on both networks."""
    hanako = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    citizen = sandbox.x.add_user(handle="shimin_a", name="市民A")
    first = sandbox.x.post_as(
        hanako, "本日は休館します。 #図書館 https://www.city.example.lg.jp/library/2026/04/01/a-very-long-address.html"
    )
    question = sandbox.x.post_as(citizen, "@saga_hanako 明日は何時からですか？", reply_to=first)
    sandbox.x.post_as(hanako, "@shimin_a 9時からです。", reply_to=question)
    sandbox.x.post_as(hanako, "</li><script>document.title = 'hacked'</script>" + "長" * 200)
    pictures = [
        facebook.send(
            "photos",
            {"published": "false", **({"alt_text_custom": alt} if alt else {})},
            files={"source": ("a.png", PICTURE.content + alt.encode(), "image/png")},
        )
        for alt in (ALT_TEXT, "")
    ]
    attached = json.dumps([{"media_fbid": one} for one in pictures])
    post = facebook.send("feed", {"message": "桜が見頃です #御船山", "attached_media": attached})
    sandbox.graph.comment_as("市民B", post, "きれいですね")
    tomorrow = str(int((practice_clock.now() + timedelta(days=1)).timestamp()))
    facebook.send("feed", {"message": "明日の防災訓練", "published": "false", "scheduled_publish_time": tomorrow})
    sandbox.x.faults.order(Fault.TIMEOUT, on="create", times=2)
    return hanako


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_is_accessible(
    visits: Visits, hanako: XUser, viewport: dict[str, int], language: str, scheme: str
) -> None:
    """
    axe-core finds nothing, with every panel open, on phone and desktop, in both languages, light and dark; and
    nothing has to be scrolled sideways.
    """
    page = visits.open(viewport=viewport, language=language, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    result = Axe().run(page)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert language == page.locator("html").get_attribute("lang")
    assert 0 == result.violations_count, result.generate_report()
    assert 0 == wide


def test_hostile_words_do_not_run(visits: Visits, hanako: XUser) -> None:
    """
    The script in a post is text; every picture is shown.
    """
    page = visits.open()
    page.wait_for_load_state("networkidle")
    broken = page.evaluate("[...document.images].filter((one) => one.complete && one.naturalWidth === 0).length")

    assert page.title().startswith("練習用ネットワーク")
    assert 0 == broken


def test_a_new_post_appears_and_is_announced(visits: Visits, sandbox: Sandbox, hanako: XUser) -> None:
    """
    Without a reload: the post stands on top, and a screen reader is told how many are new.
    """
    page = visits.open()
    made = sandbox.x.post_as(hanako, "ただいま開館しました。")
    first = page.locator("#posts-x > li").first

    expect(first).to_contain_text("ただいま開館しました。")
    expect(page.get_by_role("status")).to_contain_text("新しい投稿・返信：1 件")
    expect(first).to_have_id(f"x-{made.id}")


def test_a_reply_and_a_deletion_are_shown_where_they_belong(visits: Visits, sandbox: Sandbox, hanako: XUser) -> None:
    """
    The comment goes under its post; a post that is gone is gone, and the rest stays in order.
    """
    page = visits.open()
    before = page.locator("#posts-x > li").count()
    sandbox.graph.comment_as("市民C", sandbox.graph.snapshot()["posts"][0]["id"], "見に行きます")

    expect(page.locator("#posts-graph")).to_contain_text("見に行きます")
    with sandbox.x.lock:
        sandbox.x._state.remove(sandbox.x.posts(hanako)[-1])
    expect(page.locator("#posts-x > li")).to_have_count(before - 1)
    expect(page.get_by_role("status")).to_contain_text("消えた投稿：1 件")


def test_what_somebody_is_writing_survives_an_update(visits: Visits, sandbox: Sandbox, hanako: XUser) -> None:
    """
    Another reply arrives in the thread while an answer is half written: the words stay, and so does the focus; once
    the form is closed the reply is shown.
    """
    page = visits.open()
    first = sandbox.x.posts(hanako)[0]
    thread = page.locator(f"#x-{first.id}")
    thread.get_by_text("市民として返信する").click()
    box = thread.get_by_label("本文")
    box.fill("途中まで書い")
    sandbox.x.post_as(hanako, "追記です。", reply_to=first)
    sandbox.x.post_as(hanako, "別の投稿です。")

    expect(page.locator("#posts-x > li").first).to_contain_text("別の投稿です。")
    expect(box).to_have_value("途中まで書い")
    expect(box).to_be_focused()
    thread.get_by_text("市民として返信する").click()
    page.locator("h1").click()
    expect(thread).to_contain_text("追記です。")


def test_a_citizen_answers_with_the_keyboard_alone(visits: Visits, sandbox: Sandbox, hanako: XUser) -> None:
    """
    Tab, Enter and letters are enough: skip to the posts, open the first form, write and send.
    """
    page = visits.open()
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("yoyaku dekimasuka")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator(".done")).to_have_text("市民として投稿しました。")
    assert "投稿の一覧へ" == skip
    assert "@saga_hanako yoyaku dekimasuka" == sandbox.x.posts()[-1].text


def test_a_newcomer_orders_a_fault_and_sees_it_happen(visits: Visits, sandbox: Sandbox, hanako: XUser) -> None:
    """
    The order is counted, served, and shown among the calls in the reader's words.
    """
    sandbox.graph.faults.clear()
    page = visits.open("/?lang=en", language="en")
    page.get_by_text("Make the next call go wrong: Facebook (practice)").click()
    panel = page.locator("details[open]")
    panel.locator("select[name=on]").select_option("published_posts")
    panel.locator("select[name=fault]").select_option("html_503")
    panel.get_by_role("button", name="Order the fault").click()

    expect(page.locator("#part-waiting")).to_contain_text("X 2, Facebook 1")
    answer = page.request.get(f"{sandbox.graph.url}/v26.0/{sandbox.graph.snapshot()['pages'][0]['id']}/published_posts")
    assert 503 == answer.status
    expect(page.locator("#part-calls")).to_contain_text("A 'please wait' page comes back (503)")
    expect(page.locator("#part-waiting")).to_contain_text("X 2, Facebook 0")


def test_without_scripts_the_forms_work_too(visits: Visits, sandbox: Sandbox, hanako: XUser) -> None:
    """
    A browser without JavaScript shows the posts and sends the forms.
    """
    page = visits.open(viewport=PHONE, java_script_enabled=False)
    first = page.locator("#posts-graph > li").nth(1)

    first.get_by_text("市民として返信する").click()
    first.get_by_label("本文").fill("スクリプトなしで書きました")
    first.get_by_role("button", name="投稿する").click()
    expect(page.locator(".done")).to_have_text("市民として投稿しました。")
    expect(page.locator("#posts-graph")).to_contain_text("スクリプトなしで書きました")


def test_the_page_says_when_the_networks_have_stopped(browser: Browser, sandbox: Sandbox) -> None:
    """
    A newcomer who stopped the practice networks is not left with a page that looks alive.
    """
    context = browser.new_context(locale="ja")
    page = context.new_page()
    page.goto(sandbox.page.url)
    sandbox.stop()

    expect(page.get_by_role("status")).to_contain_text("練習用ネットワークが止まっています")
    context.close()
