"""One set of networks, processes and stores for all trials."""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

# The tests, `make soak` and `make mutants` share their machinery.
sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[2] / "tools")]

import crash_postgres
from crash_cells import Trials
from crash_process import Workshop
from crash_world import scratch, world

_tally: Counter[str] = Counter()


@pytest.fixture(scope="session")
def trials() -> Iterator[Trials]:
    with scratch() as folder, ExitStack() as servers, ExitStack() as stack:
        # A server is made for those who need one, and outlives those who use it.
        postgres = functools.cache(lambda: servers.enter_context(crash_postgres.databases()))
        made = stack.enter_context(
            Trials(
                stack.enter_context(world(folder)),
                stack.enter_context(Workshop()),
                stores={"sqlite": lambda: str(folder / "civicsns.db"), "postgresql": lambda: postgres()[0]},
                jobs=lambda: postgres()[1],
            )
        )
        yield made
    _tally.update(made.tally)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["crash"] = dict(_tally)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take over what a worker of pytest-xdist counted."""
    _tally.update(getattr(node, "workeroutput", {}).get("crash", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was tried, and what became of it."""
    if _tally:
        terminalreporter.write_line(", ".join(f"{count:,} {name}" for name, count in _tally.items()))
