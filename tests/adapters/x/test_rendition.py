from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.adapters.x import XAdapter, XSettings
from civicsns.clock import SystemClock
from civicsns.errors import BadInput, CivicsnsError, TextTooLong, Unsupported
from civicsns.model import Account, Draft, Media, MediaKind, Poll, PostRef, ReplySettings, Secret

ADAPTER = XAdapter(XSettings(consumer_key=Secret("k"), consumer_secret=Secret("s")), clock=SystemClock())
ACCOUNT = Account(id="x:saga_hanako", platform="x", network_id="10")
POST = PostRef(platform="x", id="1900000000000000000")


def picture(number: Any = 0, *, alt_text: Any = "庁舎の写真", media_type: Any = "image/png", size: Any = 10) -> Any:
    return Media(content=bytes([number]) * size, media_type=media_type, alt_text=alt_text, name=f"p{number}")


def draft(text: str = "お知らせ", **more: Any) -> Any:
    return Draft(**{"author": "1001", "text": text, "accounts": ("x:saga_hanako",), **more})


def prepared(text: str = "お知らせ", **more: Any) -> Any:
    return ADAPTER.prepare(draft(text, **more), ACCOUNT)


def test_a_plain_text_becomes_a_body_with_only_a_text() -> None:
    """
    Nothing is sent that was not asked for.
    """
    made = prepared()

    assert {"text": "お知らせ"} == dict(made.body)
    assert ("x", "x:saga_hanako", "10") == (made.platform, made.account, made.network_id)


def test_the_variant_for_x_is_used() -> None:
    """
    A text written for X goes to X.
    """
    assert "短い文" == prepared("長い文", variants={"x": "短い文", "facebook": "別の文"}).text


@pytest.mark.parametrize(
    ("text", "link", "expected"),
    [
        ("お知らせ", "https://city.example/a", "お知らせ\nhttps://city.example/a"),
        ("詳細は https://city.example/a です", "https://city.example/a", "詳細は https://city.example/a です"),
        ("", "https://city.example/a", "https://city.example/a"),
    ],
)
def test_the_link_stands_in_the_text_once(text: str, link: str | None, expected: Any) -> None:
    """
    X has no field for a link: it is put behind the text, unless the text has it.
    """
    assert expected == prepared(text, link=link).text


def test_every_field_of_the_draft_reaches_the_body() -> None:
    """
    Quote, reply settings and poll stand in the body; the post to answer stays apart, since a thread gives it late.
    """
    quoting = prepared(quote=POST, reply_to=POST, reply_settings=ReplySettings.MENTIONED)
    asking = prepared(poll=Poll(options=("はい", "いいえ"), minutes=60))

    assert {"text": "お知らせ", "quote_tweet_id": POST.id, "reply_settings": "mentionedUsers"} == dict(quoting.body)
    assert POST == quoting.reply_to
    assert {"options": ["はい", "いいえ"], "duration_minutes": 60} == asking.body["poll"]


def test_fields_that_civicsns_does_not_know_ride_along() -> None:
    """
    Every field of the API that has no name in civicsns goes through `extra`.
    """
    extra = {
        "made_with_ai": True,
        "paid_partnership": False,
        "nullcast": True,
        "share_with_followers": True,
        "community_id": "123",
        "card_uri": "card://1",
        "direct_message_deep_link": "https://x.com/messages/compose?recipient_id=1",
        "for_super_followers_only": False,
        "geo": {"place_id": "df51dec6f4ee2b2c"},
        "media": {"tagged_user_ids": ("12", "13"), "title": "題"},
        "reply": {"exclude_reply_user_ids": ["12"]},
    }

    body = prepared(extra={"x": extra}, media=(picture(),), reply_to=POST).body

    assert {**extra, "media": {"tagged_user_ids": ["12", "13"], "title": "題"}, "text": "お知らせ"} == dict(body)


