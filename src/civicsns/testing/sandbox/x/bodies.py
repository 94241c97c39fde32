"""
Request bodies, typed and bounded as X's OpenAPI document 2.167 has them; nothing unknown is let through.

A shape checks a value and yields what is wrong with it, in the words and paths (`$.media.media_ids`) that X uses.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from civicsns.testing.sandbox.x import problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from werkzeug.wrappers import Request

_ID = re.compile(r"[0-9]{1,19}", re.ASCII)


class Shape(Protocol):
    """Checks one value."""

    def faults(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """Yield path and message of everything that is wrong."""
        ...


@attrs.frozen(kw_only=True)
class Text:
    """A string, with bounds on its length in code points."""

    least: int = 0
    most: int | None = None
    one_of: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None

    def faults(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """Yield what is wrong."""
        if not isinstance(value, str):
            yield path, f"{path}: {_kind(value)} found, string expected"
        elif any("\ud800" <= character <= "\udfff" for character in value):
            yield path, f"{path}: is not valid Unicode"
        elif self.one_of and value not in self.one_of:
            yield path, f"{path}: does not have a value in the enumeration [{', '.join(self.one_of)}]"
        elif self.pattern and not self.pattern.fullmatch(value):
            yield path, f"{path}: does not match the regex pattern ^{self.pattern.pattern}$"
        elif len(value) < self.least:
            yield path, f"{path}: must be at least {self.least} characters long"
        elif self.most is not None and len(value) > self.most:
            yield path, f"{path}: may only be {self.most} characters long"


@attrs.frozen(kw_only=True)
class Flag:
    """True or false."""

    def faults(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """Yield what is wrong."""
        if not isinstance(value, bool):
            yield path, f"{path}: {_kind(value)} found, boolean expected"


@attrs.frozen(kw_only=True)
class Whole:
    """A whole number with bounds."""

    least: int
    most: int

    def faults(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """Yield what is wrong."""
        if isinstance(value, bool) or not isinstance(value, int):
            yield path, f"{path}: {_kind(value)} found, integer expected"
        elif value < self.least:
            yield path, f"{path}: must have a minimum value of {self.least}"
        elif value > self.most:
            yield path, f"{path}: must have a maximum value of {self.most}"


@attrs.frozen(kw_only=True)
class Number:
    """A number, whole or not."""

    def faults(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """Yield what is wrong."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            yield path, f"{path}: {_kind(value)} found, number expected"


@attrs.frozen(kw_only=True)
class Many:
    """A list with bounds on its length."""

    of: Shape
    least: int = 0
    most: int | None = None

    def faults(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """Yield what is wrong."""
        if not isinstance(value, list):
            yield path, f"{path}: {_kind(value)} found, array expected"
            return
        if len(value) < self.least:
            yield path, f"{path}: there must be a minimum of {self.least} items in the array"
        if self.most is not None and len(value) > self.most:
            yield path, f"{path}: there must be a maximum of {self.most} items in the array"
        for index, item in enumerate(value):
            yield from self.of.faults(item, f"{path}[{index}]")


@attrs.frozen(kw_only=True)
class Record:
    """An object; fields that are not named are refused, unless it is open."""

    fields: Mapping[str, Shape]
    needed: tuple[str, ...] = ()
    open: bool = False

    def faults(self, value: Any, path: str) -> Iterator[tuple[str, str]]:
        """Yield what is wrong."""
        if not isinstance(value, dict):
            yield path, f"{path}: {_kind(value)} found, object expected"
            return
        for name in self.needed:
            if name not in value:
                yield f"{path}.{name}", f"{path}.{name}: is missing but it is required"
        for name, inner in value.items():
            shape = self.fields.get(name)
            if shape is not None:
                yield from shape.faults(inner, f"{path}.{name}")
            elif not self.open:
                yield (
                    f"{path}.{name}",
                    f"{path}.{name}: is not defined in the schema and the schema does not allow additional properties",
                )


#: An id: 1 to 19 digits in a string.
ID = Text(pattern=_ID)


def _kind(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    return names.get(type(value), "null")


def read(request: Request, shape: Shape) -> dict[str, Any]:
    """
    Read the JSON body of *request*.

    Raises:
        Problem: 400, if it is not of that shape.
    """
    if request.mimetype != "application/json":
        raise problems.invalid([{"message": "Content-Type must be application/json"}])
    try:
        value = json.loads(request.get_data().decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise problems.invalid([{"message": "The request body is not valid JSON"}]) from None
    wrong = list(shape.faults(value, "$"))
    if wrong:
        raise problems.invalid([{"parameters": {path: []}, "message": message} for path, message in wrong])
    assert isinstance(value, dict)
    return value


def _refuse(_constant: str) -> Any:
    """Refuse NaN and the infinities, which JSON does not have."""
    raise ValueError
