"""
Take the pictures of the enrolment pages that stand in the documents, with a Chromium, at the practice networks.

Run: python tools/screenshots.py    (CHROMIUM=/path/to/chromium names the browser)
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import sys
import threading
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pages import ROOT
from PIL import Image
from playwright.sync_api import sync_playwright

from civicsns import web
from civicsns.accounts import register
from civicsns.adapters.x import XAdapter, XSettings
from civicsns.clock import SystemClock
from civicsns.config import EnrolmentSettings, PermissionSettings, RegisterSettings
from civicsns.model import Account, Fact, Person, Secret
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin
from civicsns.program import Program
from civicsns.store.memory import MemoryStore
from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox import Sandbox
from civicsns.web import serving
from civicsns.web.passes import Passes

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import Browser, Page

FOLDER = ROOT / "docs" / "accounts" / "img"
PHONE: Any = {"width": 360, "height": 700}
DESK: Any = {"width": 1000, "height": 560}
NAMES = ("佐賀 花子", "武雄 太郎", "松尾 さくら", "古賀 一郎", "中島 光", "池田 葵")
SECTIONS = ("観光課", "防災課", "図書館", "観光課", "健康課", "学校教育課")


@contextmanager
def served() -> Generator[Program]:
    """Serve the pages of a town, in front of the practice networks."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox())
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        base = f"http://localhost:{listening.getsockname()[1]}"
        app = sandbox.x.register_app(name="武雄市", callback_uris=(f"{base}/callback",))
        settings = XSettings(
            consumer_key=Secret(app.consumer_key), consumer_secret=Secret(app.consumer_secret), base_url=sandbox.x.url
        )
        store, clock = MemoryStore(), SystemClock()
        for number, (name, section) in enumerate(zip(NAMES, SECTIONS, strict=True), 1001):
            handle = f"takeo_{number}"
            sandbox.x.add_user(handle=handle, name=name)
            person = Person(number=str(number), name=name, section=section)
            account = Account(
                id=f"x:{handle}", platform="x", handle=handle, section=section, steward=str(number), personal=True
            )
            store.put(None, Fact(kind=register.PERSON, key=person.number, value=register.person_value(person)))
            store.put(None, Fact(kind=register.ACCOUNT, key=account.id, value=register.account_value(account)))
        program = stack.enter_context(
            Program(
                roster=register.roster(store),
                adapters={"x": XAdapter(settings, clock=clock)},
                pack=Policy(builtin("jp-municipal")),
                store=store,
                # The pictures are the same whenever they are taken.
                clock=PracticeClock(datetime(2026, 4, 1, 0, 30, tzinfo=UTC)),
                name="武雄市",
                zone=ZoneInfo("Asia/Tokyo"),
                enrolment=EnrolmentSettings(base_url=base),
                permissions=PermissionSettings(overseers=("1001",)),
                public=RegisterSettings(
                    url="https://www.city.takeo.example/sns/",
                    english={"武雄市": "Takeo City", "観光課": "Tourism Division"},
                ),
            )
        )
        server = serving.server(web.app(program, contact="問い合わせ：秘書広報課"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        stack.callback(thread.join)
        stack.callback(setattr, server, "should_exit", True)  # noqa: FBT003 -- the value to set
        yield program


def taken(page: Page, name: str) -> None:
    """Take a picture."""
    page.evaluate("document.activeElement.blur()")
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    # Text on plain ground: with few colours it takes a third of the bytes.
    picture.convert("RGB").quantize(48).save(FOLDER / f"{name}.png", optimize=True)


def walk(browser: Browser, program: Program, account: str, number: str, *, until: str, **more: Any) -> Page:
    """Be a person, as far as a page."""
    page = browser.new_context(**more).new_page()
    page.goto(program.enrolments.invite(account, by="1001").url.reveal())
    if until == "who":
        return page
    page.locator("#number").fill(number)
    page.locator("form.card button").click()
    page.wait_for_url("**/rules")
    if until == "rules":
        return page
    page.locator("#agree").check()
    page.locator("form:not(.quiet) button").click()
    page.wait_for_url("**/connect")
    return page


def signed_in(page: Page, handle: str) -> None:
    """Go on to X, and come back as *handle*."""
    page.locator("form:not(.quiet) button").click()
    page.get_by_label(f"@{handle}").check()
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url("http://localhost*/**")


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("No Chromium. Name it: CHROMIUM=/path/to/chromium")
    with served() as program, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for language in ("ja", "en"):
            phone: dict[str, Any] = {"locale": language, "viewport": PHONE, "color_scheme": "light"}
            taken(walk(browser, program, "x:takeo_1001", "1001", until="who", **phone), f"who.{language}")
            rules = walk(browser, program, "x:takeo_1001", "1001", until="rules", **phone)
            rules.locator("summary").nth(1).click()
            taken(rules, f"rules.{language}")
            page = walk(browser, program, "x:takeo_1001", "1001", until="connect", **phone)
            taken(page, f"connect.{language}")
            signed_in(page, "takeo_1002")
            taken(page, f"wrong.{language}")
            signed_in(page, "takeo_1001")
            taken(page, f"done.{language}")
        walk(browser, program, "x:takeo_1002", "1002", until="rules", locale="ja")
        signed_in(walk(browser, program, "x:takeo_1004", "1004", until="connect", locale="ja"), "takeo_1005")
        program.enrolments.invite("x:takeo_1003", by="1001")
        for language in ("ja", "en"):
            page = browser.new_context(locale=language, viewport=PHONE, color_scheme="light").new_page()
            page.goto(Passes.of(program).issue("1001").reveal())
            taken(page, f"enter.{language}")
            page.set_viewport_size(DESK)
            page.locator("form.card button").click()
            page.locator("table").wait_for()
            taken(page, f"overview.{language}")
        browser.close()


if __name__ == "__main__":
    main()
