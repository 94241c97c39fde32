"""
Make a page for every rule of the packs that come with civicsns, and the list of them, in both languages.

`python tools/rule_pages.py` writes `docs/policy/rules/`; with `--check` it exits with 1 where a page differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages import settle

from civicsns.language import Bilingual, Language
from civicsns.model import Severity
from civicsns.policy import guide, wording
from civicsns.policy.packfile import builtin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.policy.pack import Pack, PackRule

PACKS = ("jp-municipal", "base")

HEAD = Bilingual(
    """\
# 規範の一覧

civicsns に付いている規範の一覧です。
規範ごとの頁は、パックから作っています。
条文の当てはめを、弁護士は一件も確認していません。
""",
    """\
# All rules

These are the rules that come with civicsns.
The page of each is made from its pack.
No lawyer has confirmed a single one of the articles named.
""",
)
COLUMNS = Bilingual("| 規範 | 内容 | 重さ |", "| Rule | What it is about | Severity |")
QUESTION = Bilingual("質問", "a question")
COUNTED = Bilingual(
    "規範は{rules}件です。\nうち、{found}件は言葉から見つけ、{asked}件は人に尋ねます。",
    "There are {rules} rules.\n{found} of them look for something, and {asked} ask a person.",
)


def listing(packs: list[Pack], language: Language) -> Iterator[str]:
    """Make the list of all rules."""
    yield HEAD.in_(language)
    for pack in packs:
        asked = sum(rule.detect["kind"] == "question" for rule in pack.rules)
        count = COUNTED.in_(language).format(rules=len(pack.rules), found=len(pack.rules) - asked, asked=asked)
        yield f"\n## {pack.title.in_(language)} `{pack.id}`\n\n{count}\n"
        for letters, title in pack.families.items():
            rules = [rule for rule in pack.rules if rule.family == letters]
            if rules:
                rows = "\n".join(row(rule, language) for rule in rules)
                yield f"\n### {title.in_(language)} `{letters}`\n\n{COLUMNS.in_(language)}\n| --- | --- | --- |\n{rows}\n"


def row(rule: PackRule, language: Language) -> str:
    """Make the row of a rule."""
    asks = rule.detect["kind"] == "question"
    weighs = QUESTION if asks else wording.SEVERITIES[Severity(rule.severity)]
    return f"| [{rule.code}]({rule.code}.md) | {rule.title.in_(language)} | {weighs.in_(language)} |"


def main() -> None:
    """Write or check all pages."""
    packs = [builtin(name) for name in PACKS]
    pages: dict[str, str] = {}
    for language, ending in ((Language.JA, ".md"), (Language.EN, ".en.md")):
        pages[f"policy/rules/index{ending}"] = "".join(listing(packs, language))
        for pack in packs:
            for rule in pack.rules:
                pages[f"policy/rules/{rule.code}{ending}"] = guide.page(rule, pack, language)
    settle(pages, made_by="python tools/rule_pages.py", also="policy/rules/*.md")


if __name__ == "__main__":
    main()
