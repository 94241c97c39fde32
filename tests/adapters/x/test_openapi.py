"""What the adapter sends and offers, against X's own OpenAPI document."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import jsonschema
import pytest

from civicsns.adapters.x import _body
from civicsns.adapters.x.extras import _KNOWN, _OURS
from civicsns.model import Media, Poll, PostRef, ReplySettings, Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.adapters.x import XAdapter
    from civicsns.model import Account, Draft

pytestmark = pytest.mark.openapi

PICTURE = Media(content=b"1", media_type="image/png", alt_text="写真")
POST = PostRef(platform="x", id="1900000000000000000")
DRAFTS: list[dict[str, Any]] = [
    {},
    {"quote": POST, "reply_to": POST, "reply_settings": ReplySettings.VERIFIED},
    {"poll": Poll(options=("はい", "いいえ"), minutes=5)},
    {"media": (PICTURE,), "extra": {"x": {"media": {"tagged_user_ids": ["1"]}, "geo": {"place_id": "a"}}}},
    {"reply_to": POST, "extra": {"x": {"reply": {"exclude_reply_user_ids": ["1"]}, "made_with_ai": True}}},
]


@pytest.fixture(scope="module")
def create_schema() -> dict[str, Any]:
    document = json.loads(Path(os.environ["CIVICSNS_X_OPENAPI"]).read_text(encoding="utf-8"))
    body: dict[str, Any] = document["paths"]["/2/tweets"]["post"]["requestBody"]
    schema: dict[str, Any] = body["content"]["application/json"]["schema"]
    resolved: dict[str, Any] = _resolved(schema, document)
    return resolved


def _resolved(value: Any, document: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            found: Any = document
            for part in value["$ref"].split("/")[1:]:
                found = found[part]
            return _resolved(found, document)
        return {key: _resolved(one, document) for key, one in value.items()}
    return [_resolved(one, document) for one in value] if isinstance(value, list) else value


def _names(schema: dict[str, Any], path: str = "") -> set[str]:
    found: set[str] = set()
    for name, inner in schema.get("properties", {}).items():
        below = _names(inner, f"{path}{name}.")
        found |= below or {f"{path}{name}"}
    return found


def _known(table: Any, path: str = "") -> set[str]:
    found: set[str] = set()
    for name, inner in table.items():
        found |= _known(inner, f"{path}{name}.") if isinstance(inner, dict) else {f"{path}{name}"}
    return found


def test_every_field_of_the_api_can_be_reached(create_schema: dict[str, Any]) -> None:
    """
    Each field of POST /2/tweets is civicsns' own or goes through `extra`; none is missing, none is invented.
    """
    whole = {name for name in _OURS if name not in {"poll", "edit_options"}}
    theirs = {name for name in _names(create_schema) if name.split(".")[0] not in {"poll", "edit_options"}}

    assert theirs == _known(_KNOWN) | whole


@pytest.mark.parametrize("fields", DRAFTS)
def test_what_is_sent_fits_the_schema(
    create_schema: dict[str, Any],
    adapter: XAdapter,
    account: Account,
    draft: Callable[..., Draft],
    fields: dict[str, Any],
) -> None:
    """
    The body of a post is what X's own document describes.
    """
    made = adapter.prepare(draft(**fields), account)
    uploads = [Upload(digest=one.digest, id="7") for one in made.media]

    jsonschema.validate(_body(attrs.evolve(made, uploads=uploads)), create_schema)
