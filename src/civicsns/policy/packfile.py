"""
A pack as files: one TOML file, or a folder of them.

In a folder, `pack.toml` says what the pack is; `laws.toml`, `citations.toml`, `lists.toml` and one file for each family
of rules hold the rest. All files are read as one.

A pack that is wrong is not read: all its faults are reported at once, each with file, line, key and what to do. Wrong is
also a pack whose own examples fail.
"""

from __future__ import annotations

import json
from functools import reduce
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import attrs

from civicsns.language import Bilingual
from civicsns.model import Context, Severity
from civicsns.policy.fault import Fault, Mistake, PackError, Wrong
from civicsns.policy.pack import CITY_LISTS, Citation, Example, Law, Pack, PackRule, beside
from civicsns.policy.packaged import packaged
from civicsns.policy.reading import tables, unreadable
from civicsns.policy.ready import Ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

    from civicsns.policy.places import Source
    from civicsns.policy.reading import Reading


def builtin(name: str) -> Pack:
    """
    Read a pack that comes with civicsns.

    Its proof takes seconds and is made when civicsns is built; whoever changes its files afterwards has it proven again.

    Raises:
        PackError: If its files were changed, and are wrong now.
    """
    packs = files("civicsns.policy") / "packs"
    place = packs / name.replace("-", "_")
    digest = proven().get(place.name)
    if digest is not None and (reading := packaged(place, packs / f"{place.name}.tables", proven=digest)):
        pack = pack_of(reading)
        return attrs.evolve(pack, ready=_ready(digest, packs, place.name, pack))
    reading = tables(place)
    return pack_of(reading) if reading.digest == digest else read(place)


def _ready(digest: str, packs: Traversable, name: str, pack: Pack) -> Ready:
    return Ready(digest, packs / f"{name}.index", packs / f"{name}.words", pack.rules, pack.lists)


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
        wrong = unreadable("*.toml")
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
    return reduce(beside, packs)


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
