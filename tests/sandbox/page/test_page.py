from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from civicsns.testing.contract import ALT_TEXT, PICTURE

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from tests.sandbox.page.conftest import PageDesk

    from civicsns.testing.clock import PracticeClock
    from civicsns.testing.sandbox import Sandbox

HOSTILE = "</p></li><script>alert(1)</script><img src=x onerror=alert(2)>\" onmouseover='alert(3)' {{7*7}} &amp;"


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_both_networks_stand_side_by_side_newest_first(
    sandbox: Sandbox, page: Callable[..., requests.Response], practice_clock: PracticeClock, facebook: PageDesk
) -> None:
    """
    Two posts on X come newest first; the Facebook post stands under Facebook.
    """
    user = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    sandbox.x.post_as(user, "一つ目の投稿")
    practice_clock.advance(timedelta(minutes=5))
    sandbox.x.post_as(user, "二つ目の投稿")
    facebook.send("feed", {"message": "桜が見頃です"})
    html = page().text

    assert html.index("二つ目の投稿") < html.index("一つ目の投稿") < html.index("Facebook（練習用）</h2>")
    assert html.index("Facebook（練習用）</h2>") < html.index("桜が見頃です")


def test_hostile_names_and_texts_stay_text(
    sandbox: Sandbox, page: Callable[..., requests.Response], facebook: PageDesk
) -> None:
    """
    Names, posts, comments and links with markup in them make no element and no attribute of their own.
    """
    user = sandbox.x.add_user(handle="saga_hanako", name='<b onclick="x">花子</b>')
    sandbox.x.post_as(user, HOSTILE)
    post = facebook.send("feed", {"message": HOSTILE})
    sandbox.graph.comment_as('"><svg onload=alert(4)>', post, HOSTILE)
    read = Elements(page().text)
    scripts = read.all("script")

    assert [{"src": "/page.js", "defer": None}] == scripts
    assert [] == read.all("svg") + read.all("img")
    assert not [name for _, attributes in read.found for name in attributes if name.startswith("on")]
    assert 3 == read.text.count("<script>alert(1)</script>")
    assert "{{7*7}}" in read.text


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "https://a.jp/\"onclick='x'"])
def test_only_web_links_become_links(page: Callable[..., requests.Response], sandbox: Sandbox, link: str) -> None:
    """
    What is no http address stays text; what follows an address does not get into it.
    """
    user = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    sandbox.x.post_as(user, f"ご覧ください {link}")
    outside = [one for one in Elements(page().text).all("a") if not (one["href"] or "").startswith(("#", "/"))]

    assert [one["href"] for one in outside] == (["https://a.jp/"] if link.startswith("https") else [])
    assert all("noopener" in (one["rel"] or "") for one in outside)


def test_pictures_are_shown_with_their_alt_texts(
    page: Callable[..., requests.Response], facebook: PageDesk, sandbox: Sandbox
) -> None:
    """
    The picture comes from this server, its alt text is its alt text and readable beside it; a lack of one is said.
    """
    ids = [
        facebook.send(
            "photos",
            {"published": "false", **({"alt_text_custom": alt} if alt else {})},
            files={"source": ("a.png", PICTURE.content + alt.encode(), "image/png")},
        )
        for alt in (ALT_TEXT, "")
    ]
    facebook.send("feed", {"message": "写真", "attached_media": json.dumps([{"media_fbid": one} for one in ids])})
    read = Elements(page().text)
    shown = page(read.all("img")[0]["src"])

    assert [ALT_TEXT, ""] == [image["alt"] for image in read.all("img")]
    assert f"代替テキスト： {ALT_TEXT}" in read.text
    assert "代替テキストがありません" in read.text
    assert PICTURE.content + ALT_TEXT.encode() == shown.content
    assert "image/png" == shown.headers["Content-Type"]


