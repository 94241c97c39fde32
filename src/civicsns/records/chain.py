r"""
The chain: each entry commits to a record without holding it, and to all entries before it.

```
commitment = SHA-256("civicsns.records.commitment.v1\n" ‖ salt ‖ body)
hash       = SHA-256("civicsns.records.entry.v1\n" ‖ seq ‖ previous ‖ commitment ‖ at)
```

The salt has 32 random bytes, seq is eight bytes big-endian and counts from 1, the hash before the first entry is 32
zero bytes, and the time is the 27 characters of `civicsns.records.body.stamp`. Body and salt lie beside the chain: once
both are destroyed, the commitment tells nothing about the record, not even to somebody who tries every name there is,
and the chain stays valid.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model.moment import aware
from civicsns.records import faults
from civicsns.records.body import canonical, opened, stamp
from civicsns.records.destruction import DESTROYED, destroyed_by, first_uncovered
from civicsns.records.faults import Fault, FaultKind
from civicsns.records.merkle import EMPTY_ROOT, Frontier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from civicsns.model import Record

__all__ = [
    "LAST",
    "NOTHING",
    "START",
    "WIDTH",
    "Entry",
    "Examined",
    "Fault",
    "FaultKind",
    "Head",
    "Sealed",
    "Tip",
    "append",
    "commit",
    "holds",
    "link",
    "seal",
    "verify",
]

#: The length of salts and hashes in bytes.
WIDTH = 32
#: The highest number that an entry can have: the largest integer of SQL.
LAST = (1 << 63) - 1
#: Stands for the hash before the first entry.
NOTHING = bytes(WIDTH)

_COMMITMENT = b"civicsns.records.commitment.v1\n"
_ENTRY = b"civicsns.records.entry.v1\n"
# A quotation mark inside a text is escaped, so that this is found in each record of a destruction and hardly elsewhere.
_DESTRUCTION = f'"event":"{DESTROYED}"'.encode()


@attrs.frozen
class Entry:
    """
    A link of the chain. It holds nothing of the record but its time.

    Attributes:
        seq: Its number, from 1.
        previous: The hash of the entry before it; zeros for the first.
        commitment: What binds it to the body beside it.
        at: The time of the record.
        hash: What binds all of this together.
    """

    seq: int
    previous: bytes = attrs.field(repr=bytes.hex)
    commitment: bytes = attrs.field(repr=bytes.hex)
    at: datetime = attrs.field(validator=aware)
    hash: bytes = attrs.field(repr=bytes.hex)

    @property
    def stamp(self) -> str:
        """The time as it stands in the hash."""
        return stamp(self.at)


@attrs.frozen
class Sealed:
    """
    What an entry commits to, kept beside the chain until its retention is over.

    Attributes:
        body: The record as `civicsns.records.body.canonical` writes it. Not shown, as it may name people.
        salt: 32 random bytes. Not shown, as who has it can try out what the body was.
        misfiled: Whether the store lists it under another subject or event than the body says.
    """

    body: bytes = attrs.field(repr=False)
    salt: bytes = attrs.field(repr=False)
    misfiled: bool = attrs.field(default=False, eq=False)


@attrs.frozen
class Head:
    """
    Where a chain stood once: what a checkpoint signs.

    Attributes:
        size: How many entries there were.
        hash: The hash of the last one; zeros where there was none.
        root: The root of the tree over the hashes of all (`civicsns.records.merkle`).
    """

    size: int
    hash: bytes = attrs.field(repr=bytes.hex)
    root: bytes = attrs.field(repr=bytes.hex)


#: The head of a chain without entries.
START = Head(0, NOTHING, EMPTY_ROOT)


@attrs.frozen
class Tip:
    """
    As much of a chain as is needed to let it grow.

    Attributes:
        hash: The hash of its last entry; zeros where there is none.
        frontier: The tree over the hashes of all.
    """

    hash: bytes = attrs.field(default=NOTHING, repr=bytes.hex)
    frontier: Frontier = attrs.field(factory=Frontier)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.frontier.size

    @property
    def head(self) -> Head:
        """What a checkpoint would sign."""
        return Head(self.frontier.size, self.hash, self.frontier.root)

    def follow(self, commitment: bytes, at: datetime) -> tuple[Entry, Tip]:
        """Make the entry that comes next, and the tip after it."""
        seq = self.frontier.size + 1
        entry = Entry(seq, self.hash, commitment, at, link(seq, self.hash, commitment, at))
        return entry, Tip(entry.hash, self.frontier.append(entry.hash))


@attrs.frozen
class Examined:
    """
    What an examination found.

    Attributes:
        head: Where the chain stands: as far as it is sound.
        destroyed: How many of these entries have no body any more.
        heads: How many of the heads given agreed with the chain.
        fault: The first bad place; None where there is none.
    """

    head: Head
    destroyed: int
    heads: int
    fault: Fault | None

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None


def commit(sealed: Sealed) -> bytes:
    """Give the commitment to a body with its salt."""
    return sha256(_COMMITMENT + sealed.salt + sealed.body).digest()


def link(seq: int, previous: bytes, commitment: bytes, at: datetime) -> bytes:
    """Give the hash of an entry."""
    return sha256(_ENTRY + seq.to_bytes(8, "big") + previous + commitment + stamp(at).encode()).digest()


def seal(record: Record, *, salt: bytes) -> Sealed:
    """
    Make what is kept beside the chain of a record.

    Args:
        record: What happened.
        salt: 32 bytes from `secrets.token_bytes`, fresh for each record.

    Raises:
        BadInput: If the salt is not 32 bytes long, or a text of the record is no Unicode text.
    """
    if len(salt) != WIDTH:
        raise BadInput(
            Bilingual(f"ソルトは {WIDTH} バイトです。", f"A salt has {WIDTH} bytes."),
            mend=Bilingual("secrets.token_bytes(32) で作ってください。", "Make it with secrets.token_bytes(32)."),
            place="salt",
        )
    return Sealed(canonical(record), salt)


def append(previous: Entry | None, record: Record, *, salt: bytes) -> tuple[Entry, Sealed]:
    """
    Make the entry that follows *previous*, and what is kept beside it.

    Args:
        previous: The last entry of the chain; None where it is empty.
        record: What happened.
        salt: 32 bytes from `secrets.token_bytes`, fresh for each record.

    Raises:
        BadInput: If the salt is not 32 bytes long, or a text of the record is no Unicode text.
    """
    sealed = seal(record, salt=salt)
    seq, before = (1, NOTHING) if previous is None else (previous.seq + 1, previous.hash)
    commitment = commit(sealed)
    return Entry(seq, before, commitment, record.at, link(seq, before, commitment, record.at)), sealed


def verify(
    entries: Iterable[tuple[Entry, Sealed | None]],
    *,
    heads: Iterable[Head] = (),
    after: Tip | None = None,
    more: bool = False,
) -> Examined:
    """
    Examine a chain, from its first entry or from *after* on, and name its first bad place.

    Reads each entry once and keeps none; memory grows only with the number of gaps that destruction left.

    Args:
        entries: The entries in order, each with its body and salt, or None where these were destroyed.
        heads: Where the chain stood according to checkpoints whose signatures were verified. Without one kept where
            the database's owner cannot reach it, neither a cut end nor a chain written anew can be told.
            Those of before *after* say nothing about what follows, and are passed over.
        after: Where these entries begin; it is as good as the heads that agree with what follows.
        more: Whether a further part of the chain is examined next; heads beyond the end are left to it.
    """
    start = after or Tip()
    waiting = sorted({head for head in heads if head.size >= start.size}, key=lambda head: head.size, reverse=True)
    agreed = destroyed = 0
    position, frontier, last = start.size, start.frontier, start.hash
    missing: list[tuple[int, int]] = []
    covered: list[tuple[int, int]] = []

    def examined(fault: Fault | None) -> Examined:
        return Examined(Head(frontier.size, last, frontier.root), destroyed, agreed, fault)

    pairs = iter(entries)
    while True:
        while waiting and waiting[-1].size == position:
            if (waiting[-1].hash, waiting[-1].root) != (last, frontier.root):
                return examined(faults.rewritten(waiting[-1].size))
            waiting.pop()
            agreed += 1
        pair = next(pairs, None)
        if pair is None:
            break
        entry, sealed = pair
        position += 1
        kind = _wrong(entry, sealed, position, last)
        if kind is not None:
            return examined(_fault(kind, entry, position, pairs))
        frontier, last = frontier.append(entry.hash), entry.hash
        if sealed is None:
            destroyed += 1
            if missing and missing[-1][1] == position - 1:
                missing[-1] = (missing[-1][0], position)
            else:
                missing.append((position, position))
        elif _DESTRUCTION in sealed.body:
            covered += _covered(sealed.body, before=position)
    if waiting and not more:
        return examined(faults.truncated(position, waiting[0].size))
    seq = first_uncovered(missing, covered)
    return examined(None if seq is None else faults.taken(seq))


def holds(entry: Entry, sealed: Sealed) -> bool:
    """Tell whether *sealed* is what *entry* commits to, and *entry* is whole; not whether it is in its chain."""
    return _wrong(entry, sealed, entry.seq, entry.previous) is None


def _wrong(entry: Entry, sealed: Sealed | None, seq: int, previous: bytes) -> FaultKind | None:
    """Tell what is wrong with the entry that should have the number *seq*."""
    if not 0 < entry.seq <= LAST:
        return FaultKind.ENTRY
    if link(entry.seq, entry.previous, entry.commitment, entry.at) != entry.hash:
        honest = sealed is not None and link(entry.seq, entry.previous, commit(sealed), entry.at) == entry.hash
        return FaultKind.COMMITMENT if honest else FaultKind.ENTRY
    if entry.seq != seq:
        return FaultKind.MISSING if entry.seq > seq else FaultKind.INSERTED
    if entry.previous != previous:
        return FaultKind.UNLINKED
    # A longer salt and a shorter body would make the same bytes.
    if sealed is not None and (len(sealed.salt) != WIDTH or commit(sealed) != entry.commitment):
        return FaultKind.BODY
    if sealed is not None and sealed.misfiled:
        return FaultKind.MISFILED
    return None


def _covered(body: bytes, *, before: int) -> list[tuple[int, int]]:
    """Give what a record of a destruction covers: entries before itself."""
    try:
        runs = destroyed_by(opened(body))
    except ValueError:
        return []
    return [run for run in runs if run[1] < before]


def _fault(kind: FaultKind, entry: Entry, position: int, rest: Iterator[tuple[Entry, Sealed | None]]) -> Fault:
    seq = entry.seq
    if kind is FaultKind.MISSING:
        # What is missing here may stand further on.
        if any(later.seq == position for later, _ in rest):
            kind = FaultKind.REORDERED
        seq = position
    return faults.of_entry(kind, seq=seq, position=position, found=entry.seq)
