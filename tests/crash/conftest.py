"""One set of networks, processes and stores for all trials."""

from __future__ import annotations

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
    with ExitStack() as stack:
        networks = stack.enter_context(world(folder))
        workshop = stack.enter_context(Workshop())
        stores = {
            "sqlite": lambda: str(folder / "civicsns.db"),
            # A server is made for those who need one.
            "postgresql": lambda: stack.enter_context(crash_postgres.database()),
        }
        made = stack.enter_context(Trials(networks, workshop, stores))
        yield made
    print(f"\n{', '.join(f'{name}: {count}' for name, count in made.tally.items())}")
