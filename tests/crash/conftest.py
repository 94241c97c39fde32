"""One set of networks, processes and stores for all trials."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

# The tests, `make soak` and `make mutants` share their machinery.
sys.path.append(str(Path(__file__).parent))

import crash_postgres
from crash_cells import Trials
from crash_process import Workshop
from crash_world import world


@pytest.fixture(scope="session")
def trials(tmp_path_factory) -> Iterator[Trials]:
    folder: Path = tmp_path_factory.mktemp("crash")
    with ExitStack() as servers, ExitStack() as stack:
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
    print(f"\n{', '.join(f'{name}: {count}' for name, count in made.tally.items())}")
