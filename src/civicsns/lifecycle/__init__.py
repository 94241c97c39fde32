"""
Putting plans for people and accounts into effect 人事異動の適用, in part after part, and taking them back.

`civicsns.accounts.lifecycle` decides what has to change; this acts. It can be interrupted anywhere: whoever comes next
goes on. What takes a step at a network, closing an account and handing over a connected one, is done by whoever is
given as `retirement`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import attrs

from civicsns.accounts import lifecycle, register
from civicsns.accounts.lifecycle import Kind, Prepared, Prospect, prospect
from civicsns.errors import BadInput, CivicsnsError, ConfigurationError, StoreError
from civicsns.language import Bilingual
from civicsns.lifecycle import application, effect
from civicsns.lifecycle.application import Application, Outcome, Part, State
from civicsns.lifecycle.effect import Effect, Left
from civicsns.log import Events
from civicsns.model import Account, Fact, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, tzinfo

    from civicsns.accounts.lifecycle import Change, Expected, Plan, Wanted
    from civicsns.config import LifecycleSettings
    from civicsns.ports import Clock, Store

__all__ = ["Application", "Left", "Lifecycle", "Retires", "State", "Undone"]

_log = Events(__name__)
#: What records about all of an application are about.
_SUBJECT = "lifecycle"
#: So often is a part tried whose facts somebody else changes in the same moment.
_TRIES = 20
#: So many of what is wrong are named.
_NAMED = 5


class Retires(Protocol):
    """What closes accounts and hands them over; each may be called again for what is done already."""

    def retire(self, account_id: str, /, *, by: str, reason: str) -> object:
        """Take an account's credential back, and close it."""
        ...

    def hand_over(self, account_id: str, /, *, to: str, by: str) -> object:
        """Hand a section's connected account to another steward."""
        ...


@attrs.frozen(kw_only=True)
class Undone:
    """
    What became of taking an application back.

    Attributes:
        application: The application as it is now.
        left: What could not be undone, and why.
    """

    application: Application
    left: tuple[Left, ...]


def _silent(_done: int, _of: int) -> None:
    """Tell nobody."""