WRONG: dict[str, tuple[type[CivicsnsError], str, dict[str, Any]]] = {
    "account of another network": (BadInput, "accounts", {}),
    "publish_at": (Unsupported, "publish_at", {"publish_at": datetime(2026, 4, 1, tzinfo=UTC)}),
    "no text": (BadInput, "text", {"text": "  \n"}),
    "half a character": (BadInput, "text", {"text": "壊れた\ud83d"}),
    "281": (TextTooLong, "text", {"text": "あ" * 140 + "a"}),
    "link makes it too long": (TextTooLong, "text", {"text": "あ" * 140, "link": "https://city.example/a"}),
    "two cashtags": (Unsupported, "text", {"text": "$AAPL と $GOOG"}),
    "five pictures": (Unsupported, "media", {"media": tuple(picture(n) for n in range(5))}),
    "picture and film": (Unsupported, "media", {"media": (picture(), picture(1, media_type="video/mp4"))}),
    "two GIFs": (Unsupported, "media", {"media": tuple(picture(n, media_type="image/gif") for n in range(2))}),
    "the same file twice": (BadInput, "media[1] (p0)", {"media": (picture(), picture())}),
    "empty file": (Unsupported, "media[0] (p0)", {"media": (picture(size=0),)}),
    "long alt text": (BadInput, "media[0] (p0).alt_text", {"media": (picture(alt_text="あ" * 1001),)}),
    "poll with picture": (Unsupported, "media", {"media": (picture(),), "poll": Poll(options=("a", "b"), minutes=5)}),
    "poll with quote": (Unsupported, "poll", {"quote": POST, "poll": Poll(options=("a", "b"), minutes=5)}),
    "poll without question": (BadInput, "text", {"text": "", "poll": Poll(options=("a", "b"), minutes=5)}),
    "one answer": (BadInput, "poll.options", {"poll": Poll(options=("a",), minutes=5)}),
    "five answers": (BadInput, "poll.options", {"poll": Poll(options=tuple("abcde"), minutes=5)}),
    "equal answers": (BadInput, "poll.options", {"poll": Poll(options=("a", "a"), minutes=5)}),
    "long answer": (BadInput, "poll.options[1]", {"poll": Poll(options=("a", "b" * 26), minutes=5)}),
    "empty answer": (BadInput, "poll.options[0]", {"poll": Poll(options=(" ", "b"), minutes=5)}),
    "4 minutes": (BadInput, "poll.minutes", {"poll": Poll(options=("a", "b"), minutes=4)}),
    "over 7 days": (BadInput, "poll.minutes", {"poll": Poll(options=("a", "b"), minutes=10081)}),
    "answer to Facebook": (BadInput, "reply_to", {"reply_to": PostRef(platform="facebook", id="1")}),
    "quote of no id": (BadInput, "quote", {"quote": PostRef(platform="x", id="1?a=b")}),
    "unknown extra": (Unsupported, 'extra["x"].made_with_a1', {"extra": {"x": {"made_with_a1": True}}}),
    "unknown inner extra": (Unsupported, 'extra["x"].geo.place', {"extra": {"x": {"geo": {"place": "1"}}}}),
    "extra of wrong type": (BadInput, 'extra["x"].nullcast', {"extra": {"x": {"nullcast": "yes"}}}),
    "extra that is no object": (BadInput, 'extra["x"].geo', {"extra": {"x": {"geo": "Saga"}}}),
    "eleven tagged": (
        BadInput,
        'extra["x"].media.tagged_user_ids',
        {"media": (picture(),), "extra": {"x": {"media": {"tagged_user_ids": ["1"] * 11}}}},
    ),
    "extra text": (BadInput, 'extra["x"].text', {"extra": {"x": {"text": "別の文"}}}),
    "extra edit": (BadInput, 'extra["x"].edit_options', {"extra": {"x": {"edit_options": {}}}}),
    "extra media ids": (
        BadInput,
        'extra["x"].media.media_ids',
        {"media": (picture(),), "extra": {"x": {"media": {"media_ids": ["1"]}}}},
    ),
    "extra media without media": (BadInput, 'extra["x"].media', {"extra": {"x": {"media": {"title": "題"}}}}),
    "extra reply without reply": (
        BadInput,
        'extra["x"].reply',
        {"extra": {"x": {"reply": {"exclude_reply_user_ids": ["1"]}}}},
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_x_cannot_carry_is_refused_before_anything_is_sent(case: str) -> None:
    """
    Each refusal names its place, what is wrong and what to do, in both languages.
    """
    kind, place, fields = WRONG[case]
    account = attrs.evolve(ACCOUNT, platform="facebook") if case.startswith("account") else ACCOUNT
    with pytest.raises(CivicsnsError) as caught:
        ADAPTER.prepare(draft(**fields), account)

    assert kind is type(caught.value)
    assert place == caught.value.place
    for words in (caught.value.what, caught.value.mend):
        assert any(ord(letter) > 0x3000 for letter in words.ja)
        assert words.en.endswith(".")


def test_too_long_says_by_how_much_and_what_helps() -> None:
    """
    A text that is 3 over says 3, and names both ways out.
    """
    with pytest.raises(TextTooLong) as caught:
        prepared("あ" * 141 + "a")

    assert "3 超えて" in caught.value.what.ja
    assert "3 over" in caught.value.what.en
    assert "thread=True" in caught.value.mend.ja
    assert "variants" in caught.value.mend.en


def test_280_is_not_too_long() -> None:
    """
    The limit itself is allowed.
    """
    assert 140 == len(prepared("あ" * 140).text)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [(MediaKind.IMAGE, "image/jpeg"), (MediaKind.GIF, "image/gif"), (MediaKind.VIDEO, "video/mp4")],
)
def test_a_file_may_be_as_large_as_the_setting_says(kind: Any, media_type: Any) -> None:
    """
    A file of the largest size passes, one byte more does not.
    """
    settings = XSettings(
        consumer_key=Secret("k"), consumer_secret=Secret("s"), image_bytes=10, gif_bytes=11, video_bytes=12
    )
    adapter = XAdapter(settings, clock=SystemClock())
    most = settings.media_bytes[kind]

    assert adapter.prepare(draft(media=(picture(media_type=media_type, size=most),)), ACCOUNT).media
    with pytest.raises(Unsupported):
        adapter.prepare(draft(media=(picture(media_type=media_type, size=most + 1),)), ACCOUNT)


@given(st.text(), st.none() | st.text(), st.dictionaries(st.text(), st.none() | st.booleans() | st.text(), max_size=3))
def test_prepare_either_makes_a_rendition_or_says_what_is_wrong(
    text: str, link: str | None, extra: dict[str, Any]
) -> None:
    """
    Whatever the draft, `prepare` gives a rendition whose digest is stable, or raises BadInput.
    """
    given_draft = draft(text, link=link, extra={"x": extra})
    try:
        made = ADAPTER.prepare(given_draft, ACCOUNT)
    except BadInput as error:
        place = error.place
    else:
        place = "none"
        assert made.digest == ADAPTER.prepare(given_draft, ACCOUNT).digest
        assert text in made.text

    assert place
