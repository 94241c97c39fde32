"""What the manual says, in both languages, held against the network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from civicsns.testing.sandbox.x.network import XNetwork

DOCS = Path(__file__).parents[3] / "docs" / "sandbox"
BOTH = pytest.mark.parametrize("manual", ["x.md", "x.en.md"])


@BOTH
def test_the_first_program_runs(manual, capsys):
    """
    It prints the address and the id of the person.
    """
    (program,) = re.findall(r"```python\n(.*?)```", (DOCS / manual).read_text(encoding="utf-8"), re.DOTALL)
    exec(program, {})  # noqa: S102 -- our own manual
    url, person = capsys.readouterr().out.split()

    assert (True, 19) == (url.startswith("http://127.0.0.1:"), len(person))


@BOTH
def test_every_address_is_in_the_table(manual):
    """
    The table has each path with its operation, and no operation that there is not.
    """
    text = (DOCS / manual).read_text(encoding="utf-8")
    rows = [row.split("|") for row in re.findall(r"^\| (?:`|/).*\|$", text.partition("\n## ")[2], re.MULTILINE)]
    listed = {(path, row[2].strip(" `")) for row in rows for path in re.findall(r"(/[a-z0-9_./{}]+)", row[1])}
    known = {
        (path.replace("<id>", "{id}").removesuffix(".json"), operation) for _, path, operation, _ in XNetwork._ADDRESSES
    }

    assert known == listed


@BOTH
def test_everything_that_the_manual_calls_exists(network, manual):
    """
    A name after `x.` is a name of the network, and one after `x.settings.` of its settings.
    """
    text = (DOCS / manual).read_text(encoding="utf-8")
    called = set(re.findall(r"`x\.((?:settings\.)?[a-z0-9_]+)", text))

    assert len(called) > 15
    for name in called:
        holder = network.settings if name.startswith("settings.") else network
        assert hasattr(holder, name.removeprefix("settings.")), name


@BOTH
def test_figures_are_those_of_the_code(network, manual):
    """
    Prices and limits in the manual are those that the network has.
    """
    text = (DOCS / manual).read_text(encoding="utf-8")

    for price in ("0.015", "0.20", "0.010", "0.005", "0.001"):
        assert price in text
    assert (100, 10_000) == (network._rates.allowances["create"].user, network._rates.allowances["create"].app_day)