class Lifecycle:
    """
    How people and accounts of a programme come and go.

    Args:
        store: Where the register, what is prepared and the records are.
        clock: Where the time comes from.
        zone: The city's zone, which says what day it is.
        settings: The table `[lifecycle]`.
        retirement: Closes accounts and hands them over; without it they stay open, and are named in `Application.left`.
        in_files: Whether the programme's people and accounts are in files, so that the register does not count.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        zone: tzinfo,
        settings: LifecycleSettings,
        retirement: Retires | None = None,
        in_files: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._settings = settings
        self._retirement = retirement
        self._in_files = in_files

    @property
    def today(self) -> date:
        """The day, in the city's zone."""
        return self._clock.now().astimezone(self._zone).date()

    def plan(
        self, wanted: Wanted, *, day: date | None = None, expected: Expected | None = None, importing: bool = False
    ) -> Plan:
        """
        Compare the register with what is wanted. Nothing is changed.

        Args:
            wanted: What is to stand.
            day: From which day on; today unless given.
            expected: What somebody who has looked says will come of it, where that is many.
            importing: For taking what the settings' files say into the register.

        Raises:
            ConfigurationError: If the programme's people and accounts are in files, and this is not for importing them.
            StoreError: If the store is out of order.
        """
        if not importing:
            self._require_register()
        return lifecycle.plan(
            self._prospect(), wanted, today=self.today, day=day, settings=self._settings, expected=expected
        )

    def due(self, *, expected: Expected | None = None) -> Plan:
        """
        Plan what has come due: prepared changes whose day has come, and people whose term has ended.

        Raises:
            ConfigurationError: If the programme's people and accounts are in files.
            StoreError: If the store is out of order.
        """
        self._require_register()
        return lifecycle.due(self._prospect(), today=self.today, settings=self._settings, expected=expected)

    def prepared(self) -> Sequence[Prepared]:
        """
        List what is prepared for days to come, in their order.

        Raises:
            StoreError: If the store is out of order.
        """
        return [prospect.read(fact) for fact in self._store.facts(prospect.KIND)]

    def applications(self) -> Sequence[Application]:
        """
        List what was put into effect, oldest first.

        Raises:
            StoreError: If the store is out of order.
        """
        return list(application.stored(self._store))

    @property
    def under_way(self) -> Application | None:
        """
        The application that has not come to its end, whether somebody is at it or was interrupted; None where none is.

        Raises:
            StoreError: If the store is out of order.
        """
        fact = self._store.fact(application.UNDER_WAY, "")
        return self._get(fact.value["id"]) if fact is not None and fact.value["id"] else None

    def apply(
        self, plan: Plan, *, by: str, reason: str, progress: Callable[[int, int], None] = _silent
    ) -> Application | None:
        """
        Put a plan into effect: what holds at once, at once; the rest is prepared for its day.

        It is done in parts, each whole or not at all. Interrupted, it goes on with `resume`.

        Args:
            plan: The plan, as it was looked at.
            by: The personnel number of whoever does it.
            reason: Why.
            progress: Called after each part with how many changes are done, and how many there are.

        Returns:
            What became of it; None where the plan has no changes.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, the plan may not be put into effect as it is,
                what stands has changed since it was made, or another one is under way. Nothing was changed.
            StoreError: If the store is out of order; what was done until then stands.
        """
        self._require(plan, by, reason)
        if not plan.changes and not plan.void:
            return None
        return self._go_on(self._begin(plan, by=by, reason=reason), progress)

    def resume(self, *, progress: Callable[[int, int], None] = _silent) -> Application | None:
        """
        Go on with what was interrupted, be it applied or undone; safe while somebody else is at it.

        Returns:
            What became of it; None where nothing is under way.

        Raises:
            StoreError: If the store is out of order; what was done until then stands.
        """
        found = self.under_way
        if found is None:
            return None
        return self._back(found)[0] if found.state is State.UNDOING else self._go_on(found, progress)

    def undo(self, application_id: str, *, by: str, reason: str) -> Undone:
        """
        Take an application back, as far as what it changed still is as it left it.

        Args:
            application_id: Its id.
            by: The personnel number of whoever does it.
            reason: Why.

        Raises:
            BadInput: If there is none of that id, it is undone already or too old, *by* is nobody of the staff, there
                is no reason, or another one is under way.
            StoreError: If the store is out of order; what was undone until then stays undone.
        """
        self._require_person(by, reason)
        found = self._get(application_id)
        if found is None:
            raise BadInput(
                Bilingual("この適用はありません。", "There is no such application."),
                mend=Bilingual("一覧を確かめてください: civicsns accounts applied", "See: civicsns accounts applied"),
                place=application_id,
            )
        if found.state in {State.UNDONE, State.UNDOING} or not found.kept:
            raise BadInput(
                Bilingual("すでに取り消されているか、古すぎます。", "It is undone already, or too old."),
                mend=Bilingual("名簿から計画し直してください。", "Plan again from a roster."),
                place=application_id,
            )
        old = self._fact(found)
        new = attrs.evolve(found, state=State.UNDOING, undone_by=by, undone_because=reason)
        begun = Record(
            at=self._clock.now(),
            subject=_SUBJECT,
            event="lifecycle.undo_begun",
            by=by,
            facts={"application": found.id, "reason": reason},
        )
        self._take_turn(found.id, [(old, old.becomes(**new.value))], [begun], already=found.state is not State.DONE)
        ended, left = self._back(new)
        return Undone(application=ended, left=tuple(left))

    def sweep(self) -> int:
        """
        Put into effect what has come due, in the programme's own name, and go on with what it was interrupted in.

        For a timer. What a person has begun and was interrupted in is left to a person.

        Returns:
            How many changes were put into effect.

        Raises:
            StoreError: If the store is out of order.
        """
        if self._in_files:
            return 0
        found = self.under_way
        if found is not None:
            if not found.by:
                self.resume()
            return 0
        if not self._anything_due():
            return 0
        plan = self.due()
        if plan.stops:
            # So many terms that ended at once are for a person to look at; what was prepared has been looked at.
            _log.info("lifecycle.stopped", why=" ".join(one.kind.value for one in plan.stops))
            plan = lifecycle.due(self._prospect(), today=self.today, settings=self._settings, terms=False)
        if not plan.changes and not plan.void:
            return 0
        ended = self._go_on(self._begin(plan, by="", reason="予定の発効 / the day has come"), _silent)
        return ended.changes

    def _anything_due(self) -> bool:
        """Look at what is prepared each time, and once a day at all people, for those whose term has ended."""
        today = self.today.isoformat()
        if any(one.effective <= self.today for one in self.prepared()):
            return True
        looked = self._store.fact("lifecycle.looked", "")
        if looked is not None and looked.value["day"] == today:
            return False
        day = {"day": today}
        new = Fact(kind="lifecycle.looked", key="", value=day) if looked is None else looked.becomes(**day)
        return self._store.put(looked, new)

    # How an application begins ------------------------------------------------------------------------------------

    def _begin(self, plan: Plan, *, by: str, reason: str) -> Application:
        self._require_standing(plan)
        parts = application.parts(plan)
        now = self._clock.now()
        begun = Application(
            id=self._name(plan),
            plan=plan.digest,
            by=by,
            reason=reason,
            at=now,
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
            subject=_SUBJECT,
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
        before = self._clock.now() - timedelta(days=self._settings.undo_days)
        for old in application.stored(self._store):
            if old.at >= before or not old.kept or old.state not in {State.DONE, State.UNDONE}:
                continue
            fact = self._fact(old)
            found = [self._store.fact(application.PART, old.part(number)) for number in range(old.parts)]
            gone = [(part, None) for part in found if part is not None]
            self._store.put_all([*gone, (fact, fact.becomes(**attrs.evolve(old, kept=False).value))])

    # How it goes on -----------------------------------------------------------------------------------------------

    def _go_on(self, found: Application, progress: Callable[[int, int], None]) -> Application:
        while found.state is State.APPLYING:
            found = self._step(found)
            progress(min(found.done * application.SIZE, found.changes), found.changes)
        while found.state is State.CLOSING:
            found = self._close(found)
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
        left = [
            change.key
            for change in part.changes
            if change.effective <= found.today
            and change.subject not in found.skipped
            and not self._closed(change, found)
        ]
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
        if not change.closes and not to:
            return True
        if self._settled(change, to):
            return True
        if self._retirement is None:
            return False
        try:
            if to:
                self._retirement.hand_over(change.key, to=to, by=found.by or change.by)
            else:
                self._retirement.retire(change.key, by=found.by or change.by, reason=found.reason)
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
                subject=_SUBJECT,
                event="lifecycle.ended",
                by=current.by,
                facts={
                    "application": current.id,
                    "skipped": " ".join(current.skipped[:1000]),
                    "left": " ".join(current.left[:1000]),
                },
            )
            if self._store.put_all([(fact, fact.becomes(**after.value)), (turn, turn.becomes(id=""))], [ended]):
                _log.info(ended.event, application=current.id, changes=current.changes, left=len(current.left))
                return after
        raise _busy(found)

    # How it goes back ---------------------------------------------------------------------------------------------

    def _back(self, found: Application) -> tuple[Application, list[Left]]:
        """Take part after part back, the last one first."""
        left: list[Left] = []
        while found.done:
            found = self._step_back(found, left)
        ended = Record(
            at=self._clock.now(),
            subject=_SUBJECT,
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
            made = self._effect(current, by=current.undone_by, reason=current.undone_because)
            made.undo(part)
            after = attrs.evolve(current, done=current.done - 1)
            if self._store.put_all([*made.changes, (fact, fact.becomes(**after.value))], made.records):
                left.extend(made.left)
                return after
        raise _busy(found)

    # What it needs ------------------------------------------------------------------------------------------------

    def _effect(self, of: Application, *, by: str, reason: str) -> Effect:
        return Effect(fact=self._store.fact, application=of, at=self._clock.now(), by=by, reason=reason)

    def _prospect(self) -> Prospect:
        return Prospect(register.roster(self._store), self.prepared())

    def _get(self, application_id: str) -> Application | None:
        fact = self._store.fact(application.KIND, application_id)
        return application.read(fact) if fact is not None else None

    def _fact(self, found: Application) -> Fact:
        fact = self._store.fact(application.KIND, found.id)
        assert fact is not None, "applications are not taken away"
        return fact

    def _part(self, found: Application, number: int) -> tuple[Fact, Part]:
        fact = self._store.fact(application.PART, found.part(number))
        assert fact is not None, "its parts are kept as long as it can be undone"
        return fact, application.read_part(fact)

    def _require_register(self) -> None:
        if self._in_files:
            raise ConfigurationError(
                Bilingual(
                    "職員とアカウントは設定のファイルから読まれています。",
                    "People and accounts are read from the files that the settings name.",
                ),
                mend=Bilingual(
                    "civicsns accounts import で台帳に取り込み、設定から people と accounts を消してください。",
                    "Take them into the register with civicsns accounts import, then take people and accounts out of the settings.",
                ),
                place="programme.people",
            )

    def _require_person(self, by: str, reason: str, plan: Plan | None = None) -> None:
        # Whoever sets the programme up is on the first roster.
        first = plan is not None and any(one.kind is Kind.JOIN and one.key == by for one in plan.changes)
        if not first and self._store.fact(register.PERSON, by) is None:
            register.roster(self._store).person(by)
        if not reason.strip():
            raise BadInput(
                Bilingual("理由がありません。", "There is no reason."),
                mend=Bilingual("なぜ変えるかを書いてください。", "Say why it is changed."),
                place="reason",
            )

    def _require(self, plan: Plan, by: str, reason: str) -> None:
        self._require_person(by, reason, plan)
        if plan.stops:
            first = plan.stops[0]
            raise BadInput(first.what, mend=first.mend, place=", ".join(first.about[:_NAMED]))

    def _require_standing(self, plan: Plan) -> None:
        """
        Ask that what the plan was made upon still stands.

        Raises:
            BadInput: If it does not.
        """
        seen = self._prospect()
        stale = [change.key for change in plan.changes if _stands(seen, change, plan.today) != change.before]
        if stale or plan.today != self.today:
            named = ", ".join(stale[:_NAMED])
            raise BadInput(
                Bilingual(
                    f"計画の後に台帳が変わっています（{len(stale)} 件）。"
                    if stale
                    else "計画の後に日付が変わりました。",
                    f"The register has changed since the plan was made ({len(stale)})."
                    if stale
                    else "It is another day than when the plan was made.",
                ),
                mend=Bilingual("計画し直して確かめてください。", "Plan again, and look at it again."),
                place=named,
            )


def _stands(seen: Prospect, change: Change, today: date) -> object:
    is_account = isinstance(change.about, Account)
    if change.effective > today:
        return (seen.account if is_account else seen.person)(change.key, change.effective)
    return (seen.accounts if is_account else seen.people).get(change.key)


def _busy(found: Application) -> StoreError:
    return StoreError(
        Bilingual("台帳が絶えず変わっているため、進められません。", "The register keeps changing: it cannot go on."),
        mend=Bilingual(
            "続きを実行してください: civicsns accounts apply --resume",
            "Go on with it: civicsns accounts apply --resume",
        ),
        place=found.id,
    )
