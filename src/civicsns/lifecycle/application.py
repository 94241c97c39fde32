"""
An application 適用: a plan that is being put into effect, or was, as facts in the store.

All of a plan is written down before its first change, in parts. Each part is then put into effect in one transaction
with its records and with the count of parts that are done. So whoever finds an application unfinished goes on where it
stopped, on any machine, without the roster it came from.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.accounts.lifecycle.change import Change, Kind, read_value, value_of
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from civicsns.accounts.lifecycle import Plan
    from civicsns.model import Fact
    from civicsns.ports import Store

#: The kinds of facts: an application, its parts, and which one is under way.
KIND: Final = "application"
PART: Final = "application.part"
UNDER_WAY: Final = "application.under_way"
#: So many changes are put into effect in one transaction.
SIZE: Final = 250


class State(StrEnum):
    """How far an application has come."""

    APPLYING = "applying"
    #: The register is done; accounts are being closed and handed over at the networks.
    CLOSING = "closing"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


STATES: Final[Mapping[State, Bilingual]] = {
    State.APPLYING: Bilingual("適用中", "being applied"),
    State.CLOSING: Bilingual("閉鎖・引継ぎ中", "closing accounts"),
    State.DONE: Bilingual("適用済み", "applied"),
    State.UNDOING: Bilingual("取消し中", "being undone"),
    State.UNDONE: Bilingual("取消し済み", "undone"),
}


class Outcome(StrEnum):
    """What became of one change."""

    DONE = "done"
    #: It stood so already.
    SAME = "same"
    #: Somebody else has changed it since the plan.
    SKIPPED = "skipped"


@attrs.frozen(kw_only=True)
class Application:
    """
    A plan put into effect.

    Attributes:
        id: Its id: the day, and the beginning of the plan's digest.
        plan: The plan's digest.
        by: The personnel number of whoever put it into effect; empty for the programme itself.
        reason: Why.
        at: When it was begun.
        since: When it was begun, or when taking it back was.
        today: The day that it took for today.
        state: How far it has come.
        parts: How many parts it has.
        done: How many of them are in effect.
        closed: How many of them have been gone through for accounts to close and to hand over.
        changes: How many changes it has.
        counts: How many of each kind.
        skipped: What was left as it is, since somebody changed it after the plan, by what it is about.
        left: The accounts that are still to be closed or handed over.
        undone_by: The personnel number of whoever took it back.
        undone_because: Why.
        kept: Whether the store still keeps what stood before, so that it can be undone.
    """

    id: str
    plan: str
    by: str
    reason: str
    at: datetime
    since: datetime
    today: date
    state: State = State.APPLYING
    parts: int
    done: int = 0
    closed: int = 0
    changes: int
    counts: Mapping[str, int] = attrs.field(factory=dict)
    skipped: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    undone_by: str = ""
    undone_because: str = ""
    kept: bool = True

    @property
    def value(self) -> dict[str, Any]:
        """What its fact says."""
        value = attrs.asdict(self, recurse=False)
        del value["id"]
        times = {"at": self.at.isoformat(), "since": self.since.isoformat()}
        written = {**times, "today": self.today.isoformat(), "state": self.state.value}
        return {
            **value,
            **written,
            "counts": dict(self.counts),
            "skipped": list(self.skipped),
            "left": list(self.left),
        }

    @property
    def counted(self) -> Mapping[Kind, int]:
        """How many changes of each kind."""
        return {Kind(kind): count for kind, count in self.counts.items()}

    def part(self, number: int) -> str:
        """Give the key of a part, from 0."""
        return f"{self.id} {number:06}"


@attrs.frozen(kw_only=True)
class Part:
    """
    Some of the changes.

    Attributes:
        changes: The changes.
        void: The keys of prepared changes that are dropped.
        outcomes: What became of each change; none before it is in effect.
        was: What stood in the place of each prepared change that was replaced or used up, by its key.
    """

    changes: tuple[Change, ...]
    void: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    was: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def value(self) -> dict[str, Any]:
        """What its fact says."""
        return {
            "changes": [_value(change) for change in self.changes],
            "void": list(self.void),
            "outcomes": [outcome.value for outcome in self.outcomes],
            "was": dict(self.was),
        }


def read(fact: Fact) -> Application:
    """Read an application back."""
    value: dict[str, Any] = {
        **fact.value,
        "at": datetime.fromisoformat(fact.value["at"]),
        "since": datetime.fromisoformat(fact.value["since"]),
        "today": date.fromisoformat(fact.value["today"]),
        "state": State(fact.value["state"]),
        "skipped": tuple(fact.value["skipped"]),
        "left": tuple(fact.value["left"]),
    }
    return Application(id=fact.key, **value)


def read_part(fact: Fact) -> Part:
    """Read a part back."""
    value = fact.value
    return Part(
        changes=tuple(_change(one) for one in value["changes"]),
        void=tuple(value["void"]),
        outcomes=tuple(Outcome(one) for one in value["outcomes"]),
        was=value["was"],
    )


def parts(plan: Plan) -> list[Part]:
    """Cut a plan into parts."""
    starts = range(0, max(len(plan.changes), 1), SIZE)
    made = [Part(changes=plan.changes[start : start + SIZE]) for start in starts]
    return [attrs.evolve(made[0], void=plan.void), *made[1:]]


def stored(store: Store) -> Iterator[Application]:
    """List the applications, oldest first."""
    yield from sorted((read(fact) for fact in store.facts(KIND)), key=lambda one: one.at)


def _value(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "before": value_of(change.before),
        "after": value_of(change.after),
        "effective": change.effective.isoformat(),
        "because": change.because,
        "prepared": list(change.prepared),
        "by": change.by,
    }


def _change(value: Mapping[str, Any]) -> Change:
    return Change(
        kind=Kind(value["kind"]),
        before=read_value(value["before"]),
        after=read_value(value["after"]),
        effective=date.fromisoformat(value["effective"]),
        because=value["because"],
        prepared=tuple(value["prepared"]),
        by=value["by"],
    )
