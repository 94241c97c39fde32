"""
The tables of a pack that comes with civicsns, in a form that is read ten times as fast as TOML.

`tools/prove_packs.py` writes them down when civicsns is built. They are taken only where the files of the pack are, to
the last character, those that they were made of; otherwise the files themselves are read.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from civicsns.policy.reading import Reading, sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from civicsns.policy.fault import Path


def packaged(place: Traversable, kept: Traversable, *, proven: str) -> Reading | None:
    """
    Give what stands in the files of a pack, without reading them as TOML.

    Args:
        place: The folder of the pack.
        kept: What is packaged of it.
        proven: The digest of the pack that was proven.

    Returns:
        What was read; None where nothing is packaged, or the files are no longer those that it was made of.
    """
    reading = Reading(place.name)
    reading.parts = [(source, {}) for source in sources(place, reading)]
    try:
        digest, _, whole = kept.read_bytes().partition(b"\n")
    except OSError:
        return None
    if reading.faults or not digest.strip().decode() == proven == reading.digest:
        return None
    held: dict[str, Any] = json.loads(whole)
    tables = held["tables"]
    for path, moment in held["moments"]:
        _put(tables, path, datetime.fromisoformat(moment) if "T" in moment else date.fromisoformat(moment))
    reading.parts = [(source, tables[source.name]) for source, _ in reading.parts]
    return reading


def written(reading: Reading) -> str:
    """Write down what was read, for `packaged`: the digest of the files, and their tables."""
    tables = {source.name: table for source, table in reading.parts}
    moments = [[list(path), moment.isoformat()] for path, moment in _moments(tables, ())]
    lines = [f"{json.dumps(name)}: {_json(table)}" for name, table in tables.items()]
    return f'{reading.digest}\n{{"tables": {{\n' + ",\n".join(lines) + f'\n}}, "moments": {_json(moments)}}}\n'


def _json(held: Any) -> str:
    # JSON has no moments; they stand in a list of their own.
    return json.dumps(held, ensure_ascii=False, separators=(",", ":"), default=lambda _: None)


def _moments(held: Any, path: Path) -> Iterator[tuple[Path, date]]:
    if isinstance(held, dict | list):
        for key, value in held.items() if isinstance(held, dict) else enumerate(held):
            yield from _moments(value, (*path, key))
    elif isinstance(held, date):
        yield path, held


def _put(held: Any, path: list[str | int], value: date) -> None:
    *way, last = path
    for key in way:
        held = held[key]
    held[last] = value
