"""
Forms 様式: what a table may hold, declared once; values are checked by it, and its JSON schema is made from it.

Keys of TOML tables are named in `civicsns.policy.forms`; this module has the pieces that they are declared with.
"""

from __future__ import annotations

import difflib
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from civicsns.language import Bilingual
from civicsns.policy.fault import Mistake, Wrong

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Path = tuple[str | int, ...]

_PLACEHOLDER = re.compile(r"TODO|FIXME|XXX|に当たるおそれがあります。$")


class Form(Protocol):
    """What one value may be."""

    @property
    def takes(self) -> Bilingual:
        """What it takes, as the end of a sentence."""
        ...

    def fits(self, value: Any, /) -> bool:
        """Whether the value is of this kind at all, whatever is wrong inside."""
        ...

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say what is wrong with a value of this kind."""
        ...

    def schema(self) -> dict[str, Any]:
        """Give it in JSON schema, draft 2020-12."""
        ...


def examine(form: Form, value: Any, path: Path) -> Iterator[Wrong]:
    """Say what is wrong with *value*, which is to be of *form*."""
    if form.fits(value):
        yield from form.wrongs(value, path)
        return
    yield Wrong(
        path=path,
        mistake=Mistake.WRONG_TYPE,
        what=Bilingual("値の種類が違います。", "The value is of another kind than it should be."),
        mend=Bilingual(f"{form.takes.ja}を書いてください。", f"Write {form.takes.en}."),
    )


@attrs.frozen(kw_only=True)
class Text:
    """
    A text that is not empty.

    Attributes:
        pattern: What it must match as a whole; None for anything.
        mistake: What it is called where it does not.
        shown: What a right one looks like.
        prose: Whether it is read by people, and may hold no placeholder.
        may_be_empty: Whether nothing at all will do.
    """

    pattern: str | None = None
    mistake: Mistake = Mistake.UNKNOWN_VALUE
    shown: str = ""
    prose: bool = False
    may_be_empty: bool = False
    takes: Bilingual = Bilingual("文字列", "a string")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a string."""
        return isinstance(value, str)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say whether it is empty, a placeholder, or of another form."""
        if not value.strip() and not self.may_be_empty:
            yield Wrong(
                path=path,
                mistake=Mistake.EMPTY,
                what=Bilingual("空です。", "It is empty."),
                mend=Bilingual("中身を書くか、この項目を消してください。", "Write something, or take the key away."),
            )
        elif self.prose and _PLACEHOLDER.search(value):
            yield Wrong(
                path=path,
                mistake=Mistake.PLACEHOLDER,
                what=Bilingual(f"書きかけのままです（{value[:30]}）。", f"It is a placeholder ({value[:30]})."),
                mend=Bilingual("読む人のための文を書いてください。", "Write it for those who will read it."),
            )
        elif self.pattern is not None and not re.fullmatch(self.pattern, value):
            yield Wrong(
                path=path,
                mistake=self.mistake,
                what=Bilingual(
                    f"「{value}」は決まった形ではありません。", f"{value!r} does not have the form it should."
                ),
                mend=Bilingual(f"{self.shown} のように書いてください。", f"Write it like {self.shown}."),
            )

    def schema(self) -> dict[str, Any]:
        """A string."""
        made: dict[str, Any] = {"type": "string"}
        if self.pattern is not None:
            made["pattern"] = f"^(?:{self.pattern})$"
        elif not self.may_be_empty:
            made["pattern"] = r"\S"
        if self.prose:
            made["not"] = {"pattern": _PLACEHOLDER.pattern}
        return made


@attrs.frozen
class Choice:
    """One of several words."""

    among: tuple[str, ...]
    mistake: Mistake = Mistake.UNKNOWN_VALUE

    @property
    def takes(self) -> Bilingual:
        """The words."""
        return Bilingual(f"{'、'.join(self.among)} のいずれか", f"one of {', '.join(self.among)}")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a string."""
        return isinstance(value, str)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say whether it is one of the words."""
        if value not in self.among:
            yield unknown(value, self.among, path, self.mistake)

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"enum": list(self.among)}


def unknown(value: str, known: Iterable[str], path: Path, mistake: Mistake) -> Wrong:
    """Say that there is no such thing, and what there is."""
    known = list(known)
    near = difflib.get_close_matches(value, known, n=1)
    shown = known[:20]
    if near:
        mend = Bilingual(f"「{near[0]}」のことですか。", f"Did you mean {near[0]!r}?")
    elif known:
        mend = Bilingual(f"使えるのは {'、'.join(shown)} です。", f"There are {', '.join(shown)}.")
    else:
        mend = Bilingual("先に定めてください。", "Declare it first.")
    return Wrong(
        path=path,
        mistake=mistake,
        what=Bilingual(f"「{value}」というものはありません。", f"There is no {value!r}."),
        mend=mend,
    )


@attrs.frozen
class Flag:
    """True or false."""

    takes: Bilingual = Bilingual("true か false", "true or false")

    def fits(self, value: Any, /) -> bool:
        """Whether it is one."""
        return isinstance(value, bool)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:  # noqa: ARG002 -- both are right
        """Say nothing."""
        yield from ()

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@attrs.frozen(kw_only=True)
class Whole:
    """
    A whole number.

    Attributes:
        least: The least that makes sense.
        most: The most that makes sense.
    """

    least: int = 0
    most: int = 1_000_000

    @property
    def takes(self) -> Bilingual:
        """Between what."""
        return Bilingual(f"{self.least} から {self.most} の整数", f"a whole number from {self.least} to {self.most}")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a whole number; true and false are none."""
        return type(value) is int

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say whether it is too small or too large."""
        if not self.least <= value <= self.most:
            yield Wrong(
                path=path,
                mistake=Mistake.OUT_OF_RANGE,
                what=Bilingual(f"{value} は範囲の外です。", f"{value} is out of range."),
                mend=Bilingual(f"{self.takes.ja}を書いてください。", f"Write {self.takes.en}."),
            )

    def schema(self) -> dict[str, Any]:
        """An integer."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@attrs.frozen
