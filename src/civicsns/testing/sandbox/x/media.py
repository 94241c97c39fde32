"""Uploading media, in pieces or at once, following what becomes of them, and describing them."""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, Any

import puremagic

from civicsns.testing.sandbox.x import limits, problems, queries
from civicsns.testing.sandbox.x.bodies import ID, Flag, Many, Number, Record, Text, Whole, read
from civicsns.testing.sandbox.x.uploads import Upload

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from civicsns.testing.sandbox.x.exchange import Exchange
    from civicsns.testing.sandbox.x.problems import Problem

_IMAGES = ("image/jpeg", "image/pjpeg", "image/png", "image/webp", "image/bmp", "image/tiff")
_FILMS = ("video/mp4", "video/quicktime", "video/webm", "video/mp2t")
#: Which types of file a category takes.
_TAKES = {
    "tweet_image": _IMAGES,
    "dm_image": _IMAGES,
    "tweet_gif": ("image/gif",),
    "dm_gif": ("image/gif",),
    "tweet_video": _FILMS,
    "dm_video": _FILMS,
    "amplify_video": _FILMS,
    "subtitles": ("text/srt", "text/vtt"),
}
_OBJECTS = ("model/gltf-binary", "model/vnd.usdz+zip")
_SAME = {"image/pjpeg": "image/jpeg", "image/x-ms-bmp": "image/bmp"}
_BYTES = Text()

#: OpenAPI document 2.167, `InitializeMediaUploadRequest`; without type and size X cannot begin.
INITIALIZE = Record(
    fields={
        "additional_owners": Many(of=ID),
        "media_category": Text(one_of=tuple(_TAKES)),
        "media_type": Text(one_of=(*_IMAGES, "image/gif", *_FILMS, "text/srt", "text/vtt", *_OBJECTS)),
        "shared": Flag(),
        "total_bytes": Whole(least=0, most=17_179_869_184),
    },
    needed=("media_type", "total_bytes"),
)
#: `AppendMediaUploadRequest`.
APPEND = Record(fields={"media": _BYTES, "segment_index": Whole(least=0, most=999)}, needed=("media", "segment_index"))
#: `MediaUploadRequest`.
UPLOAD = Record(
    fields={
        "additional_owners": Text(),
        "media": _BYTES,
        "media_category": Text(one_of=tuple(name for name in _TAKES if name != "amplify_video")),
    },
    needed=("media", "media_category"),
)
_OPEN = Record(fields={}, open=True)
#: `CreateMediaMetadataRequest`; it does not forbid further fields.
METADATA = Record(
    fields={
        "id": ID,
        "metadata": Record(
            fields={
                "allow_download_status": Record(fields={"allow_download": Flag()}, open=True),
                "alt_text": Record(fields={"text": Text(most=1000)}, needed=("text",), open=True),
                "audience_policy": _OPEN,
                "content_expiration": Record(fields={"timestamp_sec": Number()}, needed=("timestamp_sec",), open=True),
                "domain_restrictions": Record(fields={"whitelist": Many(of=Text())}, needed=("whitelist",), open=True),
                "found_media_origin": Record(
                    fields={"id": Text(), "provider": Text()}, needed=("provider", "id"), open=True
                ),
                "geo_restrictions": _OPEN,
                "management_info": Record(fields={"managed": Flag()}, needed=("managed",), open=True),
                "preview_image": Record(fields={"media_key": _OPEN}, needed=("media_key",), open=True),
                "sensitive_media_warning": _OPEN,
                "shared_info": Record(fields={"shared": Flag()}, needed=("shared",), open=True),
                "sticker_info": Record(fields={"stickers": Many(of=_OPEN)}, needed=("stickers",), open=True),
                "upload_source": Record(fields={"upload_source": Text()}, needed=("upload_source",), open=True),
            },
            open=True,
        ),
    },
    needed=("id",),
    open=True,
)


