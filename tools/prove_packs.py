"""
Prove the rule packs that come with civicsns, and note what was proven.

`python tools/prove_packs.py` reads each pack as it reads anybody's: forms, references, patterns and examples. Only where
nothing is wrong does it write the digest of the files into the package. It also notes what words each pattern needs
(`civicsns.policy.detect.factors`), what its files hold in a form that is read fast (`civicsns.policy.packaged`), and what
a policy learns of it (`civicsns.policy.ready`), so that nobody who uses a pack has to wait for that. With `--check` it proves nothing, and exits with 1 where a pack is not
the one that was proven, its patterns are others, or what is packaged is not what its files say; that the rules of today still
prove it is held by a test.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from pages import ROOT

from civicsns.policy import packaged, packfile, reading, ready
from civicsns.policy.detect import factors, near
from civicsns.policy.engine import Policy
from civicsns.policy.fault import PackError
from civicsns.policy.sounds import vocabulary
from civicsns.text.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: What stands in fewer examples is not common.
_TIMES = 3

PACKS = ROOT / "src" / "civicsns" / "policy" / "packs"


def digest(folder: Path) -> str:
    """Give the digest of a pack's files as they are."""
    return reading.tables(folder).digest


def patterns(held: Any) -> Iterator[str]:
    """Give the patterns of rules, whatever kind of rule they are in."""
    if isinstance(held, dict):
        if held.get("kind") == "regex":
            yield held["pattern"]
        elif held.get("kind") == "near":
            yield from filter(None, map(near.pattern_of, held["groups"]))
        for value in held.values():
            yield from patterns(value)
    elif isinstance(held, list):
        for value in held:
            yield from patterns(value)


def common(folders: Iterable[Path]) -> dict[str, float]:
    """Count in what share of the examples that should pass some letters stand in a row."""
    views = [
        fold(example if isinstance(example, str) else example["text"]).view
        for folder in folders
        for _, table in reading.tables(folder).parts
        for rule in table.get("rule", [])
        for example in rule.get("must_pass", [])
    ]
    found = Counter(
        row
        for view in views
        for row in {
            view[at : at + size] for size in range(1, factors.LONGEST + 1) for at in range(len(view) - size + 1)
        }
    )
    return {row: round(times / len(views), 4) for row, times in sorted(found.items()) if times >= _TIMES}


def needed(folders: Iterable[Path]) -> str:
    """Write down what words the patterns of the packs need, and what is common."""
    folders = tuple(folders)
    rows = common(folders)
    lists: dict[tuple[str, ...], int] = {}
    ways: dict[str, list[list[int]]] = {}
    for folder in folders:
        for _, table in reading.tables(folder).parts:
            for pattern in patterns(table.get("rule", [])):
                own = factors.read(pattern, rows)
                ways[factors.key(pattern)] = [[lists.setdefault(words, len(lists)) for words in way] for way in own]
    lines = [json.dumps(words, ensure_ascii=False) for words in lists]
    kept = [f"{json.dumps(name)}: {json.dumps(own)}" for name, own in sorted(ways.items())]
    shares = json.dumps(rows, ensure_ascii=False)
    return "".join(
        (
            '{"common": ',
            shares,
            ',\n"lists": [\n',
            ",\n".join(lines),
            '\n], "patterns": {\n',
            ",\n".join(kept),
            "\n}}\n",
        )
    )


def learnt(folder: Path) -> dict[str, str]:
    """Write down what a policy learns of a pack, by the ending of the file that it goes into."""
    held = reading.tables(folder)
    policy = Policy(packfile.pack_of(held))
    return {
        "index": ready.written(held.digest, *policy.learnt()),
        "words": ready.written_words(held.digest, vocabulary(policy.detectors)),
    }


def main() -> None:
    """Prove all packs, or check that all were proven."""
    folders = sorted(path for path in PACKS.iterdir() if (path / "pack.toml").is_file())
    there = packfile.proven()
    if "--check" in sys.argv[1:]:
        changed = [folder.name for folder in folders if there.get(folder.name) != digest(folder)]
        if changed or set(there) != {folder.name for folder in folders}:
            sys.exit(f"Not proven as they are: {', '.join(changed)}. Run: python tools/prove_packs.py")
        if (PACKS / "factors.json").read_text(encoding="utf-8") != needed(folders):
            sys.exit("factors.json is of other patterns. Run: python tools/prove_packs.py")
        for folder in folders:
            kept = PACKS / f"{folder.name}.tables"
            if not kept.is_file() or kept.read_text(encoding="utf-8") != packaged.written(reading.tables(folder)):
                sys.exit(f"{kept.name} is not what the files say. Run: python tools/prove_packs.py")
            for ending, own in learnt(folder).items():
                kept = PACKS / f"{folder.name}.{ending}"
                if not kept.is_file() or kept.read_bytes() != own.encode():
                    sys.exit(f"{kept.name} is not what a policy learns. Run: python tools/prove_packs.py")
        return
    wrong = False
    for folder in folders:
        try:
            packfile.read(folder)
        except PackError as error:
            wrong = True
            print(*error.faults, sep="\n")
            there.pop(folder.name, None)
        else:
            there[folder.name] = digest(folder)
    (PACKS / "proven.json").write_text(json.dumps(there, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (PACKS / "factors.json").write_text(needed(folders), encoding="utf-8")
    for folder in folders:
        (PACKS / f"{folder.name}.tables").write_text(packaged.written(reading.tables(folder)), encoding="utf-8")
        # What a policy learns of a pack that is wrong is nobody's.
        for ending, own in learnt(folder).items() if folder.name in there else ():
            (PACKS / f"{folder.name}.{ending}").write_bytes(own.encode())
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
