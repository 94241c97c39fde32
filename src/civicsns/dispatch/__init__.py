"""
Driving deliveries: credentials opened, files uploaded, one attempt made, the end settled and stored.

The pure functions of `posting` decide; nothing here has a judgement of its own.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import attrs

from civicsns import attribution
from civicsns.dispatch import wording
from civicsns.dispatch.access import Access, VaultShut
from civicsns.dispatch.calls import guarded, upload
from civicsns.errors import (
    BadInput,
    EndNotKept,
    Outcome,
    OutcomeUnknown,
    StoreError,
    Unavailable,
    UnknownReason,
)
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import Account, Credential, Delivery, DeliveryState, Limits, Receipt, Rendition
from civicsns.model.delivery import ENDED
from civicsns.ports import Heeds
from civicsns.posting import hold, intervention, readback, trail
from civicsns.posting import outcome as ledger
from civicsns.posting.budget import Wait, held_back
from civicsns.posting.steps import too_late

if TYPE_CHECKING:
    from collections.abc import Callable

    from civicsns.budgets import Budgets
    from civicsns.model import Record
    from civicsns.ports import Adapter, Clock, Store, Vault
    from civicsns.posting.bounds import Bounds
    from civicsns.vault.refreshing import Refresher

_log = Events(__name__)

#: How long a part of a thread waits before it looks again at a part before it that is overdue.
_LOOK_AGAIN = timedelta(seconds=1)


#: How long a delivery waits before it looks again at a vault that did not open.
_VAULT_AGAIN = timedelta(minutes=1)


class _Kept(threading.local):
    """What this thread was the last to keep; None where somebody else was faster."""

    delivery: Delivery | None = None

    def take(self) -> Delivery | None:
        """Give it, once."""
        taken, self.delivery = self.delivery, None
        return taken


class Dispatcher:
    """
    Takes deliveries from state to state.

    Args:
        adapter: Gives the adapter of a network.
        account: Gives an account by its id.
        vault: Where the credentials are.
        refresher: Opens them, and exchanges those whose time it is.
        store: Where deliveries and records are kept.
        clock: Where the time comes from.
        bounds: How long things may last.
        sleep: How to wait.
        drift: By how much this machine's clock was set not long ago.
        witness: Notes an intent outside the store before it is acted on, and says whether it may be.
        budgets: Says whether an attempt may begin; None where nothing is counted.
    """

    def __init__(
        self,
        *,
        adapter: Callable[[str], Adapter],
        account: Callable[[str], Account],
        vault: Vault,
        refresher: Refresher,
        store: Store,
        clock: Clock,
        bounds: Bounds,
        sleep: Callable[[float], None],
        witness: Callable[[Delivery], bool] = lambda _: True,
        drift: Callable[[], timedelta] = lambda: timedelta(0),
        budgets: Budgets | None = None,
    ) -> None:
        self._drift = drift
        self._witness = witness
        self._adapter = adapter
        self._account = account
        self.access = Access(account=account, vault=vault, refresher=refresher)
        self._store = store
        self._clock = clock
        self._bounds = bounds
        self._sleep = sleep
        self._budgets = budgets
        self._heeds = store if isinstance(store, Heeds) else None
        # Whether anything was on hold when that was last read. What is kept in spite of it depends on the store alone.
        self._holds = False
        self._last = _Kept()

    def deliver(self, delivery_id: str) -> datetime | None:
        """
        Drive one delivery one step; safe to call twice, late, or at once from several places.

        Returns:
            When the next step is due; None where none is.

        Raises:
            KeyError: If there is no such delivery.
        """
        return self._take(self._store.get(delivery_id))

    def _take(self, delivery: Delivery) -> datetime | None:
        """Take a delivery one step further; where it is no longer as it was read, nothing is done."""
        now = self._clock.now()
        if delivery.not_before is None or now < delivery.not_before:
            return delivery.not_before
        match delivery.state:
            case DeliveryState.PENDING:
                return self._send(delivery, now)
            case DeliveryState.SENDING:
                return self._keep(delivery, self._expired(delivery, now)).not_before
            case DeliveryState.UNKNOWN:
                return self._keep(delivery, self._read_back(delivery)).not_before
            case DeliveryState.HELD:
                # Held deliveries are due when their time is over, and only then.
                return self._keep(delivery, ledger.miss(delivery, now=now)).not_before
            case _:
                return None

    def drive(self, chain: list[Delivery], deadline: datetime, progress: Callable[[Delivery], None]) -> list[Delivery]:
        """
        Drive the deliveries of one account, one after the other, as far as they come before *deadline*.

        Args:
            chain: One delivery, or the parts of a thread.
            deadline: Steps that are due later are left for later.
            progress: Called with each delivery whenever it has changed.

        Returns:
            Each as it was last seen.
        """
        left: list[Delivery] = []
        for planned in chain:
            shown = current = planned
            progress(shown)
            while True:
                self._last.take()
                due = self._take(current)
                # What we have just kept ourselves need not be read.
                current = self._last.take() or self._store.get(planned.id)
                if current.version != shown.version:
                    shown = current
                    progress(shown)
                if due is None or due > deadline:
                    break
                pause = (due - self._clock.now()).total_seconds()
                if pause > 0:
                    self._sleep(pause)
                    current = self._store.get(planned.id)
            left.append(current)
        return left

    def credential(self, rendition: Rendition) -> Credential:
        """
        Open the credential of a rendition's account, fresh enough to be used.

        Raises:
            Outcome: If the account is off the list, or has no credential that works.
        """
        return self.access.fresh(self.access.account(rendition), self._adapter(rendition.platform))

    def _send(self, delivery: Delivery, now: datetime) -> datetime | None:
        if delivery.follows is not None and delivery.rendition.reply_to is None:
            return self._follow(delivery, self._store.get(delivery.follows))
        rendition = delivery.rendition
        adapter = self._adapter(rendition.platform)
        waits = self._budgets.look(delivery) if self._budgets else None
        # Nothing goes up for a post that does not go out; and what is late is not held back until it is later.
        if (rendition.media or waits) and (stopped := self._stopped(delivery, now)) is not None:
            return self._stop(delivery, stopped)
        if waits:
            return self._hold_back(delivery, waits)
        try:
            credential = self.credential(rendition)
            if (put_up := upload(adapter)) is not None:
                held = guarded(put_up, rendition, credential)
                if held != rendition:
                    if self._budgets:
                        self._budgets.uploaded(delivery, len(held.uploads) - len(rendition.uploads))
                    return self._keep(delivery, ledger.uploaded(delivery, held, now=self._clock.now())).not_before
        except VaultShut as shut:
            # However long that lasts, it is not the post's fault.
            until = self._clock.now() + _VAULT_AGAIN
            return self._hold_back(delivery, Wait(until=until, what=shut.what, mend=shut.mend, cause="vault"))
        except Outcome as ended:
            if self._budgets:
                self._budgets.uploaded(delivery, ended)
            failed = ledger.upload_failed(
                delivery, ended, now=self._clock.now(), limits=adapter.limits, bounds=self._bounds
            )
            return self._keep(delivery, failed).not_before
        permit = self._budgets.reserve(delivery) if self._budgets else None
        if isinstance(permit, Wait):
            return self._hold_back(delivery, permit)
        try:
            made, due = self._make(delivery, adapter, credential)
        except EndNotKept:
            # What it may have used stays counted.
            raise
        except StoreError:
            # It did not get as far as the network.
            if self._budgets and permit:
                self._budgets.settle(permit, None)
            raise
        if self._budgets and permit:
            self._budgets.settle(permit, made)
        return due

    def _make(
        self, delivery: Delivery, adapter: Adapter, credential: Credential
    ) -> tuple[Receipt | Outcome | None, datetime | None]:
        """
        Make one attempt, and write down both its intent and its end.

        Returns:
            How it ended, None where it did not begin; and when the next step is due.
        """
        before = self._clock.elapsed()
        now = self._clock.now()
        if delivery.not_before is not None and now < delivery.not_before:
            # The clock was set back since the delivery was found due.
            return None, delivery.not_before
        lapsed = ledger.lapsed(delivery, now=now, limits=adapter.limits, bounds=self._wide(delivery))
        intent = None
        if not lapsed and not too_late(delivery, now=now):
            intent = ledger.begin(delivery, now=now, bounds=self._bounds, clock_set=self._drift())
        if intent is None or not self._kept_unless_held(delivery, intent):
            if (stopped := self._stopped(delivery, now)) is not None:
                return None, self._stop(delivery, stopped)
            if intent is None:
                return None, self._keep(delivery, ledger.lapse(delivery, now=now)).not_before
            if not self._kept(delivery, intent):
                return None, self._store.get(delivery.id).not_before
        ended = self._attempt(intent, adapter, credential, begun=before)
        settled = ledger.end(intent, ended, now=self._clock.now(), limits=adapter.limits, bounds=self._bounds)
        try:
            return ended, self._keep(intent, settled).not_before
        except StoreError as error:
            raise EndNotKept(
                Bilingual(
                    f"送信の結果を保管できませんでした。{error.what.ja}",
                    f"The end of an attempt could not be written down. {error.what.en}",
                ),
                mend=Bilingual(
                    f"{error.mend.ja}保管庫が直れば、ネットワークを読み返して確かめます。手で送り直さないでください。",
                    f"{error.mend.en} Once the store works, the network is read back; do not send it again by hand.",
                ),
                place=error.place,
            ) from error

    def _stopped(self, delivery: Delivery, now: datetime) -> Delivery | None:
        """Give what becomes of a delivery that may not go out now: its time is over, or posting is on hold."""
        if too_late(delivery, now=now):
            return ledger.miss(delivery, now=now)
        held = self._hold(delivery)
        if held is None:
            return None
        if delivery.lost_since is not None:
            # Whoever stopped posting because a backup was restored wants to know what is out.
            return ledger.lapse(delivery, now=now)
        return ledger.stop(delivery, now=now, what=held.said, mend=wording.ONCE_LIFTED, hold=held.key)

    def _stop(self, delivery: Delivery, stopped: Delivery) -> datetime | None:
        kept = self._keep(delivery, stopped)
        # Whoever lifted the hold meanwhile may have looked for held deliveries before this one was.
        if kept is stopped and stopped.state is DeliveryState.HELD and self._hold(stopped) is None:
            kept = self._keep(stopped, intervention.resume(stopped, now=self._clock.now()))
        return kept.not_before

    def _hold(self, delivery: Delivery) -> hold.Hold | None:
        held = self._store.facts(hold.KIND)
        self._holds = bool(held)
        return hold.in_force(held, delivery, section=self._section(delivery)) if held else None

    def _section(self, delivery: Delivery) -> str:
        try:
            return self._account(delivery.rendition.account).section
        except BadInput:
            # An account off the list belongs to none.
            return ""

    def _attempt(
        self, intent: Delivery, adapter: Adapter, credential: Credential, *, begun: float
    ) -> Receipt | Outcome:
        if not self._witness(intent):
            return OutcomeUnknown(wording.RESTORED, mend=wording.LOOKED_FOR, reason=UnknownReason.UNCONFIRMED)
        if self._clock.elapsed() - begun > self._bounds.start_deadline.total_seconds():
            return Unavailable(wording.TOO_SLOW, mend=wording.AGAIN)
        try:
            return adapter.publish(intent.rendition, credential)
        except Outcome as outcome:
            return outcome
        except Exception as error:  # noqa: BLE001 -- a faulty adapter must not turn "sent" into "lost"
            return OutcomeUnknown(wording.faulty(error), mend=wording.READ_BACK, reason=UnknownReason.UNCONFIRMED)

    def _hold_back(self, delivery: Delivery, waits: Wait) -> datetime | None:
        return self._keep(delivery, held_back(delivery, waits, now=self._clock.now())).not_before

    def _follow(self, delivery: Delivery, leader: Delivery) -> datetime | None:
        """Take a part of a thread further, according to how the part before it stands."""
        if leader.state is DeliveryState.DELIVERED and leader.receipt is not None:
            return self._keep(delivery, ledger.answering(delivery, leader.receipt.post)).not_before
        gone = leader.state in ENDED - {DeliveryState.DELIVERED}
        if gone and delivery.lost_since is not None:
            return self._keep(delivery, ledger.lapse(delivery, now=self._clock.now())).not_before
        if gone:
            now = self._clock.now()
            dropped = ledger.drop(delivery, now=now, what=wording.NOT_OUT, mend=wording.MEND_IT_FIRST)
            return self._keep(delivery, dropped).not_before
        return self._awaited(leader)

    def _awaited(self, delivery: Delivery) -> datetime | None:
        """Say when a thread moves on: when its first part that is not delivered has its next step."""
        while delivery.follows is not None and delivery.rendition.reply_to is None:
            delivery = self._store.get(delivery.follows)
        if delivery.not_before is None:
            return None
        # Overdue means that somebody else is driving it, or nobody: look again soon, without spinning.
        return max(delivery.not_before, self._clock.now() + _LOOK_AGAIN)

    def _expired(self, delivery: Delivery, now: datetime) -> Delivery:
        return readback.expire(delivery, now=now, limits=self._limits(delivery), bounds=self._bounds)

    def _read_back(self, delivery: Delivery) -> Delivery:
        rendition = delivery.rendition
        adapter = self._adapter(rendition.platform)
        assert delivery.intent_at is not None, "an outcome is unknown only after an intent"
        try:
            credential = self.credential(rendition)
            # The time of asking, not of the answer: a list read too early proves nothing, however late it arrives.
            asked = self._clock.now()
            begun = delivery.open_since or delivery.intent_at
            bounds = self._wide(delivery)
            since = min(begun, delivery.lost_since or begun) - bounds.clock_skew

            def look(apart_from: frozenset[str]) -> Receipt | None:
                if self._budgets:
                    self._budgets.found(delivery)
                return guarded(adapter.find, rendition, credential, since=since, apart_from=apart_from)

            found = attribution.own(delivery, look, store=self._store, since=since)
        except Outcome as ended:
            now = self._clock.now()
            return readback.not_read(delivery, ended, now=now, limits=adapter.limits, bounds=self._wide(delivery))
        return readback.read_back(delivery, found, now=asked, limits=adapter.limits, bounds=bounds)

    def _wide(self, delivery: Delivery) -> Bounds:
        """Give bounds for the clock that gave the intent's time and for ours, by as much as each was set."""
        set_by = delivery.clock_set + self._drift()
        return attrs.evolve(self._bounds, clock_skew=self._bounds.clock_skew + set_by) if set_by else self._bounds

    def _limits(self, delivery: Delivery) -> Limits:
        return self._adapter(delivery.rendition.platform).limits

    def _keep(self, old: Delivery, new: Delivery) -> Delivery:
        """Store *new*; where somebody else was faster, theirs stands."""
        return new if self._kept(old, new) else self._store.get(old.id)

    def _kept_unless_held(self, delivery: Delivery, intent: Delivery) -> bool:
        """Keep an intent if nothing at all is on hold; where that is not to be had in one step, the holds are read."""
        heeds = self._heeds
        # While something is on hold it would be tried for nothing.
        return (
            heeds is not None
            and not self._holds
            and self._kept(delivery, intent, partial(heeds.replace_unless, hold.KIND))
        )

    def _kept(
        self, old: Delivery, new: Delivery, replace: Callable[[Delivery, Delivery, Record], bool] | None = None
    ) -> bool:
        record = trail.record(new, at=self._clock.now(), was=old)
        kept = (replace or self._store.replace)(old, new, record)
        self._last.delivery = new if kept else None
        if kept:
            _log.info(record.event, delivery=new.id, **record.facts)
        return kept
