"""The code in the documents does what the documents say."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from sybil import Document
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract.codeblock import AbstractCodeBlockParser
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from civicsns import Program
from civicsns.cli import cli
from civicsns.cli.sandbox import _ACCOUNTS, _PEOPLE
from civicsns.testing.sandbox import programme

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(path for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md") for path in ROOT.glob(pattern))
FENCE = re.compile(r"^[ \t]*```+[ \t]*(?:py|python3?)\b", re.MULTILINE)


class PythonBlocks(AbstractCodeBlockParser):
    """Every fence that begins with `python`, whatever stands after the word."""

    language = "python"

    def __init__(self) -> None:
        lexer = RawFencedCodeBlockLexer(info_pattern=re.compile(r"(?P<arguments>python)[^\n]*\n"))
        super().__init__([lexer], "python", PythonEvaluator())


def blocks(text, language):
    """Give the blocks of *language* in *text* with their titles; the title is empty where there is none."""
    found = re.finditer(rf'^```{language}(?: title="([^"]*)")?\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    return [(match[1] or "", match[2]) for match in found]


def with_language(language):
    """Give the documents that have blocks of *language*, as parameters with readable names."""
    pattern = FENCE if language == "python" else re.compile(rf"^```{language}\b", re.MULTILINE)
    return [
        pytest.param(path, id=str(path.relative_to(ROOT)))
        for path in DOCUMENTS
        if pattern.search(path.read_text(encoding="utf-8"))
    ]


@pytest.fixture
def city(tmp_path, monkeypatch, civicsns_sandbox):
    """A directory with the city of the documents in it, and what `civicsns sandbox` makes, on the practice networks."""
    page = (ROOT / "docs/getting-started.md").read_text(encoding="utf-8")
    for name, text in blocks(page, "csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    programme.write(civicsns_sandbox, people=tmp_path / "people.csv", accounts=tmp_path / "accounts.csv", into=tmp_path)
    practice = tmp_path / "practice"
    practice.mkdir()
    (practice / "people.csv").write_text(_PEOPLE, encoding="utf-8")
    (practice / "accounts.csv").write_text(_ACCOUNTS, encoding="utf-8")
    programme.write(civicsns_sandbox, people=practice / "people.csv", accounts=practice / "accounts.csv", into=practice)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("document", with_language("python"))
@pytest.mark.usefixtures("city")
def test_python_runs(document):
    """
    Every block of Python in a document runs, in order, against the practice networks.
    """
    text = document.read_text(encoding="utf-8")
    parsed = Document(text, str(document))
    for region in PythonBlocks()(parsed):
        parsed.add(region)
    examples = list(parsed.examples())

    assert len(FENCE.findall(text)) == len(examples)
    for example in examples:
        example.evaluate()


@pytest.mark.parametrize("document", with_language("toml"))
def test_toml_reads(document):
    """
    Every block of TOML in a document is TOML.
    """
    for _, text in blocks(document.read_text(encoding="utf-8"), "toml"):
        assert tomllib.loads(text)


@pytest.mark.parametrize("name", ["getting-started.md", "getting-started.en.md"])
def test_the_settings_shown_open(name, tmp_path, monkeypatch):
    """
    The four files of the page, as they stand there, make a programme with its accounts and their credentials.
    """
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    files = dict(blocks(page, "toml") + blocks(page, "csv") + blocks(page, "json"))
    for path, text in files.items():
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "credentials.json").chmod(0o600)
    for variable in re.findall(r'env = "(\w+)"', files["civicsns.toml"]):
        monkeypatch.setenv(variable, "not-a-secret")
    with Program.open(tmp_path / "civicsns.toml") as program:
        kinds = {account.id: program.vault.get(account).kind for account in program.accounts}

    assert {entry: fields["kind"] for entry, fields in json.loads(files["credentials.json"]).items()} == kinds


def shown_commands():
    """Give every `civicsns` command line in the documents."""
    for path in DOCUMENTS:
        for _, text in blocks(path.read_text(encoding="utf-8"), "console"):
            for line in text.splitlines():
                words = shlex.split(line.removeprefix("$ "), comments=True)
                if words and Path(words[0]).name == "civicsns":
                    yield pytest.param(words[1:], id=f"{path.relative_to(ROOT)}: {' '.join(words[1:3])}")


@pytest.mark.parametrize("words", list(shown_commands()))
def test_the_commands_shown_exist(words):
    """
    A command line in the documents names a command and options that there are, and gives all that it needs.
    """
    name, *rest = words
    context = cli.commands[name].make_context(name, [*rest])

    assert name == context.info_name
