"""
Which parameters each call takes, and how Graph reads their values.

Names and types are those of Meta's own tables (`param_types` in `facebook_business` 26.0.3); only what the practice
network carries out, or keeps with the post, is listed. Anything else is refused: the real network drops an unknown
name without a word, and the post goes out without the part that was meant.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.testing.sandbox.graph.errors import parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.datastructures import FileStorage

_UNPUBLISHED: Final = {"published": "bool", "unpublished_content_type": "string"}
_AUDIENCE: Final = {"feed_targeting": "Object", "targeting": "Object"}
_PAST: Final = {"backdated_time": "datetime", "backdated_time_granularity": "string"}

#: Parameters that change nothing here: they are checked, and kept with the post as `GraphPost.extra`.
KEPT: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "feed": {
            **_AUDIENCE,
            **_PAST,
            "place": "Object",
            "tags": "list",
            "call_to_action": "Object",
            "child_attachments": "list",
            "multi_share_end_card": "bool",
            "multi_share_optimized": "bool",
            "og_action_type_id": "string",
            "og_icon_id": "string",
            "og_object_id": "string",
        },
        "photos": {**_AUDIENCE, **_PAST, "place": "Object", "tags": "list"},
        "videos": {
            **_AUDIENCE,
            "call_to_action": "Object",
            "content_category": "string",
            "content_tags": "list",
            "custom_labels": "list",
            "embeddable": "bool",
            "is_ai_generated": "bool",
            "social_actions": "bool",
        },
    }
)
_COMMENT: Final = {"message": "string"}
_INSIGHTS: Final = {"metric": "list", "period": "string", "since": "datetime", "until": "datetime"}

#: The parameters of each operation on each kind of node: (operation, node) to name to type.
PARAMETERS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = MappingProxyType(
    {
        ("feed", "page"): {
            "message": "string",
            "link": "string",
            "scheduled_publish_time": "datetime",
            "attached_media": "list",
            **_UNPUBLISHED,
            **KEPT["feed"],
        },
        ("photos", "page"): {
            "message": "string",
            "caption": "string",
            "url": "string",
            "alt_text_custom": "string",
            "temporary": "bool",
            "scheduled_publish_time": "unsigned int",
            **_UNPUBLISHED,
            **KEPT["photos"],
        },
        ("videos", "page"): {
            "title": "string",
            "description": "string",
            "upload_phase": "string",
            "upload_session_id": "string",
            "file_size": "unsigned int",
            "start_offset": "unsigned int",
            "scheduled_publish_time": "unsigned int",
            **_UNPUBLISHED,
            **KEPT["videos"],
        },
        ("object_edit", "post"): {
            "message": "string",
            "is_published": "bool",
            "is_hidden": "bool",
            "scheduled_publish_time": "unsigned int",
        },
        ("object_edit", "video"): {"name": "string", "description": "string", "published": "bool"},
        ("object_edit", "comment"): {"message": "string", "is_hidden": "bool"},
        ("published_posts", "page"): {"limit": "unsigned int"},
        ("feed_read", "page"): {"limit": "unsigned int"},
        ("comments_read", "post"): {"filter": "string", "order": "string", "since": "datetime"},
        ("comments_write", "post"): _COMMENT,
        ("insights", "page"): _INSIGHTS,
        ("insights", "post"): _INSIGHTS,
        ("permissions_delete", "user"): {"permission": "string"},
    }
)

#: Parameters of every call, and of every list, which Meta documents outside the tables
#: (Graph API, "Overview", "Paginated Results", "Secure Requests").
COMMON: Final = frozenset({"access_token", "appsecret_proof", "fields", "format", "locale", "pretty", "debug"})
PAGING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "limit": "unsigned int",
        "after": "string",
        "before": "string",
        "since": "datetime",
        "until": "datetime",
        "summary": "string",
    }
)
#: The parts of a multipart body that are files (Graph API reference, Page Photos and Page Videos).
FILES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {"photos": frozenset({"source"}), "videos": frozenset({"source", "video_file_chunk"})}
)

_INDEXED: Final = re.compile(r"(?P<name>[a-z_]+)\[(?P<index>[0-9]{1,3})\]", re.ASCII)
_TRUE: Final = frozenset({"true", "1"})
_FALSE: Final = frozenset({"false", "0"})


@attrs.frozen
class Parameters:
    """
    The parameters of one call, read and checked.

    Attributes:
        values: By name.
        files: The files, by name.
    """

    values: Mapping[str, Any]
    files: Mapping[str, FileStorage]

    def text(self, name: str) -> str:
        """Give a text; empty where it was not sent."""
        return str(self.values.get(name, ""))

    def get(self, name: str, default: Any = None) -> Any:
        """Give a value."""
        return self.values.get(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.values


def read(
    sent: Mapping[str, str], files: Mapping[str, FileStorage], *, types: Mapping[str, str], file_names: frozenset[str]
) -> Parameters:
    """
    Read what was *sent* by the *types* of the call.

    Raises:
        GraphError: If a name is unknown or a value is not of its type (code 100).
    """
    values: dict[str, Any] = {}
    indexed: dict[str, dict[int, Any]] = {}
    for name, text in sent.items():
        if name in COMMON:
            continue
        by_index = _INDEXED.fullmatch(name)
        if by_index and types.get(by_index["name"]) == "list":
            indexed.setdefault(by_index["name"], {})[int(by_index["index"])] = _json(name, text)
        elif name in types:
            values[name] = value(name, text, types[name])
        else:
            raise parameter(f"{name} is no parameter of this call")
    for name, parts in indexed.items():
        values[name] = [parts[index] for index in sorted(parts)]
    for name in files:
        if name not in file_names:
            raise parameter(f"{name} is no file of this call")
    return Parameters(values, files)


def value(name: str, text: str, kind: str) -> Any:
    """
    Read one value.

    Raises:
        GraphError: If it is not of the type (code 100).
    """
    match kind:
        case "bool":
            # "False" is what str(False) of a Python program puts on the wire, and Graph takes it.
            word = text.strip().lower()
            if word not in _TRUE | _FALSE:
                raise parameter(f"Param {name} must be a boolean")
            return word in _TRUE
        case "unsigned int":
            if not re.fullmatch(r"[0-9]{1,18}", text, re.ASCII):
                raise parameter(f"Param {name} must be an integer of 0 or more")
            return int(text)
        case "datetime":
            return moment(name, text)
        case "list":
            # A list of plain words may come as one text with commas (Graph API, "Overview").
            found = text.split(",") if name == "metric" and not text.startswith("[") else _json(name, text)
            if not isinstance(found, list):
                raise parameter(f"Param {name} must be an array")
            return found
        case "Object":
            found = _json(name, text)
            if not isinstance(found, dict | str | int):
                raise parameter(f"Param {name} must be an object")
            return found
        case _:
            return text


def moment(name: str, text: str) -> datetime:
    """
    Read a Unix timestamp, or a date and time in ISO 8601 with its offset.

    Graph takes whatever PHP's strtotime() takes, "tomorrow" included. The practice network does not: such a word
    means another time in another time zone.

    Raises:
        GraphError: If it is neither (code 100).
    """
    if re.fullmatch(r"[0-9]{1,11}", text, re.ASCII):
        return datetime.fromtimestamp(int(text), UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or (found.tzinfo is None and len(text) > 10):
        raise parameter(f"Param {name} must be a Unix timestamp or ISO 8601 with an offset")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise parameter(f"Param {name} must be JSON") from None
