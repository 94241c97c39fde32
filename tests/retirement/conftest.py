"""A town whose people have connected their accounts at the practice networks, and leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
from city import PACK
from enrolling import City, networks, open_city, user

from civicsns.adapters.x import Enrolment
from civicsns.config import EnrolmentSettings
from civicsns.program import Program
from civicsns.store.memory import MemoryStore
from civicsns.store.sql import SqlStore
from civicsns.testing.sandbox import Sandbox
from civicsns.testing.sandbox.x.limits import Allowance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.ports import Store
    from civicsns.testing.sandbox.graph import GraphPage, GraphPerson
    from civicsns.testing.sandbox.x import XUser


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        # One person signs in here more often in a minute than X lets anybody ask in a quarter of an hour.
        opened.x.allow("me", Allowance())
        yield opened


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    opened = SqlStore(tmp_path / "civicsns.db")
    yield opened
    opened.close()


def _with_rules(city: City, sandbox: Sandbox, enrolment: Enrolment) -> City:
    """The same town, whose posts are checked."""
    was = city.program
    program = Program(
        roster=was.roster,
        adapters=networks(sandbox, enrolment=enrolment),
        store=was.store,
        vault=was.vault,
        sealer=was.sealer,
        clock=city.clock,
        pack=PACK,
        enrolment=EnrolmentSettings(base_url="https://sns.city.example/enrol"),
    )
    return attrs.evolve(city, program=program)


@pytest.fixture
def city(sandbox: Sandbox, store: Store) -> Iterator[City]:
    for opened in open_city(sandbox, store):
        with (ruled := _with_rules(opened, sandbox, Enrolment.OAUTH1)).program:
            yield ruled


@pytest.fixture
def village(sandbox: Sandbox) -> Iterator[City]:
    """The same, in memory only."""
    for opened in open_city(sandbox, MemoryStore()):
        with (ruled := _with_rules(opened, sandbox, Enrolment.OAUTH1)).program:
            yield ruled


@pytest.fixture
def town(sandbox: Sandbox) -> Iterator[City]:
    """The same, in memory only, whose app signs in at X by OAuth 2.0."""
    for opened in open_city(sandbox, MemoryStore(), enrolment=Enrolment.OAUTH2):
        with (ruled := _with_rules(opened, sandbox, Enrolment.OAUTH2)).program:
            yield ruled


@pytest.fixture
def hanako(sandbox: Sandbox) -> XUser:
    return user(sandbox, "saga_hanako")


@pytest.fixture
def page(sandbox: Sandbox) -> tuple[GraphPage, GraphPerson, GraphPerson]:
    """A Page, and two people who may create content there, one after the other."""
    before, after = sandbox.graph.add_person("佐賀 花子"), sandbox.graph.add_person("武雄 太郎")
    made = sandbox.graph.add_page("武雄市観光課", tasks={before: ["CREATE_CONTENT"], after: ["CREATE_CONTENT"]})
    return made, before, after