def initialize(exchange: Exchange) -> Response:
    """Begin an upload in pieces."""
    queries.no_parameters(exchange.request)
    body = read(exchange.request, INITIALIZE)
    media_type, total = body["media_type"], body["total_bytes"]
    category = body.get("media_category", "tweet_image")
    if media_type not in _TAKES[category]:
        raise _invalid("media_type", f"{category} does not take {media_type}")
    if not 0 < total <= _most(exchange, category):
        raise _invalid("total_bytes", f"total_bytes must be between 1 and {_most(exchange, category)}")
    upload = _new(exchange, category, media_type, total, tuple(body.get("additional_owners", ())))
    data = {"id": upload.id, "media_key": upload.key, "expires_after_secs": _left(exchange, upload)}
    return exchange.answer({"data": data})


def append(exchange: Exchange) -> Response:
    """Take one piece. A piece that is sent again replaces the first."""
    queries.no_parameters(exchange.request)
    body, piece = _with_bytes(exchange, APPEND)
    upload = _own(exchange, exchange.arguments["id"])
    if upload.content is not None:
        raise _invalid("id", "The upload is finalized already")
    if not 0 < len(piece) <= exchange.settings.chunk_bytes:
        raise problems.too_large()
    others = sum(len(held) for index, held in upload.segments.items() if index != body["segment_index"])
    if others + len(piece) > upload.total_bytes:
        raise _invalid("media", "Segments exceed the provided total file size.")
    upload.segments[body["segment_index"]] = piece
    return exchange.answer({"data": {"expires_at": int(upload.expires_at.timestamp())}})


def finalize(exchange: Exchange) -> Response:
    """End an upload in pieces: see that it is whole, and that it is what it was said to be."""
    queries.no_parameters(exchange.request)
    if exchange.request.get_data():
        raise problems.invalid([{"message": "The request takes no body"}])
    upload = _own(exchange, exchange.arguments["id"])
    if upload.content is not None:
        raise _invalid("id", "The upload is finalized already")
    if sorted(upload.segments) != list(range(len(upload.segments))):
        raise _invalid("segment_index", "Segments are missing.")
    content: bytes = b"".join(upload.segments[index] for index in sorted(upload.segments))
    if len(content) != upload.total_bytes:
        raise _invalid("total_bytes", "Segments do not add up to provided total file size.")
    _settle(exchange, upload, content)
    return exchange.answer({"data": _view(exchange, upload)})


def upload(exchange: Exchange) -> Response:
    """Take a whole file at once."""
    queries.no_parameters(exchange.request)
    body, content = _with_bytes(exchange, UPLOAD)
    category = body["media_category"]
    if not 0 < len(content) <= _most(exchange, category):
        raise _invalid("media", f"File size must be between 1 and {_most(exchange, category)} bytes")
    media_type = next((kind for kind in _TAKES[category] if _is(content, kind)), "")
    if not media_type:
        raise _invalid("media", "media type unrecognized.")
    owners = tuple(owner for owner in body.get("additional_owners", "").split(",") if owner)
    made = _new(exchange, category, media_type, len(content), owners)
    _settle(exchange, made, content)
    return exchange.answer({"data": _view(exchange, made)})


def status(exchange: Exchange) -> Response:
    """Tell how far an upload is."""
    values = queries.only(exchange.request, ("media_id", "command"))
    if values.get("command", "STATUS") != "STATUS":
        message = f"The `command` query parameter value [{values['command']}] is not one of [STATUS]"
        raise problems.invalid_parameter("command", values["command"], message)
    media_id = queries.identifier("media_id", values.get("media_id", ""))
    return exchange.answer({"data": _view(exchange, _own(exchange, media_id))})


def metadata(exchange: Exchange) -> Response:
    """Describe a picture for those who cannot see it."""
    queries.no_parameters(exchange.request)
    body = read(exchange.request, METADATA)
    exchange.purse.check(limits.METADATA)
    upload = _own(exchange, body["id"])
    described: dict[str, Any] = body.get("metadata", {})
    upload.alt_text = described.get("alt_text", {"text": upload.alt_text})["text"]
    exchange.purse.pay(limits.METADATA)
    return exchange.answer({"data": {"id": upload.id, "associated_metadata": described}})


def _new(exchange: Exchange, category: str, media_type: str, total: int, owners: tuple[str, ...]) -> Upload:
    if not set(owners) <= set(exchange.state.users):
        raise _invalid("additional_owners", "Unknown users.")
    made = Upload(
        id=exchange.state.new_id(),
        user_id=exchange.who.user_id,
        owners=owners,
        category=category,
        media_type=media_type,
        total_bytes=total,
        expires_at=exchange.now + exchange.settings.media_life,
    )
    exchange.state.uploads[made.id] = made
    return made


