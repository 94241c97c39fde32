"""`POST /{page}/videos`: a film in one request, or in parts (Graph API reference, Page Videos; Video API)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.testing.sandbox.faults import Fault
from civicsns.testing.sandbox.graph import errors
from civicsns.testing.sandbox.graph.errors import GraphError
from civicsns.testing.sandbox.graph.model import GraphVideo
from civicsns.testing.sandbox.graph.nodes import show
from civicsns.testing.sandbox.graph.parameters import KEPT
from civicsns.testing.sandbox.graph.publishing import checked_text, make_post, page_to_post_on, signature, timing
from civicsns.testing.sandbox.graph.world import Upload

if TYPE_CHECKING:
    from civicsns.testing.sandbox.graph.exchange import Exchange
    from civicsns.testing.sandbox.graph.model import GraphPage
    from civicsns.testing.sandbox.graph.parameters import Parameters

#: Which parameters go with each phase; the empty phase is a film in one request.
_ABOUT: Final = frozenset(
    {"title", "description", "published", "scheduled_publish_time", "unpublished_content_type", *KEPT["videos"]}
)
_OF_PHASE: Final = {
    "": _ABOUT,
    "start": frozenset({"file_size"}),
    "transfer": frozenset({"upload_session_id", "start_offset"}),
    "finish": _ABOUT | {"upload_session_id"},
}
_FILE_OF_PHASE: Final = {"": "source", "start": "", "transfer": "video_file_chunk", "finish": ""}


def videos(exchange: Exchange, object_id: str) -> dict[str, Any]:
    """
    Take a film, or one step of its upload.

    Raises:
        GraphError: If it is refused.
    """
    page = page_to_post_on(exchange, object_id)
    parameters = exchange.parameters("page")
    phase = parameters.text("upload_phase")
    if phase not in _OF_PHASE:
        raise errors.parameter("upload_phase must be start, transfer or finish")
    if strange := sorted(set(parameters.values) - _OF_PHASE[phase] - {"upload_phase"}):
        raise errors.parameter(f"{strange[0]} does not go with upload_phase {phase or 'left out'}")
    wanted = _FILE_OF_PHASE[phase]
    if set(parameters.files) != ({wanted} if wanted else set()):
        raise errors.parameter(f"This takes {'the file ' + wanted if wanted else 'no file'}")
    match phase:
        case "start":
            return _start(exchange, page, parameters)
        case "transfer":
            return _transfer(exchange, _session(exchange, page, parameters), parameters)
        case "finish":
            return _finish(exchange, page, _session(exchange, page, parameters), parameters)
        case _:
            content = parameters.files["source"].read()
            if len(content) > exchange.world.limits.video_bytes:
                raise errors.parameter("The film is too large for one request; send it in parts", subcode=1363022)
            video = _keep(exchange, page, exchange.world.number(), content, parameters)
            return show(exchange, video, exchange.fields or "id")


def _start(exchange: Exchange, page: GraphPage, parameters: Parameters) -> dict[str, Any]:
    size = parameters.get("file_size", 0)
    if not 0 < size <= exchange.world.limits.video_bytes:
        raise errors.parameter(f"file_size must lie between 1 and {exchange.world.limits.video_bytes}")
    upload = Upload(
        id=exchange.world.number(),
        video_id=exchange.world.number(),
        page_id=page.id,
        app_id=exchange.app.id,
        size=size,
        begun_at=exchange.now,
    )
    exchange.world.uploads[upload.id] = upload
    if exchange.order is not None and exchange.order.fault is Fault.HIDDEN:
        # The order came with the first step; the post that it concerns comes with the last.
        exchange.world.hidden_reads[upload.video_id] = exchange.order.reads
    return {"video_id": upload.video_id, "upload_session_id": upload.id, **_wanted(exchange, upload)}


def _transfer(exchange: Exchange, upload: Upload, parameters: Parameters) -> dict[str, Any]:
    chunk = parameters.files["video_file_chunk"].read()
    at = len(upload.content)
    if parameters.get("start_offset") != at:
        # Graph says where to go on; the same part may have arrived before its answer was lost.
        raise GraphError(
            code=6000,
            subcode=1363037,
            message="(#6000) start_offset is not where the upload stands.",
            data=_wanted(exchange, upload),
            transient=True,
        )
    if not chunk or len(chunk) > min(exchange.world.limits.chunk_bytes, upload.size - at):
        raise GraphError(
            code=6000,
            subcode=1363019,
            message="(#6000) The part is empty, or longer than up to end_offset.",
            data=_wanted(exchange, upload),
        )
    upload = attrs.evolve(upload, content=upload.content + chunk)
    exchange.world.uploads[upload.id] = upload
    return _wanted(exchange, upload)


def _finish(exchange: Exchange, page: GraphPage, upload: Upload, parameters: Parameters) -> dict[str, Any]:
    if len(upload.content) < upload.size:
        raise GraphError(
            code=6000,
            subcode=1363041,
            message="(#6000) Not all parts of the film have arrived.",
            data=_wanted(exchange, upload),
        )
    video = _keep(exchange, page, upload.video_id, upload.content, parameters)
    if reads := exchange.world.hidden_reads.pop(upload.video_id, 0):
        exchange.world.hidden_reads[video.post_id] = reads
    exchange.world.uploads[upload.id] = attrs.evolve(upload, done=True, content=b"")
    return {"success": True}


def _session(exchange: Exchange, page: GraphPage, parameters: Parameters) -> Upload:
    upload = exchange.world.uploads.get(parameters.text("upload_session_id"))
    stale = upload is not None and exchange.now - upload.begun_at > exchange.world.limits.upload_lifetime
    if upload is None or stale or upload.done or (upload.page_id, upload.app_id) != (page.id, exchange.app.id):
        raise GraphError(code=6000, subcode=1363033, message="(#6000) There is no such upload, or it is over.")
    return upload


def _wanted(exchange: Exchange, upload: Upload) -> dict[str, str]:
    """Say which bytes come next; equal offsets mean that all have arrived."""
    at = len(upload.content)
    return {"start_offset": str(at), "end_offset": str(min(upload.size, at + exchange.world.limits.chunk_bytes))}


def _keep(exchange: Exchange, page: GraphPage, video_id: str, content: bytes, parameters: Parameters) -> GraphVideo:
    if not signature(content).startswith("video/"):
        raise GraphError(
            code=352, subcode=1363024, message="(#352) The file is no film of a kind that is taken", status=400
        )
    description = checked_text(exchange, "description", parameters.text("description"))
    published, scheduled_for = timing(exchange, parameters)
    ready_at = exchange.now + exchange.world.limits.video_processing
    post = make_post(
        exchange,
        page,
        message=description,
        attached=(video_id,),
        alt_texts=("",),
        published=published and ready_at <= exchange.now,
        scheduled_for=scheduled_for,
        extra=parameters,
    )
    video = GraphVideo(
        id=video_id,
        page_id=page.id,
        content=content,
        title=parameters.text("title"),
        description=description,
        published=published,
        ready_at=ready_at,
        created_at=exchange.now,
        app_id=exchange.app.id,
        post_id=post.id,
    )
    exchange.world.videos[video.id] = video
    return video
