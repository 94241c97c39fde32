"""The `fields` of a call: `id,message,comments.limit(5).summary(true){id,message}` (Graph API, "Field Expansion")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.testing.sandbox.graph.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>[,{}])|\.(?P<modifier>[a-z_]+)\((?P<argument>[^()]*)\))"
)


@attrs.frozen
class Selected:
    """
    One field.

    Attributes:
        name: Its name.
        modifiers: What stands behind it, such as `limit` to `5`.
        inner: The fields of what it leads to; empty for the usual ones.
    """

    name: str
    modifiers: dict[str, str] = attrs.field(factory=dict)
    inner: tuple[Selected, ...] = ()


def select(fields: str) -> tuple[Selected, ...]:
    """
    Read a list of fields.

    Raises:
        GraphError: If it cannot be read (code 2500).
    """
    tokens = _tokens(fields)
    found, end = _list(tokens)
    if end is not None:
        raise _unreadable()
    return found


def _tokens(fields: str) -> Iterator[re.Match[str]]:
    position = 0
    text = fields.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable()
        position = match.end()
        yield match


def _list(tokens: Iterator[re.Match[str]]) -> tuple[tuple[Selected, ...], str | None]:
    found: list[Selected] = []
    wants_word = True
    for token in tokens:
        if token["word"]:
            if not wants_word:
                raise _unreadable()
            found.append(Selected(token["word"]))
            wants_word = False
        elif wants_word:
            # `id,,message`, `{}`, a modifier on nothing, or a comma at the end.
            raise _unreadable()
        elif token["modifier"]:
            found[-1].modifiers[token["modifier"]] = token["argument"]
        elif token["mark"] == ",":
            wants_word = True
        elif token["mark"] == "{":
            inner, end = _list(tokens)
            if end != "}" or found[-1].inner:
                raise _unreadable()
            found[-1] = attrs.evolve(found[-1], inner=inner)
        else:
            return tuple(found), "}"
    if wants_word:
        raise _unreadable()
    return tuple(found), None


def _unreadable() -> GraphError:
    return GraphError(code=2500, message="Syntax error in the list of fields.")
