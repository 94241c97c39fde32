"""The documents hold together: two languages, one sentence a line, links and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
#: The pages that somebody wrote; those of the modules are made from the code, and those of the rules from the packs.
PAGES = sorted(
    path for path in DOCS.rglob("*.md") if not path.name.startswith("civicsns.") and path.parent.name != "rules"
)
ALL = [*sorted(ROOT.glob("*.md")), *PAGES]

#: Short records for developers: English, with a summary in Japanese.
RECORD = re.compile(r"\d{4}-.*\.md")
#: A sentence ends, and another begins on the same line.
TWO_SENTENCES = re.compile(
    r"[。！？](?![」』）)\]*_`|]|$)|(?<![.\d])(?<!e\.g)(?<!i\.e)(?<!vs)[a-z)`\"][.?!] +(?=[A-Z\"`])"
)
#: What is no running text: code, tables, HTML and links' definitions.
NO_PROSE = re.compile(r"\s*(?:\||<|#|\[[^]]+\]:|:::|===|!!!|\?\?\?)")


def named(paths):
    """Give documents as parameters with readable names."""
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


def prose(text):
    """Give the numbered lines of running text, without code."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and not NO_PROSE.match(line) and not line.startswith("    "):
            yield number, line


@pytest.mark.parametrize("page", named(path for path in PAGES if not path.name.endswith(".en.md")))
def test_a_page_is_in_both_languages(page):
    """
    A page in Japanese has its sister in English; a record of a decision has a summary in Japanese.
    """
    if RECORD.fullmatch(page.name):
        assert "\n要約: " in page.read_text(encoding="utf-8")
    else:
        assert page.with_suffix(".en.md").is_file()


@pytest.mark.parametrize("page", named(path for path in PAGES if path.name.endswith(".en.md")))
def test_no_page_is_in_english_alone(page):
    """
    A page in English has its sister in Japanese.
    """
    assert page.with_name(page.name.replace(".en.md", ".md")).is_file()


@pytest.mark.parametrize("page", named(ALL))
def test_one_sentence_stands_on_one_line(page):
    """
    Sentences are kept apart by lines, so that a change and its translation line up. List items may have two.
    """
    crowded = [
        f"{number}: {line}"
        for number, line in prose(page.read_text(encoding="utf-8"))
        if TWO_SENTENCES.search(line) and not re.match(r"\s*(?:[-*]|\d+\.|\*\*)", line)
    ]

    assert [] == crowded


@pytest.mark.parametrize("page", named(sorted(ROOT.glob("*.md"))))
def test_links_lead_somewhere(page):
    """
    A link from a document beside the code leads to a file that is there; those in the site are checked as it is built.
    """
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [] == [target for target in targets if not (ROOT / target).exists()]


@pytest.mark.parametrize("name", ["README.md", "README.en.md", "docs/index.md", "docs/index.en.md"])
def test_two_commands_are_all_it_takes(name):
    """
    The first page names exactly two commands to begin with.
    """
    shown = re.search(r"```console\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)

    assert shown is not None
    assert ["$ make demo", "$ make test"] == shown[1].splitlines()


@pytest.mark.parametrize("page", named(ALL))
def test_make_targets_exist(page):
    """
    Whatever `make` is said to do, the Makefile has it.
    """
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    said = {word for match in re.findall(r"(?:`|\$ )make ([a-z ]+)", text) for word in match.split()}

    assert set() == said - targets


def test_help_is_in_both_languages():
    """
    `make help` explains each target in Japanese and in English.
    """
    said = re.findall(r"^([a-z]+):.*## (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert [] == [name for name, text in said if not re.fullmatch(r".*[ぁ-んァ-ヶ一-龠].* / [A-Z][ -~]*", text)]
    assert {"demo", "test", "ci", "help"} <= {name for name, _ in said}


def test_decisions_are_listed():
    """
    Each record of a decision is in both lists.
    """
    records = {path.name for path in (DOCS / "adr").glob("[0-9]*.md")}
    for index in ("index.md", "index.en.md"):
        listed = set(re.findall(r"\((\d{4}-[a-z-]+\.md)\)", (DOCS / "adr" / index).read_text(encoding="utf-8")))

        assert records == listed
