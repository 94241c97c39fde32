"""Where a key stands in a TOML file: lines for messages, found only when there is something to report."""

from __future__ import annotations

import tomllib
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from civicsns.policy.fault import Path


@attrs.frozen(slots=False)
class Source:
    """
    A file as it was read.

    Attributes:
        name: Its name, for messages.
        text: What stands in it.
    """

    name: str
    text: str = attrs.field(repr=False)

    def line(self, path: Path) -> int | None:
        """Give the line, from 1, on which *path* stands, or the nearest thing around it that has a line."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._lines:
                return self._lines[path[:end]]
        return None

    @cached_property
    def _lines(self) -> dict[Path, int]:
        # 30 ms that nobody pays whose pack is right.
        import tree_sitter_toml  # noqa: PLC0415
        from tree_sitter import Language, Parser  # noqa: PLC0415

        tree = Parser(Language(tree_sitter_toml.language())).parse(self.text.encode())
        lines: dict[Path, int] = {}
        arrays: dict[Path, int] = {}
        # Which table of an array is meant by its name just now.
        current: dict[Path, int] = {}

        def resolved(path: Path) -> Path:
            found: Path = ()
            for part in path:
                found = (*found, part)
                if found in current:
                    found = (*found, current[found])
            return found

        for node in tree.root_node.children:
            if node.type == "pair":
                _pair(node, (), lines)
            elif node.type in {"table", "table_array_element"}:
                path = _key(node.named_children[0])
                around = resolved(path[:-1])
                here: Path = (*around, path[-1])
                if node.type == "table_array_element":
                    number = arrays.get(here, 0)
                    arrays[here] = number + 1
                    current[here] = number
                    here = (*here, number)
                _put(lines, here, node)
                for child in node.named_children[1:]:
                    if child.type == "pair":
                        _pair(child, here, lines)
        return lines


def _put(lines: dict[Path, int], path: Path, node: Node) -> None:
    for end in range(1, len(path) + 1):
        lines.setdefault(path[:end], node.start_point[0] + 1)


def _pair(node: Node, around: Path, lines: dict[Path, int]) -> None:
    key, *rest = (child for child in node.named_children if child.type != "comment")
    path = (*around, *_key(key))
    _put(lines, path, node)
    for value in rest:
        _value(value, path, lines)


def _value(node: Node, path: Path, lines: dict[Path, int]) -> None:
    if node.type == "inline_table":
        for child in node.named_children:
            if child.type == "pair":
                _pair(child, path, lines)
    elif node.type == "array":
        items = (child for child in node.named_children if child.type != "comment")
        for number, item in enumerate(items):
            _put(lines, (*path, number), item)
            _value(item, (*path, number), lines)


def _key(node: Node) -> Path:
    written = (node.text or b"").decode()
    return tuple(_parts(tomllib.loads(f"{written} = 0")))


def _parts(table: dict[str, Any]) -> Iterator[str]:
    """Let TOML itself say of which parts a dotted or quoted key consists."""
    inner: Any = table
    while isinstance(inner, dict):
        ((part, inner),) = inner.items()
        yield part
