"""Pages that are made from the code: write them, or check that they are as they would be written."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The root of the project.
ROOT = Path(__file__).resolve().parent.parent


def settle(pages: Mapping[str, str], *, made_by: str, also: str = "") -> None:
    """
    Write *pages*, by their paths under `docs/`; with `--check` compare instead, and exit with 1 on a difference.

    Args:
        pages: The text of each page.
        made_by: What to run to write them.
        also: A pattern under `docs/`; pages that match it and are not in *pages* have no source left.
    """
    docs = ROOT / "docs"
    stale = {path for path in docs.glob(also) if str(path.relative_to(docs)) not in pages} if also else set[Path]()
    if "--check" not in sys.argv[1:]:
        for name, text in pages.items():
            (docs / name).parent.mkdir(parents=True, exist_ok=True)
            (docs / name).write_text(text, encoding="utf-8")
        for path in stale:
            path.unlink()
        return
    faults = [f"docs/{path.relative_to(docs)}: nothing in the code makes this page" for path in sorted(stale)]
    for name, text in pages.items():
        path = docs / name
        there = path.read_text(encoding="utf-8") if path.is_file() else ""
        faults += difflib.unified_diff(
            there.splitlines(), text.splitlines(), f"docs/{name}", f"docs/{name} as the code makes it", lineterm="", n=1
        )
    if faults:
        print(*faults, sep="\n")
        sys.exit(f"Pages differ from the code. Run: {made_by}")
