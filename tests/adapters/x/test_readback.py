from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.adapters.x.readback import as_written, id_before, is_ours, made_at
from civicsns.model import Media, PostRef, Rendition, Upload

NOW = datetime(2026, 4, 1, 3, 4, 5, tzinfo=UTC)


def sent(text: str, **more: Any) -> Any:
    body = {"text": text, **more.pop("body", {})}
    return Rendition(platform="x", account="x:a", network_id="1", text=text, body=body, **more)


def link(short: Any, expanded: Any, **more: Any) -> Any:
    return {"url": f"https://t.co/{short}", "expanded_url": expanded, "start": 0, "end": 0, **more}


def listed(text: str, *links: Any, **more: Any) -> Any:
    return {"id": "19", "text": text, "entities": {"urls": list(links)}, **more}


def ours(post: Any, rendition: Any, app_name: Any = "") -> Any:
    return is_ours(post, rendition, app_name=app_name)


A = "https://www.city.saga.lg.jp/main/1.html"
B = "https://www.city.saga.lg.jp/main/2.html"


@pytest.mark.parametrize(
    ("text", "post"),
    [
        ("お知らせ", listed("お知らせ")),
        ("A&B <お知らせ>", listed("A&amp;B &lt;お知らせ&gt;")),
        ("が゙".replace("が", "か\u3099"), listed("が゙")),
        (f"詳しくは {A} へ", listed("詳しくは https://t.co/a1 へ", link("a1", A))),
        (f"{A}をご覧ください", listed("https://t.co/a1をご覧ください", link("a1", A))),
        (f"{A} {B}", listed("https://t.co/a1 https://t.co/b2", link("a1", A), link("b2", B))),
        ("www.city.saga.lg.jp へ", listed("https://t.co/a1 へ", link("a1", "http://www.city.saga.lg.jp"))),
        ("https://City.Saga.LG.jp/", listed("https://t.co/a1", link("a1", "https://city.saga.lg.jp"))),
        (
            "https://例え.jp/お知らせ",
            listed("https://t.co/a1", link("a1", "https://xn--r8jz45g.jp/%E3%81%8A%E7%9F%A5%E3%82%89%E3%81%9B")),
        ),
        (f"{A}?a=1&b=2", listed("https://t.co/a1", link("a1", f"{A}?a=1&b=2"))),
        ("改行\r\nあり ", listed("改行\nあり")),
    ],
)
def test_what_x_did_to_a_text_is_undone(text: str, post: Any) -> None:
    """
    Short links, escapes and normalisation do not hide a post from its author.
    """
    assert ours(post, sent(text))


@pytest.mark.parametrize(
    ("text", "post"),
    [
        ("お知らせ", listed("お知らせ 2")),
        (f"詳しくは {A}", listed("詳しくは https://t.co/b2", link("b2", B))),
        (f"{A} {B}", listed("https://t.co/b2 https://t.co/a1", link("a1", A), link("b2", B))),
        ("お知らせ", listed("お知らせ https://t.co/b2", link("b2", B))),
        (f"お知らせ {A}", listed("お知らせ")),
        ("お知らせ", listed("RT @saga: お知らせ")),
        ("お知らせ", listed("@saga お知らせ")),
    ],
)
def test_another_text_is_not_ours(text: str, post: Any) -> None:
    """
    A text that differs by a word or by where its link leads is another post.
    """
    assert not ours(post, sent(text))


def test_a_long_post_has_its_text_in_the_note() -> None:
    """
    X cuts the text of a long post and keeps the whole beside it, under one of two names.
    """
    whole = "あ" * 300
    for name in ("note_tweet", "note_post"):
        assert ours(listed("あ" * 130 + "…", **{name: {"text": whole}}), sent(whole))


def test_an_answer_begins_with_the_handle_that_x_put_there() -> None:
    """
    X writes the handle in front of an answer; our own post, which answers nobody, never matches an answer.
    """
    post = listed("@kenmin ありがとうございます", referenced_tweets=[{"type": "replied_to", "id": "5"}])
    answer = sent("ありがとうございます", reply_to=PostRef(platform="x", id="5"))

    assert ours(post, answer)
    assert ours({**post, "text": "ありがとうございます"}, answer)
    assert not ours(post, sent("ありがとうございます"))
    assert not ours(post, sent("ありがとうございます", reply_to=PostRef(platform="x", id="6")))


@pytest.mark.parametrize("name", ["referenced_tweets", "referenced_posts"])
def test_a_quote_must_quote_the_same_post(name: Any) -> None:
    """
    The quoted post is compared under either of X's names, and the link that X adds for it does not count.
    """
    post = listed(
        "見てください https://t.co/q1",
        link("q1", "https://twitter.com/kenmin/status/5"),
        **{name: [{"type": "quoted", "id": "5"}]},
    )

    assert ours(post, sent("見てください", body={"quote_tweet_id": "5"}))
    assert not ours(post, sent("見てください", body={"quote_tweet_id": "6"}))
    assert not ours(post, sent("見てください"))


