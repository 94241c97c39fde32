"""The audit: dossiers, checkpoints, exports that go on from one another, and destruction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import attrs
import pytest

from civicsns.accounts.roster import Roster
from civicsns.config import CountedFrom, KeySource, RecordSettings
from civicsns.errors import BadInput, ConfigurationError
from civicsns.model import Capacity, Person, Record
from civicsns.program import Program
from civicsns.records import export
from civicsns.records.checkpoint import sign
from civicsns.records.checkpoint import verify as verify_note
from civicsns.records.destruction import DESTROYED
from civicsns.records.keys import generate
from civicsns.store.memory import MemoryStore
from civicsns.testing.store_contract import delivery, step

NAME = "青葉市 SNS"
ROSTER = Roster(people={"1": Person(number="1", name="佐賀 花子")}, accounts={})
YEAR = timedelta(days=365)


def record(number, event="delivery.delivered", at=datetime(2026, 4, 1, tzinfo=UTC), subject="s"):
    return Record(at=at, subject=subject, event=event, by="1", facts={"number": str(number)})


def verify_export(path, **options) -> Any:
    """Verify an export; a test that asks for a fault that is not there fails by itself."""
    return export.verify_export(path, **options)


@pytest.fixture
def settings(tmp_path, key):
    return RecordSettings(key=KeySource(path=tmp_path / "key.pem"), retention={"delivery": 3, "draft": 5})


@pytest.fixture
def open_(clock, settings):
    """Make a programme; a store without anything in it unless given."""

    def make(store=None, *, name=NAME, **changes):
        return Program(
            roster=ROSTER,
            adapters={},
            rules=[],
            store=store or MemoryStore(),
            clock=clock,
            records=attrs.evolve(settings, **changes),
            name=name,
            zone=ZoneInfo("Asia/Tokyo"),
        )

    return make


@pytest.fixture
def program(open_):
    return open_()


def test_a_dossier_has_a_draft_with_its_deliveries_in_order(program):
    """
    All that is on record about a draft and its deliveries comes in the order in which it was kept, and nothing else.
    """
    draft = "d" * 64
    of_it, other = attrs.evolve(delivery("a"), draft=draft), delivery("z")
    program.store.add(
        [of_it, other],
        [record(1, "draft.made", subject=draft), record(2, "delivery.planned", subject="a"), record(3, subject="z")],
    )
    program.store.replace(of_it, step(of_it), record(4, "delivery.sending", subject="a"))
    program.store.add([], [record(5, "draft.shared", subject=draft)])
    found = program.audit.dossier(draft)

    assert [1, 2, 4, 5] == [entry.seq for entry, _ in found.items]
    assert ["1", "2", "4", "5"] == [one.facts["number"] for _, one in found.items]
    assert ("a",) == found.deliveries
    assert [2, 4] == [entry.seq for entry, _ in program.audit.dossier("a").items]


def test_a_dossier_does_not_lead_from_a_private_draft_to_its_deliveries(program):
    """
    What was said in a private capacity is not traced for anybody.
    """
    draft = "d" * 64
    private = attrs.evolve(delivery("a"), draft=draft, capacity=Capacity.PRIVATE)
    program.store.add([private], [record(1, "draft.checked", subject=draft), record(2, subject="a")])
    found = program.audit.dossier(draft)

    assert ([1], ()) == ([entry.seq for entry, _ in found.items], found.deliveries)


def test_a_dossier_of_nothing(program):
    """
    Where nothing is on record, or all of it was destroyed, that is said.
    """
    program.store.add([], [record(1)])
    program.audit.destroy([1], by="1", rule="第30条")
    for subject in ("s", "never heard of"):
        with pytest.raises(BadInput, match="Nothing is on record"):
            program.audit.dossier(subject)


def test_a_checkpoint_says_where_the_chain_stands(program, key, clock):
    """
    A checkpoint is signed with the key of the settings, over all that is on record, with the time and the name.
    """
    program.store.add([], [record(number) for number in range(5)])
    note = verify_note(program.audit.checkpoint(), keys=[key.public])

    assert (NAME, 5, clock.now()) == (note.programme, note.head.size, note.at)
    assert program.store.tip().head == note.head


def test_a_checkpoint_of_a_former_key(program, key, tmp_path):
    """
    Earlier checkpoints count where the key has changed since, and its public half is given.
    """
    former = generate(tmp_path / "former.pem")
    program.store.add([], [record(1)])
    old = sign(program.store.tip().head, programme=NAME, at=datetime(2026, 4, 1, tzinfo=UTC), key=former)
    program.store.add([], [record(2)])

    assert program.audit.checkpoint(keys=[former.public], checkpoints={"old": old})
    assert 2 == verify_note(program.audit.checkpoint(), keys=[key.public]).head.size


@pytest.mark.parametrize("source", [None, KeySource(path=None, env="CIVICSNS_NO_SUCH_KEY")])
def test_a_checkpoint_takes_a_key(open_, source):
    """
    Without a key, or with a variable that holds none, nothing is signed.
    """
    with pytest.raises(ConfigurationError):
        open_(key=source).audit.checkpoint()


def test_a_key_in_the_environment(open_, key, tmp_path, monkeypatch):
    """
    The key may come from the environment, for a machine that keeps no secrets on its disk.
    """
    monkeypatch.setenv("CIVICSNS_CHECKPOINT_KEY", (tmp_path / "key.pem").read_text())

    note = open_(key=KeySource(env="CIVICSNS_CHECKPOINT_KEY")).audit.checkpoint()

    assert NAME == verify_note(note, keys=[key.public]).programme


def test_a_checkpoint_of_another_programme(program, open_, key):
    """
    A checkpoint of another programme is named, and so is one that nobody known signed.
    """
    other = open_(name="緑市 SNS").audit.checkpoint()
    report = program.audit.verify(keys=[key.public], checkpoints={"mail": other})

    assert ("mail", False) == (report.fault.place, report.sound)
    assert "緑市 SNS" in report.fault.what.ja
    assert "None of the keys" in program.audit.verify(checkpoints={"mail": other}).fault.what.en


def test_exports_that_go_on_from_one_another(program, key, tmp_path):
    """
    A second export holds only what came after the first, and the two verify one after the other.
    """
    whole, first, second = (tmp_path / name for name in ("whole", "first", "second"))
    program.store.add([], [record(number) for number in range(5)])
    early = program.audit.checkpoint()
    size = program.audit.export(first).size
    program.store.add([], [record(number) for number in range(5, 9)])
    program.audit.destroy([7], by="1", rule="第30条")
    late = program.audit.checkpoint()
    head = program.audit.export(second, after=size, checkpoints=[late])
    program.audit.export(whole)
    kept = {"early": early, "late": late}
    one = verify_export(first, keys=[key.public], checkpoints=kept, more=True)
    two = verify_export(second, keys=[key.public], checkpoints=kept)

    assert (5, 10) == (size, head.size)
    assert (None, None, one.examined.head) == (one.fault, two.fault, two.after)
    assert head == two.examined.head == verify_export(whole, keys=[key.public], checkpoints=kept).examined.head
    assert (2, 1) == (two.examined.heads, two.examined.destroyed)
    assert 7 == len(second.read_bytes().splitlines())
    assert "the checkpoint has 10" in verify_export(first, keys=[key.public], checkpoints=kept).fault.what.en


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"size":5', b'"size":4'),
        (b'"peaks":["', b'"peaks":["00'),
        (b'"hash":"', b'"hash":"00'),
        (b'"after"', b'"before"'),
    ],
)
def test_the_beginning_of_a_further_export_is_not_taken_on_trust(program, key, tmp_path, old, new):
    """
    Where the first line of a further export does not say what it should, that line is named.
    """
    path = tmp_path / "second"
    program.store.add([], [record(number) for number in range(8)])
    program.audit.export(path, after=5)
    first, rest = path.read_bytes().split(b"\n", 1)
    path.write_bytes(first.replace(old, new) + b"\n" + rest)

    assert "1" == verify_export(path, keys=[key.public]).fault.place


def test_a_forged_beginning_shows_against_a_checkpoint(program, key, tmp_path):
    """
    An export that begins after an invented past is whole in itself; a checkpoint kept elsewhere tells.
    """
    path = tmp_path / "second"
    program.store.add([], [record(number) for number in range(8)])
    note = program.audit.checkpoint()
    program.audit.export(path, after=5)
    peak = program.store.tip().frontier.peaks[0].hex()
    line = path.read_bytes().split(b"\n", 1)[0]
    start = line.index(b'"peaks":["') + len(b'"peaks":["')
    forged = line[:start] + peak.encode() + line[start + 64 :]
    path.write_bytes(path.read_bytes().replace(line, forged))

    assert not verify_export(path, keys=[key.public], checkpoints={"kept": note}).sound


def test_an_export_after_more_than_there_is(program, tmp_path):
    """
    Going on from a former export that was longer than the store is now is an error: records have vanished.
    """
    program.store.add([], [record(1)])
    with pytest.raises(BadInput, match="There are 1 records only"):
        program.audit.export(tmp_path / "f", after=2)

    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize(
    ("counted", "at", "over"),
    [
        (CountedFrom.RECORD, datetime(2029, 3, 31, 23, 59, tzinfo=UTC), []),
        (CountedFrom.RECORD, datetime(2029, 4, 1, tzinfo=UTC), [1]),
        # Midnight in Tokyo, three years after the 1 April that follows; there was a leap year among them.
        (CountedFrom.FISCAL_YEAR, datetime(2030, 3, 31, 14, 59, tzinfo=UTC), []),
        (CountedFrom.FISCAL_YEAR, datetime(2030, 3, 31, 15, 0, tzinfo=UTC), [1]),
        (CountedFrom.FISCAL_YEAR, datetime(2032, 3, 31, 15, 0, tzinfo=UTC), [1, 2]),
        (CountedFrom.FISCAL_YEAR, datetime(2500, 1, 1, tzinfo=UTC), [1, 2]),
    ],
)
def test_what_may_be_destroyed(open_, clock, counted, at, over):
    """
    A period is over after whole years of the calendar, by the city's own clock; what no period covers is kept.
    """
    program = open_(counted_from=counted)
    program.store.add([], [record(1), record(2, "draft.made"), record(3, "hold.placed")])
    clock.advance(at - clock.now())
    found = program.audit.overdue()

    assert tuple(over) == found.seqs
    assert len(over) == sum(found.kinds.values())


def test_destroying_what_is_over(program, clock, monkeypatch):
    """
    The bodies go, in several parts where there are many; who destroyed them, and why, stays, and so does the chain.
    """
    monkeypatch.setattr("civicsns.audit._AT_ONCE", 4)
    program.store.add([], [record(number) for number in range(10)])
    clock.advance(20 * YEAR)
    over = program.audit.overdue()

    assert 10 == program.audit.destroy(over.seqs, by="1", rule="青葉市文書管理規程 第30条")
    examined = program.audit.verify().examined
    assert (13, 10) == (examined.head.size, examined.destroyed)
    assert [(DESTROYED, "1")] * 3 == [(kept.event, kept.by) for kept in program.store.records("records")]
    assert () == program.audit.overdue().seqs


@pytest.mark.parametrize(
    ("seqs", "by", "rule"),
    [([1], "9", "第30条"), ([1], "1", " "), ([], "1", "第30条"), ([1, 99], "1", "第30条"), ([3], "1", "第30条")],
)
def test_nothing_is_destroyed_without_person_rule_and_body(program, seqs, by, rule):
    """
    Nobody of the staff, no rule, nothing to destroy, or what is gone already: nothing is destroyed.
    """
    program.store.add([], [record(1), record(2)])
    program.audit.destroy([2], by="1", rule="第30条")
    with pytest.raises(BadInput):
        program.audit.destroy(seqs, by=by, rule=rule)

    assert 3 == program.store.tip().size
    assert 1 == len(program.store.records("s"))


def test_a_store_without_a_chain(clock):
    """
    A store of one's own that chains nothing has no audit, and that is said.
    """

    class Plain:
        """Keeps nothing."""

    program = Program(roster=ROSTER, adapters={}, rules=[], store=cast("Any", Plain()), clock=clock)
    with pytest.raises(ConfigurationError, match="does not chain its records"):
        _ = program.audit

    assert 0 == program.tidy()
