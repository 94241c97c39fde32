"""From a draft to what goes to a Page: what is refused, and where it says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.adapters.facebook import FacebookAdapter, FacebookSettings, handoff
from civicsns.adapters.facebook.versions import GraphVersionWarning
from civicsns.errors import BadInput, ConfigurationError, TextTooLong, Unsupported
from civicsns.language import Language
from civicsns.model import Account, Draft, Media, Poll, PostRef, ReadBack, ReplySettings, Secret
from civicsns.testing.clock import WORKDAY, PracticeClock

ELSEWHERE = PostRef(platform="facebook", id="100_9")
SETTINGS = FacebookSettings(app_id="770", app_secret=Secret("s"))


def test_a_text_is_the_message(desk):
    """
    A plain text becomes `message`, and nothing else is sent.
    """
    rendition = desk.prepare("断水のお知らせ")

    assert {"message": "断水のお知らせ"} == dict(rendition.body)
    assert ("facebook", "facebook:koho", "100") == (rendition.platform, rendition.account, rendition.network_id)


def test_the_network_s_own_text_is_taken(desk):
    """
    A variant for Facebook replaces the text.
    """
    assert "長い文" == desk.prepare("短い文", variants={"facebook": "長い文"}).text


def test_a_link_alone_is_a_part_of_the_post(desk):
    """
    Without files, the link is sent as `link`, for the preview.
    """
    body = desk.prepare("見てください", link="https://www.city.takeo.lg.jp/").body

    assert {"message": "見てください", "link": "https://www.city.takeo.lg.jp/"} == dict(body)


def test_a_link_beside_pictures_stands_in_the_text(desk, picture):
    """
    The feed takes a link or attachments, so the link closes the text, once.
    """
    link = "https://www.city.takeo.lg.jp/"
    appended = desk.prepare("花見", link=link, media=(picture(),))
    there = desk.prepare(f"花見 {link}", link=link, media=(picture(),))

    assert f"花見\n{link}" == appended.body["message"] == appended.text
    assert f"花見 {link}" == there.text
    assert "link" not in appended.body


def test_a_film_has_a_description(desk, film):
    """
    `/videos` calls the text `description`.
    """
    assert {"description": "防災訓練"} == dict(desk.prepare("防災訓練", media=(film(),)).body)


def test_a_scheduled_time_is_a_unix_integer(desk):
    """
    Scheduling sends `published=false` and whole seconds.
    """
    body = desk.prepare(publish_at=WORKDAY + timedelta(minutes=30, microseconds=5)).body

    assert body["published"] is False
    assert int((WORKDAY + timedelta(minutes=30)).timestamp()) == body["scheduled_publish_time"]
    assert "unpublished_content_type" not in body


def test_scheduled_pictures_are_named_as_scheduled(desk, picture):
    """
    Without `unpublished_content_type`, Facebook never publishes a scheduled post with attachments.
    """
    body = desk.prepare(publish_at=WORKDAY + timedelta(hours=1), media=(picture(),)).body

    assert "SCHEDULED" == body["unpublished_content_type"]


@pytest.mark.parametrize("ahead", [timedelta(minutes=9, seconds=59), timedelta(days=30, seconds=1), timedelta(0)])
def test_a_time_out_of_bounds_is_refused(desk, ahead):
    """
    Facebook publishes between 10 minutes and 30 days from now.
    """
    with pytest.raises(BadInput) as raised:
        desk.prepare(publish_at=WORKDAY + ahead)

    assert "draft.publish_at" == raised.value.place


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(days=30)])
def test_the_bounds_themselves_are_taken(desk, ahead):
    """
    10 minutes and 30 days are within the bounds.
    """
    assert "scheduled_publish_time" in desk.prepare(publish_at=WORKDAY + ahead).body


def test_the_bounds_are_settings(make_recorded):
    """
    A city whose network takes more can say so.
    """
    desk = make_recorded(schedule_latest=timedelta(days=75))

    assert "scheduled_publish_time" in desk.prepare(publish_at=WORKDAY + timedelta(days=70)).body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("poll", Poll(options=("はい", "いいえ"), minutes=60)),
        ("quote", ELSEWHERE),
        ("reply_to", ELSEWHERE),
        ("reply_settings", ReplySettings.FOLLOWING),
    ],
)
def test_what_a_page_cannot_carry_is_refused(desk, field, value):
    """
    No part is dropped in silence; the error names it.
    """
    with pytest.raises(Unsupported) as raised:
        desk.prepare(**{field: value})

    assert f"draft.{field}" == raised.value.place


@pytest.mark.parametrize("text", ["", " \n　"])
def test_an_empty_post_is_refused(desk, text):
    """
    A post without text, file and link is none.
    """
    with pytest.raises(BadInput, match="empty"):
        desk.prepare(text)


def test_a_picture_needs_no_text(desk, picture):
    """
    A picture alone is a post; an empty `message` is not sent.
    """
    assert {} == dict(desk.prepare("", media=(picture(),)).body)


def test_the_longest_text_fits_and_one_more_does_not(make_recorded):
    """
    The limit is a setting, counted by Facebook's measure.
    """
    desk = make_recorded(text_maximum=20)
    desk.prepare("あ" * 20)
    with pytest.raises(TextTooLong, match="1 characters longer"):
        desk.prepare("あ" * 21)


def test_a_link_counts_where_it_joins_the_text(make_recorded, picture):
    """
    The text that is measured is the text that is sent.
    """
    desk = make_recorded(text_maximum=20)
    with pytest.raises(TextTooLong):
        desk.prepare("あ" * 10, link="https://example.jp/", media=(picture(),))


@pytest.mark.parametrize("link", ["city.takeo.lg.jp", "javascript:alert(1)", "https://", "https://a b", "http://[", ""])
def test_a_link_is_an_address_of_the_web(desk, link):
    """
    Anything but http and https with a host is refused.
    """
    with pytest.raises(BadInput) as raised:
        desk.prepare(link=link)

    assert "draft.link" == raised.value.place


def test_half_a_character_is_refused(desk):
    """
    A lone surrogate cannot be sent.
    """
    with pytest.raises(BadInput, match="half a character"):
        desk.prepare("\ud83d")


def test_pictures_and_a_film_do_not_mix(desk, picture, film):
    """
    One post carries pictures or a film.
    """
    with pytest.raises(Unsupported, match="one post"):
        desk.prepare(media=(picture(), film()))


def test_too_many_files_are_refused(make_recorded, picture, film):
    """
    The number of pictures is a setting; a second film is too many.
    """
    desk = make_recorded(images_maximum=2)
    with pytest.raises(Unsupported, match="2 at most"):
        desk.prepare(media=tuple(picture(number) for number in range(3)))
    with pytest.raises(Unsupported, match="1 at most"):
        desk.prepare(media=(film(), film()))


def test_a_file_that_is_too_large_or_empty_is_refused(make_recorded, picture):
    """
    The error names the file.
    """
    desk = make_recorded(image_bytes=50)
    with pytest.raises(BadInput, match=r"draft\.media\[0\] sakura\.png"):
        desk.prepare(media=(picture(name="sakura.png"),))
    with pytest.raises(BadInput, match="0 bytes"):
        desk.prepare(media=(Media(content=b"", media_type="image/png"),))


def test_a_type_that_facebook_does_not_take_is_refused(desk):
    """
    WebP is not among the formats of Page photos.
    """
    with pytest.raises(Unsupported, match="image/webp"):
        desk.prepare(media=(Media(content=b"RIFF", media_type="image/webp"),))


def test_an_alt_text_is_not_lost_on_a_film(desk, film):
    """
    Facebook takes none for films and GIFs; the author puts it into the text instead.
    """
    with pytest.raises(Unsupported, match="alt text"):
        desk.prepare(media=(film(alt_text="消防車"),))


def test_an_alt_text_has_a_limit(make_recorded, picture):
    """
    The limit is a setting.
    """
    desk = make_recorded(alt_text_maximum=3)
    desk.prepare(media=(picture(alt_text="桜の木"),))
    with pytest.raises(BadInput, match="alt text"):
        desk.prepare(media=(picture(alt_text="桜の大木"),))


# --- extra fields -----------------------------------------------------------------------------------------------


def test_known_extra_fields_go_along(desk):
    """
    Fields of the feed that civicsns has no words for reach the body, in JSON types.
    """
    extra = {"targeting": {"geo_locations": {"countries": ["JP"]}}, "place": "110", "tags": ("5", "6")}
    body = desk.prepare("x", extra={"facebook": {**extra, "backdated_time": datetime(2020, 1, 1, tzinfo=UTC)}}).body

    assert {**extra, "tags": ["5", "6"], "message": "x", "backdated_time": 1577836800} == dict(body)


def test_another_network_s_extra_is_not_looked_at(desk):
    """
    Fields for X do not go to Facebook.
    """
    assert {"message": "x"} == dict(desk.prepare("x", extra={"x": {"nullcast": True}}).body)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("message", "another"),
        ("published", True),
        ("access_token", "t"),
        ("privacy", "{}"),
        ("targetting", {"a": 1}),
        ("targeting", "{}"),
        ("targeting", {}),
        ("targeting", {"a": object()}),
        ("place", 110),
        ("tags", "5"),
        ("tags", [5]),
        ("multi_share_optimized", 1),
        ("child_attachments", [1]),
        ("backdated_time", "yesterday"),
        ("backdated_time", datetime(2020, 1, 1)),  # noqa: DTZ001 -- the fault
    ],
)
def test_unknown_or_wrong_extra_fields_are_refused(desk, name, value):
    """
    Facebook would drop an unknown field without a word; the error names it.
    """
    with pytest.raises(BadInput) as raised:
        desk.prepare("x", extra={"facebook": {name: value}})

    assert raised.value.place.startswith(f"draft.extra.facebook.{name}")


def test_tags_need_a_place(desk):
    """
    The feed tags people only where they are.
    """
    with pytest.raises(BadInput, match="needs a place"):
        desk.prepare("x", extra={"facebook": {"tags": ["5"]}})


def test_a_film_has_fields_of_its_own(desk, film):
    """
    `title` belongs to films alone, `place` to the feed alone.
    """
    assert "訓練" == desk.prepare("x", media=(film(),), extra={"facebook": {"title": "訓練"}}).body["title"]
    with pytest.raises(BadInput):
        desk.prepare("x", media=(film(),), extra={"facebook": {"place": "110"}})


# --- profiles ---------------------------------------------------------------------------------------------------


def test_a_personal_profile_is_refused_with_the_reason(desk):
    """
    The refusal names the day on which profiles were closed, and the way that is left, in both languages.
    """
    account = Account(id="facebook:hanako", platform="facebook", network_id="200", personal=True)
    with pytest.raises(Unsupported) as raised:
        desk.adapter.prepare(desk.draft(), account)

    assert "2018-08-01" in raised.value.in_(Language.EN)
    assert "2018年8月1日" in raised.value.in_(Language.JA)
    assert "handoff" in raised.value.mend.en
    assert [] == desk.seen


def test_the_hand_off_carries_the_link_and_the_words(desk, picture):
    """
    The share address holds the link; the words and the files are for the person to enter.
    """
    link = "https://www.city.takeo.lg.jp/a?b=1&c=花"
    account = Account(id="facebook:hanako", platform="facebook", handle="佐賀花子", personal=True)
    given_over = handoff(desk.draft("花見です", link=link, media=(picture(name="hana.png"),)), account)

    assert "花見です" == given_over.text
    assert {"u": [link]} == parse_qs(urlsplit(given_over.share_url).query)
    assert given_over.share_url.startswith("https://www.facebook.com/sharer/sharer.php?")
    assert all("hana.png" in one for one in (given_over.instructions.ja, given_over.instructions.en))
    assert "佐賀花子" in given_over.instructions.ja


def test_a_hand_off_without_a_link_opens_facebook(desk):
    """
    There is nothing to share by address.
    """
    assert "https://www.facebook.com/" == handoff(desk.draft(), desk.account).share_url


# --- properties -------------------------------------------------------------------------------------------------


@given(
    st.text(max_size=40),
    st.none() | st.sampled_from(["https://example.jp/", "https://example.jp/花", "nothing"]),
    st.lists(st.sampled_from(["image/png", "image/gif", "image/webp", "video/mp4"]), max_size=4),
    st.none() | st.timedeltas(timedelta(days=-1), timedelta(days=40)),
)
def test_a_draft_is_rendered_whole_or_refused(text, link, types, ahead):
    """
    Whatever the draft, `prepare` refuses it as `BadInput`, or every part of it is in the rendition; twice the same.
    """
    adapter = FacebookAdapter(SETTINGS, clock=PracticeClock())
    media = tuple(Media(content=bytes([number + 1]), media_type=kind) for number, kind in enumerate(types))
    draft = Draft(
        author="1", text=text, accounts=("a",), link=link, media=media,
        publish_at=None if ahead is None else WORKDAY + ahead,
    )  # fmt: skip
    account = Account(id="a", platform="facebook")
    try:
        rendition = adapter.prepare(draft, account)
    except BadInput:
        return

    assert text.strip() in rendition.text
    assert link is None or link in (rendition.body.get("link"), *rendition.text.split("\n"))
    assert media == rendition.media
    assert (ahead is not None) == ("scheduled_publish_time" in rendition.body)
    assert rendition.digest == adapter.prepare(draft, account).digest


# --- settings ---------------------------------------------------------------------------------------------------


def configured(monkeypatch=None, now=WORKDAY, **table):
    settings = {"app_id": "770", "app_secret": Secret("s"), **table}
    return FacebookAdapter.configure(settings, place="civicsns.toml: networks.facebook", clock=PracticeClock(now))


def test_the_adapter_reads_its_table(monkeypatch):
    """
    Seconds, names of environment variables and lists in a table reach the adapter.
    """
    monkeypatch.setenv("FB_SECRET", "from-the-environment")
    adapter = configured(app_secret={"env": "FB_SECRET"}, read_timeout=7, two_phase=True, scopes=["pages_show_list"])

    assert "from-the-environment" == adapter.settings.app_secret.reveal()
    assert (timedelta(seconds=7), True, ("pages_show_list",)) == (
        adapter.settings.read_timeout, adapter.settings.two_phase, adapter.settings.scopes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"app_id": ""}, "app_id"),
        ({"app_secret": "a literal"}, "app_secret"),
        ({"app_secret": Secret("")}, "app_secret"),
        ({"appid": "770"}, "appid"),
        ({"base_url": "http://graph.facebook.com"}, "base_url"),
        ({"dialog_url": "ftp://www.facebook.com"}, "dialog_url"),
        ({"version": "26"}, "version"),
        ({"read_timeout": 0}, "read_timeout"),
        ({"text_maximum": 0}, "text_maximum"),
        ({"comments_on": -1}, "comments_on"),
        ({"scopes": []}, "scopes"),
        ({"schedule_latest": 1}, "schedule_latest"),
    ],
)
def test_a_wrong_table_is_refused(table, said):
    """
    Every fault names its key, and the table's place.
    """
    with pytest.raises(ConfigurationError, match=said) as raised:
        configured(**table)

    assert raised.value.place.startswith("civicsns.toml: networks.facebook")
    assert "a literal" not in str(raised.value)


@pytest.mark.parametrize(
    ("version", "day"),
    [
        ("v22.0", datetime(2027, 5, 20, tzinfo=UTC)),
        ("v25.0", datetime(2028, 7, 29, tzinfo=UTC)),
        ("v3.1", datetime(2026, 4, 1, tzinfo=UTC)),
    ],
)
def test_an_ended_version_is_refused(version, day):
    """
    From its last day on, and for all versions older than those of the table.
    """
    with pytest.raises(ConfigurationError, match="has ended"):
        configured(version=version, now=day)


def test_a_version_near_its_end_warns_the_operator():
    """
    90 days before the end there is a warning that names the day; before that, none.
    """
    configured(version="v22.0", now=datetime(2027, 2, 18, tzinfo=UTC))
    with pytest.warns(GraphVersionWarning, match="2027-05-20"):
        adapter = configured(version="v22.0", now=datetime(2027, 2, 19, tzinfo=UTC))

    assert (2027, 5, 20) == adapter.version_expires.timetuple()[:3]


def test_an_unknown_version_is_taken_with_a_warning():
    """
    A version newer than civicsns works at once.
    """
    with pytest.warns(GraphVersionWarning, match=r"v31\.0"):
        adapter = configured(version="v31.0")

    assert adapter.version_expires is None


def test_the_newest_version_has_no_end_yet(desk):
    """
    The default is the newest of the table, without a warning.
    """
    assert ("v26.0", None) == (desk.adapter.settings.version, desk.adapter.version_expires)


def test_limits_declare_what_a_page_carries(desk):
    """
    The list of posts is declared weak, and the settings show in the limits.
    """
    limits = desk.adapter.limits

    assert ReadBack.WEAK is limits.read_back
    assert (63206, 10, 1, True, False) == (
        limits.text.maximum, limits.media.images, limits.media.videos, limits.links, limits.replies,
    )  # fmt: skip


def test_settings_do_not_print_the_secret():
    """
    Neither settings nor adapter show the app's secret.
    """
    settings = attrs.evolve(SETTINGS, app_secret=Secret("planted-9f"))

    assert "planted-9f" not in repr(settings) + repr(FacebookAdapter(settings, clock=PracticeClock()).__dict__)
