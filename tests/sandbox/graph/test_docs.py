"""What the manual says, in both languages, held against the network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from civicsns.testing.sandbox.graph import network

DOCS = Path(__file__).parents[3] / "docs" / "sandbox"
BOTH = pytest.mark.parametrize("manual", ["facebook.md", "facebook.en.md"])


@BOTH
def test_the_first_program_runs(manual, capsys):
    """It prints the address and the Page's id."""
    (program,) = re.findall(r"```python\n(.*?)```", (DOCS / manual).read_text(encoding="utf-8"), re.DOTALL)
    exec(program, {})  # noqa: S102 -- our own manual
    url, page = capsys.readouterr().out.split()

    assert (True, 15) == (url.startswith("http://127.0.0.1:"), len(page))


@BOTH
def test_every_operation_is_in_the_table(manual):
    """And the table has no other."""
    text = (DOCS / manual).read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:`|/).*\|$", text.partition("\n## ")[2], re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row.split("|")[2])}
    known = {*network._EDGES.values(), *network._NODES.values(), "me", "token", "debug_token", "authorize"}

    assert known == listed


@BOTH
def test_everything_that_the_manual_calls_exists(city, manual):
    """A name after `graph.` is a name of the network."""
    text = (DOCS / manual).read_text(encoding="utf-8").replace("sandbox.graph`", "")
    called = set(re.findall(r"(?<!sandbox\.)\bgraph\.([a-z_]+)", text))

    assert len(called) > 20
    assert set() == {name for name in called if not hasattr(city.graph, name)}
