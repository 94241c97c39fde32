"""Measuring, reading and splitting the text of a post."""

from __future__ import annotations

from civicsns.text.entity import (
    Entity,
    EntityKind,
    entities,
    extract_cashtags,
    extract_hashtags,
    extract_mentions,
    extract_urls,
)
from civicsns.text.measures import Measure, measure
from civicsns.text.threads import split
from civicsns.text.weights import weighted_length

__all__ = [
    "Entity",
    "EntityKind",
    "Measure",
    "entities",
    "extract_cashtags",
    "extract_hashtags",
    "extract_mentions",
    "extract_urls",
    "measure",
    "split",
    "weighted_length",
]
