"""
The course of an application: how it begins, goes on part after part, ends, and goes back.

Every step is one transaction that also counts itself, so that two who go on with the same one do not do a step twice,
and an interruption leaves a step done or not done.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import attrs

from civicsns.accounts import register
from civicsns.errors import BadInput, CivicsnsError, StoreError
from civicsns.language import Bilingual
from civicsns.lifecycle import application, effect
from civicsns.lifecycle.application import Application, Outcome, Part, State
from civicsns.lifecycle.effect import Effect, Left
from civicsns.log import Events
from civicsns.model import Fact, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from civicsns.accounts.lifecycle import Change, Plan
    from civicsns.ports import Clock, Store

_log = Events(__name__)
#: What records about all of an application are about.
SUBJECT = "lifecycle"
#: So often is a part tried whose facts somebody else changes in the same moment.
_TRIES = 20
#: So many accounts are named on record.
_NAMED = 1000


class Retires(Protocol):
    """
    What closes accounts and hands them over; each may be called again for what is done already.

    *by* is empty where the programme itself acts.
    """

    def retire(self, account_id: str, /, *, by: str, reason: str) -> object:
        """Take an account's credential back, and close it."""
        ...

    def call_off(self, account_id: str, /, *, by: str, reason: str, since: datetime) -> object:
        """Let an account go on whose closing was begun then or later, as far as that is possible still."""
        ...

    def hand_over(self, account_id: str, /, *, to: str, by: str, reason: str) -> object:
        """Hand a section's connected account to another steward."""
        ...


def silent(_done: int, _of: int) -> None:
    """Tell nobody."""