def test_a_file_that_is_no_picture_is_never_run(
    page: Callable[..., requests.Response], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Bytes that a browser could take for a page of ours are sent as bytes.
    """
    monkeypatch.setattr(sandbox.x, "media_bytes", lambda _key: b"<!DOCTYPE html><script>alert(1)</script>")
    answer = page("/media/x/1")

    assert "application/octet-stream" == answer.headers["Content-Type"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert 404 == page("/media/graph/1").status_code


def test_replies_stand_under_what_they_answer(page: Callable[..., requests.Response], sandbox: Sandbox) -> None:
    """
    A citizen's answer and the answer to it are one thread; when the first post goes, the page says so.
    """
    user = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    citizen = sandbox.x.add_user(handle="shimin", name="市民A")
    first = sandbox.x.post_as(user, "本日休館です")
    second = sandbox.x.post_as(citizen, "@saga_hanako 明日は？", reply_to=first)
    sandbox.x.post_as(user, "@shimin 開館します", reply_to=second)
    board = page("/api/board?lang=ja").json()

    assert [f"x-{first.id}"] == [post["id"] for post in board["posts"]["x"]]
    html = board["posts"]["x"][0]["html"]
    assert html.index("本日休館です") < html.index("明日は？") < html.index("開館します")
    assert "返信先： <bdi>市民A</bdi>" in html


def test_scheduled_posts_are_marked_and_come_first(
    page: Callable[..., requests.Response], facebook: PageDesk, practice_clock: PracticeClock
) -> None:
    """
    A post for tomorrow says when it will be public, in Japan's time, and cannot be answered yet.
    """
    facebook.send("feed", {"message": "今日のお知らせ"})
    tomorrow = int((practice_clock.now() + timedelta(days=1)).timestamp())
    facebook.send("feed", {"message": "明日のお知らせ", "published": "false", "scheduled_publish_time": str(tomorrow)})
    posts = page("/api/board?lang=ja").json()["posts"]["graph"]

    assert "明日のお知らせ" in posts[0]["html"]
    assert "2026年4月2日 09:00" in posts[0]["html"]
    assert "予約投稿" in posts[0]["html"]
    assert "<form" not in posts[0]["html"]
    assert "予約投稿" not in posts[1]["html"]
    assert "<form" in posts[1]["html"]


def test_one_account_can_be_shown_alone(page: Callable[..., requests.Response], sandbox: Sandbox) -> None:
    """
    The filter keeps what the account wrote and what names it, and nothing of other accounts.
    """
    hanako = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    library = sandbox.x.add_user(handle="takeo_tosho", name="武雄市図書館")
    sandbox.x.post_as(hanako, "花子の投稿")
    sandbox.x.post_as(library, "図書館の投稿")
    sandbox.x.post_as(library, "＠SAGA_hanako さんありがとう")
    read = Elements(page(f"/?account=x:{hanako.id}").text).text

    assert "花子の投稿" in read
    assert "さんありがとう" in read
    assert "図書館の投稿" not in read


@pytest.mark.parametrize(
    ("path", "accepts", "language"),
    [
        ("/", "", "ja"),
        ("/", "en-GB,en;q=0.9", "en"),
        ("/", "fr,ja;q=0.5", "ja"),
        ("/", "de", "ja"),
        ("/?lang=en", "ja", "en"),
        ("/?lang=ja", "en", "ja"),
        ("/?lang=xx", "en", "en"),
    ],
)
def test_the_page_speaks_the_readers_language(
    page: Callable[..., requests.Response], path: str, accepts: str, language: str
) -> None:
    """
    The query decides, then the browser, then Japanese.
    """
    answer = page(path, headers={"Accept-Language": accepts})
    titles = {"ja": "練習用ネットワーク", "en": "Practice networks"}

    assert f'<html lang="{language}">' in answer.text
    assert f"<title>{titles[language]}" in answer.text
    assert language == answer.headers["Content-Language"]
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_board_is_sent_again_only_when_it_changed(page: Callable[..., requests.Response], sandbox: Sandbox) -> None:
    """
    With the last revision in hand nothing but the revision comes back; a new post changes it, and its own only.
    """
    user = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    sandbox.x.post_as(user, "一つ目")
    first = page("/api/board?lang=ja").json()
    same = page(f"/api/board?lang=ja&since={first['revision']}").json()
    sandbox.x.post_as(user, "二つ目")
    second = page(f"/api/board?lang=ja&since={first['revision']}").json()

    assert {"revision": first["revision"]} == same
    assert first["revision"] != second["revision"]
    assert first["posts"]["x"][0] == second["posts"]["x"][1]


def test_every_answer_carries_the_strict_headers(page: Callable[..., requests.Response]) -> None:
    """
    Page, script, JSON, refusal: no inline code, no foreign source, no framing, no sniffing, no cache.
    """
    for path in ("/", "/page.js", "/page.css", "/icon.svg", "/api/board", "/api/state", "/nowhere", "/media/x/0"):
        headers = page(path).headers
        policy = headers["Content-Security-Policy"]

        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert ("nosniff", "no-store") == (headers["X-Content-Type-Options"], headers["Cache-Control"])


def test_the_page_is_whole_without_scripts(page: Callable[..., requests.Response], sandbox: Sandbox) -> None:
    """
    Posts and forms stand in the HTML itself, and readers without scripts are told to reload.
    """
    user = sandbox.x.add_user(handle="saga_hanako", name="佐賀花子")
    sandbox.x.post_as(user, "本日休館です")
    html = page().text

    assert "本日休館です" in html
    assert "再読み込み" in html.partition("<noscript>")[2].partition("</noscript>")[0]
