"""Whatever is done to a chain shows, and where; what only an outside checkpoint shows is shown to need one."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import weakref
from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from civicsns.errors import BadInput
from civicsns.model import Record
from civicsns.records.chain import NOTHING, START, Entry, FaultKind, Head, append, commit, link, verify
from civicsns.records.destruction import destruction
from civicsns.records.merkle import root

HASH = hashlib.sha256(b"another").digest()


def found(pairs, *heads):
    """What is wrong, and with which record."""
    fault = verify(iter(pairs), heads=heads).fault
    return fault and (fault.kind, fault.seq)


def head_of(pairs):
    return verify(pairs).head


def with_entry(pairs, n, **changes):
    """The chain with fields of its record *n* changed."""
    entry, sealed = pairs[n - 1]
    return [*pairs[: n - 1], (attrs.evolve(entry, **changes), sealed), *pairs[n:]]


def with_sealed(pairs, n, **changes):
    entry, sealed = pairs[n - 1]
    return [*pairs[: n - 1], (entry, attrs.evolve(sealed, **changes)), *pairs[n:]]


def without_bodies(pairs, *numbers):
    return [(entry, None if entry.seq in numbers else sealed) for entry, sealed in pairs]


def rehashed(entry, **changes):
    """The entry with fields changed and its own hash made anew, as a careful forger would."""
    entry = attrs.evolve(entry, **changes)
    return attrs.evolve(entry, hash=link(entry.seq, entry.previous, entry.commitment, entry.at))


def test_a_whole_chain_is_sound(pairs):
    """
    An untouched chain has no fault, and its head is its size, its last hash and the root over all hashes.
    """
    examined = verify(iter(pairs))

    assert examined.sound
    assert Head(7, pairs[-1][0].hash, root([entry.hash for entry, _ in pairs])) == examined.head
    assert 0 == examined.destroyed


def test_the_first_entry_follows_zeros(record):
    """
    An entry is what the module says it is, computed here by hand.
    """
    salt = bytes(range(32))
    entry, sealed = append(None, record(1), salt=salt)
    commitment = hashlib.sha256(b"civicsns.records.commitment.v1\n" + salt + sealed.body).digest()
    stamped = b"2026-04-01T03:01:00.000000Z"
    whole = b"civicsns.records.entry.v1\n" + bytes(7) + b"\x01" + bytes(32) + commitment + stamped

    assert (1, NOTHING, commitment, hashlib.sha256(whole).digest()) == (
        entry.seq,
        entry.previous,
        entry.commitment,
        entry.hash,
    )


def test_an_empty_chain_is_sound():
    """
    Nothing recorded is nothing wrong; against a checkpoint over some records it is a cut end.
    """
    assert START == verify([]).head
    assert found([], START) is None
    assert (FaultKind.TRUNCATED, 1) == found([], Head(3, HASH, HASH))


@pytest.mark.parametrize("n", range(1, 8))
@pytest.mark.parametrize("changes", [{"previous": HASH}, {"hash": HASH}, {"at": None}, {"seq": 40}, {"seq": -1}])
def test_a_changed_field_of_an_entry_shows(pairs, n, changes):
    """
    Whichever field of whichever entry is changed: that entry is named.
    """
    if "at" in changes:
        changes = {"at": pairs[n - 1][0].at + timedelta(microseconds=1)}
    fault = verify(with_entry(pairs, n, **changes)).fault

    assert fault is not None
    assert (FaultKind.ENTRY, n) == (fault.kind, fault.position)


@pytest.mark.parametrize("n", range(1, 8))
def test_a_changed_commitment_shows(pairs, n):
    """
    A changed commitment is told from a changed body, as the body still proves what was committed.
    """
    assert (FaultKind.COMMITMENT, n) == found(with_entry(pairs, n, commitment=HASH))


@pytest.mark.parametrize("n", range(1, 8))
def test_a_changed_body_or_salt_shows(pairs, n):
    """
    A body that was changed, or a salt, or one that belongs to another record: that record is named.
    """
    body = pairs[n - 1][1].body

    assert (FaultKind.BODY, n) == found(with_sealed(pairs, n, body=body.replace(b"1001", b"1002")))
    assert (FaultKind.BODY, n) == found(with_sealed(pairs, n, salt=HASH))
    assert (FaultKind.BODY, n) == found(with_sealed(pairs, n, body=pairs[n % 7][1].body))


def test_bytes_do_not_move_from_the_body_to_the_salt(pairs):
    """
    The first byte of the body taken into the salt makes the same bytes to hash, and is refused all the same.
    """
    body, salt = pairs[2][1].body, pairs[2][1].salt
    moved = with_sealed(pairs, 3, body=body[1:], salt=salt + body[:1])

    assert pairs[2][0].commitment == commit(moved[2][1])
    assert (FaultKind.BODY, 3) == found(moved)


@pytest.mark.parametrize("n", range(1, 7))
def test_a_missing_record_shows(pairs, n):
    """
    A record deleted from the middle is named.
    """
    assert (FaultKind.MISSING, n) == found(pairs[: n - 1] + pairs[n:])


@pytest.mark.parametrize("n", range(1, 7))
def test_a_deletion_that_was_renumbered_shows(pairs, n):
    """
    Deleting a record and giving its number to the next one shows at that one, with its hash made anew or not.
    """
    entry, sealed = pairs[n]

    assert (FaultKind.ENTRY, n) == found([*pairs[: n - 1], (attrs.evolve(entry, seq=n), sealed), *pairs[n + 1 :]])
    assert (FaultKind.UNLINKED, n) == found([*pairs[: n - 1], (rehashed(entry, seq=n), sealed), *pairs[n + 1 :]])


@pytest.mark.parametrize("n", range(1, 8))
def test_an_inserted_record_shows(pairs, chained, record, n):
    """
    A record that somebody slipped in, properly chained to the one before, has a number that the next one has too.
    """
    after = pairs[n - 2][0] if n > 1 else None
    forged = chained([record(99)], after=after)

    assert (FaultKind.INSERTED, n) == found([*pairs[: n - 1], *forged, *pairs[n - 1 :]])


@pytest.mark.parametrize("n", range(1, 8))
def test_a_record_that_stands_twice_shows(pairs, n):
    """
    A record copied to a second place is an insertion.
    """
    assert (FaultKind.INSERTED, n) == found([*pairs[:n], *pairs[n - 1 :]])


@pytest.mark.parametrize("n", range(1, 7))
def test_a_replaced_record_shows(pairs, chained, record, n):
    """
    A record that was exchanged for a properly chained other one shows at the next, which does not follow it.
    """
    forged = chained([record(99)], after=pairs[n - 2][0] if n > 1 else None)

    assert (FaultKind.UNLINKED, n + 1) == found([*pairs[: n - 1], *forged, *pairs[n:]])


@pytest.mark.parametrize(("a", "b"), [(a, b) for a in range(1, 8) for b in range(a + 1, 8)])
def test_swapped_records_show(pairs, a, b):
    """
    Two records that changed places are told from a missing one, as the one looked for stands further on.
    """
    swapped = list(pairs)
    swapped[a - 1], swapped[b - 1] = swapped[b - 1], swapped[a - 1]

    assert (FaultKind.REORDERED, a) == found(swapped)


@pytest.mark.parametrize("n", range(7))
def test_a_cut_end_shows_against_a_checkpoint_only(pairs, n):
    """
    A chain without its last records is whole in itself. A checkpoint kept elsewhere says how many there were.
    """
    assert found(pairs[:n]) is None
    assert (FaultKind.TRUNCATED, n + 1) == found(pairs[:n], head_of(pairs))


@pytest.mark.parametrize("n", range(1, 8))
def test_a_chain_written_anew_shows_against_a_checkpoint_only(pairs, chained, record, n):
    """
    Whoever has the database can change a record and chain all later ones anew; only a checkpoint tells.
    """
    forged = chained(record(m, by="1002" if m == n else "1001") for m in range(1, 8))

    assert found(forged) is None
    assert (FaultKind.REWRITTEN, 7) == found(forged, head_of(pairs))
    assert found(forged, *(head_of(pairs[:m]) for m in range(n))) is None
    assert (FaultKind.REWRITTEN, n) == found(forged, *(head_of(pairs[:m]) for m in range(8)))


def test_new_salts_are_a_chain_written_anew(pairs, chained, record):
    """
    The same records chained anew with other salts are not the records that the checkpoint signed.
    """
    assert (FaultKind.REWRITTEN, 7) == found(chained((record(n) for n in range(1, 8)), salt=1), head_of(pairs))


def test_the_root_counts_as_well_as_the_last_hash(pairs):
    """
    A checkpoint whose root is another one, or whose last hash is, does not agree.
    """
    head = head_of(pairs)

    assert (FaultKind.REWRITTEN, 7) == found(pairs, attrs.evolve(head, root=HASH))
    assert (FaultKind.REWRITTEN, 7) == found(pairs, attrs.evolve(head, hash=HASH))
    assert (FaultKind.REWRITTEN, 7) == found(pairs, head, attrs.evolve(head, hash=HASH))


def test_a_chain_that_grew_agrees_with_its_older_checkpoints(pairs, chained, record):
    """
    Every older checkpoint, and the newest, agree with a chain that only grew; it is said how many did.
    """
    heads = [head_of(pairs[:n]) for n in range(8)]
    grown = [*pairs, *chained([record(8), record(9)], after=pairs[-1][0])]
    examined = verify(grown, heads=heads)

    assert (True, 8, 9) == (examined.sound, examined.heads, examined.head.size)


def test_destroyed_bodies_leave_the_chain_sound(pairs, chained, record):
    """
    Bodies and salts that a record says were destroyed may be gone: the chain and its checkpoints still agree.
    """
    before = head_of(pairs)
    gone = destruction([1, 2, 5], at=record(8).at, by="1001", rule="青葉市文書管理規程 第30条")
    after = without_bodies([*pairs, *chained([gone], after=pairs[-1][0])], 1, 2, 5)
    examined = verify(after, heads=[before])

    assert examined.fault is None
    assert (3, 8, 1) == (examined.destroyed, examined.head.size, examined.heads)


@pytest.mark.parametrize("taken", range(1, 9))
def test_a_body_taken_away_without_a_record_shows(pairs, chained, record, taken):
    """
    A body that is gone although no record says so is named: one beside those destroyed, or the record of it itself.
    """
    gone = destruction([2, 3], at=record(8).at, by="1001", rule="青葉市文書管理規程 第30条")
    after = without_bodies([*pairs, *chained([gone], after=pairs[-1][0])], 2, 3, taken)

    assert found(after) == {2: None, 3: None, 8: (FaultKind.TAKEN, 2)}.get(taken, (FaultKind.TAKEN, taken))


@pytest.mark.parametrize(
    "changes",
    [
        {"by": " "},
        {"facts": {"entries": "1-3"}},
        {"facts": {"entries": "1-3", "rule": ""}},
        {"facts": {"entries": "1-x", "rule": "r"}},
        {"facts": {"entries": "all", "rule": "r"}},
        {"facts": {"entries": "1-9", "rule": "r"}},
        {"facts": {"entries": "", "rule": "r"}},
        {"event": "records.kept", "facts": {"event": "records.destroyed", "entries": "1-3", "rule": "r"}},
    ],
)
def test_a_destruction_says_who_and_why_and_what(pairs, chained, record, changes):
    """
    A record of a destruction without a person, without a rule, or over what is not there yet, excuses nothing.
    """
    given = {"event": "records.destroyed", "facts": {"entries": "1-3", "rule": "r"}}
    said = chained([record(8, **(given | changes))], after=pairs[-1][0])
    honest = chained([record(8, **given)], after=pairs[-1][0])

    assert found(without_bodies([*pairs, *honest], 1, 2, 3)) is None
    assert (FaultKind.TAKEN, 1) == found(without_bodies([*pairs, *said], 1, 2, 3))


def test_a_destruction_excuses_no_later_body(pairs, chained, record):
    """
    A record cannot say beforehand that what comes after it will be destroyed.
    """
    early = chained([record(1, event="records.destroyed", facts={"entries": "2-4", "rule": "r"})])
    later = chained([record(n) for n in range(2, 6)], after=early[0][0])

    assert (FaultKind.TAKEN, 2) == found(without_bodies([*early, *later], 2, 3, 4))


def test_nothing_of_a_person_is_left_in_the_chain(record):
    """
    Of a destroyed body nothing remains in the entry, in any of its forms: no name, no number, no account.
    """
    entry, sealed = append(None, record(1), salt=bytes(32))
    left = repr(entry) + repr(sealed) + "".join(repr(value) for value in attrs.astuple(entry))

    assert "佐賀 花子" in sealed.body.decode()
    for text in ("佐賀", "花子", "1001", "hanako", "delivery"):
        assert text not in left
        assert text.encode() not in entry.hash + entry.commitment + entry.previous


def test_equal_bodies_have_different_commitments(record):
    """
    Who guesses a body cannot test his guess against the commitment once the salt is gone.
    """
    one, sealed = append(None, record(1), salt=bytes(32))
    two, other = append(None, record(1), salt=HASH)

    assert sealed.body == other.body
    assert one.commitment != two.commitment
    assert one.hash != two.hash


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_salt_has_32_bytes(record, length):
    """
    A salt of any other length is refused, with the mend.
    """
    with pytest.raises(BadInput, match=r"token_bytes\(32\)"):
        append(None, record(1), salt=bytes(length))


def test_entries_are_read_once_and_not_kept(record):
    """
    The chain may come from a generator, and no entry is held back: memory does not grow with its length.
    """
    alive: weakref.WeakSet[Entry] = weakref.WeakSet()
    most = 0

    def stream():
        nonlocal most
        last = None
        for n in range(300):
            last, sealed = append(last, record(n), salt=bytes(32))
            alive.add(last)
            most = max(most, len(alive))
            yield last, sealed

    assert verify(stream()).sound
    assert most <= 3


@given(st.data())
def test_no_single_change_passes_a_checkpoint(data):
    """
    Of any chain, with any one byte of any field changed, or any entry dropped, doubled or moved: nothing passes.
    """
    at = datetime(2026, 4, 1, tzinfo=UTC)
    texts = data.draw(st.lists(st.text('ab花"', max_size=3), min_size=1, max_size=6))
    pairs, last = [], None
    for text in texts:
        last, sealed = append(
            last, Record(at=at, subject=text, event="e"), salt=data.draw(st.binary(min_size=32, max_size=32))
        )
        pairs.append((last, sealed))
    head = head_of(pairs)
    n = data.draw(st.integers(0, len(pairs) - 1))
    entry, sealed = pairs[n]
    how = data.draw(
        st.sampled_from(["seq", "at", "previous", "commitment", "hash", "body", "salt", "drop", "double", "body gone"])
    )

    def turned(raw):
        place = data.draw(st.integers(0, len(raw) - 1))
        return raw[:place] + bytes([raw[place] ^ data.draw(st.integers(1, 255))]) + raw[place + 1 :]

    changed = {
        "seq": lambda: [(attrs.evolve(entry, seq=entry.seq + data.draw(st.integers(1, 9))), sealed)],
        "at": lambda: [(attrs.evolve(entry, at=at + timedelta(microseconds=data.draw(st.integers(1, 10**9)))), sealed)],
        "previous": lambda: [(attrs.evolve(entry, previous=turned(entry.previous)), sealed)],
        "commitment": lambda: [(attrs.evolve(entry, commitment=turned(entry.commitment)), sealed)],
        "hash": lambda: [(attrs.evolve(entry, hash=turned(entry.hash)), sealed)],
        "body": lambda: [(entry, attrs.evolve(sealed, body=turned(sealed.body)))],
        "salt": lambda: [(entry, attrs.evolve(sealed, salt=turned(sealed.salt)))],
        "drop": list,
        "double": lambda: [pairs[n], pairs[n]],
        "body gone": lambda: [(entry, None)],
    }[how]()

    assert verify(pairs, heads=[head]).sound
    assert not verify([*pairs[:n], *changed, *pairs[n + 1 :]], heads=[head]).sound


def test_faults_speak_both_languages(pairs):
    """
    Each fault is one sentence in Japanese and one in English, and names the record.
    """
    fault = verify(pairs[:2] + pairs[3:]).fault

    assert fault is not None
    assert "記録 3 がありません。次にあるのは記録 4 です。" == fault.what.ja
    assert "Record 3 is missing; the next one is 4." == fault.what.en


def test_the_chain_needs_no_database_no_network_and_no_cryptography():
    """
    Chaining and verifying load the standard library and attrs; signing is loaded where somebody signs.
    """
    code = (
        "import sys, civicsns.records.chain, civicsns.records.export, civicsns.records.retention; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert [] == [name for name in ("cryptography", "sqlalchemy", "socket", "requests", "tweepy") if name in loaded]