class Course:
    """
    Takes applications through.

    Args:
        store: Where they are.
        clock: Where the time comes from.
        undo_days: For how many days they can be undone.
        retirement: Closes accounts and hands them over.
    """

    def __init__(self, *, store: Store, clock: Clock, undo_days: int, retirement: Retires | None) -> None:
        self._store = store
        self._clock = clock
        self._undo_days = undo_days
        self._retirement = retirement

    def begin(self, plan: Plan, *, by: str, reason: str) -> Application:
        """
        Write a plan down, in parts.

        Raises:
            BadInput: If another application is under way.
        """
        parts = application.parts(plan)
        now = self._clock.now()
        begun = Application(
            id=self._name(plan),
            plan=plan.digest,
            by=by,
            reason=reason,
            at=now,
            since=now,
            today=plan.today,
            parts=len(parts),
            changes=len(plan.changes),
            counts={kind.value: count for kind, count in plan.counts.items()},
        )
        facts: list[tuple[Fact | None, Fact | None]] = [
            (None, Fact(kind=application.KIND, key=begun.id, value=begun.value)),
            *(
                (None, Fact(kind=application.PART, key=begun.part(number), value=part.value))
                for number, part in enumerate(parts)
            ),
        ]
        said = {kind.value: str(count) for kind, count in plan.counts.items()}
        record = Record(
            at=now,
            subject=SUBJECT,
            event="lifecycle.begun",
            by=by,
            facts={**said, "application": begun.id, "plan": plan.digest, "reason": reason},
        )
        self._forget_old()
        self._take_turn(begun.id, facts, [record])
        return begun

    def _name(self, plan: Plan) -> str:
        first = f"{plan.today:%Y%m%d}-{plan.digest[:8]}"
        name, number = first, 1
        while self._store.fact(application.KIND, name) is not None:
            number += 1
            name = f"{first}-{number}"
        return name

    def under_way(self) -> Application | None:
        """Give the application that has not come to its end; None where none is."""
        fact = self._store.fact(application.UNDER_WAY, "")
        return self.get(fact.value["id"]) if fact is not None and fact.value["id"] else None

    def turn_back(self, found: Application, *, by: str, reason: str) -> Application:
        """
        Begin to take an application back.

        Raises:
            BadInput: If another one is under way.
        """
        fact, now = self._fact(found), self._clock.now()
        old = application.read(fact)
        new = attrs.evolve(old, since=now, state=State.UNDOING, undone_by=by, undone_because=reason)
        begun = Record(
            at=now,
            subject=SUBJECT,
            event="lifecycle.undo_begun",
            by=by,
            facts={"application": found.id, "reason": reason},
        )
        self._take_turn(found.id, [(fact, fact.becomes(**new.value))], [begun], already=found.state is not State.DONE)
        return new

    def _take_turn(
        self,
        application_id: str,
        facts: Sequence[tuple[Fact | None, Fact | None]],
        records: Sequence[Record],
        *,
        already: bool = False,
    ) -> None:
        """
        Begin, unless another is under way.

        Raises:
            BadInput: If one is.
        """
        turn = self._store.fact(application.UNDER_WAY, "")
        taken = turn.value["id"] if turn is not None else ""
        if not taken or (already and taken == application_id):
            value = {"id": application_id}
            new = Fact(kind=application.UNDER_WAY, key="", value=value) if turn is None else turn.becomes(**value)
            if self._store.put_all([(turn, new), *facts], records):
                return
        raise BadInput(
            Bilingual("別の適用が終わっていません。", "Another application has not come to its end."),
            mend=Bilingual(
                "誰かが実行中なら待ってください。中断したものなら、続きを実行してください: civicsns accounts apply --resume",
                "Wait if somebody is at it. If it was interrupted, go on with it: civicsns accounts apply --resume",
            ),
            place=taken,
        )

    def _forget_old(self) -> None:
        """Let go of what stood before, names included, where it is too old to be undone."""
        before = self._clock.now() - timedelta(days=self._undo_days)
        for old in application.stored(self._store):
            if old.at >= before or not old.kept or old.state not in {State.DONE, State.UNDONE}:
                continue
            fact = self._fact(old)
            found = [self._store.fact(application.PART, old.part(number)) for number in range(old.parts)]
            gone = [(part, None) for part in found if part is not None]
            self._store.put_all([*gone, (fact, fact.becomes(**attrs.evolve(old, kept=False).value))])

    def go_on(self, found: Application, progress: Callable[[int, int], None]) -> Application:
        """Take an application to its end."""
        while found.state is State.APPLYING:
            found = self._step(found)
            progress(min(found.done * application.SIZE, found.changes), found.changes)
        while found.state is State.CLOSING:
            found = self._close(found)
            progress(min(found.closed * application.SIZE, found.changes), found.changes)
        return found

    def _step(self, found: Application) -> Application:
        """Put the next part into effect, unless somebody else has done so just now."""
        for _ in range(_TRIES):
            fact = self._fact(found)
            current = application.read(fact)
            if current.state is not State.APPLYING or current.done != found.done:
                return current
            if current.done == current.parts:
                after = attrs.evolve(current, state=State.CLOSING)
                if self._store.put(fact, fact.becomes(**after.value)):
                    return after
                continue
            part_fact, part = self._part(current, current.done)
            made = self._effect(current, by=current.by, reason=current.reason)
            done = made.apply(part)
            skipped = (*current.skipped, *effect.subjects(done, Outcome.SKIPPED))
            after = attrs.evolve(current, done=current.done + 1, skipped=skipped)
            changes = [
                *made.changes,
                (part_fact, part_fact.becomes(**done.value)),
                (fact, fact.becomes(**after.value)),
            ]
            if self._store.put_all(changes, made.records):
                return after
        raise _busy(found)

    def _close(self, found: Application) -> Application:
        """Close and hand over the accounts of the next part, and end when there is none left."""
        if found.closed == found.parts:
            return self._end(found, State.DONE)
        _, part = self._part(found, found.closed)
        left: list[str] = []
        for change in part.changes:
            asks = change.closes or change.hands_over
            if not asks or change.effective > found.today or change.subject in found.skipped:
                continue
            # The networks take their time, and somebody may take all of it back meanwhile.
            current = application.read(self._fact(found))
            if current.state is not State.CLOSING or current.closed != found.closed:
                return current
            if not self._closed(change, found):
                left.append(change.key)
        for _ in range(_TRIES):
            fact = self._fact(found)
            current = application.read(fact)
            if current.state is not State.CLOSING or current.closed != found.closed:
                return current
            after = attrs.evolve(current, closed=current.closed + 1, left=(*current.left, *left))
            if self._store.put(fact, fact.becomes(**after.value)):
                return after
        raise _busy(found)

    def _closed(self, change: Change, found: Application) -> bool:
        """Take the step at a network that a change asks for; False where it is left to do."""
        to = change.hands_over
        if self._settled(change, to):
            return True
        if self._retirement is None:
            return False
        by = found.by or change.by
        if self._store.fact(register.PERSON, by) is None:
            # Whoever prepared it may have left before its day; the records say who it was.
            by = ""
        try:
            if to:
                self._retirement.hand_over(change.key, to=to, by=by, reason=found.reason)
            else:
                self._retirement.retire(change.key, by=by, reason=found.reason)
        except StoreError:
            raise
        except CivicsnsError as error:
            _log.failed("lifecycle.account_left", error, account=change.key)
        return self._settled(change, to)

    def _settled(self, change: Change, to: str) -> bool:
        fact = self._store.fact(register.ACCOUNT, change.key)
        if fact is None:
            return True
        account = register.account(fact)
        return account.closed is not None or (bool(to) and account.steward == to)

    def _end(self, found: Application, state: State, record: Record | None = None) -> Application:
        for _ in range(_TRIES):
            fact = self._fact(found)
            current = application.read(fact)
            if current.state is state:
                return current
            turn = self._store.fact(application.UNDER_WAY, "")
            assert turn is not None, "whoever begins takes it"
            after = attrs.evolve(current, state=state)
            ended = record or Record(
                at=self._clock.now(),
                subject=SUBJECT,
                event="lifecycle.ended",
                by=current.by,
                facts={
                    "application": current.id,
                    "skipped": " ".join(current.skipped[:_NAMED]),
                    "left": " ".join(current.left[:_NAMED]),
                },
            )
            if self._store.put_all([(fact, fact.becomes(**after.value)), (turn, turn.becomes(id=""))], [ended]):
                _log.info(ended.event, application=current.id, changes=current.changes, left=len(current.left))
                return after
        raise _busy(found)

    def back(self, found: Application) -> tuple[Application, list[Left]]:
        """Take part after part back, the last one first."""
        left: list[Left] = []
        while found.done:
            found = self._step_back(found, left)
        ended = Record(
            at=self._clock.now(),
            subject=SUBJECT,
            event="lifecycle.undone",
            by=found.undone_by,
            facts={"application": found.id, "reason": found.undone_because},
        )
        return self._end(found, State.UNDONE, ended), left

    def _step_back(self, found: Application, left: list[Left]) -> Application:
        for _ in range(_TRIES):
            fact = self._fact(found)
            current = application.read(fact)
            if current.done != found.done:
                return current
            _, part = self._part(current, current.done - 1)
            self._call_off(current, part)
            made = self._effect(current, by=current.undone_by, reason=current.undone_because)
            made.undo(part)
            after = attrs.evolve(current, done=current.done - 1)
            if self._store.put_all([*made.changes, (fact, fact.becomes(**after.value))], made.records):
                left.extend(made.left)
                return after
        raise _busy(found)

    def _call_off(self, current: Application, part: Part) -> None:
        """Let the accounts go on whose networks have not answered yet; `Effect` tells of those that are gone."""
        for change, came in zip(part.changes, part.outcomes, strict=True):
            skipped = not change.closes or came is Outcome.SKIPPED or change.effective > current.today
            if skipped or self._retirement is None:
                continue
            try:
                self._retirement.call_off(
                    change.key, by=current.undone_by, reason=current.undone_because, since=current.at
                )
            except StoreError:
                raise
            except CivicsnsError as error:
                _log.failed("lifecycle.account_left", error, account=change.key)

    def get(self, application_id: str) -> Application | None:
        """Look an application up; None where there is none of that id."""
        fact = self._store.fact(application.KIND, application_id)
        return application.read(fact) if fact is not None else None

    def _fact(self, found: Application) -> Fact:
        """Read the fact about an application."""
        fact = self._store.fact(application.KIND, found.id)
        assert fact is not None, "applications are not taken away"
        return fact

    def _part(self, found: Application, number: int) -> tuple[Fact, Part]:
        fact = self._store.fact(application.PART, found.part(number))
        assert fact is not None, "its parts are kept as long as it can be undone"
        return fact, application.read_part(fact)

    def _effect(self, of: Application, *, by: str, reason: str) -> Effect:
        return Effect(fact=self._store.fact, application=of, at=self._clock.now(), by=by, reason=reason)


def _busy(found: Application) -> StoreError:
    return StoreError(
        Bilingual("台帳が絶えず変わっているため、進められません。", "The register keeps changing: it cannot go on."),
        mend=Bilingual(
            "続きを実行してください: civicsns accounts apply --resume",
            "Go on with it: civicsns accounts apply --resume",
        ),
        place=found.id,
    )
