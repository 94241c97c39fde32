"""A store from before records were chained: they are chained, in their order, and that is said."""

from __future__ import annotations

import json
from datetime import UTC, timedelta

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from civicsns.model import Record
from civicsns.records.chain import verify
from civicsns.store.sql import SqlStore, codec, dialects, opening, tables
from civicsns.store.sql.statements import WRITES
from civicsns.testing.store_contract import NOW, delivery

#: More than are taken at a time.
COUNT = 1203


@pytest.fixture(params=["sqlite", "postgres"])
def old(request, tmp_path):
    """Give the address of a store that the version before made, with records and deliveries in it."""
    address = tmp_path / "civicsns.db" if request.param == "sqlite" else request.getfixturevalue("postgres").create()
    engine = dialects.dialect(address, patience=5).engine()
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        config = Config()
        config.set_main_option("script_location", str(opening.MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        records = sa.table(
            "civicsns_records",
            sa.column("at", sa.DateTime(timezone=True)),
            sa.column("facts", sa.LargeBinary),
            *(sa.column(name) for name in ("subject", "event", "by_whom")),
        )
        connection.execute(sa.insert(records), [row(number) for number in range(COUNT)])
        deliveries = sa.table(
            "civicsns_deliveries",
            sa.column("rendition", sa.LargeBinary),
            sa.column("progress", sa.LargeBinary),
            *(sa.column(name) for name in ("id", "draft", "platform", "account", "state", "version")),
        )
        connection.execute(sa.insert(deliveries), [waiting("s3", "delivered"), waiting("s4", "held")])
    engine.dispose()
    return address


def row(number):
    # What the version before wrote.
    facts = {"reason": "雨\ud83d" if number == 7 else "雨", "number": str(number)}
    at = (NOW + timedelta(seconds=number)).isoformat()
    return {
        "at": NOW + timedelta(seconds=number),
        "subject": f"s{number % 10}",
        "event": "noted",
        "by_whom": "1042",
        "facts": json.dumps({"at": f"{at}[Asia/Tokyo]", "facts": facts}, ensure_ascii=False).encode(
            "utf-8", "surrogatepass"
        ),
    }


def waiting(name, state):
    made = delivery(name)
    progress = json.loads(codec.progress_bytes(made))
    del progress["capacity"]
    return {
        "id": name,
        "draft": made.draft,
        "platform": "x",
        "account": "x:takeo",
        "state": state,
        "version": 0,
        "rendition": codec.rendition_bytes(made.rendition),
        "progress": json.dumps(progress).encode(),
    }


def test_old_records_are_chained_and_said_to_be(old):
    """
    Every record is there, in its order; one more says that the chain proves nothing about the time before.
    """
    with SqlStore(old) as store:
        examined = verify(store.chain(), heads=[store.tip().head])
        store.add([], [Record(at=NOW, subject="s3", event="later")])
        of_one, adopted = store.records("s3"), store.records("records")

        assert "0002" == store.migrated_from
        assert (COUNT + 1, None) == (examined.head.size, examined.fault)
        assert [f"{number}" for number in range(3, COUNT, 10)] == [one.facts["number"] for one in of_one[:-1]]
        assert (NOW + timedelta(seconds=3), "1042") == (of_one[0].at, of_one[0].by)
        assert [("records.adopted", f"1-{COUNT}")] == [(one.event, one.facts["entries"]) for one in adopted]
        assert "雨\ufffd" == store.records("s7")[0].facts["reason"]
        assert COUNT + 2 == store.tip().size


def test_old_deliveries_know_when_they_ended(old):
    """
    A delivery that had ended has the time of its last record; one that waits has none.
    """
    with SqlStore(old) as store, store._engine.connect() as connection:
        rows = connection.execute(sa.select(tables.deliveries.c.id, tables.deliveries.c.ended_at)).all()
    ended = {row.id: row.ended_at for row in rows}
    last = ended["s3"] if ended["s3"].tzinfo else ended["s3"].replace(tzinfo=UTC)

    assert NOW + timedelta(seconds=1193) == last
    assert ended["s4"] is None


def test_a_store_without_records_begins_an_empty_chain(tmp_path):
    """
    Where there was nothing to take in, nothing is said to have been.
    """
    with SqlStore(tmp_path / "new.db") as store:
        assert 0 == store.tip().size
