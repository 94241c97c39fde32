"""What can be wrong with a chain of records, and how it is said."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Callable


class FaultKind(StrEnum):
    """What is wrong with a chain."""

    #: The body or its salt is not what the entry committed to.
    BODY = "body"
    #: The entry's commitment was changed; the body beside it is the right one.
    COMMITMENT = "commitment"
    #: The number, the previous hash, the time or the hash of the entry was changed.
    ENTRY = "entry"
    #: The entry is whole, but does not follow the one before it.
    UNLINKED = "unlinked"
    MISSING = "missing"
    REORDERED = "reordered"
    INSERTED = "inserted"
    #: The record is whole, but the store lists it under another subject or event than its own.
    MISFILED = "misfiled"
    #: A body is gone, and no record says that it was destroyed.
    TAKEN = "taken"
    #: The chain ends before a checkpoint.
    TRUNCATED = "truncated"
    #: The chain is whole, but is not the one that a checkpoint signed.
    REWRITTEN = "rewritten"


@attrs.frozen
class Fault:
    """
    The first bad place of a chain.

    Attributes:
        kind: What is wrong.
        seq: The number of the entry.
        position: Its place among the entries examined, from 1; the place after the last for an early end.
        what: What is wrong, in words.
    """

    kind: FaultKind
    seq: int
    position: int
    what: Bilingual


def of_entry(kind: FaultKind, *, seq: int, position: int, found: int) -> Fault:
    """Say what is wrong with entry *seq*, at *position*, where the entry *found* stands."""
    return Fault(kind, seq, position, _WORDS[kind](seq, found))


def rewritten(size: int) -> Fault:
    """Say that the first *size* entries are not those that a checkpoint signed."""
    what = Bilingual(
        f"記録 {size} までの内容が、チェックポイントが署名したものではありません。書き換えられています。",
        f"The records up to {size} are not those that the checkpoint signed: they were rewritten.",
    )
    return Fault(FaultKind.REWRITTEN, size, size, what)


def truncated(size: int, promised: int) -> Fault:
    """Say that a chain ends after *size* entries, although a checkpoint has *promised* so many."""
    what = Bilingual(
        f"記録 {size + 1} から後がありません。チェックポイントには {promised} 件あります。",
        f"The records from {size + 1} on are missing; the checkpoint has {promised}.",
    )
    return Fault(FaultKind.TRUNCATED, size + 1, size + 1, what)


def taken(seq: int) -> Fault:
    """Say that the body of entry *seq* is gone without a record of that."""
    what = Bilingual(
        f"記録 {seq} の本文がなく、廃棄の記録もありません。",
        f"The body of record {seq} is gone, and no record says that it was destroyed.",
    )
    return Fault(FaultKind.TAKEN, seq, seq, what)


_WORDS: dict[FaultKind, Callable[[int, int], Bilingual]] = {
    FaultKind.BODY: lambda seq, _: Bilingual(
        f"記録 {seq} の本文またはソルトが、記録されたときのものではありません。",
        f"The body or the salt of record {seq} is not the one that was recorded.",
    ),
    FaultKind.COMMITMENT: lambda seq, _: Bilingual(
        f"記録 {seq} のコミットメントが書き換えられています。本文は元のままです。",
        f"The commitment of record {seq} was changed; its body is the one that was recorded.",
    ),
    FaultKind.ENTRY: lambda seq, _: Bilingual(
        f"記録 {seq} の番号・日時・ハッシュのいずれかが書き換えられています。",
        f"The number, the time or a hash of record {seq} was changed.",
    ),
    FaultKind.UNLINKED: lambda seq, _: Bilingual(
        f"記録 {seq} は直前の記録につながりません。この記録か、これより前の記録が差し替えられています。",
        f"Record {seq} does not follow the one before it: this one, or one before it, was replaced.",
    ),
    FaultKind.MISSING: lambda seq, found: Bilingual(
        f"記録 {seq} がありません。次にあるのは記録 {found} です。",
        f"Record {seq} is missing; the next one is {found}.",
    ),
    FaultKind.REORDERED: lambda seq, found: Bilingual(
        f"記録 {seq} があるはずの所に記録 {found} があり、順序が入れ替わっています。",
        f"Record {found} stands where record {seq} should: their order was changed.",
    ),
    FaultKind.INSERTED: lambda seq, _: Bilingual(
        f"記録 {seq} が二度あります。後のものは差し込まれたものです。",
        f"There is a record {seq} already: this one was inserted.",
    ),
    FaultKind.MISFILED: lambda seq, _: Bilingual(
        f"記録 {seq} が、本文とは別の対象または出来事の記録として並べられています。",
        f"Record {seq} is listed under another subject or event than its body says.",
    ),
}
