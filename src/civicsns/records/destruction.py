"""
The record that says which bodies were destroyed 廃棄, by whom, and under which rule.

A body that is gone is in order where such a record names it. Where none does, somebody took it away.
These records hold no text about a post, and are themselves never destroyed: they are the city's list of what it no
longer has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from civicsns.errors import BadInput
from civicsns.language import Bilingual
from civicsns.model import Record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

#: The event of such a record.
DESTROYED = "records.destroyed"

_RUN = re.compile(r"([1-9][0-9]{0,17})(?:-([1-9][0-9]{0,17}))?")


def destruction(seqs: Iterable[int], *, at: datetime, by: str, rule: str, subject: str = "records") -> Record:
    """
    Make the record of a destruction. Append it in the transaction that deletes the bodies and salts.

    Args:
        seqs: The numbers of the entries whose bodies are destroyed.
        at: When.
        by: The personnel number of who destroyed them.
        rule: What allows it, such as `武雄市文書管理規程 第30条`.
        subject: What the record is about.

    Raises:
        BadInput: If there is nothing to destroy, or it is not said who destroys it and under which rule.
    """
    runs = runs_of(seqs)
    if not runs or not by.strip() or not rule.strip():
        raise BadInput(
            Bilingual(
                "廃棄の記録に、対象・廃棄した人・根拠のいずれかがありません。",
                "A destruction takes what is destroyed, who destroys it and the rule that allows it.",
            ),
            mend=Bilingual("三つとも書いてください。", "Give all three."),
            place=DESTROYED,
        )
    entries = ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return Record(at=at, subject=subject, event=DESTROYED, by=by, facts={"entries": entries, "rule": rule})


def destroyed_by(record: Record) -> list[tuple[int, int]]:
    """
    Give the runs of entries, first and last, that a record says were destroyed.

    A record that does not say who, under which rule and what in the form that `destruction` writes covers nothing.
    """
    if record.event != DESTROYED or not record.by.strip() or not record.facts.get("rule", "").strip():
        return []
    runs: list[tuple[int, int]] = []
    for part in record.facts.get("entries", "").split(","):
        found = _RUN.fullmatch(part)
        if found is None:
            return []
        first = int(found[1])
        runs.append((first, int(found[2] or first)))
    return runs


def runs_of(seqs: Iterable[int]) -> list[tuple[int, int]]:
    """Put numbers together to runs, first and last, in order."""
    runs: list[tuple[int, int]] = []
    for seq in sorted(set(seqs)):
        if runs and runs[-1][1] == seq - 1:
            runs[-1] = (runs[-1][0], seq)
        else:
            runs.append((seq, seq))
    return runs


def first_uncovered(missing: Iterable[tuple[int, int]], covered: Iterable[tuple[int, int]]) -> int | None:
    """Give the first number of the runs *missing*, which are in order, that no run of *covered* holds."""
    cover = sorted(covered)
    place = reach = 0
    for first, last in missing:
        wanted = first
        while wanted <= last:
            while place < len(cover) and cover[place][0] <= wanted:
                reach = max(reach, cover[place][1])
                place += 1
            if reach < wanted:
                return wanted
            wanted = reach + 1
    return None