class Day:
    """A date."""

    takes: Bilingual = Bilingual("2027-03-31 のような日付（引用符なし）", "a date such as 2027-03-31, without quotes")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a date; with a time of day it is none."""
        return type(value) is date

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:  # noqa: ARG002 -- every date is right
        """Say nothing."""
        yield from ()

    def schema(self) -> dict[str, Any]:
        """A date; JSON has none, so it is a string there."""
        return {"type": "string", "format": "date"}


@attrs.frozen
class Moment:
    """A date with a time and its offset."""

    takes: Bilingual = Bilingual(
        "2026-11-05T19:00:00+09:00 のような時刻", "a time with its offset, such as 2026-11-05T19:00:00+09:00"
    )

    def fits(self, value: Any, /) -> bool:
        """Whether it is a time that says where."""
        return isinstance(value, datetime) and value.tzinfo is not None

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:  # noqa: ARG002 -- every time is right
        """Say nothing."""
        yield from ()

    def schema(self) -> dict[str, Any]:
        """A time; JSON has none, so it is a string there."""
        return {"type": "string", "format": "date-time"}


@attrs.frozen(kw_only=True)
class Listed:
    """
    A list.

    Attributes:
        of: What it lists.
        least: How many there must be.
    """

    of: Form
    least: int = 0

    @property
    def takes(self) -> Bilingual:
        """A list of what."""
        return Bilingual(f"[ ] で囲んだ、{self.of.takes.ja}の並び", f"a list, in [ ], of {self.of.takes.en}")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a list."""
        return isinstance(value, list)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say what is wrong with each item."""
        if len(value) < self.least:
            yield Wrong(
                path=path,
                mistake=Mistake.EMPTY,
                what=Bilingual("空の並びです。", "The list is empty."),
                mend=Bilingual("一つ以上書いてください。", "Write one item at least."),
            )
        for place, item in enumerate(value):
            yield from examine(self.of, item, (*path, place))

    def schema(self) -> dict[str, Any]:
        """An array."""
        made: dict[str, Any] = {"type": "array", "items": self.of.schema()}
        return made | ({"minItems": self.least} if self.least else {})


@attrs.frozen
class Either:
    """One of two forms that differ in kind."""

    first: Form
    second: Form

    @property
    def takes(self) -> Bilingual:
        """The one or the other."""
        return Bilingual(
            f"{self.first.takes.ja}、または{self.second.takes.ja}", f"{self.first.takes.en}, or {self.second.takes.en}"
        )

    def fits(self, value: Any, /) -> bool:
        """Whether it is one of the two."""
        return self.first.fits(value) or self.second.fits(value)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say what is wrong with it as the one that it is."""
        yield from (self.first if self.first.fits(value) else self.second).wrongs(value, path)

    def schema(self) -> dict[str, Any]:
        """Either schema."""
        return {"anyOf": [self.first.schema(), self.second.schema()]}


