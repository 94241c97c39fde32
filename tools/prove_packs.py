"""
Prove the rule packs that come with civicsns, and note what was proven.

`python tools/prove_packs.py` reads each pack as it reads anybody's: forms, references, patterns and examples. Only where
nothing is wrong does it write the digest of the files into the package. With `--check` it proves nothing, and exits with
1 where a pack is not the one that was proven; that the rules of today still prove it is held by a test.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from pages import ROOT

from civicsns.policy import packfile, reading
from civicsns.policy.fault import PackError

if TYPE_CHECKING:
    from pathlib import Path

PACKS = ROOT / "src" / "civicsns" / "policy" / "packs"


def digest(folder: Path) -> str:
    """Give the digest of a pack's files as they are."""
    return reading.tables(folder).digest


def main() -> None:
    """Prove all packs, or check that all were proven."""
    folders = sorted(path for path in PACKS.iterdir() if (path / "pack.toml").is_file())
    there = packfile.proven()
    if "--check" in sys.argv[1:]:
        changed = [folder.name for folder in folders if there.get(folder.name) != digest(folder)]
        if changed or set(there) != {folder.name for folder in folders}:
            sys.exit(f"Not proven as they are: {', '.join(changed)}. Run: python tools/prove_packs.py")
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
    if wrong:
        sys.exit(1)


if __name__ == "__main__":
    main()
