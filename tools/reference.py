"""
Make one API page for each public module, and the list of them.

`python tools/reference.py` writes `docs/reference/`; with `--check` it exits with 1 where a page is missing.
"""

from __future__ import annotations

import ast
from itertools import groupby
from typing import TYPE_CHECKING

from pages import ROOT, settle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCE = ROOT / "src"

#: What each part of the package is for, in both languages; by the first part of the module's name.
PARTS = {
    "": ("入口", "The way in"),
    "program": ("入口", "The way in"),
    "dispatch": ("動かす", "Acting"),
    "plugins": ("動かす", "Acting"),
    "model": ("値", "Values"),
    "errors": ("値", "Values"),
    "language": ("値", "Values"),
    "config": ("設定", "Settings"),
    "clock": ("設定", "Settings"),
    "text": ("文章を測る", "Measuring text"),
    "ports": ("差し替え口", "Ports"),
    "adapters": ("ネットワーク", "Networks"),
    "store": ("保管", "Keeping"),
    "vault": ("保管", "Keeping"),
    "policy": ("判断", "Deciding"),
    "posting": ("判断", "Deciding"),
    "accounts": ("判断", "Deciding"),
    "records": ("判断", "Deciding"),
    "cli": ("コマンド", "The command"),
    "testing": ("試験の道具", "Test helpers"),
}


def public_modules() -> Iterator[tuple[str, Path]]:
    """Find every module of the package that has no leading underscore in its name."""
    for path in sorted((SOURCE / "civicsns").rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if not any(part.startswith("_") for part in parts):
            yield ".".join(parts), path


def summary(path: Path) -> str:
    """Give the first sentence of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n\n")[0].replace("\n", " ").strip()


def page(module: str) -> str:
    """Make the page of one module; mkdocstrings fills it."""
    return f"# `{module}`\n\n::: {module}\n    options:\n      show_root_heading: false\n      show_root_toc_entry: false\n"


def index(modules: dict[str, str], language: int) -> str:
    """Make the list of all modules, Japanese (0) or English (1)."""
    order = list(dict.fromkeys(names[language] for names in PARTS.values()))

    def part(module: str) -> str:
        return PARTS[module.partition(".")[2].partition(".")[0]][language]

    head = (
        "# API リファレンス\n\n公開されているモジュールの一覧です。\n説明は、コードの中の英語の説明文から作っています。\n"
        "変わりうる約束については「[制約と残る危険](../limits.md)」をお読みください。\n",
        "# API reference\n\nThese are all public modules.\nThe pages are made from the docstrings in the code.\n"
        "On what may still change, see [limits](../limits.md).\n",
    )[language]
    columns = ("| モジュール | 役割 |", "| Module | What it is for |")[language]
    lines = [head]
    for name, members in groupby(sorted(modules, key=lambda module: (order.index(part(module)), module)), key=part):
        rows = (f"| [`{module}`]({module}.md) | {modules[module]} |" for module in members)
        lines += [f"\n## {name}\n\n{columns}\n| --- | --- |\n" + "\n".join(rows) + "\n"]
    return "".join(lines)


def main() -> None:
    """Write or check all pages."""
    modules = {module: summary(path) for module, path in public_modules()}
    pages = {f"reference/{module}.md": page(module) for module in modules}
    pages |= {"reference/index.md": index(modules, 0), "reference/index.en.md": index(modules, 1)}
    settle(pages, made_by="python tools/reference.py", also="reference/*civicsns*.md")


if __name__ == "__main__":
    main()
