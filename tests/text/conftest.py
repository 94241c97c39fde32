from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from civicsns.text import extract_cashtags, extract_mentions
from civicsns.text.entity import Entity, find_entities, find_hashtags, find_urls_as_entities
from civicsns.text.knowledge import Knowledge
from civicsns.text.weights import weigh

# The node tests and the maker of the stored answers share one driver of Node.js.
sys.path.append(str(Path(__file__).parents[2] / "tools"))

_STORED = Path(__file__).parent / "data" / "twitter_text.json"


def _spans(entities: tuple[Entity, ...]) -> list[list[object]]:
    return [[_joined(entity.value), entity.start, entity.end] for entity in entities]


def _joined(value: str) -> str:
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


@pytest.fixture(scope="session")
def answers() -> Callable[[str, Callable[[], Knowledge]], dict[str, object]]:
    """What civicsns says of a text, laid out like the oracle's answer."""

    def answers(text: str, knowledge: Callable[[], Knowledge]) -> dict[str, object]:
        return {
            "weight": weigh(text, knowledge),
            "urls": _spans(find_urls_as_entities(text, knowledge())),
            "hashtags": _spans(find_hashtags(text, knowledge())),
            "mentions": _spans(extract_mentions(text)),
            "cashtags": _spans(extract_cashtags(text)),
            "entities": [[entity.kind.value, entity.start, entity.end] for entity in find_entities(text, knowledge())],
        }

    return answers


@pytest.fixture(scope="session")
def stored() -> list[dict[str, Any]]:
    """What twitter-text 3.1.0 said, as tools/make_text_cases.py stored it."""
    cases: list[dict[str, Any]] = json.loads(_STORED.read_text(encoding="ascii"))
    return cases
