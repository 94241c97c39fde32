"""
Putting plans for people and accounts into effect 人事異動の適用, in part after part, and taking them back.

`civicsns.accounts.lifecycle` decides what has to change; this acts. It can be interrupted anywhere: whoever comes next
goes on. What takes a step at a network, closing an account and handing over a connected one, is done by whoever is
given as `retirement`.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from civicsns.accounts import lifecycle, register
from civicsns.accounts.lifecycle import Kind, Prepared, Prospect, prospect
from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual
from civicsns.lifecycle import application
from civicsns.lifecycle.application import Application, State
from civicsns.lifecycle.course import Course, Retires, silent
from civicsns.lifecycle.effect import Left
from civicsns.log import Events
from civicsns.model import Account, Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from datetime import date, tzinfo

    from civicsns.accounts.lifecycle import Change, Expected, Notice, Plan, Wanted
    from civicsns.accounts.lifecycle.change import Subject
    from civicsns.config import LifecycleSettings
    from civicsns.ports import Clock, Store

__all__ = ["Application", "Left", "Lifecycle", "Retires", "State", "Undone"]

_log = Events(__name__)
#: So long a person is given to put a plan into effect.
_PATIENCE = timedelta(minutes=10)
#: So many of what is wrong are named.
_NAMED = 5
#: The kind of the fact that says on which day all people were looked at last.
_LOOKED = "lifecycle.looked"


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


@contextmanager
def _uncollected() -> Generator[None]:
    """
    Let the collector of cycles rest, in a `with` statement.

    The people and accounts of a large city are hundreds of thousands of values without cycles; to look through them
    again and again while they are made takes a third of the time.
    """
    rests = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if rests:
            gc.enable()


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
        self._in_files = in_files
        self._course = Course(store=store, clock=clock, undo_days=settings.undo_days, retirement=retirement)

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
        with _uncollected():
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
        with _uncollected():
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
        return self._course.under_way()

    def apply(
        self, plan: Plan, *, by: str, reason: str, progress: Callable[[int, int], None] = silent
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
        self._require_standing(plan)
        return self._course.go_on(self._course.begin(plan, by=by, reason=reason), progress)

    def resume(self, *, progress: Callable[[int, int], None] = silent) -> Application | None:
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
        return self._course.back(found)[0] if found.state is State.UNDOING else self._course.go_on(found, progress)

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
        found = self._course.get(application_id)
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
        ended, left = self._course.back(self._course.turn_back(found, by=by, reason=reason))
        return Undone(application=ended, left=tuple(left))

    def sweep(self) -> int:
        """
        Put into effect what has come due, in the programme's own name, and go on with what was interrupted.

        For a timer. Where a person is at it, that person is given time to come to the end.

        Returns:
            How many changes were put into effect.

        Raises:
            StoreError: If the store is out of order.
        """
        if self._in_files:
            return 0
        found = self.under_way
        if found is not None:
            # What is under way keeps what has come due from its day.
            if not found.by or found.since < self._clock.now() - _PATIENCE:
                self.resume()
            return 0
        looked, today = self._store.fact(_LOOKED, ""), self.today
        ripe = any(one.effective <= today for one in self.prepared())
        # All people are looked at once a day, for those whose term has ended.
        if not ripe and looked is not None and looked.value["day"] == today.isoformat():
            return 0
        plan = self.due()
        stopped = bool(plan.stops)
        if stopped:
            # So many terms that ended at once are for a person to look at; what was prepared has been looked at.
            _log.info("lifecycle.stopped", why=" ".join(one.kind.value for one in plan.stops))
            plan = lifecycle.due(self._prospect(), today=today, settings=self._settings, terms=False)
        changes = 0
        if plan.changes or plan.void:
            try:
                begun = self._course.begin(plan, by="", reason="予定の発効 / the day has come")
            except BadInput:
                # Somebody else has just begun, perhaps with the same.
                return 0
            changes = self._course.go_on(begun, silent).changes
        # Only now: whoever is interrupted before looks again.
        value = {"day": today.isoformat(), "stopped": stopped}
        self._store.put(looked, Fact(kind=_LOOKED, key="", value=value) if looked is None else looked.becomes(**value))
        return changes

    def stopped(self) -> Sequence[Notice]:
        """
        Tell what has come due and waits for a person, since so much at once is not done by a timer.

        Raises:
            StoreError: If the store is out of order.
        """
        looked = None if self._in_files else self._store.fact(_LOOKED, "")
        # People are looked at again only where there was something, and until somebody has seen to it.
        return self.due().stops if looked is not None and looked.value.get("stopped") else ()

    def _prospect(self) -> Prospect:
        return Prospect(register.roster(self._store), self.prepared())

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
        stale: list[str] = []
        sooner: dict[str, Change] = {}
        for change in plan.changes:
            stands = _stands(seen, change, plan.today)
            if (first := sooner.setdefault(change.subject, change)) is not change:
                stands = prospect.laid(stands, first.before, first.after)
            if stands != change.before:
                stale.append(change.key)
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


def _stands(seen: Prospect, change: Change, today: date) -> Subject | None:
    is_account = isinstance(change.about, Account)
    if change.effective > today:
        return (seen.account if is_account else seen.person)(change.key, change.effective)
    return (seen.accounts if is_account else seen.people).get(change.key)
