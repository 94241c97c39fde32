"""Uploading: in pieces and at once, what the bytes must be, and what becomes of a file."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
import requests
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from civicsns.testing.clock import PracticeClock
from civicsns.testing.sandbox.x import Allowance, XNetwork

API = "https://api.x.com"
UPLOAD = f"{API}/2/media/upload"


@pytest.fixture
def session(user, bearer_for):
    return bearer_for(user)


@pytest.fixture
def begin(session):
    """Give a function that begins an upload and gives its id."""

    def initialized(content, media_type="image/png", category="tweet_image"):
        body = {"media_type": media_type, "total_bytes": len(content), "media_category": category}
        return session.post(f"{UPLOAD}/initialize", json=body).json()["data"]["id"]

    return initialized


@pytest.fixture
def append(session):
    """Give a function that sends a piece, as multipart or as JSON."""

    def send(media_id, index, piece, *, as_json=False):
        address = f"{UPLOAD}/{media_id}/append"
        if as_json:
            body = {"segment_index": index, "media": base64.b64encode(piece).decode()}
            return session.post(address, json=body)
        return session.post(address, data={"segment_index": str(index)}, files={"media": piece})

    return send


@pytest.fixture
def finalize(session):
    return lambda media_id: session.post(f"{UPLOAD}/{media_id}/finalize")


def status_of(session, media_id, **more):
    return session.get(UPLOAD, params={"command": "STATUS", "media_id": media_id, **more})


def test_pieces_make_a_file(network, begin, append, finalize, pictures):
    """
    Pieces, in multipart and in JSON and in any order, make the file that was meant.
    """
    content = pictures()
    media_id = begin(content)

    answers = [append(media_id, 1, content[20:], as_json=True), append(media_id, 0, content[:20]), finalize(media_id)]

    assert [200, 200, 200] == [answer.status_code for answer in answers]
    data = answers[2].json()["data"]
    assert (media_id, f"3_{media_id}", len(content)) == (data["id"], data["media_key"], data["size"])
    assert "processing_info" not in data
    assert content == network.media_bytes(data["media_key"])


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("category", ["tweet_image", "dm_image"])
def test_a_picture_at_once(network, session, pictures, as_json, category):
    """
    A whole file goes up in one call, as multipart or as JSON.
    """
    content = pictures()
    if as_json:
        body = {"media": base64.b64encode(content).decode(), "media_category": category}
        answer = session.post(UPLOAD, json=body)
    else:
        answer = session.post(UPLOAD, data={"media_category": category}, files={"media": content})

    data = answer.json()["data"]
    assert (200, {"image_type": "image/png"}) == (answer.status_code, data["image"])
    assert content == network.media_bytes(data["media_key"])


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"media_type": None}, 400),
        ({"total_bytes": None}, 400),
        ({"media_category": None}, 200),
        ({"media_type": "image/svg+xml"}, 400),
        ({"media_type": "video/mp4"}, 400),
        ({"media_type": "image/gif"}, 400),
        ({"media_category": "tweet_film"}, 400),
        ({"total_bytes": 0}, 400),
        ({"total_bytes": "10"}, 400),
        ({"total_bytes": 5 * 1024 * 1024}, 200),
        ({"total_bytes": 5 * 1024 * 1024 + 1}, 400),
        ({"media_type": "image/gif", "media_category": "tweet_gif", "total_bytes": 15 * 1024 * 1024}, 200),
        ({"media_type": "image/gif", "media_category": "tweet_gif", "total_bytes": 15 * 1024 * 1024 + 1}, 400),
        ({"media_type": "video/mp4", "media_category": "tweet_video", "total_bytes": 512 * 1024 * 1024}, 200),
        ({"media_type": "video/mp4", "media_category": "tweet_video", "total_bytes": 512 * 1024 * 1024 + 1}, 400),
        ({"additional_owners": ["1"]}, 400),
        ({"nonsense": 1}, 400),
    ],
)
def test_what_may_be_begun(session, changes, status):
    """
    Type, category and size must fit each other and the documented limits.
    """
    body = {"media_type": "image/png", "total_bytes": 10, "media_category": "tweet_image"} | changes

    answer = session.post(f"{UPLOAD}/initialize", json={key: value for key, value in body.items() if value is not None})

    assert status == answer.status_code


def test_the_pieces_must_add_up(begin, append, finalize, pictures):
    """
    A file that is short, has a gap, or is too long is refused, and can be put right.
    """
    content = pictures()
    media_id = begin(content)

    append(media_id, 0, content[:10])
    short = finalize(media_id)
    append(media_id, 2, content[10:])
    gap = finalize(media_id)
    too_long = append(media_id, 1, b"x")
    append(media_id, 0, content[:5])
    append(media_id, 1, content[5:10])
    whole = finalize(media_id)

    assert [400, 400, 400, 200] == [each.status_code for each in (short, gap, too_long, whole)]


@pytest.mark.parametrize("index", ["-1", "1000", "x", "", "１"])
def test_a_piece_has_an_index(begin, append, pictures, index):
    """
    The index of a piece is a whole number from 0 to 999.
    """
    assert 400 == append(begin(pictures()), index, b"x").status_code


def test_the_thousandth_piece_is_the_last(begin, append):
    """
    Index 999 is still taken.
    """
    assert 200 == append(begin(b"x" * 2000), 999, b"x").status_code


@pytest.mark.parametrize(("size", "status"), [(2 * 1024 * 1024, 200), (2 * 1024 * 1024 + 1, 413), (0, 413)])
def test_a_piece_has_bounds(begin, append, size, status):
    """
    A piece is at most 2 MB, and not empty.
    """
    assert status == append(begin(b"x" * 3 * 1024 * 1024), 0, b"x" * size).status_code


def test_a_piece_is_a_file_in_a_known_form(session, begin, pictures):
    """
    Bad base64, unknown fields, a text in the place of the file, and two files are refused.
    """
    address = f"{UPLOAD}/{begin(pictures())}/append"
    tries: list[dict[str, Any]] = [
        {"json": {"segment_index": 0, "media": "%%%"}},
        {"json": {"segment_index": 0, "media": "eA==", "more": 1}},
        {"json": {"segment_index": "0", "media": "eA=="}},
        {"json": {"segment_index": False, "media": "eA=="}},
        {"data": {"segment_index": "0", "media": "x"}},
        {"files": {"segment_index": (None, "0"), "media": (None, "x")}},
        {"data": {"segment_index": "0", "more": "1"}, "files": {"media": b"x"}},
        {"data": {"segment_index": "0"}, "files": [("media", b"x"), ("media", b"y")]},
        {"data": {"segment_index": ["0", "0"]}, "files": {"media": b"x"}},
    ]

    assert [400] * len(tries) == [session.post(address, **each).status_code for each in tries]


def test_the_bytes_say_what_a_picture_is(session, begin, append, finalize, pictures, films):
    """
    A file that is not of the type that was said is refused, in pieces and at once.
    """
    media_id = begin(films["gif"])
    append(media_id, 0, films["gif"])

    pieces = finalize(media_id)
    at_once = [
        session.post(UPLOAD, data={"media_category": category}, files={"media": content})
        for category, content in (
            ("tweet_image", films["gif"]),
            ("tweet_gif", pictures()),
            ("tweet_video", pictures()),
            ("tweet_image", b"hello"),
        )
    ]

    assert [400] * 5 == [each.status_code for each in (pieces, *at_once)]


def test_a_film_is_worked_on(session, begin, append, finalize, films, clock, network):
    """
    A film is pending, then in progress, then done; X says when to look again, and how far it is.
    """
    network.settings.processing = timedelta(seconds=8)
    media_id = begin(films["mp4"], "video/mp4", "tweet_video")
    append(media_id, 0, films["mp4"])

    seen = [finalize(media_id).json()["data"]["processing_info"]]
    for _ in range(2):
        clock.move(seconds=4)
        seen.append(status_of(session, media_id).json()["data"]["processing_info"])

    assert ["pending", "in_progress", "succeeded"] == [each["state"] for each in seen]
    assert [True, True, False] == ["check_after_secs" in each for each in seen]
    assert 7 <= seen[0]["check_after_secs"] <= 8
    assert 50 <= seen[1]["progress_percent"] < 60
    assert 100 == seen[2]["progress_percent"]


@pytest.mark.parametrize("content", [b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", b"this is no film"])
def test_a_broken_film_fails_in_the_end(session, begin, append, finalize, clock, poster, user, content):
    """
    A film that cannot be played fails while it is worked on, and cannot be attached.
    """
    media_id = begin(content, "video/mp4", "tweet_video")
    append(media_id, 0, content)

    first = finalize(media_id).json()["data"]["processing_info"]["state"]
    clock.move(seconds=2)

    assert ["pending", "failed"] == [first, status_of(session, media_id).json()["data"]["processing_info"]["state"]]
    assert 400 == poster(user, text="x", media={"media_ids": [media_id]}).status_code


def test_an_upload_belongs_to_one(citizen, user, session, bearer_for, begin, append, pictures, poster):
    """
    Another user can neither add to an upload nor see it, but may attach what was shared.
    """
    content = pictures()
    media_id = begin(content)
    others = bearer_for(citizen)
    shared = session.post(
        UPLOAD, files={"media": content}, data={"media_category": "tweet_image", "additional_owners": citizen.id}
    ).json()["data"]["id"]

    answers = [
        others.post(f"{UPLOAD}/{media_id}/append", json={"segment_index": 0, "media": "eA=="}),
        others.post(f"{UPLOAD}/{media_id}/finalize"),
        others.post(f"{API}/2/media/metadata", json={"id": media_id}),
        status_of(others, media_id),
        status_of(session, "1"),
    ]

    assert {404} == {answer.status_code for answer in answers}
    assert answers[0].json()["type"].endswith("/resource-not-found")
    assert 201 == poster(citizen, text="x", media={"media_ids": [shared]}).status_code


def test_an_upload_expires(user, bearer_for, begin, append, finalize, pictures, clock):
    """
    A day after it was begun an upload is gone; until then X says how long it has.
    """
    content = pictures()
    media_id = begin(content)
    append(media_id, 0, content)
    left = finalize(media_id).json()["data"]["expires_after_secs"]
    clock.move(hours=24)

    assert 86390 <= left <= 86400
    assert 404 == status_of(bearer_for(user), media_id).status_code


def test_what_is_finished_stays_as_it_is(begin, append, finalize, pictures):
    """
    After finalize nothing can be added, and it cannot be finalized again.
    """
    content = pictures()
    media_id = begin(content)
    append(media_id, 0, content)
    finalize(media_id)

    assert [400, 400] == [append(media_id, 1, b"x").status_code, finalize(media_id).status_code]


@pytest.mark.parametrize(
    "parameters",
    [{}, {"media_id": "x"}, {"media_id": "1", "command": "INIT"}, {"media_id": "1", "more": "1"}],
)
def test_what_the_status_query_may_not_be(session, parameters):
    """
    The status takes an id and the word STATUS.
    """
    assert 400 == session.get(UPLOAD, params=parameters).status_code


def test_alternative_text(network, user, session, poster, uploaded, pictures):
    """
    A picture can be described in up to a thousand characters, and the description is read back.
    """
    media_id = uploaded(user, pictures())

    def describe(text):
        body = {"id": media_id, "metadata": {"alt_text": {"text": text}}}
        return session.post(f"{API}/2/media/metadata", json=body)

    statuses = [
        describe("あ" * 1001).status_code,
        describe("あ" * 1000).status_code,
        describe("市役所の写真").status_code,
    ]
    made = poster(user, text="x", media={"media_ids": [media_id]}).json()["data"]["id"]
    read = session.get(
        f"{API}/2/tweets/{made}", params={"expansions": "attachments.media_keys", "media.fields": "alt_text"}
    )

    assert [400, 200, 200] == statuses
    assert "市役所の写真" == read.json()["includes"]["media"][0]["alt_text"]
    assert "市役所の写真" == network.snapshot()["posts"][0]["media"][0]["alt_text"]


@pytest.mark.parametrize(
    "body",
    [
        {"metadata": {}},
        {"id": "x"},
        {"id": "1", "metadata": []},
        {"id": "1", "metadata": {"alt_text": {}}},
        {"id": "1", "metadata": {"alt_text": {"text": 1}}},
        {"id": "1", "metadata": {"content_expiration": {"timestamp_sec": "x"}}},
        {"id": "1", "metadata": {"allow_download_status": {"allow_download": 1}}},
    ],
)
def test_what_a_description_may_not_be(session, body):
    """
    The body of a description is typed.
    """
    assert 400 == session.post(f"{API}/2/media/metadata", json=body).status_code


def test_subtitles(session, network):
    """
    Subtitles are known by how they begin.
    """

    def upload(content):
        return session.post(UPLOAD, data={"media_category": "subtitles"}, files={"media": content}).status_code

    assert [200, 200, 400] == [
        upload(b"WEBVTT\n"),
        upload(b"1\n00:00:00,000 --> 00:00:01,000\nx\n"),
        upload(b"hello"),
    ]


class Uploading(RuleBasedStateMachine):
    """Whatever is sent in whatever order, an upload becomes exactly the file it was begun for, or nothing."""

    CONTENT = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55") + b"\0" * 31
    PIECE = 16

    def __init__(self):
        super().__init__()
        self.clock = PracticeClock()
        self.network = XNetwork(clock=self.clock)
        self.network.settings.chunk_bytes = self.PIECE
        self.network.settings.media_life = timedelta(minutes=10)
        for operation in ("upload_initialize", "upload_append", "upload_finalize", "upload_status"):
            self.network.allow(operation, Allowance())
        self.network.start()
        user = self.network.add_user(handle="h", name="n")
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.network.oauth2_token(user)[0]}"
        self.sent = {}
        self.done = False
        self.begun = self.clock.now()

    def teardown(self):
        self.session.close()
        self.network.stop()

    def post(self, path, **body):
        sent = body or None
        return self.session.post(f"{self.network.url}/2/media/upload{path}", timeout=10, json=sent)

    @property
    def expired(self):
        return self.clock.now() >= self.begun + timedelta(minutes=10)

    @initialize()
    def begin(self):
        answer = self.post(
            "/initialize", media_type="image/png", total_bytes=len(self.CONTENT), media_category="tweet_image"
        )
        self.media_id = answer.json()["data"]["id"]

    @rule(index=st.integers(0, 4), length=st.sampled_from([8, 16, 17]), right=st.booleans())
    def append(self, index, length, right):
        piece = self.CONTENT[index * self.PIECE :][:length] if right else b"x" * length
        media = base64.b64encode(piece).decode()
        answer = self.post(f"/{self.media_id}/append", segment_index=index, media=media)
        others = sum(len(held) for at, held in self.sent.items() if at != index)
        if self.expired:
            assert answer.status_code == 404
        elif self.done or (piece and len(piece) <= self.PIECE and others + len(piece) > len(self.CONTENT)):
            assert answer.status_code == 400
        elif not 0 < len(piece) <= self.PIECE:
            assert answer.status_code == 413
        else:
            assert answer.status_code == 200
            self.sent[index] = piece

    @rule()
    def finalize(self):
        content = b"".join(self.sent[index] for index in sorted(self.sent))
        gapless = sorted(self.sent) == list(range(len(self.sent)))
        good = gapless and len(content) == len(self.CONTENT) and content.startswith(b"\x89PNG\r\n\x1a\n")
        answer = self.post(f"/{self.media_id}/finalize")
        if self.expired:
            assert answer.status_code == 404
        elif self.done or not good:
            assert answer.status_code == 400
        else:
            assert answer.status_code == 200
            assert content == self.network.media_bytes(f"3_{self.media_id}")
            self.done = True

    @precondition(lambda self: len(self.sent) < 4)
    @rule()
    def complete(self):
        for index in range(4):
            self.append(index, 16, right=True)

    @rule(minutes=st.integers(1, 4))
    def wait(self, minutes):
        self.clock.advance(timedelta(minutes=minutes))

    @invariant()
    def status_agrees(self):
        answer = self.session.get(f"{self.network.url}/2/media/upload", params={"media_id": self.media_id}, timeout=10)
        assert (404 if self.expired else 200) == answer.status_code
        if not self.expired:
            assert self.done == ("size" in answer.json()["data"])


TestUploading = Uploading.TestCase
TestUploading.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