@attrs.frozen(kw_only=True)
class Table:
    """
    A table whose keys are known.

    Attributes:
        keys: What each key holds.
        needs: The keys that must be there.
        unknown: What a key is called that is not known.
        missing: What it is called where a key is missing.
    """

    keys: Mapping[str, Form]
    needs: tuple[str, ...] = ()
    unknown: Mistake = Mistake.UNKNOWN_KEY
    missing: Mistake = Mistake.MISSING_KEY
    about: str = ""

    @property
    def takes(self) -> Bilingual:
        """A table with what."""
        shown = "{ " + ", ".join(f"{key} = …" for key in self.needs or tuple(self.keys)[:3]) + " }"
        return Bilingual(f"{shown} のような表", f"a table, {shown}")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a table."""
        return isinstance(value, dict)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say what is unknown, missing and wrong in it."""
        for key, item in value.items():
            form = self.keys.get(key)
            if form is None:
                yield unknown(key, self.keys, (*path, key), self.unknown)
            else:
                yield from examine(form, item, (*path, key))
        for key in self.needs:
            if key not in value:
                yield Wrong(
                    path=path,
                    mistake=self.missing,
                    what=Bilingual(f"「{key}」がありません。", f"The key {key!r} is missing."),
                    mend=Bilingual(
                        f"{key} に{self.keys[key].takes.ja}を書いてください。", f"Give {key} {self.keys[key].takes.en}."
                    ),
                )

    def schema(self) -> dict[str, Any]:
        """An object with these properties and no others."""
        made: dict[str, Any] = {
            "type": "object",
            "properties": {key: form.schema() for key, form in self.keys.items()},
            "additionalProperties": False,
        }
        return made | ({"required": list(self.needs)} if self.needs else {})


@attrs.frozen(kw_only=True)
class Named:
    """
    A table of values of one kind, by names of one's own.

    Attributes:
        of: What each holds.
        name: What a name must match.
        shown: What a right name looks like.
        mistake: What it is called where one does not.
    """

    of: Form
    name: str = r"[\w.\-]+"
    shown: str = "my_name"
    mistake: Mistake = Mistake.UNKNOWN_KEY
    takes: Bilingual = Bilingual("名前ごとの表", "a table by name")

    def fits(self, value: Any, /) -> bool:
        """Whether it is a table."""
        return isinstance(value, dict)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say what is wrong with names and values."""
        name = Text(pattern=self.name, mistake=self.mistake, shown=self.shown)
        for key, item in value.items():
            yield from name.wrongs(key, (*path, key))
            yield from examine(self.of, item, (*path, key))

    def schema(self) -> dict[str, Any]:
        """An object with properties of these names."""
        return {
            "type": "object",
            "patternProperties": {f"^(?:{self.name})$": self.of.schema()},
            "additionalProperties": False,
        }


@attrs.frozen(kw_only=True)
class OneOf:
    """
    A table whose key `kind` says what else it holds.

    Attributes:
        kinds: The form of each kind, without the key `kind`.
        mistake: What an unknown kind is called.
    """

    kinds: Mapping[str, Table]
    mistake: Mistake = Mistake.UNKNOWN_KIND
    takes: Bilingual = Bilingual('{ kind = "…" } のような表', 'a table, { kind = "…" }')

    def fits(self, value: Any, /) -> bool:
        """Whether it is a table."""
        return isinstance(value, dict)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say what is wrong with it as the kind that it is."""
        kind = value.get("kind")
        if not isinstance(kind, str):
            yield from Table(keys={"kind": Choice(tuple(self.kinds))}, needs=("kind",)).wrongs(
                {"kind": kind} if kind is not None else {}, path
            )
        elif kind not in self.kinds:
            yield unknown(kind, self.kinds, (*path, "kind"), self.mistake)
        else:
            rest = {key: item for key, item in value.items() if key != "kind"}
            yield from self.kinds[kind].wrongs(rest, path)

    def schema(self) -> dict[str, Any]:
        """One object for each kind."""
        made = [form.schema() for form in self.kinds.values()]
        for kind, one in zip(self.kinds, made, strict=True):
            one["properties"] = {"kind": {"const": kind}} | one["properties"]
            one["required"] = ["kind", *one.get("required", ())]
        return {"type": "object", "required": ["kind"], "oneOf": made}


@attrs.frozen
class Anything:
    """A value that another part of the program looks at."""

    takes: Bilingual = Bilingual("値", "a value")

    def fits(self, value: Any, /) -> bool:  # noqa: ARG002 -- everything fits
        """Everything fits."""
        return True

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:  # noqa: ARG002 -- nothing is wrong
        """Say nothing."""
        yield from ()

    def schema(self) -> dict[str, Any]:
        """Anything."""
        return {}


@attrs.frozen
class Defined:
    """
    A form that is used in many places, and stands in the schema once.

    Attributes:
        name: What the schema calls it.
        form: The form.
    """

    name: str
    form: Form

    @property
    def takes(self) -> Bilingual:
        """What the form takes."""
        return self.form.takes

    def fits(self, value: Any, /) -> bool:
        """Whether it fits the form."""
        return self.form.fits(value)

    def wrongs(self, value: Any, path: Path, /) -> Iterator[Wrong]:
        """Say what is wrong with it."""
        yield from self.form.wrongs(value, path)

    def schema(self) -> dict[str, Any]:
        """A reference."""
        return {"$ref": f"#/$defs/{self.name}"}
