"""Putting one part of an application into effect, and taking it back: what is put into the store, and what is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.accounts import register, retirement
from civicsns.accounts.lifecycle import prospect
from civicsns.accounts.lifecycle.change import Change, Subject, kind_of
from civicsns.accounts.lifecycle.change import Kind as ChangeKind
from civicsns.accounts.lifecycle.prospect import Prepared
from civicsns.language import Bilingual
from civicsns.lifecycle.application import Application, Outcome, Part
from civicsns.model import Account, Fact, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

#: What records call it.
_EVENTS: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.JOIN: "person.joined",
    ChangeKind.MOVE: "person.moved",
    ChangeKind.UPDATE: "person.updated",
    ChangeKind.LEAVE: "person.left",
    ChangeKind.OPEN: "account.opened",
    ChangeKind.HAND_OVER: "account.handed_over",
    ChangeKind.CLOSE: "account.closed",
    # What was opened only by mistake.
    ChangeKind.CANCEL: "account.closed",
}
PREPARED: Final = "change.prepared"
DROPPED: Final = "change.dropped"


@attrs.frozen(kw_only=True)
class Left:
    """
    Something that cannot be undone.

    Attributes:
        about: The personnel number, or the account's id.
        why: Why not, and what to do instead.
    """

    about: str
    why: Bilingual


@attrs.define(kw_only=True)
class Effect:
    """
    What one part does to the store.

    Attributes:
        fact: Reads a fact, by its kind and key.
        application: Whose part it is.
        at: The time.
        by: Who does it.
        reason: Why.
        changes: Facts in the places of others.
        records: What goes on record.
        left: What cannot be undone.
    """

    fact: Callable[[str, str], Fact | None]
    application: Application
    at: datetime
    by: str
    reason: str
    changes: list[tuple[Fact | None, Fact | None]] = attrs.field(factory=list)
    records: list[Record] = attrs.field(factory=list)
    left: list[Left] = attrs.field(factory=list)

    def apply(self, part: Part) -> Part:
        """Gather what *part* changes; give it with what becomes of each change."""
        was: dict[str, Any] = {}
        outcomes: list[Outcome] = []
        for change in part.changes:
            if change.effective > self.application.today:
                self._prepare(change, was)
                outcomes.append(Outcome.DONE)
            else:
                outcomes.append(self._put(change, was))
        for key in part.void:
            self._use_up(key, was)
            _, kind, about = key.split(" ", 2)
            subject = f"{kind}:{about}" if kind == register.PERSON else about
            self._record(DROPPED, subject, {"prepared": key})
        return attrs.evolve(part, outcomes=tuple(outcomes), was=was)

    def undo(self, part: Part) -> None:
        """Gather what takes *part* back, as far as it is still as the part left it."""
        for change, outcome in zip(part.changes, part.outcomes, strict=True):
            if outcome is Outcome.SKIPPED:
                continue
            if change.effective > self.application.today:
                self._forget(change, part)
            elif outcome is Outcome.DONE or change.closes or change.hands_over:
                self._take_back(change)

    def _put(self, change: Change, was: dict[str, Any]) -> Outcome:
        for key in change.prepared:
            self._use_up(key, was)
        fact, current = self._standing(change)
        if current != change.before:
            return Outcome.SAME if current == change.put else Outcome.SKIPPED
        if current == change.put:
            return Outcome.SAME
        self._exchange(change, fact, change.put)
        self._recorded(change.before, change.put, change)
        return Outcome.DONE

    def _take_back(self, change: Change) -> None:
        fact, current = self._standing(change)
        if change.closes and self._going(change.key):
            self.left.append(Left(about=change.key, why=_GOING))
            return
        if current == change.before:
            return
        if current != change.put:
            self.left.append(Left(about=change.key, why=_why(change, current)))
            return
        self._exchange(change, fact, change.before)
        self._recorded(change.put, change.before, change)

    def _going(self, account_id: str) -> bool:
        """Whether the account is being closed for this application, and too far for that to be called off."""
        stored = self.fact(retirement.KIND, account_id)
        if stored is None:
            return False
        found = retirement.read(stored)
        return not found.ended and found.at >= self.application.at

    def _prepare(self, change: Change, was: dict[str, Any]) -> None:
        key = prospect.key(change.effective, change.about)
        fact = self.fact(prospect.KIND, key)
        was[key] = dict(fact.value) if fact is not None else None
        # One for each day: it leads from where the first one begins to where the last one ends.
        before = change.before if fact is None else prospect.read(fact).before
        dropped = before == change.after
        if not dropped:
            made = Prepared(
                effective=change.effective,
                before=before,
                after=change.after,
                by=self.by,
                application=self.application.id,
                because=change.because,
            )
            self.changes.append((fact, _following(fact, prospect.KIND, key, made.value)))
        elif fact is not None:
            self.changes.append((fact, None))
        self._record(
            DROPPED if dropped else PREPARED,
            change.subject,
            {"kind": change.kind.value, "effective": change.effective.isoformat(), **change.noted},
        )

    def _forget(self, change: Change, part: Part) -> None:
        """Put back what was prepared before, unless it has come into effect or was prepared anew."""
        key = prospect.key(change.effective, change.about)
        fact, was = self.fact(prospect.KIND, key), part.was[key]
        dropped = was is not None and prospect.read(_fact(key, was)).before == change.after
        if fact is None and not dropped:
            # It was put into effect on its day, by another application.
            self.left.append(Left(about=change.key, why=_IN_EFFECT))
            return
        if fact is not None and (dropped or prospect.read(fact).application != self.application.id):
            self.left.append(Left(about=change.key, why=_CHANGED))
            return
        if was is None:
            self.changes.append((fact, None))
        else:
            self.changes.append((fact, _following(fact, prospect.KIND, key, was)))
        self._record(DROPPED, change.subject, {"effective": change.effective.isoformat()})

    def _use_up(self, key: str, was: dict[str, Any]) -> None:
        fact = self.fact(prospect.KIND, key)
        if fact is not None:
            was[key] = dict(fact.value)
            self.changes.append((fact, None))

    def _standing(self, change: Change) -> tuple[Fact | None, Subject | None]:
        fact = self.fact(change.fact, change.key)
        if fact is None:
            return None, None
        return fact, register.person(fact) if change.fact == register.PERSON else register.account(fact)

    def _exchange(self, change: Change, fact: Fact | None, new: Subject | None) -> None:
        if new is None:
            self.changes.append((fact, None))
            return
        value = register.account_value(new) if isinstance(new, Account) else register.person_value(new)
        self.changes.append((fact, _following(fact, change.fact, change.key, value)))

    def _recorded(self, before: Subject | None, after: Subject | None, change: Change) -> None:
        done = attrs.evolve(change, before=before, after=after)
        kind = kind_of(before, after)
        event = _EVENTS.get(kind)
        if event is None:
            moved = before is not None and after is not None and before.section != after.section
            event = "account.moved" if moved else "account.changed"
        because = {"because": f"{register.PERSON}:{change.because}"} if change.because else {}
        self._record(event, change.subject, {**done.noted, **because}, by=change.by)

    def _record(self, event: str, subject: str, facts: Mapping[str, str], *, by: str = "") -> None:
        said = {**facts, "application": self.application.id, "reason": self.reason}
        self.records.append(Record(at=self.at, subject=subject, event=event, by=self.by or by, facts=said))


def _fact(key: str, value: Mapping[str, Any]) -> Fact:
    return Fact(kind=prospect.KIND, key=key, value=value)


def _following(fact: Fact | None, kind: str, key: str, value: Mapping[str, Any]) -> Fact:
    return Fact(kind=kind, key=key, value=value) if fact is None else fact.becomes(**value)


_CHANGED: Final = Bilingual(
    "その後に変更されています。名簿から計画し直してください。",
    "It was changed since. Plan again from a roster.",
)
_IN_EFFECT: Final = Bilingual(
    "その日に発効しました。発効させた適用を取り消してください: civicsns accounts applied",
    "It came into effect on its day. Undo what put it into effect: civicsns accounts applied",
)
_CLOSED: Final = Bilingual(
    "アカウントは閉じられ、接続は取り消されました。名簿に載せて開き直し、招待してください: civicsns enrol invite",
    "The account was closed and its credential is gone. Open it again with a roster, and invite: civicsns enrol invite",
)
_GOING: Final = Bilingual(
    "返納が進み、接続はもう取り消されています。閉じた後に名簿で開き直し、招待してください: civicsns enrol invite",
    "It is being closed, and its token was taken back already. Open it again with a roster once it is closed, and"
    " invite: civicsns enrol invite",
)
_HANDED_OVER: Final = Bilingual(
    "新しい管理者が接続し直しました。戻すには、もう一度引き継いでください: civicsns accounts hand-over",
    "The new steward has connected it. To go back, hand it over again: civicsns accounts hand-over",
)


def _why(change: Change, current: Subject | None) -> Bilingual:
    if isinstance(current, Account):
        if change.closes and current.closed is not None:
            return _CLOSED
        if change.hands_over and current.steward == change.hands_over:
            return _HANDED_OVER
    return _CHANGED


def subjects(part: Part, outcome: Outcome) -> Iterator[str]:
    """Name what a part's changes with that outcome are about."""
    return (change.subject for change, end in zip(part.changes, part.outcomes, strict=True) if end is outcome)
