from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from civicsns.errors import AuthorizationLost, OutcomeUnknown, Refused, Unavailable
from civicsns.model import Media
from civicsns.testing.sandbox import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.adapters.x import XAdapter
    from civicsns.model import Account, Credential, Draft
    from civicsns.testing.sandbox import XNetwork

PNG = b"\x89PNG\r\n\x1a\n"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08moov"


def picture(number: Any = 0, *, size: Any = 100, alt_text: Any = "庁舎の写真") -> Any:
    return Media(content=PNG + bytes([number]) * size, media_type="image/png", alt_text=alt_text, name=f"p{number}.png")


FILM = Media(content=MP4 + b"1" * 100, media_type="video/mp4", alt_text="放水訓練の動画", name="film.mp4")


def operations(x: XNetwork) -> Any:
    return [call.operation for call in x.calls]


def test_four_pictures_arrive_with_their_alt_texts(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    Four pictures stand in the post, in their order, each with its alt text.
    """
    pictures = tuple(picture(number, alt_text=f"{number} 枚目") for number in range(4))

    adapter.publish(adapter.prepare(draft(media=pictures), account), credential)
    (post,) = x.posts()
    (shown,) = x.snapshot()["posts"]

    assert [one.content for one in pictures] == [x.media_bytes(key) for key in post.media_keys]
    assert ["0 枚目", "1 枚目", "2 枚目", "3 枚目"] == [one["alt_text"] for one in shown["media"]]
    assert 1 == operations(x).count("create")


def test_uploads_are_kept_for_the_post(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    What `upload` brought up is used by `publish`, not brought up again, and does not change the digest.
    """
    made = adapter.prepare(draft(media=(picture(),)), account)

    uploaded = adapter.upload(made, credential)
    again = adapter.upload(uploaded, credential)
    adapter.publish(again, credential)

    assert uploaded == again
    assert made.digest == uploaded.digest
    assert 1 == operations(x).count("upload_initialize")
    assert (uploaded.uploads[0].key,) == x.posts()[0].media_keys


def test_a_large_picture_goes_in_pieces(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    2.5 MB go up in three pieces and arrive whole.
    """
    content = PNG + os.urandom(2_500_000)
    media = Media(content=content, media_type="image/png", alt_text="写真")

    adapter.publish(adapter.prepare(draft(media=(media,)), account), credential)

    assert 3 == operations(x).count("upload_append")
    assert content == x.media_bytes(x.posts()[0].media_keys[0])


def test_a_post_may_be_a_picture_alone(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    A picture needs no text.
    """
    adapter.publish(adapter.prepare(draft("", media=(picture(alt_text=None),)), account), credential)

    assert "" == x.posts()[0].text
    assert "metadata" not in operations(x)


def test_a_film_is_waited_for(
    x: XNetwork,
    make: Callable[..., XAdapter],
    account: Account,
    oauth2: Credential,
    draft: Callable[..., Draft],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    X works through a film; the adapter looks again as often as X says, and then posts.
    """
    x.settings.processing = timedelta(seconds=3)
    waited = []
    moved = timedelta(0)
    real = x.clock.now

    def sleep(seconds: Any) -> None:
        nonlocal moved
        waited.append(seconds)
        moved += timedelta(seconds=seconds)

    monkeypatch.setattr(x.clock, "now", lambda: real() + moved)
    adapter = make(sleep=sleep)

    adapter.publish(adapter.prepare(draft(media=(FILM,)), account), oauth2)

    assert sum(waited) >= 3
    assert 1 == len(x.posts()[0].media_keys)


def test_a_film_that_takes_too_long_is_waited_for_later(
    x: XNetwork, make: Callable[..., XAdapter], account: Account, oauth2: Credential, draft: Callable[..., Draft]
) -> None:
    """
    One call waits no longer than the setting says; the next call goes on where it stopped, without a new upload.
    """
    x.settings.processing = timedelta(hours=1)
    adapter = make(processing=timedelta(0))
    made = adapter.prepare(draft(media=(FILM,)), account)

    uploaded = adapter.upload(made, oauth2)
    with pytest.raises(Unavailable, match="still working"):
        adapter.publish(uploaded, oauth2)

    assert (uploaded.uploads[0].ready_after or datetime.now(UTC)) > datetime.now(UTC)
    assert 1 == operations(x).count("upload_initialize")
    assert "create" not in operations(x)


def test_an_upload_that_has_become_ready_is_used(
    x: XNetwork, make: Callable[..., XAdapter], account: Account, oauth2: Credential, draft: Callable[..., Draft]
) -> None:
    """
    Once X is done, the upload from before is posted.
    """
    x.settings.processing = timedelta(hours=1)
    adapter = make(processing=timedelta(0))
    uploaded = adapter.upload(adapter.prepare(draft(media=(FILM,)), account), oauth2)
    x.settings.processing = timedelta(0)
    with x.lock:
        for one in x._state.uploads.values():
            one.ready_at = datetime.now(UTC) - timedelta(seconds=1)

    adapter.publish(uploaded, oauth2)

    assert (uploaded.uploads[0].key,) == x.posts()[0].media_keys


def test_a_file_that_x_cannot_process_is_refused(
    scripted: Any, make: Callable[..., XAdapter], account: Account, oauth2: Credential, draft: Callable[..., Draft]
) -> None:
    """
    Where X gives a file up, the sentence says what to change.
    """
    adapter = make(base_url=scripted.url)
    scripted.say(200, b'{"data":{"id":"7","media_key":"13_7","processing_info":{"state":"failed"}}}')

    with pytest.raises(Refused) as caught:
        adapter.upload(adapter.prepare(draft(media=(FILM,)), account), oauth2)

    assert "7" == caught.value.evidence["media_id"]


@pytest.mark.parametrize("seconds", [b"0", b"-5", b"true", b'"x"', b"99999999999999999999"])
def test_whatever_x_says_about_waiting_the_wait_is_bounded(
    scripted: Any,
    make: Callable[..., XAdapter],
    account: Account,
    oauth2: Credential,
    draft: Callable[..., Draft],
    seconds: Any,
) -> None:
    """
    Zero, nonsense or an age: the adapter neither spins nor sleeps for ever.
    """
    waited: list[float] = []
    adapter = make(base_url=scripted.url, processing=timedelta(seconds=10), sleep=waited.append)
    info = b'{"state":"pending","check_after_secs":' + seconds + b"}"
    scripted.say(200, b'{"data":{"id":"7","processing_info":' + info + b"}}")

    uploaded = adapter.upload(adapter.prepare(draft(media=(FILM,)), account), oauth2)

    assert sum(waited) <= 10
    assert len(waited) <= 10
    assert uploaded.uploads[0].ready_after is not None


def test_a_missing_scope_stops_the_upload_before_any_call(
    x: XNetwork, adapter: XAdapter, account: Account, oauth2: Credential, draft: Callable[..., Draft]
) -> None:
    """
    Posting is allowed, pictures are not: nothing is sent.
    """
    short = attrs.evolve(oauth2, scopes=frozenset({"tweet.read", "tweet.write", "users.read"}))

    with pytest.raises(AuthorizationLost):
        adapter.publish(adapter.prepare(draft(media=(picture(),)), account), short)

    assert () == x.calls


def test_an_unknown_outcome_names_the_media_keys(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    By its media key the post is recognised, whoever looks for it.
    """
    x.faults.order(Fault.RESET, on="create")
    made = adapter.prepare(draft(media=(picture(),)), account)

    with pytest.raises(OutcomeUnknown) as caught:
        adapter.publish(made, credential)

    assert x.posts()[0].media_keys[0] in caught.value.evidence.values()


def test_a_post_with_a_picture_is_found(
    x: XNetwork, adapter: XAdapter, account: Account, credential: Credential, draft: Callable[..., Draft]
) -> None:
    """
    With and without knowing the media key, the post is recognised; another picture's post is not.
    """
    since = datetime.now(UTC) - timedelta(minutes=1)
    uploaded = adapter.upload(adapter.prepare(draft(media=(picture(),)), account), credential)
    other = adapter.upload(adapter.prepare(draft(media=(picture(1),)), account), credential)
    receipt = adapter.publish(uploaded, credential)

    found = [adapter.find(one, credential, since=since) for one in (uploaded, attrs.evolve(uploaded, uploads=()))]

    assert [receipt.post_id] * 2 == [one and one.post_id for one in found]
    assert adapter.find(other, credential, since=since) is None
