"""
Make the JSON schemas of rule packs and of a city's overlay, from the forms by which they are checked.

`python tools/policy_schemas.py` writes them into the package and into the documents; with `--check` it exits with 1 where
one differs from what the code makes.
"""

from __future__ import annotations

import json
import sys

from pages import ROOT

from civicsns.policy.forms import OVERLAY_FILE, PACK_FILE, schema

PACKAGE = ROOT / "src" / "civicsns" / "policy" / "schemas"
DOCS = ROOT / "docs" / "reference"

#: Each schema's file, what it describes, and its title.
SCHEMAS = {
    "pack.schema.json": (PACK_FILE, "civicsns rule pack"),
    "policy.schema.json": (OVERLAY_FILE, "civicsns policy.toml, a city's overlay"),
}


def main() -> None:
    """Write or check both."""
    faults: list[str] = []
    for name, (form, title) in SCHEMAS.items():
        made = schema(form, title=title, name=name)
        text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
        for folder in (PACKAGE, DOCS):
            path = folder / name
            if "--check" not in sys.argv[1:]:
                folder.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
            elif not path.is_file() or path.read_text(encoding="utf-8") != text:
                faults.append(f"{path.relative_to(ROOT)} differs from the forms")
    if faults:
        print(*faults, sep="\n")
        sys.exit("Run: python tools/policy_schemas.py")


if __name__ == "__main__":
    main()
