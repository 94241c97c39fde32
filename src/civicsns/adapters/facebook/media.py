"""
Files on their way to a Page: they go up before the post is made, and publish nothing.

Pictures go up unpublished and are attached to the post; a film goes up in pieces in a session of its own, which the
publishing call closes (https://developers.facebook.com/docs/video-api/guides/publishing).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.adapters.facebook.rendition import is_film
from civicsns.adapters.transport import failed
from civicsns.language import Bilingual
from civicsns.model import Upload

if TYPE_CHECKING:
    from civicsns.adapters.facebook.answers import Answer
    from civicsns.adapters.facebook.wire import Wire
    from civicsns.model import Media, Rendition, Secret


def missing(rendition: Rendition) -> tuple[Media, ...]:
    """Give the files that the network does not hold yet."""
    held = [upload.digest for upload in rendition.uploads]
    lacking: list[Media] = []
    for item in rendition.media:
        # One upload serves one place, so that the same picture twice goes up twice.
        if item.digest in held:
            held.remove(item.digest)
        else:
            lacking.append(item)
    return tuple(lacking)


def upload(wire: Wire, rendition: Rendition, *, page: str, token: Secret) -> Rendition:
    """
    Send up what is missing; the first failure ends it, so that no post goes out with a picture too few.

    Raises:
        Outcome: Never `OutcomeUnknown`.
    """
    send = _film if is_film(rendition.media) else _picture
    fresh = [send(wire, item, rendition, page=page, token=token) for item in missing(rendition)]
    return attrs.evolve(rendition, uploads=(*rendition.uploads, *fresh))


def attached(rendition: Rendition) -> list[Upload]:
    """Give the uploads in the order of the files."""
    held = list(rendition.uploads)
    ordered: list[Upload] = []
    for item in rendition.media:
        found = next(upload for upload in held if upload.digest == item.digest)
        held.remove(found)
        ordered.append(found)
    return ordered


def _picture(wire: Wire, item: Media, rendition: Rendition, *, page: str, token: Secret) -> Upload:
    fields: dict[str, Any] = {"published": False}
    if item.alt_text:
        fields["alt_text_custom"] = item.alt_text
    if "scheduled_publish_time" in rendition.body:
        # What `/{page}/photos` asks for pictures of a post that is published later.
        fields["temporary"] = True
    answer = wire.post(
        f"{page}/photos",
        token,
        fields=fields,
        files={"source": (_file_name(item), item.content, item.media_type)},
        changes=False,
    )
    made = _text(answer, "id")
    return Upload(digest=item.digest, id=made, key=made)


def _film(wire: Wire, item: Media, _rendition: Rendition, *, page: str, token: Secret) -> Upload:
    path = f"{page}/videos"
    size = len(item.content)
    answer = wire.post(path, token, fields={"upload_phase": "start", "file_size": size}, changes=False)
    session, film = _text(answer, "upload_session_id"), _text(answer, "video_id")
    start, end = _offset(answer, "start_offset"), _offset(answer, "end_offset")
    while start < end:
        answer = wire.post(
            path,
            token,
            fields={"upload_phase": "transfer", "upload_session_id": session, "start_offset": start},
            files={"video_file_chunk": (_file_name(item), item.content[start:end], item.media_type)},
            changes=False,
        )
        next_start = _offset(answer, "start_offset")
        if next_start <= start:
            raise _unreadable(answer)
        start, end = next_start, _offset(answer, "end_offset")
    if start != size:
        raise _unreadable(answer)
    return Upload(digest=item.digest, id=session, key=film)


def _file_name(item: Media) -> str:
    """Give a name that shows nothing of the city's folders and is safe in a header."""
    return f"{item.digest[:16]}.{item.media_type.partition('/')[2]}"


def _text(answer: Answer, name: str) -> str:
    value = answer.object.get(name)
    if not isinstance(value, str) or not re.fullmatch(r"[0-9A-Za-z_:-]+", value):
        raise _unreadable(answer)
    return value


def _offset(answer: Answer, name: str) -> int:
    # The reference shows offsets as strings.
    value = answer.object.get(name)
    if isinstance(value, bool) or not isinstance(value, int | str) or not re.fullmatch(r"[0-9]{1,15}", str(value)):
        raise _unreadable(answer)
    return int(value)


def _unreadable(answer: Answer) -> Exception:
    return failed(
        network="Facebook",
        reason=None,
        how=Bilingual("アップロードの応答が想定と違います", "the answer to an upload is not what it should be"),
        status=answer.status,
    )
