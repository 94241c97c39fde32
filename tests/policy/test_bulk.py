"""Posts in bulk."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest

from civicsns.errors import BadInput
from civicsns.language import Language
from civicsns.model import Capacity
from civicsns.policy import bulk
from civicsns.policy.engine import Policy
from civicsns.policy.packfile import builtin

CHECK = Policy(builtin("jp-municipal")).check
JST = timezone(timedelta(hours=9))


def answers(*lines):
    given = [line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines]
    return list(bulk.answers(given, CHECK, zone=JST, language=Language.JA))


def test_a_post_is_answered_under_its_id():
    """
    The answer has the same id, and findings with code, family, severity, code points and a message.
    """
    (said,) = answers({"id": ["a", 7], "text": "𠮷さんの個人番号は1234-5678-9018です。"})
    (found,) = [one for one in said["findings"] if one["code"] == "PII001"]

    assert ["a", 7] == said["id"]
    assert ("PII", "block", 9, 23, "text") == tuple(
        found[key] for key in ("family", "severity", "start", "end", "part")
    )
    assert "個人番号" in found["message"]


def test_what_did_not_run_is_named():
    """
    A rule that lacks a fact is named with the reason; with the fact it runs.
    """
    bare, told = answers(
        {"id": 1, "text": "本日の会議です。"},
        {
            "id": 2,
            "text": "本日の会議です。",
            "context": {"election": False, "job": "事務", "approved": True, "section": "広報課"},
        },
    )

    assert "POL005" in {one["code"] for one in bare["skipped"]}
    assert "POL005" not in {one["code"] for one in told["skipped"]}


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b"{", {}),
        (b"\xff\xfe", {}),
        (b"[" * 100_000, {}),
        (b"[1]", {}),
        (b'{"text": "x"}', {}),
        (b'{"id": 5}', {"id": 5}),
        (b'{"id": 5, "text": null}', {"id": 5}),
        (b'{"id": 5, "text": "x", "context": 3}', {"id": 5}),
        (b'{"id": 5, "text": "x", "context": {"capacity": ["official"]}}', {"id": 5}),
        (b'{"id": 5, "text": "x", "context": {"on_duty": "yes"}}', {"id": 5}),
        (b'{"id": 5, "text": "x", "context": {"reply": 3}}', {"id": 5}),
        (b'{"id": 5, "text": "x", "context": []}', {"id": 5}),
        (b'{"id": 5, "text": "x", "context": {"local_time": "0001-01-01T00:00:00+10:00"}}', {"id": 5}),
        (b'{"id": 5, "text": "x", "context": {"local_time": 5}}', {"id": 5}),
        (b'{"id": NaN, "text": "x"}', {}),
        (b'{"id": 1e999, "text": "x"}', {}),
        (b'{"id": 5, "text": "x", "context": {"local_time": "noon"}}', {"id": 5}),
        (b'{"id": 5, "text": "x", "media": "a.jpg"}', {"id": 5}),
        (b'{"id": 5, "text": "x", "media": [3]}', {"id": 5}),
        (b'{"id": 5, "text": "x", "media": [{"alt": 3}]}', {"id": 5}),
        (b'{"id": 5, "text": "x", "media": [{"path": "nowhere.jpg"}]}', {"id": 5}),
    ],
)
def test_a_bad_line_is_answered_and_the_rest_goes_on(line, named):
    """
    A line that cannot be read is answered with its number and what is wrong; those around it are answered as ever.
    """
    first, wrong, last = answers({"id": 1, "text": "x"}, line, {"id": 3, "text": "x"})

    assert named | {"line": 2, "error": wrong["error"], "mend": wrong["mend"]} == wrong
    assert wrong["error"]
    assert (1, 3) == (first["id"], last["id"])


def test_empty_lines_are_counted_and_left_out():
    """
    Empty lines are no posts; a byte order mark is none of the first post's.
    """
    said = answers(b"\xef\xbb\xbf" + b'{"id": 1, "text": "x"}', b"\n", b"{")

    assert [1, 3] == [said[0]["id"], said[1]["line"]]


def test_unknown_circumstances_are_named():
    """
    What no rule knows does not keep a post from being looked at, and is named.
    """
    picture = {"alt_text": "地図", "title": "地図"}
    (said,) = answers(
        {"id": 1, "text": "x", "contxt": {}, "context": {"weather": "rain", "on_duty": None}, "media": [picture]}
    )

    assert ["contxt", "context.weather", "media.0.title"] == said["ignored"]
    assert "ACC001" not in {one["code"] for one in said["findings"]}


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"capacity": "oficial"}, "official か private"),
        ({"on_duty": "yes"}, "true か false"),
        ({"job": 3}, "文字列"),
        ({"local_time": "noon"}, "2026-04-01T09:00:00+09:00"),
        ({"quote": []}, "アカウント"),
    ],
)
def test_what_to_write_instead_is_said(context, said):
    """
    A wrong circumstance is answered with what may stand there.
    """
    (wrong,) = answers({"id": 1, "text": "x", "context": context})

    assert said in wrong["mend"]


def test_a_time_of_another_zone_is_read_as_the_citys():
    """
    Half past ten in the evening in London is half past seven in the morning in Japan, when posting is fine.
    """
    abroad, at_home = answers(
        *(
            {"id": zone, "text": "x", "context": {"local_time": f"2026-11-24T22:30:00{zone}"}}
            for zone in ("Z", "+09:00")
        )
    )

    assert [] == abroad["findings"]
    assert ["DUT002"] == [one["code"] for one in at_home["findings"]]


def test_whose_post_is_answered_can_be_said():
    """
    A rule about accounts looks at the account that is answered or shared.
    """
    draft, context = bulk.read({"text": "x", "context": {"quote": "x:party"}}, zone=UTC)

    assert draft.quote is not None
    assert ("x:party", "x:party", None) == (draft.quote.account, context.answered, draft.reply_to)


@pytest.mark.parametrize(
    ("item", "alt", "name"),
    [
        ("photo.JPG", None, "photo.JPG"),
        ("会場の地図", "会場の地図", "media 1"),
        ({"alt": ""}, "", "media 1"),
        ({"alt": "地図", "name": "map.png", "width": 3}, "地図", "map.png"),
        (None, None, "media 1"),
    ],
)
def test_pictures(item, alt, name):
    """
    A picture is an object, a file's name, or its alt text.
    """
    draft, _ = bulk.read({"text": "x", "media": [item]}, zone=UTC)

    assert (alt, name) == (draft.media[0].alt_text, draft.media[0].name)


def test_circumstances():
    """
    A time without a zone is the city's; what is null is not known.
    """
    given = {"local_time": "2026-04-01T23:30", "capacity": "private", "on_duty": False, "job": None, "reply": True}
    draft, context = bulk.read({"text": "x", "context": given}, zone=JST)

    assert datetime(2026, 4, 1, 14, 30, tzinfo=UTC) == context.local_time
    assert (Capacity.PRIVATE, True, False, None) == (
        draft.capacity,
        draft.reply_to is not None,
        context.on_duty,
        context.job,
    )


def test_a_file_that_is_named_by_its_path_is_read(tmp_path):
    """
    A picture with a path is read, so that its data can be looked at; one that is no picture is refused.
    """
    path = tmp_path / "a.jpg"
    directory = struct.pack(">2sHIHHHIIIHHHI4sI", b"MM", 42, 8, 1, 0x8825, 4, 1, 26, 0, 1, 1, 2, 2, b"N\0\0\0", 0)
    place = b"Exif\0\0" + directory[:26] + struct.pack(">HHHIII", 1, 2, 5, 3, 44, 0) + bytes(24)
    path.write_bytes(b"\xff\xd8" + struct.pack(">HH", 0xFFE1, len(place) + 2) + place + b"\xff\xd9")
    post = {"id": 1, "text": "x", "media": [{"path": str(path), "alt": "図"}]}
    (said,) = answers(post)
    path.write_bytes(b"text")

    assert "PII016" in {one["code"] for one in said["findings"]}
    with pytest.raises(BadInput):
        bulk.read({"text": "x", "media": [{"path": str(path)}]}, zone=UTC)
