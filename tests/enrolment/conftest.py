"""A town whose people connect their accounts at the practice networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from enrolling import City, open_city, user

from civicsns.adapters.x import Enrolment
from civicsns.store.memory import MemoryStore
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.ports import Store
    from civicsns.testing.sandbox.x import XUser


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as networks:
        yield networks


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    opened = SqlStore(tmp_path / "civicsns.db")
    yield opened
    opened.close()


@pytest.fixture
def city(sandbox: Sandbox, store: Store) -> Iterator[City]:
    yield from open_city(sandbox, store)


@pytest.fixture
def town(sandbox: Sandbox) -> Iterator[City]:
    """The same, in memory only: where nothing hangs on the store."""
    yield from open_city(sandbox, MemoryStore())


@pytest.fixture
def town2(sandbox: Sandbox) -> Iterator[City]:
    """One whose app signs in at X by OAuth 2.0."""
    yield from open_city(sandbox, MemoryStore(), enrolment=Enrolment.OAUTH2)


@pytest.fixture
def hanako(sandbox: Sandbox) -> XUser:
    """The X account that was assigned; each test has the network to itself."""
    return user(sandbox, "saga_hanako")


@pytest.fixture
def other(sandbox: Sandbox) -> XUser:
    """Another X account of the same person."""
    return user(sandbox, "hanako_private")
