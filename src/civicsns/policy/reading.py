"""Files of packs and overlays as they were read, with what is wrong with them."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

import attrs
import tomli

from civicsns.language import Bilingual
from civicsns.policy.fault import Fault, Mistake, PackError, Wrong
from civicsns.policy.places import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from importlib.resources.abc import Traversable

    from civicsns.policy.fault import Path
    from civicsns.policy.tableform import Table

_AT = re.compile(r"\(at line (\d+), column \d+\)")

#: Faults with which it can still be seen whether the rest of a rule or a list is right.
_BEARABLE = frozenset(
    {
        Mistake.PLACEHOLDER,
        Mistake.UNKNOWN_CITATION,
        Mistake.UNKNOWN_FAMILY,
        Mistake.LIST_IN_LIST,
        Mistake.TERM_TWICE,
        Mistake.EXCEPTION_USELESS,
    }
)


@attrs.define
class Reading:
    """
    Files that were read, and what was found wrong with them.

    Attributes:
        place: What they are called together.
        parts: Each file with its tables.
        faults: What is wrong.
        bad: The rules, laws, citations and so on that cannot be used: the files' names, and the first two parts of
            their paths.
    """

    place: str
    parts: list[tuple[Source, dict[str, Any]]] = attrs.field(factory=list)
    faults: list[Fault] = attrs.field(factory=list)
    bad: set[tuple[str, Path]] = attrs.field(factory=set)

    @property
    def digest(self) -> str:
        """SHA-256 over names and contents of the files; how their lines end makes no difference."""
        whole = hashlib.sha256()
        for source, _ in self.parts:
            text = source.text.replace("\r\n", "\n")
            whole.update(f"{source.name}\0{text}\0".encode())
        return whole.hexdigest()

    def blame(self, source: Source, wrong: Wrong) -> None:
        """Note what is wrong, with its line."""
        key = _shown(wrong.path, next((table for one, table in self.parts if one is source), {}))
        if wrong.mistake not in _BEARABLE:
            self.bad.add((source.name, wrong.path[:2]))
        self.faults.append(
            Fault(
                file=source.name,
                line=source.line(wrong.path),
                key=key,
                mistake=wrong.mistake,
                what=wrong.what,
                mend=wrong.mend,
            )
        )

    def well(self, section: str) -> Iterator[tuple[Source, Path, Any]]:
        """Give what a section of any file holds, with its place; what has faults is left out."""
        for source, table in self.parts:
            for path, value in _items(section, table.get(section)):
                if (source.name, path) not in self.bad and (source.name, path[:1]) not in self.bad:
                    yield source, path, value

    def keys(self, section: str, more: Iterable[str] = ()) -> dict[str, None]:
        """Give the names in a section of all files, those with faults too, after *more*."""
        held = (table.get(section) for _, table in self.parts)
        return dict.fromkeys([*more, *(key for table in held if isinstance(table, dict) for key in table)])

    def close(self) -> None:
        """
        Go on, or not.

        Raises:
            PackError: If anything is wrong.
        """
        if self.faults:
            raise PackError(self.faults, place=self.place)


def _items(section: str, held: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(held, list):
        yield from (((section, number), value) for number, value in enumerate(held))
    elif isinstance(held, dict):
        yield from (((section, key), value) for key, value in held.items())


def _shown(path: Path, table: Mapping[str, Any]) -> str:
    """Write a path as people read it: rules by their codes, citations by their keys."""
    shown = ""
    inner: Any = table
    for part in path:
        try:
            inner = inner[part]
        except (KeyError, IndexError, TypeError):
            inner = None
        if isinstance(part, str):
            shown += f".{part}" if shown else part
        else:
            name = (inner.get("code") or inner.get("key")) if isinstance(inner, dict) else None
            shown += f"[{name if isinstance(name, str) else part}]"
    return shown


def tables(place: Traversable, form: Table | None = None) -> Reading:
    """
    Read TOML files and hold them against their form.

    Args:
        place: A file or a folder.
        form: What each file may hold; None to look at nothing but whether it is TOML.
    """
    reading = Reading(place.name)
    for source in sources(place, reading):
        try:
            table = tomli.loads(source.text)
        except (tomli.TOMLDecodeError, RecursionError) as error:
            reading.faults.append(_not_toml(source, str(error)))
            continue
        reading.parts.append((source, table))
        if form is not None and not _examined(reading, source, table, form):
            reading.parts.pop()
    return reading


def sources(place: Traversable, reading: Reading) -> Iterator[Source]:
    """Give the TOML files of a place, in order, and note in *reading* which cannot be read."""
    for file in _files(place, reading):
        try:
            yield Source(file.name, file.read_bytes().decode("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            said = error.strerror if isinstance(error, OSError) else "UTF-8"
            reading.blame(Source(file.name, ""), unreadable(str(said)))


def _examined(reading: Reading, source: Source, table: dict[str, Any], form: Table) -> bool:
    """Hold a file against its form; one of a newer schema can not be."""
    from civicsns.policy.form import examine  # noqa: PLC0415 -- loaded with the form
    from civicsns.policy.forms import SCHEMA  # noqa: PLC0415

    newer = table.get("schema")
    if type(newer) is int and newer > SCHEMA:
        reading.blame(source, _newer(newer, SCHEMA))
        return False
    for wrong in examine(form, table, ()):
        reading.blame(source, wrong)
    return True


def _files(place: Traversable, reading: Reading) -> list[Traversable]:
    if place.is_file():
        return [place]
    found = (
        sorted((one for one in place.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
        if (place.is_dir())
        else []
    )
    if not found:
        reading.blame(Source(place.name, ""), unreadable("*.toml"))
    return found


def unreadable(said: str) -> Wrong:
    """Say that there is nothing to read; *said* is why."""
    return Wrong(
        path=(),
        mistake=Mistake.UNREADABLE,
        what=Bilingual(f"読めるファイルがありません（{said}）。", f"It cannot be read ({said})."),
        mend=Bilingual(
            "UTF-8 の TOML ファイルがその場所にあり、読めることを確かめてください。",
            "See that a TOML file in UTF-8 is there, and may be read.",
        ),
    )


def _not_toml(source: Source, said: str) -> Fault:
    at = _AT.search(said)
    return Fault(
        file=source.name,
        line=int(at[1]) if at else source.text.count("\n") + 1,
        key="",
        mistake=Mistake.NOT_TOML,
        what=Bilingual(f"TOML として読めません（{said}）。", f"This is not TOML ({said})."),
        mend=Bilingual("その行の引用符や括弧を確かめてください。", "Look at the quotes and brackets of that line."),
    )


def _newer(schema: int, newest: int) -> Wrong:
    return Wrong(
        path=("schema",),
        mistake=Mistake.NEWER_SCHEMA,
        what=Bilingual(
            f"形式 {schema} のファイルです。この civicsns が読めるのは {newest} までです。",
            f"The file is of schema {schema}; this civicsns reads up to {newest}.",
        ),
        mend=Bilingual("civicsns を新しくしてください。", "Update civicsns."),
    )
