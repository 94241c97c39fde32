"""
What somebody does who has the database in hand, and knows all that civicsns knows but the key.

Each attack is made with plain SQL, on SQLite and on PostgreSQL, and is detected against the last checkpoint that left
the house: in the store, and in an export that is made afterwards.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import cast

import attrs
import pytest
import sqlalchemy as sa

from civicsns.accounts.roster import Roster
from civicsns.config import KeySource, RecordSettings
from civicsns.errors import StoreError
from civicsns.model import Person, Record
from civicsns.program import Program
from civicsns.records.body import canonical, opened
from civicsns.records.chain import FaultKind, Sealed, Tip, commit
from civicsns.records.export import verify_export
from civicsns.records.keys import PublicKey, generate
from civicsns.store.sql import SqlStore, tables
from civicsns.testing.clock import PracticeClock

NOON = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)
#: As many records as there are, and as many as the checkpoint vouches for.
SIZE, SIGNED = 14, 12


def record(number, text="本日の朝市は中止です。", subject=""):
    facts = {"text": text, "number": str(number)}
    return Record(
        at=NOON + timedelta(minutes=number),
        subject=subject or f"s{number % 3}",
        event="draft.made",
        by="1",
        facts=facts,
    )


@attrs.frozen
class Victim:
    """A programme, and the checkpoint of it that is kept elsewhere."""

    program: Program
    note: str
    public: PublicKey

    def verify(self, *, kept=True):
        """Give what is found in the store."""
        return self.program.audit.verify(keys=[self.public], checkpoints={"kept": self.note} if kept else {})

    def begin(self):
        return cast("SqlStore", self.program.store)._engine.begin()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def made(request, tmp_path_factory):
    place = tmp_path_factory.mktemp("attacked")
    address = place / "civicsns.db" if request.param == "sqlite" else request.getfixturevalue("postgres").create()
    key = generate(place / "key.pem")
    with SqlStore(address) as store:
        program = Program(
            roster=Roster(people={"1": Person(number="1", name="佐賀 花子")}, accounts={}),
            adapters={},
            rules=[],
            store=store,
            clock=PracticeClock(NOON),
            records=RecordSettings(key=KeySource(path=place / "key.pem")),
            name="青葉市 SNS",
        )
        store.add([], [record(number) for number in range(1, 6)])
        program.audit.destroy([2, 3], by="1", rule="青葉市文書管理規程 第30条")
        store.add([], [record(number) for number in range(7, SIGNED + 1)])
        note = program.audit.checkpoint()
        store.add([], [record(number) for number in range(SIGNED + 1, SIZE + 1)])
        yield Victim(program, note, key.public)


@pytest.fixture
def victim(made):
    """Give the programme, and put everything back afterwards."""
    every = (tables.chain, tables.bodies, tables.head)
    with made.begin() as connection:
        before = [[dict(row._mapping) for row in connection.execute(sa.select(table))] for table in every]
    yield made
    with made.begin() as connection:
        for table in reversed(every):
            connection.execute(sa.delete(table))
        for table, rows in zip(every, before, strict=True):
            connection.execute(sa.insert(table), rows)


# What the attacker can do.


def bodies(connection):
    return {row.seq: row for row in connection.execute(sa.select(tables.bodies))}


def change(table, seq, **values):
    """Change some columns of a row."""

    def attack(connection):
        assert 1 == connection.execute(sa.update(table).where(table.c.seq == seq).values(**values)).rowcount

    return attack


def edited(seq):
    """Put other words into a record."""

    def attack(connection):
        old = opened(bodies(connection)[seq].body)
        body = canonical(attrs.evolve(old, facts={**old.facts, "text": "本日の朝市は開催です。"}))
        change(tables.bodies, seq, body=body)(connection)

    return attack


def sealed_anew(seq):
    """Put other words into a record, and the commitment that belongs to them."""

    def attack(connection):
        edited(seq)(connection)
        row = bodies(connection)[seq]
        change(tables.chain, seq, commitment=commit(Sealed(row.body, row.salt)))(connection)

    return attack


def deleted(seq):
    def attack(connection):
        for table in (tables.bodies, tables.chain):
            assert 1 == connection.execute(sa.delete(table).where(table.c.seq == seq)).rowcount

    return attack


def truncated(after):
    def attack(connection):
        for table in (tables.bodies, tables.chain):
            connection.execute(sa.delete(table).where(table.c.seq > after))

    return attack


def body_taken(seq):
    def attack(connection):
        assert 1 == connection.execute(sa.delete(tables.bodies).where(tables.bodies.c.seq == seq)).rowcount

    return attack


def bodies_swapped(a, b):
    def attack(connection):
        both = bodies(connection)
        for seq, other in ((a, b), (b, a)):
            row = both[other]
            change(tables.bodies, seq, subject=row.subject, event=row.event, body=row.body, salt=row.salt)(connection)

    return attack


def written_anew(edit):
    """Read the whole, change it as *edit* says, and write all of it anew, with every hash right, and the head."""

    def attack(connection):
        old = [
            (entry.at, bodies(connection).get(entry.seq), entry.commitment)
            for entry in connection.execute(sa.select(tables.chain).order_by(tables.chain.c.seq))
        ]
        items = edit(
            [(datetime.fromisoformat(at), row and (row.body, row.salt), commitment) for at, row, commitment in old]
        )
        for table in (tables.bodies, tables.chain):
            connection.execute(sa.delete(table))
        tip = Tip()
        for at, beside, commitment in items:
            entry, tip = tip.follow(commit(Sealed(*beside)) if beside else commitment, at)
            connection.execute(
                sa.insert(tables.chain).values(
                    seq=entry.seq, at=entry.stamp, previous=entry.previous, commitment=entry.commitment, hash=entry.hash
                )
            )
            if beside:
                said = opened(beside[0])
                connection.execute(
                    sa.insert(tables.bodies).values(
                        seq=entry.seq, subject=said.subject, event=said.event, body=beside[0], salt=beside[1]
                    )
                )
        peaks = b"".join(tip.frontier.peaks)
        connection.execute(sa.update(tables.head).values(size=tip.size, hash=tip.hash, peaks=peaks))

    return attack


def forged(number=99):
    made = record(number, "うその記録")
    return made.at, (canonical(made), secrets.token_bytes(32)), b""


def with_new_salts(items):
    return [(at, beside and (beside[0], secrets.token_bytes(32)), commitment) for at, beside, commitment in items]


def headed(**values):
    def attack(connection):
        connection.execute(sa.update(tables.head).values(**values))

    return attack


def appended_behind(connection):
    """Append a forged record properly, without moving the head."""
    row = connection.execute(sa.select(tables.chain).order_by(tables.chain.c.seq.desc()).limit(1)).one()
    head = connection.execute(sa.select(tables.head)).one()
    at, beside, _ = forged()
    tip = Tip(row.hash)
    object.__setattr__(tip, "frontier", attrs.evolve(tip.frontier, size=head.size))
    entry, _ = tip.follow(commit(Sealed(*beside)), at)
    said = opened(beside[0])
    connection.execute(
        sa.insert(tables.chain).values(
            seq=entry.seq, at=entry.stamp, previous=entry.previous, commitment=entry.commitment, hash=entry.hash
        )
    )
    connection.execute(
        sa.insert(tables.bodies).values(
            seq=entry.seq, subject=said.subject, event=said.event, body=beside[0], salt=beside[1]
        )
    )


def restored(connection):
    """Give a destroyed record another body."""
    made = record(2, "廃棄されたはずの記録")
    connection.execute(
        sa.insert(tables.bodies).values(
            seq=2, subject=made.subject, event=made.event, body=canonical(made), salt=secrets.token_bytes(32)
        )
    )


#: What the chain alone shows.
SHOWN = [
    pytest.param(edited(5), FaultKind.BODY, 5, id="edit a body"),
    pytest.param(sealed_anew(5), FaultKind.ENTRY, 5, id="edit a body and its commitment"),
    pytest.param(change(tables.bodies, 5, salt=bytes(32)), FaultKind.BODY, 5, id="edit a salt"),
    pytest.param(change(tables.chain, 5, commitment=bytes(32)), FaultKind.COMMITMENT, 5, id="edit a commitment"),
    pytest.param(change(tables.chain, 5, hash=bytes(32)), FaultKind.ENTRY, 5, id="edit a hash"),
    pytest.param(change(tables.chain, 5, previous=bytes(32)), FaultKind.ENTRY, 5, id="edit a link"),
    pytest.param(change(tables.chain, 5, at="2025-01-01T00:00:00.000000Z"), FaultKind.ENTRY, 5, id="edit a time"),
    pytest.param(deleted(5), FaultKind.MISSING, 5, id="delete a record"),
    pytest.param(body_taken(5), FaultKind.TAKEN, 5, id="take a body away"),
    pytest.param(bodies_swapped(5, 7), FaultKind.BODY, 5, id="swap two bodies"),
    pytest.param(restored, FaultKind.BODY, 2, id="forge a destroyed body"),
    pytest.param(truncated(13), FaultKind.TRUNCATED, 14, id="truncate what no checkpoint covers"),
    pytest.param(truncated(8), FaultKind.TRUNCATED, 9, id="truncate"),
    pytest.param(appended_behind, FaultKind.INSERTED, 15, id="append behind the end"),
]
#: What the store alone shows: an export does not hold it.
IN_THE_STORE = [
    pytest.param(change(tables.bodies, 5, subject="another"), FaultKind.MISFILED, 5, id="list it elsewhere"),
    pytest.param(change(tables.bodies, 5, event="draft.refused"), FaultKind.MISFILED, 5, id="list it otherwise"),
    pytest.param(headed(hash=bytes(32)), FaultKind.TRUNCATED, 14, id="edit the head"),
]
#: What shows against a checkpoint only: every hash is right.
REWRITTEN = [
    pytest.param(lambda items: items[:8], FaultKind.TRUNCATED, 9, id="truncate, and move the head"),
    pytest.param(lambda items: [*items[:4], *items[5:]], FaultKind.REWRITTEN, 12, id="delete, and write anew"),
    pytest.param(
        lambda items: [*items[:4], forged(), *items[4:]], FaultKind.REWRITTEN, 12, id="insert, and write anew"
    ),
    pytest.param(lambda items: [*items[:4], forged(), *items[5:]], FaultKind.REWRITTEN, 12, id="edit, and write anew"),
    pytest.param(
        lambda items: [*items[:4], items[6], items[5], items[4], *items[7:]],
        FaultKind.REWRITTEN,
        12,
        id="swap, and write anew",
    ),
    pytest.param(
        lambda items: [*items[:10], forged(97), forged(98), *items[12:]],
        FaultKind.REWRITTEN,
        12,
        id="truncate, and append others",
    ),
    pytest.param(with_new_salts, FaultKind.REWRITTEN, 12, id="write all anew"),
]


def test_nothing_is_found_where_nothing_was_done(victim, tmp_path):
    """
    The store as it was left is in order, and so is its export.
    """
    report = victim.verify()

    assert (None, SIZE, 2, 2) == (
        report.fault,
        report.examined.head.size,
        report.examined.destroyed,
        report.unsigned,
    )
    assert exported(victim, tmp_path).sound


def exported(victim, tmp_path):
    """Give what is found in an export made now."""
    path = tmp_path / "records.jsonl"
    victim.program.audit.export(path)
    return verify_export(path, keys=[victim.public], checkpoints={"kept": victim.note})


def found(report):
    return report.fault.chain.kind, report.fault.chain.seq


@pytest.mark.parametrize(("attack", "kind", "seq"), [*SHOWN, *IN_THE_STORE])
def test_it_shows_in_the_store(victim, attack, kind, seq):
    """
    The first bad place is named, with or without a checkpoint, and nothing is signed.
    """
    with victim.begin() as connection:
        attack(connection)

    assert (kind, seq) == found(victim.verify())
    assert not victim.verify(kept=False).sound
    with pytest.raises(StoreError, match="nothing was signed"):
        victim.program.audit.checkpoint()


@pytest.mark.parametrize(("attack", "kind", "seq"), SHOWN)
def test_it_shows_in_an_export(victim, tmp_path, attack, kind, seq):
    """
    An export made afterwards does not verify; behind the end, and cut where no checkpoint reaches, it is only longer
    or shorter than it was.
    """
    with victim.begin() as connection:
        attack(connection)
    report = exported(victim, tmp_path)
    beyond = seq > SIGNED

    assert beyond == report.sound
    if not beyond:
        assert (kind, seq) == found(report)


@pytest.mark.parametrize(("edit", "kind", "seq"), REWRITTEN)
def test_what_is_written_anew_shows_against_a_checkpoint(victim, tmp_path, edit, kind, seq):
    """
    Where every hash was made right again, only the checkpoint kept elsewhere tells; and it does.
    """
    with victim.begin() as connection:
        written_anew(edit)(connection)

    assert (kind, seq) == found(victim.verify())
    assert (kind, seq) == found(exported(victim, tmp_path))
    assert victim.verify(kept=False).sound
    with pytest.raises(StoreError, match="nothing was signed"):
        victim.program.audit.checkpoint(checkpoints={"kept": victim.note})


@pytest.mark.parametrize(
    "attack",
    [
        edited(5),
        sealed_anew(5),
        bodies_swapped(5, 8),
        change(tables.bodies, 5, subject="s0"),
        change(tables.bodies, 5, event="draft.refused"),
        change(tables.bodies, 6, subject="s2"),
    ],
)
def test_a_changed_record_is_never_shown(victim, attack):
    """
    A record that is not what the chain commits to is an error where it would be shown.
    """
    with victim.begin() as connection:
        attack(connection)
    shown = 0
    for subject in ("s0", "s1", "s2"):
        try:
            victim.program.audit.dossier(subject)
            victim.program.store.records(subject)
        except StoreError as error:
            shown += "not what was written" in str(error)

    assert shown


@pytest.mark.parametrize("values", [{"size": 3}, {"hash": b"short"}, {"peaks": b""}])
def test_a_head_that_is_none(victim, values):
    """
    Where the head cannot be one, nothing is appended, and it is said.
    """
    with victim.begin() as connection:
        headed(**values)(connection)

    with pytest.raises(StoreError, match="head in the store is not what was written"):
        victim.program.store.add([], [record(20)])
    with pytest.raises(StoreError, match="head in the store is not what was written"):
        victim.verify()


def test_nothing_is_appended_after_what_somebody_appended(victim):
    """
    Where somebody has put an entry behind the end, the next append fails and says so, instead of hiding it.
    """
    with victim.begin() as connection:
        appended_behind(connection)

    with pytest.raises(StoreError, match="record 15 in the store is not what was written"):
        victim.program.store.add([], [record(20)])


@pytest.mark.parametrize("values", [{"at": "yesterday"}, {"at": "2026-04-01T03:05:00.000000+00:00"}])
def test_a_row_that_is_none(victim, values, tmp_path):
    """
    An entry that cannot be read is named, wherever the chain is read.
    """
    with victim.begin() as connection:
        change(tables.chain, 5, **values)(connection)

    with pytest.raises(StoreError, match="record 5 in the store is not what was written"):
        victim.verify()
    with pytest.raises(StoreError, match="record 5 in the store is not what was written"):
        exported(victim, tmp_path)
