"""Forms of lists and tables; what they hold is declared by forms again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from civicsns.language import Bilingual
from civicsns.policy.fault import Mistake, Wrong
from civicsns.policy.form import Choice, Text, examine, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.policy.fault import Path
    from civicsns.policy.form import Form


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
                what=Bilingual("空の並びです。", "The list is empty.")
                if not value
                else Bilingual(f"{len(value)} つしかありません。", f"The list is too short, with {len(value)}."),
                mend=Bilingual(f"{self.least} つ以上書いてください。", f"Write {self.least} or more."),
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
