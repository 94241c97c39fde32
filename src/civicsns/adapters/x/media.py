"""
Files go up to X in pieces, with their alt texts, before the post is made.

Endpoints: docs.x.com, media upload v2 (initialize, append, finalize, STATUS) and POST /2/media/metadata.
"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.adapters.transport import failed
from civicsns.adapters.x import words
from civicsns.adapters.x.rendition import is_id
from civicsns.errors import Refused, Unavailable
from civicsns.language import Bilingual
from civicsns.model import MediaKind, Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.adapters.x.wire import Answer
    from civicsns.errors import Outcome
    from civicsns.model import Media, Rendition
    from civicsns.ports import Clock

_CATEGORIES = {
    MediaKind.IMAGE: "tweet_image",
    MediaKind.GIF: "tweet_gif",
    MediaKind.VIDEO: "tweet_video",
}
#: X numbers the pieces 0 to 999, and takes about 2 MB with each request; base64 makes a third more of a piece.
_MOST_PIECES = 1000
_PIECE = 1024 * 1024
#: Seconds between two looks, where X does not say.
_CHECK_AFTER = 1

_STILL = Bilingual("X が動画をまだ処理しています。", "X is still working through the film.")
_STILL_MEND = Bilingual(
    "しばらくしてからもう一度実行してください。まだ何も投稿されていません。",
    "Try again in a while; nothing has been posted yet.",
)
_FAILED = Bilingual("X がファイルを処理できませんでした。", "X could not work with the file.")
_FAILED_MEND = Bilingual(
    "ファイルの形式・長さ・画質を変えて、もう一度試してください。",
    "Change its format, length or quality, and try again.",
)


class Uploader:
    """
    Brings one rendition's files up.

    Args:
        call: Calls X for the account; a refusal is raised, an answer comes back with status 2xx.
        clock: Where the time comes from.
        sleep: Waits a number of seconds.
        longest: The longest that one run may wait for X to process.
    """

    def __init__(
        self, call: Callable[..., Answer], *, clock: Clock, sleep: Callable[[float], None], longest: timedelta
    ) -> None:
        self._call = call
        self._clock = clock
        self._sleep = sleep
        self._left = longest.total_seconds()

    def uploaded(self, rendition: Rendition) -> Rendition:
        """Give *rendition* with an upload for each of its files, in their order; what is up already stays."""
        there = {one.digest: one for one in rendition.uploads}
        uploads: list[Upload] = []
        for media in rendition.media:
            known = there.get(media.digest)
            if known is None:
                known = self._put(media)
            elif known.ready_after is not None:
                known = self._settled(known, self._status(known.id))
            uploads.append(known)
        return attrs.evolve(rendition, uploads=uploads)

    def _put(self, media: Media) -> Upload:
        content = media.content
        begun = self._call(
            "POST",
            "/2/media/upload/initialize",
            json={
                "media_type": media.media_type,
                "total_bytes": len(content),
                "media_category": _CATEGORIES[media.kind],
            },
        )
        upload = Upload(digest=media.digest, id=_id(begun), key=_key(begun))
        size = max(_PIECE, -(-len(content) // _MOST_PIECES))
        for index, start in enumerate(range(0, len(content), size)):
            piece = base64.b64encode(content[start : start + size]).decode("ascii")
            appended = self._call(
                "POST", f"/2/media/upload/{upload.id}/append", json={"media": piece, "segment_index": index}
            )
            # Some versions answer with a time, some with nothing at all; a page or an error is neither.
            if appended.text and not appended.data:
                raise _unexpected(appended)
        ended = self._call("POST", f"/2/media/upload/{upload.id}/finalize")
        upload = self._settled(attrs.evolve(upload, key=_key(ended) or upload.key), ended)
        if media.alt_text:
            described = self._call(
                "POST", "/2/media/metadata", json={"id": upload.id, "metadata": {"alt_text": {"text": media.alt_text}}}
            )
            _id(described)
        return upload

    def _status(self, media_id: str) -> Answer:
        return self._call("GET", "/2/media/upload", params={"command": "STATUS", "media_id": media_id})

    def _settled(self, upload: Upload, answer: Answer) -> Upload:
        """Wait until X has processed the file, as long as this run may; else say when to look again."""
        while True:
            _id(answer)
            found = answer.data.get("processing_info")
            state: dict[str, Any] = found if isinstance(found, dict) else {}
            stage = state.get("state", "succeeded")
            if stage == "succeeded":
                return attrs.evolve(upload, key=_key(answer) or upload.key, ready_after=None)
            if stage == "failed":
                raise Refused(_FAILED, mend=_FAILED_MEND, status=answer.status, evidence={"media_id": upload.id})
            given = state.get("check_after_secs")
            pause = max(given, _CHECK_AFTER) if isinstance(given, int) else _CHECK_AFTER
            if pause > self._left:
                # X may name any number of seconds; a day is longer than it keeps an unused file.
                wait = timedelta(seconds=min(pause, 86_400))
                return attrs.evolve(upload, ready_after=self._clock.now() + wait)
            self._left -= pause
            self._sleep(pause)
            answer = self._status(upload.id)


def ready(rendition: Rendition) -> bool:
    """Tell whether every file of *rendition* is up and processed."""
    there = {one.digest for one in rendition.uploads if one.ready_after is None}
    return all(media.digest in there for media in rendition.media)


def media_ids(rendition: Rendition) -> list[str]:
    """
    Give X's ids of the files, in the order of the pictures.

    Raises:
        Unavailable: If X still processes one of them; nothing was posted.
    """
    there = {one.digest: one for one in rendition.uploads}
    uploads = [there[media.digest] for media in rendition.media]
    waiting = [one for one in uploads if one.ready_after is not None]
    if waiting:
        raise Unavailable(_STILL, mend=_STILL_MEND, evidence={"media_id": waiting[0].id})
    return [one.id for one in uploads]


def _id(answer: Answer) -> str:
    found = answer.data.get("id")
    if not isinstance(found, str) or not is_id(found):
        raise _unexpected(answer)
    return found


def _unexpected(answer: Answer) -> Outcome:
    return failed(network="X", reason=None, how=words.UNEXPECTED, status=answer.status)


def _key(answer: Answer) -> str:
    key = answer.data.get("media_key")
    return key if isinstance(key, str) else ""
