"""
A pack as files: one TOML file, or a folder of them.

In a folder, `pack.toml` says what the pack is; `laws.toml`, `citations.toml`, `lists.toml` and one file for each family
of rules hold the rest. All files are read as one.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from civicsns.language import Bilingual
from civicsns.model import Severity
from civicsns.policy.pack import Citation, Example, Law, Pack, PackRule

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def builtin(name: str) -> Pack:
    """Read a pack that comes with civicsns."""
    return read(files("civicsns.policy") / "packs" / name.replace("-", "_"))


def read(place: Traversable) -> Pack:
    """Read a pack from a file or a folder."""
    tables = [
        tomllib.loads(file.read_text(encoding="utf-8"))
        for file in (sorted(place.iterdir(), key=lambda one: one.name) if place.is_dir() else [place])
        if file.name.endswith(".toml")
    ]
    head: dict[str, Any] = next(table["pack"] for table in tables if "pack" in table)
    return Pack(
        id=head["id"],
        version=head["version"],
        title=_both(head["title"]),
        families={key: _both(value) for table in tables for key, value in table.get("family", {}).items()},
        laws={
            key: Law(
                key=key,
                title=_both(value["title"]),
                short=_both(value["short"]),
                number=value.get("number", ""),
                egov=value.get("egov", ""),
            )
            for table in tables
            for key, value in table.get("law", {}).items()
        },
        citations={
            value["key"]: Citation(
                key=value["key"],
                law=value["key"].partition(":")[0],
                says=_both(value["says"]),
                binds=_both(value["binds"]) if "binds" in value else None,
                threatens=_both(value["threatens"]) if "threatens" in value else None,
                seen=value["seen"],
                version=value.get("version"),
                source=value.get("source", ""),
                confirmed=value.get("confirmed", ""),
            )
            for table in tables
            for value in table.get("citation", [])
        },
        lists={key: tuple(value) for table in tables for key, value in table.get("list", {}).items()},
        rules=tuple(_rule(value) for table in tables for value in table.get("rule", [])),
    )


def _rule(table: dict[str, Any]) -> PackRule:
    return PackRule(
        code=table["code"],
        title=_both(table["title"]),
        severity=Severity(table["severity"]),
        message=_both(table["message"]),
        explain=_both(table["explain"]) if "explain" in table else None,
        mend=_both(table["mend"]) if "mend" in table else None,
        legal=tuple(table["legal"]),
        detect=table["detect"],
        when=table.get("when", {}),
        fix=table.get("fix"),
        waivable=table.get("waivable", True),
        begins=table.get("begins"),
        ends=table.get("ends"),
        must_flag=tuple(map(_example, table.get("must_flag", []))),
        must_pass=tuple(map(_example, table.get("must_pass", []))),
        known_miss=tuple(map(_example, table.get("known_miss", []))),
        limits=_both(table["limits"]) if "limits" in table else None,
    )


def _both(table: dict[str, str]) -> Bilingual:
    return Bilingual(table["ja"], table["en"])


def _example(value: str | dict[str, Any]) -> Example:
    return Example(text=value) if isinstance(value, str) else Example(**value)
