"""
The programme: the one place that owns transactions and calls networks.

Everything it decides is decided by the pure functions of `policy` and `posting`; it stores their answers and acts.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from civicsns import config, health
from civicsns.accounts import register
from civicsns.accounts.permission import MayNot
from civicsns.assembly import assembled
from civicsns.budgets import Budgets
from civicsns.clock import SystemClock
from civicsns.dispatch import Dispatcher
from civicsns.drift import Drift
from civicsns.epoch import Epoch
from civicsns.errors import BadInput, CivicsnsError
from civicsns.heartbeat import ALIVE
from civicsns.intervention import Hand, Interventions
from civicsns.log import Events
from civicsns.model import (
    Account,
    Calendar,
    Context,
    Decision,
    Delivery,
    Draft,
    Person,
    Publication,
    Rendition,
    Severity,
    Verdict,
)
from civicsns.model.budget import SimilarSettings
from civicsns.model.context import UNKNOWN
from civicsns.permissions import Permissions
from civicsns.policy.circumstances import Circumstances
from civicsns.ports import NamesKeys, Restorable, Tidies
from civicsns.posting import plan, schedule
from civicsns.posting.bounds import Bounds
from civicsns.publishing import Publishing
from civicsns.running import Running, no_progress
from civicsns.screening import Screening
from civicsns.stewardship import Stewardship
from civicsns.store.memory import MemoryStore
from civicsns.vault.memory import MemoryVault
from civicsns.vault.refreshing import Refresher
from civicsns.vault.sealer import Sealer, of_this_process

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
    from datetime import date
    from datetime import time as time_of_day
    from threading import Event
    from types import TracebackType

    from civicsns.accounts.roster import Roster
    from civicsns.epoch import GuardedStore
    from civicsns.health import Health
    from civicsns.model.budget import BudgetSettings
    from civicsns.policy.pack import Pack
    from civicsns.policy.verdict import Looks
    from civicsns.ports import Adapter, Clock, Engine, Rule, Store, Vault

_log = Events(__name__)


class Program(Interventions, Stewardship):
    """
    A municipality's social-media programme.

    Open it with `Program.open("civicsns.toml")`; construct it directly to bring your own parts.

    Args:
        roster: The staff and the accounts.
        adapters: The networks, by platform.
        rules: Conduct rules written in Python.
        pack: The conduct rules of packs: a `civicsns.policy.engine.Policy`.
        vault: Where the credentials are; in this process unless given.
        sealer: Seals what must not lie open for a while; with a key of this process unless given.
        store: Where deliveries and records are kept; in this process unless given.
        engine: What drives deliveries; without one, `publish` and `dispatch` do it themselves.
        clock: Where the time comes from.
        settings: How deliveries are made.
        budgets: How much each network may be used.
        similar: When texts of several accounts count as the same.
        running: How often whoever makes them looks, sweeps and gives signs of life.
        severity: The city's own severities for rules, by code.
        entitled: The personnel numbers of those who may waive a rule that blocks a post; nobody unless given.
        records: How records are kept.
        name: The programme's name, as checkpoints of its records give it.
        zone: The zone in which the city lives: reports give times in it.
        calendar: On which days the city hall is open.
        sleep: How to wait; given by tests whose clock stands still.
        lifecycle: How people and accounts come and go.
        circumstances: Where facts about a draft's circumstances come from, such as who is on duty; without it, none of
            them is known but the time and the author's section and job.
        epoch: The folder in which this machine notes how far the store has come; None for a store that ends with its
            process.
        enrolment: How accounts are connected.
        verification: How often credentials are verified.
        permissions: Who may put right what others have posted.
        public: What citizens are told of accounts.
        profiles: What is asked of the profiles of accounts.

    Attributes:
        roster: The staff and the accounts.
        budgets: What was used, what is left, and what keeps posts back.
        vault: Where the credentials are.
        sealer: Seals what must not lie open for a while.
        refresher: Opens credentials, and exchanges those whose time it is.
        epoch: Notices when the store was put back to an earlier time; None where that cannot be noticed.
        permissions: Who may post under which account, and who may put it right.
    """

    def __init__(
        self,
        *,
        roster: Roster,
        adapters: Mapping[str, Adapter],
        rules: Iterable[Rule] = (),
        pack: Looks | None = None,
        vault: Vault | None = None,
        sealer: Sealer | None = None,
        store: Store | None = None,
        engine: Engine | None = None,
        clock: Clock | None = None,
        settings: config.DeliverySettings | None = None,
        budgets: Mapping[str, BudgetSettings] | None = None,
        similar: SimilarSettings | None = None,
        running: config.RunningSettings | None = None,
        severity: Mapping[str, Severity] | None = None,
        entitled: Collection[str] = (),
        records: config.RecordSettings | None = None,
        name: str = "",
        zone: tzinfo = UTC,
        calendar: Calendar | None = None,
        lifecycle: config.LifecycleSettings | None = None,
        circumstances: Circumstances | None = None,
        sleep: Callable[[float], None] = time.sleep,
        epoch: Path | None = None,
        enrolment: config.EnrolmentSettings | None = None,
        verification: config.VerificationSettings | None = None,
        permissions: config.PermissionSettings | None = None,
        public: config.RegisterSettings | None = None,
        profiles: config.ProfileSettings | None = None,
    ) -> None:
        settings = settings or config.DeliverySettings()
        self._settings = settings
        self.roster = roster
        self.zone = zone
        self._clock: Clock = clock or SystemClock()
        self.vault: Vault = vault or MemoryVault(clock=self._clock)
        self.store: Store = store or MemoryStore()
        self._adapters = dict(adapters)
        self._pack = pack
        self.sealer: Sealer = sealer or of_this_process(programme=name)
        self.refresher = Refresher(self.vault, clock=self._clock, sleep=sleep, tell=_not_exchanged)
        self._records = records or config.RecordSettings()
        self._name = name
        self._comings = lifecycle or config.LifecycleSettings()
        self.budgets = Budgets(
            store=self.store,
            clock=self._clock,
            settings=budgets or {},
            longest=settings.start_deadline + settings.longest_pause,
        )
        self.calendar = calendar or Calendar()
        self._bounds = Bounds.of(settings)
        self._enrolment = enrolment or config.EnrolmentSettings()
        self._public = public or config.RegisterSettings()
        self._asked = profiles or config.ProfileSettings()
        self._verification = verification or config.VerificationSettings()
        self.permissions = Permissions(
            store=self.store,
            clock=self._clock,
            zone=zone,
            rostered=lambda: self.roster,
            overseers=permissions.overseers if permissions else (),
        )
        self.epoch: Epoch | None = None
        if epoch is not None and isinstance(self.store, Restorable):
            guarded = cast("GuardedStore", self.store)
            self.epoch = Epoch(epoch, guarded, clock=self._clock, bounds=self._bounds)
            self.epoch.verify()
        self._dispatcher = Dispatcher(
            adapter=self.adapter,
            account=self.account,
            vault=self.vault,
            refresher=self.refresher,
            store=self.store,
            clock=self._clock,
            bounds=self._bounds,
            sleep=sleep,
            drift=Drift(self._clock, file=epoch / "clock.json" if epoch else None).spread,
            witness=self.epoch.witness if self.epoch else _unguarded,
            budgets=self.budgets,
        )
        self._running = Running(
            dispatcher=self._dispatcher,
            store=self.store,
            clock=self._clock,
            networks=self._adapters,
            engine=engine,
            concurrency=settings.concurrency,
            settings=running or config.RunningSettings(),
            sleep=sleep,
            look=self.epoch.look if self.epoch else None,
            tidy=self.tidy,
            transfers=self._transfers if register.in_store(roster) else None,
            keys=self.vault.key_names if isinstance(self.vault, NamesKeys) else tuple,
        )
        similar = similar or SimilarSettings()
        self._screening = Screening(
            rules=rules,
            pack=pack,
            severity=severity or {},
            similar=similar,
            known=circumstances or Circumstances(zone=zone),
            disaster=lambda: self._disasters.lately() is not None,
            rostered=lambda: self.roster,
            store=self.store,
            clock=self._clock,
            adapter=self.adapter,
        )
        self._publishing = Publishing(
            store=self.store,
            clock=self._clock,
            running=self._running,
            check=self.check,
            checked=self._screening.whole,
            forbids_similar=self._screening.forbids_similar,
            repeats=self._screening.repeats,
            similar=similar,
            entitled=entitled,
        )
        super().__init__(
            Hand(
                store=self.store,
                clock=self._clock,
                rostered=lambda: self.roster,
                permissions=self.permissions,
                wake=self._running.wake,
            ),
            publishing=self._publishing,
            adapter=self.adapter,
            credential=self._dispatcher.credential,
            chains=self._chains,
            budgets=self.budgets,
            bounds=self._bounds,
        )

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        vault: Vault | None = None,
        store: Store | None = None,
        engine: Engine | None = None,
        clock: Clock | None = None,
    ) -> Self:
        """
        Open the programme that a settings file describes.

        Args:
            path: `civicsns.toml`.
            vault: Where the credentials are, instead of the file that the settings name.
            store: Where deliveries and records are kept, instead of the database that the settings name.
            engine: What drives deliveries, instead of what the settings name.
            clock: Where the time comes from.

        Raises:
            ConfigurationError: If the settings, the roster, a plugin, the credentials' file or the store's address is
                wrong or missing.
            StoreError: If the store is locked, full, read-only, damaged or out of reach.
        """
        with assembled(Path(path), vault=vault, store=store, engine=engine, clock=clock) as parts:
            return cls(**parts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """
        Let go of connections; an adapter or a store that holds none has no `close`.

        Tokens that the vault did not take when the network gave them are kept before.
        """
        # First the engine, whose threads may still use them.
        _close(self._running.engine)
        try:
            self.refresher.close()
        except CivicsnsError as error:
            # They are lost, and the mark that the exchange began, which is in the vault, says so.
            _log.failed("credential.not_kept", error)
        if "enrolments" in vars(self):
            self.enrolments.close()
        for part in (self.budgets, *self._adapters.values(), self.store):
            _close(part)

    @property
    def name(self) -> str:
        """The programme's name, as officials read it."""
        return self._name

    @property
    def pack(self) -> Pack | None:
        """The conduct rules of packs, with the city's overlay; None where there are none."""
        return self._pack.pack if self._pack else None

    def tidy(self) -> int:
        """
        Let go of the pictures and films whose deliveries ended longer ago than `[records] file_days`.

        Safe at any time, from any process; nothing happens where the settings give no such time.

        Returns:
            How many files there are less.

        Raises:
            StoreError: If the store is out of order.
        """
        days = self._records.file_days
        if days is None or not isinstance(self.store, Tidies):
            return 0
        return self.store.collect(self._clock.now() - timedelta(days=days))

    def check(self, draft: Draft, *, known: Context = UNKNOWN) -> Verdict:
        """
        Say what the conduct rules find in *draft*. Nothing is sent, nothing is kept.

        Where a network forbids the same text from several accounts, that is looked for too, once the draft is whole.

        Args:
            draft: What is to be said.
            known: What the caller knows of the circumstances, beyond what the programme knows.
        """
        try:
            renditions = _parts(self._made(draft, self._addressed(draft)[1]))
        except BadInput:
            return self._screening.draft(draft, known)
        return self._screening.whole(draft, renditions, known)

    def publish(
        self,
        draft: Draft,
        *,
        decision: Decision | None = None,
        patience: timedelta = timedelta(seconds=30),
        progress: Callable[[Delivery], None] = no_progress,
    ) -> Publication:
        """
        Check *draft*, make what goes to each network, and deliver it.

        Everything that can be wrong with the draft is found before anything is sent. After that, each account is on
        its own: one account's trouble is in its own result, and is not raised.

        Args:
            draft: What to say, and where.
            decision: Who lets it pass, where the rules ask for review.
            patience: How long to wait for deliveries that cannot end at once. What is left then keeps its state and
                its time in `results`; `deliver` takes it further.
            progress: Called with each delivery whenever it has changed, from the threads that deliver.

        Raises:
            BadInput: If a part of the draft is wrong: an unknown author or account, an empty or too long text, a
                part that a network cannot carry.
            MayNot: If its author may not post under an account, by `permissions`.
            NotPermitted: If the conduct rules do not let it pass. Unless it is private, either goes on record, without
                the text.
        """
        author, accounts = self._addressed(draft)
        step = "correct" if draft.corrects else "publish"
        presumed = self.permissions.presume(draft, author, accounts, step=step)
        return self._publishing.launch(
            draft,
            self._made(draft, accounts),
            decision=decision,
            patience=patience,
            progress=progress,
            held=partial(self.permissions.require, draft, author, accounts, step=step) if presumed else None,
        )

    def dispatch(self, *, progress: Callable[[Delivery], None] = no_progress) -> int:
        """
        Take every delivery that is due one step further; for a timer, or a loop.

        Accounts are served side by side, the deliveries of one account one after the other.

        Returns:
            How many deliveries have changed.

        Raises:
            StoreError: If the store is out of order.
        """
        return self._running.once(progress)

    def run(
        self, stop: Event, *, every: timedelta | None = None, progress: Callable[[Delivery], None] | None = None
    ) -> None:
        """
        Go on taking further what is due until *stop* is set; what is under way then comes to its end.

        With an engine that works in this process, such as that of the extra `cluster`, this does the engine's work.

        Args:
            stop: Ends it; set it from a signal handler.
            every: How often to look for what other processes have put into the store, instead of the settings.
            progress: Called with each delivery whenever it has changed, from the threads that deliver.
        """
        self._running.run(stop, every, progress)

    def sweep(self) -> int:
        """
        Tell the engine again of what is overdue, unless another process has done so just now.

        `run` does it by itself; call it from a timer, such as Celery's beat, where nothing runs `run`.

        Returns:
            How many deliveries the engine was told of.

        Raises:
            StoreError: If the store is out of order.
        """
        return self._running.sweep()

    def health(self, *, max_age: timedelta = ALIVE) -> Health:
        """
        Say what is stuck, why, and what to do. Nothing is sent, and no network is asked.

        Args:
            max_age: How old a sign of life may be, and how long overdue a delivery, before it is reported.

        Raises:
            StoreError: If the store is out of order.
        """
        return health.look(
            store=self.store,
            now=self._clock.now(),
            stopped=self.lifecycle.stopped(),
            max_age=max_age,
            gates=self.budgets.shut(),
            networks=self._adapters,
            accounts=self.roster.accounts,
            opened=self._dispatcher.access.opened,
            held=self.vault.held,
            clock_skew=self._settings.clock_skew,
            looks=self.verification.known(),
            profiles=self.profiles.known(),
            tasks=(*self.retirement.tasks(), *(one.task for one in self.enrolments.waiting())),
        )

    @contextmanager
    def background(self) -> Generator[None]:
        """
        Deliver in the background of this process, in a `with` statement; for a web server on one machine.

        Meanwhile `publish` leaves the work to it, and waits for the results as long as its patience lasts.
        """
        with self._running.background():
            yield

    def upcoming(self, *, limit: int | None = None) -> Sequence[Delivery]:
        """List the deliveries that have a next step, in the order of its time, *limit* of them at most."""
        return self.store.due(datetime.max.replace(tzinfo=UTC), limit=limit)

    def failed(self, *, limit: int = 50) -> Sequence[Delivery]:
        """List what has failed, what was too late included, the newest first, *limit* of them at most."""
        return self.store.failed(limit=limit)

    def deliveries(self, subject: str) -> Sequence[Delivery]:
        """
        Give a delivery by its id, or all those of a draft by its digest.

        Raises:
            KeyError: If there is none.
        """
        found = self.store.of_draft(subject)
        return found or [self.store.get(subject)]

    def next_business_day(self, at: time_of_day | None = None) -> datetime:
        """
        Give the next business day 開庁日 after today, at *at*, or when the city hall opens.

        Raises:
            BadInput: If the calendar has none, or clocks are changed at that time.
        """
        return schedule.next_business_day(self._clock.now(), zone=self.zone, calendar=self.calendar, at=at)

    def read_time(self, text: str, *, place: str = "time", on: date | None = None) -> datetime:
        """
        Read a time that a person has written, in the city's zone; see `posting.schedule.read_moment`.

        Raises:
            BadInput: If it cannot be read, is over, or is a time that clocks never show, or show twice.
        """
        return schedule.read_moment(text, zone=self.zone, now=self._clock.now(), place=place, on=on)

    def waiting(self) -> Sequence[Delivery]:
        """List what waits for a person: unknown outcomes that nothing proves, and deliveries of held accounts."""
        return self.store.waiting()

    def deliver(self, delivery_id: str) -> datetime | None:
        """
        Drive one delivery one step; safe to call twice, late, or at once from several places.

        Returns:
            When the next step is due; None where none is.

        Raises:
            KeyError: If there is no such delivery.
        """
        return self._dispatcher.deliver(delivery_id)

    def prepare(self, draft: Draft) -> tuple[Rendition, ...]:
        """
        Make exactly what would go to each network, in the order of the draft's accounts. Nothing is sent.

        Raises:
            BadInput: As `publish`.
            MayNot: As `publish`; it does not go on record here.
        """
        author, accounts = self._addressed(draft)
        refused = self.permissions.look(draft, author, accounts)
        if refused:
            raise MayNot(author.number, refused)
        return _parts(self._made(draft, accounts))

    def _chains(self, draft: Draft, tie: plan.Tie) -> list[Sequence[Rendition]]:
        author, accounts = self._addressed(draft)
        self.permissions.require(draft, author, accounts, step="correct")
        return self._made(draft, accounts, tie)

    def _addressed(self, draft: Draft) -> tuple[Person, list[Account]]:
        """Give who says it, and where."""
        author = self.roster.person(draft.author, place="author")
        return author, [self.account(account_id) for account_id in draft.accounts]

    def _made(
        self, draft: Draft, accounts: Sequence[Account], tie: plan.Tie = plan.untied
    ) -> list[Sequence[Rendition]]:
        return plan.chains(draft, accounts, adapter=self.adapter, tie=tie)


def _parts(chains: Iterable[Sequence[Rendition]]) -> tuple[Rendition, ...]:
    return tuple(rendition for chain in chains for rendition in chain)


def _not_exchanged(account: str, why: Exception) -> None:
    _log.failed("credential.not_exchanged", why, account=account)


def _close(part: object) -> None:
    close = getattr(part, "close", None)
    if close is not None:
        close()


def _unguarded(_intent: Delivery) -> bool:
    """Let every intent be acted on."""
    return True