def test_without_references_an_answer_is_known_by_whom_it_answers() -> None:
    """
    Where X leaves the references out, an answer still does not pass for a post of its own.
    """
    post = listed("お知らせ", in_reply_to_user_id="7")

    assert not ours(post, sent("お知らせ"))
    assert ours(post, sent("お知らせ", reply_to=PostRef(platform="x", id="5")))


PICTURE = Media(content=b"1", media_type="image/png", alt_text="写真")


def with_picture(text: str, key: Any = "") -> Any:
    uploads = (Upload(digest=PICTURE.digest, id="3", key=key),) if key else ()
    return sent(text, media=(PICTURE,), uploads=uploads)


def test_a_media_key_is_proof() -> None:
    """
    The key of our upload tells our post from one with the same text, and finds it where the text was changed.
    """
    link_to_picture = link("p1", "https://x.com/saga/status/19/photo/1", media_key="3_3")
    post = listed("お知らせ https://t.co/p1", link_to_picture, attachments={"media_keys": ["3_3"]})

    assert ours(post, with_picture("お知らせ", "3_3"))
    assert ours(post, with_picture("全く別の文", "3_3"))
    assert not ours(post, with_picture("お知らせ", "3_4"))
    assert ours(post, with_picture("お知らせ"))
    assert not ours(post, sent("お知らせ"))
    assert not ours(listed("お知らせ"), with_picture("お知らせ", "3_3"))


def test_a_poll_must_be_there() -> None:
    """
    A post with a poll is not one without.
    """
    post = listed("どちら？", attachments={"poll_ids": ["8"]})

    assert ours(post, sent("どちら？", body={"poll": {"options": ["a", "b"], "duration_minutes": 5}}))
    assert not ours(post, sent("どちら？"))


def test_what_somebody_wrote_by_hand_is_not_ours() -> None:
    """
    The same words from another app are somebody else's; where X does not name the app, the rest decides.
    """
    assert ours(listed("お知らせ", source="佐賀市広報"), sent("お知らせ"), "佐賀市広報")
    assert not ours(listed("お知らせ", source="X for iPhone"), sent("お知らせ"), "佐賀市広報")
    assert ours(listed("お知らせ"), sent("お知らせ"), "佐賀市広報")
    assert ours(listed("お知らせ", source="X for iPhone"), sent("お知らせ"))


def test_an_id_bounds_the_time() -> None:
    """
    Ids carry the time: an id made from a time is lower than that of any post since, by less than a millisecond.
    """
    low = int(id_before(NOW))

    assert NOW == made_at(str(low + 1), now=NOW)
    assert NOW - timedelta(milliseconds=1) == made_at(str(low), now=NOW)


def test_an_id_without_a_sensible_time_gives_now() -> None:
    """
    An id that says 2010 or 2090 is no clock.
    """
    assert [NOW, NOW] == [made_at(one, now=NOW) for one in ("19", "9" * 19)]


def test_a_mention_reads_as_it_was_written() -> None:
    """
    A citizen's post shows where its links lead, without escapes.
    """
    post = listed("A&amp;B https://t.co/a1", link("a1", A))

    assert f"A&B {A}" == as_written(post)


PATHS = st.text(st.sampled_from("abz019-_.~/"), max_size=12)
WORDS = st.text(st.sampled_from("お知らせ&<>a 1\n。、"), max_size=8)


@given(st.lists(st.tuples(WORDS, PATHS), max_size=5), WORDS)
def test_any_text_with_links_is_recognised(parts: Any, end: Any) -> None:
    """
    Whatever words and links a text is made of, its own post is recognised, and one with another link is not.
    """
    addresses = [f"https://city.example/{path}" for _, path in parts]
    text = "".join(f"{words} {address} " for (words, _), address in zip(parts, addresses, strict=True)) + end
    links = [link(f"l{index}z", address) for index, address in enumerate(addresses)]
    shown = "".join(
        f"{html.escape(words, quote=False)} https://t.co/l{index}z " for index, (words, _) in enumerate(parts)
    )
    shown += html.escape(end, quote=False)

    assert ours(listed(shown, *links), sent(text))
    if links:
        wrong = [*links[:-1], link(f"l{len(links) - 1}z", addresses[-1].rstrip("/") + "/other")]
        assert not ours(listed(shown, *wrong), sent(text))


@given(st.dictionaries(st.sampled_from(["text", "entities", "attachments", "note_tweet", "source", "referenced_tweets"]), st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["urls", "url", "expanded_url", "media_keys", "text", "type", "id"]), inner), max_leaves=8)))  # fmt: skip
def test_a_garbled_post_is_no_crash(post: Any) -> None:
    """
    Whatever stands in a listed post, comparing it gives yes or no.
    """
    assert is_ours(post, sent("お知らせ"), app_name="a") in {True, False}
