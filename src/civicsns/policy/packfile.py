"""
A pack as files: one TOML file, or a folder of them.

In a folder, `pack.toml` says what the pack is; `laws.toml`, `citations.toml`, `lists.toml` and one file for each family
of rules hold the rest. All files are read as one.

A pack that is wrong is not read: all its faults are reported at once, each with file, line, key and what to do. Wrong is
also a pack whose own examples fail.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import reduce
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import attrs
import tomli

from civicsns.language import Bilingual
from civicsns.model import Context, Severity
from civicsns.policy.fault import Fault, Mistake, PackError, Wrong
from civicsns.policy.pack import CITY_LISTS, Citation, Example, Law, Pack, PackRule, joined
from civicsns.policy.places import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

    from civicsns.policy.form import Path, Table

_AT = re.compile(r"\(at line (\d+), column \d+\)")
#: Faults with which it can still be seen whether the rest of a rule or a list is right.
_BEARABLE = frozenset(
    {
        Mistake.PLACEHOLDER,
        Mistake.UNKNOWN_CITATION,
        Mistake.UNKNOWN_FAMILY,
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
        """SHA-256 over names and contents of the files."""
        whole = hashlib.sha256()
        for source, _ in self.parts:
            whole.update(f"{source.name}\0{source.text}\0".encode())
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


def builtin(name: str) -> Pack:
    """
    Read a pack that comes with civicsns.

    Its proof takes seconds and is made when civicsns is built; whoever changes its files afterwards has it proven again.

    Raises:
        PackError: If its files were changed, and are wrong now.
    """
    place = files("civicsns.policy") / "packs" / name.replace("-", "_")
    reading = tables(place)
    if reading.digest == proven().get(place.name, reading.digest):
        return pack_of(reading)
    return read(place)


def proven() -> dict[str, str]:
    """Give the digests of the packs that come with civicsns, as they were when they were proven, by folder."""
    kept = files("civicsns.policy") / "packs" / "proven.json"
    return dict(json.loads(kept.read_text(encoding="utf-8")))


def read(place: Traversable) -> Pack:
    """
    Read a pack from a file or a folder, and prove it: forms, references, patterns, examples.

    Args:
        place: The file or folder.

    Raises:
        PackError: If anything is wrong with it; all faults at once.
    """
    # Whoever needs no proof loads nothing that it takes.
    from civicsns.policy.forms import PACK_FILE  # noqa: PLC0415
    from civicsns.policy.proof import prove  # noqa: PLC0415

    reading = tables(place, PACK_FILE)

    heads = [source for source, table in reading.parts if "pack" in table]
    if len(heads) != 1 and reading.parts:
        _one_head(reading, heads)
    pack = prove(reading)
    reading.close()
    assert pack is not None
    return pack


def merged(packs: Sequence[Pack]) -> Pack:
    """
    Make one pack of several.

    Raises:
        PackError: If two have a rule of the same code, or there is none at all.
    """
    if not packs:
        wrong = _unreadable("*.toml")
        raise PackError(
            [Fault(file="", line=None, key="", mistake=wrong.mistake, what=wrong.what, mend=wrong.mend)], place="packs"
        )
    owners: dict[str, str] = {}
    faults: list[Fault] = []
    for pack in packs:
        for one in pack.rules:
            if one.code in owners:
                faults.append(_both_have(one.code, owners[one.code], pack.id))
            owners.setdefault(one.code, pack.id)
    if faults:
        raise PackError(faults, place=", ".join(pack.id for pack in packs))
    return reduce(joined, packs)


def _both_have(code: str, one: str, other: str) -> Fault:
    return Fault(
        file=other,
        line=None,
        key=f"rule[{code}].code",
        mistake=Mistake.CODE_TWICE,
        what=Bilingual(f"パック「{one}」にも {code} があります。", f"The pack {one!r} has {code} too."),
        mend=Bilingual("二つのうち一方だけを使ってください。", "Use one of the two packs only."),
    )


def _one_head(reading: Reading, heads: list[Source]) -> None:
    source = heads[1] if heads else reading.parts[0][0]
    reading.blame(
        source,
        Wrong(
            path=("pack",),
            mistake=Mistake.SECTION_TWICE if heads else Mistake.MISSING_KEY,
            what=Bilingual("[pack] が二つあります。", "There are two tables [pack].")
            if heads
            else Bilingual("[pack] がありません。", "There is no table [pack]."),
            mend=Bilingual(
                "id・version・title のある [pack] を一つだけ置いてください。",
                "Have one table [pack] with id, version and title.",
            ),
        ),
    )


def tables(place: Traversable, form: Table | None = None) -> Reading:
    """
    Read TOML files and hold them against their form.

    Args:
        place: A file or a folder.
        form: What each file may hold; None to look at nothing but whether it is TOML.
    """
    reading = Reading(place.name)
    for file in _files(place, reading):
        try:
            source = Source(file.name, file.read_bytes().decode("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            said = error.strerror if isinstance(error, OSError) else "UTF-8"
            reading.blame(Source(file.name, ""), _unreadable(str(said)))
            continue
        try:
            table = tomli.loads(source.text)
        except (tomli.TOMLDecodeError, RecursionError) as error:
            reading.faults.append(_not_toml(source, str(error)))
            continue
        reading.parts.append((source, table))
        if form is not None and not _examined(reading, source, table, form):
            reading.parts.pop()
    return reading


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
        reading.blame(Source(place.name, ""), _unreadable("*.toml"))
    return found


def _unreadable(said: str) -> Wrong:
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


def pack_of(reading: Reading) -> Pack:
    """Make the pack of what is well in the files that were read."""
    head: dict[str, Any] = next((table for _, table in _heads(reading)), {})
    lists = {str(path[1]): tuple(value) for _, path, value in reading.well("list")}
    return Pack(
        id=str(head.get("id", "")),
        version=str(head.get("version", "")),
        title=_both(head["title"]) if "title" in head else Bilingual("無題", "Untitled"),
        families=families(reading),
        laws=laws(reading),
        citations=citations(reading),
        lists=dict.fromkeys(CITY_LISTS, ()) | lists,
        rules=tuple(rule(value) for _, _, value in reading.well("rule")),
    )


def _heads(reading: Reading) -> Iterator[tuple[Source, dict[str, Any]]]:
    for source, table in reading.parts:
        if "pack" in table and not any(name == source.name and path[:1] == ("pack",) for name, path in reading.bad):
            yield source, table["pack"]


def families(reading: Reading) -> dict[str, Bilingual]:
    """Give the families of rules by their letters."""
    return {str(path[1]): _both(value) for _, path, value in reading.well("family")}


def laws(reading: Reading) -> dict[str, Law]:
    """Give the laws by key."""
    return {
        str(path[1]): Law(
            key=str(path[1]),
            title=_both(value["title"]),
            short=_both(value["short"]),
            number=value.get("number", ""),
            egov=value.get("egov", ""),
        )
        for _, path, value in reading.well("law")
    }


def citations(reading: Reading) -> dict[str, Citation]:
    """Give the citations by key."""
    return {
        value["key"]: Citation(
            key=value["key"],
            law=value["key"].partition(":")[0],
            says=_both(value["says"]),
            binds=_maybe(value, "binds"),
            threatens=_maybe(value, "threatens"),
            seen=value["seen"],
            version=value.get("version"),
            source=value.get("source", ""),
            confirmed=value.get("confirmed", ""),
        )
        for _, _, value in reading.well("citation")
    }


def rule(table: Mapping[str, Any]) -> PackRule:
    """Make a rule of its table."""
    return PackRule(
        code=table["code"],
        title=_both(table["title"]),
        severity=Severity(table["severity"]),
        message=_both(table["message"]),
        explain=_maybe(table, "explain"),
        mend=_maybe(table, "mend"),
        legal=tuple(table["legal"]),
        detect=table["detect"],
        when=table.get("when", {}),
        fix=table.get("fix"),
        waivable=table.get("waivable", True),
        begins=table.get("begins"),
        ends=table.get("ends"),
        must_flag=_examples(table.get("must_flag", ())),
        must_pass=_examples(table.get("must_pass", ())),
        known_miss=_examples(table.get("known_miss", ())),
        limits=_maybe(table, "limits"),
    )


def _both(table: Mapping[str, str]) -> Bilingual:
    return Bilingual(table["ja"], table["en"])


def _maybe(table: Mapping[str, Any], key: str) -> Bilingual | None:
    return _both(table[key]) if key in table else None


def _examples(given: Iterable[str | Mapping[str, Any]]) -> tuple[Example, ...]:
    return tuple(Example(text=one) if isinstance(one, str) else _example(one) for one in given)


def _example(table: Mapping[str, Any]) -> Example:
    context = Context(**table["context"]) if "context" in table else None
    return Example(text=table["text"], context=context, facts=table.get("facts", {}), finds=table.get("finds"))