def _settle(exchange: Exchange, upload: Upload, content: bytes) -> None:
    """
    Take the whole file.

    Pictures are looked at now; films and animations are worked on for a while, and then turn out good or broken.
    """
    right = _is(content, upload.media_type)
    slow = upload.kind != "photo"
    if not right and not slow:
        raise _invalid("media", "media type unrecognized.")
    upload.content = content
    upload.segments.clear()
    upload.begun_at = exchange.now
    upload.ready_at = exchange.now + exchange.settings.processing if slow else exchange.now
    upload.broken = not right or (upload.media_type in {"video/mp4", "video/quicktime"} and b"moov" not in content)


def _is(content: bytes, media_type: str) -> bool:
    """Look at the bytes; what a client says about them proves nothing."""
    if media_type == "video/mp2t":
        return content[:1] == b"G" and all(byte == ord("G") for byte in content[::188])
    if media_type.startswith("text/"):
        head = content.removeprefix(b"\xef\xbb\xbf")
        return head.startswith(b"WEBVTT") if media_type == "text/vtt" else b" --> " in head
    try:
        found = {_SAME.get(match.mime_type, match.mime_type) for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return False
    return _SAME.get(media_type, media_type) in found


def _with_bytes(exchange: Exchange, shape: Record) -> tuple[dict[str, Any], bytes]:
    """Read a body with a file in it: multipart as it is, JSON in base64."""
    request = exchange.request
    if request.mimetype != "multipart/form-data":
        body = read(request, shape)
        try:
            return body, base64.b64decode(body["media"], validate=True)
        except (binascii.Error, ValueError):
            raise _invalid("media", "$.media: is not valid base64") from None
    files = request.files.to_dict()
    sent = [name for part in (request.files, request.form) for name, _ in part.items(multi=True)]
    twice = len(set(sent)) != len(sent)
    fields: dict[str, Any] = dict(request.form.to_dict())
    index = fields.get("segment_index", "")
    if index.isascii() and index.isdigit():
        fields["segment_index"] = int(index)
    wrong = list(shape.faults(fields | {name: name for name in files}, "$"))
    if twice or wrong or "media" not in files:
        raise problems.invalid(
            [{"parameters": {path: []}, "message": message} for path, message in wrong]
            or [{"parameters": {"media": []}, "message": "One file named media is expected"}]
        )
    return fields, files["media"].read()


def _own(exchange: Exchange, media_id: str) -> Upload:
    queries.identifier("id", media_id)
    found = exchange.state.uploads.get(media_id)
    if found is None or found.user_id != exchange.who.user_id or exchange.now >= found.expires_at:
        raise problems.not_found("media", "id", media_id)
    return found


def _view(exchange: Exchange, upload: Upload) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": upload.id,
        "media_key": upload.key,
        "expires_after_secs": _left(exchange, upload),
    }
    if upload.content is None or upload.ready_at is None or upload.begun_at is None:
        return view
    view["size"] = len(upload.content)
    if upload.kind == "photo":
        return view | ({"image": {"image_type": upload.media_type}} if upload.category != "subtitles" else {})
    state = upload.state(exchange.now)
    info: dict[str, Any] = {"state": state}
    if state in {"pending", "in_progress"}:
        info["check_after_secs"] = max(1, math.ceil((upload.ready_at - exchange.now).total_seconds()))
    if state == "in_progress":
        info["progress_percent"] = int(100 * ((exchange.now - upload.begun_at) / (upload.ready_at - upload.begun_at)))
    if state == "succeeded":
        info["progress_percent"] = 100
        view["video"] = {"video_type": "video/mp4"}
    return view | {"processing_info": info}


def _left(exchange: Exchange, upload: Upload) -> int:
    return int((upload.expires_at - exchange.now).total_seconds())


def _most(exchange: Exchange, category: str) -> int:
    settings = exchange.settings
    if category.endswith("_gif"):
        return settings.gif_bytes
    return settings.video_bytes if category.endswith("_video") else settings.image_bytes


def _invalid(parameter: str, message: str) -> Problem:
    return problems.invalid([{"parameters": {parameter: []}, "message": message}])
