"""Processes that want the same tokens at the same time exchange each once, and lose none."""

from __future__ import annotations

import pytest
import race

from civicsns.testing.sandbox import Sandbox


@pytest.mark.parametrize(("database", "failing"), [("sqlite", 0), ("postgresql", 0), ("sqlite", 5)])
def test_a_token_is_exchanged_once_however_many_want_it(request, tmp_path, database: str, failing: int):
    """
    Each round each account's token is exchanged by whoever is first; nobody replays a spent one; all work in the end.

    Nor does it matter that the vault fails now and then, just when the network has given the tokens.

    `benchmarks/vault.py` has more processes, accounts and rounds.
    """
    address = tmp_path / "civicsns.db" if database == "sqlite" else request.getfixturevalue("postgres").create()
    with Sandbox() as sandbox:
        tally = race.run(race.prepare(sandbox, address, 4, failing=failing), processes=2, rounds=5)

    assert race.Tally(wanted=40, exchanged=20, refused=0, lost=0, dead=0, troubles=()) == tally
