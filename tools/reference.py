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
    "assembly": ("動かす", "Acting"),
    "publishing": ("動かす", "Acting"),
    "intervention": ("動かす", "Acting"),
    "permissions": ("動かす", "Acting"),
    "lifecycle": ("動かす", "Acting"),
    "enrolment": ("動かす", "Acting"),
    "retirement": ("動かす", "Acting"),
    "verification": ("動かす", "Acting"),
    "profiles": ("動かす", "Acting"),
    "attribution": ("動かす", "Acting"),
    "screening": ("動かす", "Acting"),
    "stewardship": ("動かす", "Acting"),
    "dispatch": ("動かす", "Acting"),
    "drift": ("動かす", "Acting"),
    "epoch": ("動かす", "Acting"),
    "budgets": ("動かす", "Acting"),
    "running": ("動かす", "Acting"),
    "engine": ("動かす", "Acting"),
    "heartbeat": ("動かす", "Acting"),
    "health": ("動かす", "Acting"),
    "audit": ("動かす", "Acting"),
    "plugins": ("動かす", "Acting"),
    "model": ("値", "Values"),
    "errors": ("値", "Values"),
    "language": ("値", "Values"),
    "config": ("設定", "Settings"),
    "clock": ("設定", "Settings"),
    "log": ("設定", "Settings"),
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
    "web": ("画面", "Pages"),
    "testing": ("試験の道具", "Test helpers"),
}

HEADS = (
    """\
# API リファレンス

公開されているモジュールの一覧です。
説明は、コードの中の英語の説明文から作っています。
変わりうる約束については「[制約と残る危険](../limits.md)」をお読みください。
""",
    """\
# API reference

These are all public modules.
The pages are made from the docstrings in the code.
On what may still change, see [limits](../limits.md).
""",
)


def public_modules() -> Iterator[tuple[str, Path]]:
    """
    Find every module that is there to be imported: no name of its path begins with an underscore.

    A package that says in `__all__` what it offers is documented on its own page, and what lies inside is its own
    business; so it is with `cli`, whose commands have a page already.
    """
    root = SOURCE / "civicsns"
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        around = [parent for parent in path.parents if root in parent.parents and parent != path.parent]
        if path.name != "__init__.py" and path.parent != root:
            around.append(path.parent)
        if not any(part.startswith("_") for part in parts) and not any(closed(package) for package in around):
            yield ".".join(parts), path


def closed(package: Path) -> bool:
    """Tell whether the modules in *package* are its own business."""
    tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
    targets = (target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets)
    return package.name == "cli" or any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def summary(path: Path) -> str:
    """Give the first sentence of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n\n")[0].replace("\n", " ").strip()


def page(module: str) -> str:
    """Make the page of one module; mkdocstrings fills it."""
    options = "show_root_heading: false\n      show_root_toc_entry: false\n"
    if module == "civicsns.program":
        # Whoever looks a method of the facade up need not know which part of it that comes from.
        options += "      inherited_members: true\n"
    return f"# `{module}`\n\n::: {module}\n    options:\n      {options}"


def index(modules: dict[str, str], language: int) -> str:
    """Make the list of all modules, Japanese (0) or English (1)."""
    order = list(dict.fromkeys(names[language] for names in PARTS.values()))

    def part(module: str) -> str:
        return PARTS[module.partition(".")[2].partition(".")[0]][language]

    head = HEADS[language]
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
