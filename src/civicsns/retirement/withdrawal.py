"""Taking one account's credential back: held, revoked at the network, destroyed, closed; each step before the next."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts import register
from civicsns.accounts import retirement as course
from civicsns.accounts.retirement import Retirement, Revoked, Step
from civicsns.errors import AuthorizationLost, BadInput, CivicsnsError, Outcome, StoreError, Unsupported
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import DeliveryState
from civicsns.ports import Enrols, Refreshes, Remains
from civicsns.posting import hold, outcome, trail
from civicsns.posting import intervention as ledger
from civicsns.posting.hold import Hold, Scope
from civicsns.posting.steps import ON_HOLD, too_late
from civicsns.retirement.desk import ATTEMPTS, busy, nothing
from civicsns.retirement.scheduled import Scheduled

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from civicsns.model import Account, Credential, Delivery, Fact, Record
    from civicsns.retirement.desk import Change, Desk

_log = Events(__name__)
#: In holds, the programme itself has a name.
_ITSELF: Final = "civicsns"

_NO_WAY: Final = (
    Bilingual("この媒体では、プログラムからトークンを取り消せません。", "No program can revoke the token there."),
    Bilingual(
        "接続した本人が、媒体の設定画面でこのアプリの許可を取り消してください。",
        "Whoever connected it takes the app's access back, among the settings of the network.",
    ),
)
_UNCONFIRMED: Final = Bilingual(
    "媒体で取り消せたことを確認しないまま、認証情報を破棄しました。",
    "The credential was destroyed although the network has not confirmed that it forgot the token.",
)
_NOT_OPEN: Final = (
    Bilingual("認証情報を開けず、媒体に取り消させられません。", "The credential does not open, to be revoked."),
    Bilingual("保管庫の鍵を確かめてください。", "Look after the key of the vault."),
)


class Withdrawal:
    """
    Retires accounts.

    Args:
        desk: What all parts of retiring share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._scheduled = Scheduled(desk)

    def retire(self, account_id: str, *, by: str, reason: str, without_network: bool) -> Retirement:
        """Begin, or go on; see `Retiring.retire`."""
        desk = self._desk
        for _ in range(ATTEMPTS):
            was, account = desk.account(account_id)
            stored = desk.store.fact(course.KIND, account_id)
            found = course.read(stored) if stored is not None else None
            if found is not None and not found.ended:
                return self.go_on(found, without_network=without_network, by=by)
            if found is not None and found.closed and account.closed is not None and not self._anything(account):
                return found
            begun = Retirement(account=account_id, by=by, reason=reason, at=desk.now)
            # So that whoever changes the account at the same time, or opens it again, is noticed.
            changes: list[Change] = [
                (was, was.becomes(**was.value)),
                (stored, course.fact(begun, stored)),
            ]
            records = [desk.record(account_id, "retirement.begun", by=by, reason=reason)]
            held = _hold(begun)
            earlier = desk.store.fact(hold.KIND, held.key)
            # One that is there already is touched, so that whoever lifts it at the same time is noticed.
            changes.append((earlier, earlier.becomes(**earlier.value) if earlier is not None else held.fact))
            if earlier is None:
                records.append(desk.record(held.key, "hold.placed", by=by, hold=held.key, reason=reason))
            if desk.put(changes, records):
                return self.go_on(begun, without_network=without_network, by=by)
        raise busy(account_id)

    def go_on(self, found: Retirement, *, without_network: bool = False, by: str = "") -> Retirement:
        """Go on from where it stands, as far as the network lets it."""
        desk = self._desk
        _, account = desk.account(found.account)
        self._hold_back(account, found)
        if found.step is Step.HELD:
            # Who began it may have left since; then the programme goes on by itself.
            desk.cancel(account.id, found.by if found.by in desk.roster.people else "", found.reason)
        while not found.closed:
            with self._exclusively(account):
                # It may have been called off, or taken further, before it was our turn.
                found = self._current(found)
                if found.step is Step.HELD:
                    found = self._revoke(account, found, without_network=without_network, by=by)
                if found.step is Step.HELD:
                    return found
                if found.step is Step.REVOKED:
                    desk.vault.destroy(account)
            if found.step is Step.CALLED_OFF:
                self._let_go_on(account, by=by, reason=found.reason)
                return found
            found = self._close(found)
        self._hold_back(account, found)
        if self._anything(account):
            # A sign-in was on its way into the vault at that very moment.
            return self.retire(account.id, by=found.by, reason=found.reason, without_network=without_network)
        return found

    def call_off(self, account_id: str, *, by: str, reason: str, since: datetime | None) -> Retirement | None:
        """Let the account go on, where nothing was taken back yet; see `Retiring.call_off`."""
        desk = self._desk
        _, account = desk.account(account_id)
        # Nobody asks the network meanwhile.
        with self._exclusively(account):
            for _ in range(ATTEMPTS):
                stored = desk.store.fact(course.KIND, account_id)
                found = course.read(stored) if stored is not None else None
                if stored is None or found is None or found.step is not Step.HELD:
                    return found
                if since is not None and found.at < since:
                    return found
                new = course.call_off(found)
                changes: list[Change] = [(stored, course.fact(new, stored))]
                records = [desk.record(account_id, "retirement.called_off", by=by, reason=reason)]
                if (held := self._own_hold(found)) is not None:
                    changes.append((held, None))
                    records.append(desk.record(held.key, "hold.lifted", by=by, hold=held.key, reason=reason))
                if desk.put(changes, records):
                    break
            else:
                raise busy(account_id)
        self._let_go_on(account, by=by, reason=reason)
        return new

    def confirm(self, account_id: str, *, by: str) -> Retirement:
        """Note that a person has taken the token back; see `Retiring.confirm`."""
        desk = self._desk
        for _ in range(ATTEMPTS):
            stored = desk.store.fact(course.KIND, account_id)
            found = course.read(stored) if stored is not None else None
            if stored is None or found is None or not found.waits_for_person:
                raise nothing(account_id)
            new = course.confirm(found, by=by, now=desk.now)
            if desk.put([(stored, course.fact(new, stored))], [desk.record(account_id, "retirement.confirmed", by=by)]):
                return new
        raise busy(account_id)

    # --- what is queued ------------------------------------------------------------------------------------------

    def _hold_back(self, account: Account, found: Retirement) -> None:
        """Hold what is queued, that somebody withdraws it, or publishes it under another account."""
        what = Bilingual(
            f"アカウント「{account.id}」は返納されます（理由: {found.reason}）。",
            f"The account {account.id} is retired ({found.reason}).",
        )
        mend = Bilingual(
            "取り下げるか、別のアカウントで投稿し直してください。", "Withdraw it, or publish it under another account."
        )
        key = hold.key(Scope.ACCOUNT, account.id)
        for delivery in self._queued(account):
            now = self._desk.clock.now()
            if too_late(delivery, now=now):
                continue
            stopped = outcome.stop(delivery, now=now, what=what, mend=mend, hold=key)
            record = trail.record(stopped, at=now, by=found.by, reason=found.reason, was=delivery)
            # Whoever is faster has seen the hold.
            self._desk.store.replace(delivery, stopped, record)

    def _let_go_on(self, account: Account, *, by: str, reason: str) -> None:
        """Let go on what was held for the retirement alone, and nothing else holds."""
        store, key = self._desk.store, hold.key(Scope.ACCOUNT, account.id)
        others = store.facts(hold.KIND)
        for delivery in store.waiting():
            why = delivery.failure
            ours = why is not None and why.outcome == ON_HOLD and why.evidence.get("hold") == key
            if not ours or delivery.rendition.account != account.id:
                continue
            if hold.in_force(others, delivery, section=account.section) is None:
                now = self._desk.clock.now()
                resumed = ledger.resume(delivery, now=now)
                store.replace(delivery, resumed, trail.record(resumed, at=now, by=by, reason=reason, was=delivery))

    def _queued(self, account: Account) -> Iterator[Delivery]:
        ever = datetime.max.replace(tzinfo=UTC)
        for delivery in self._desk.store.due(ever, platform=account.platform):
            if delivery.rendition.account == account.id and delivery.state is DeliveryState.PENDING:
                yield delivery

    # --- the network, and the vault -------------------------------------------------------------------------------

    def _revoke(self, account: Account, found: Retirement, *, without_network: bool, by: str) -> Retirement:
        how, why, mend = Revoked.NETWORK, None, None
        scheduled: tuple[str, ...] = ()
        try:
            credential = self._remains(account)
            scheduled = self._scheduled.take_back(account, found, credential, anyway=without_network)
            if credential is None:
                # A crash may have come between destroying it and writing that down; then the step says so.
                how = Revoked.NONE
            else:
                self._ask(account, credential)
        except Unsupported as error:
            how, why, mend = Revoked.PERSON, error.what, error.mend
        except (Outcome, BadInput, StoreError) as error:
            if not without_network:
                return self._failed(found, error)
            how, why, mend = Revoked.PERSON, _UNCONFIRMED, _NO_WAY[1]
            scheduled = scheduled or self._scheduled.take_back(account, found, None, anyway=True)
        records = [self._desk.record(found.account, "retirement.revoked", by=by or found.by, revoked=how.value)]
        new = course.revoke(found, how, why, mend, scheduled=scheduled)
        return new if self._keep(found, new, records) else self._current(found)

    def _ask(self, account: Account, credential: Credential) -> None:
        """
        Have the network forget the token.

        Raises:
            Unsupported: If no program can.
            Outcome: If it did not confirm.
            ConfigurationError: If the network is not set up any more.
        """
        adapter = self._desk.network(account.platform)
        if not isinstance(adapter, Enrols):
            raise Unsupported(_NO_WAY[0], mend=_NO_WAY[1], place=account.id)
        # A token that is dead already is a success of that. Any other refusal proves nothing: our own keys may be wrong.
        adapter.revoke(credential)

    def _remains(self, account: Account) -> Credential | None:
        vault = self._desk.vault
        if isinstance(vault, Remains):
            return vault.remains(account)
        try:
            return vault.get(account)
        except AuthorizationLost:
            return None

    def _anything(self, account: Account) -> bool:
        return any(held.account == account.id for held in self._desk.vault.held())

    @contextlib.contextmanager
    def _exclusively(self, account: Account) -> Generator[None]:
        """Keep everybody from exchanging the tokens meanwhile: what came of that would live on at the network."""
        vault = self._desk.vault
        with vault.exclusively(account) if isinstance(vault, Refreshes) else contextlib.nullcontext():
            yield

    # --- steps -------------------------------------------------------------------------------------------------------

    def _failed(self, found: Retirement, error: CivicsnsError) -> Retirement:
        desk = self._desk
        shut = isinstance(error, StoreError)
        why, mend = _NOT_OPEN if shut else (error.what, error.mend)
        new = course.failed(found, why, mend, now=desk.now)
        first = found.tries == 0
        records = [desk.record(found.account, "retirement.waits", by=found.by, outcome=type(error).__name__)]
        _log.failed("retirement.not_revoked", error, account=found.account)
        return new if self._keep(found, new, records if first else []) else self._current(found)

    def _close(self, found: Retirement) -> Retirement:
        """Close the account, and let go of what held it while it was open."""
        desk = self._desk
        for _ in range(ATTEMPTS):
            was, account = desk.account(found.account)
            stored = desk.store.fact(course.KIND, found.account)
            current = self._current(found)
            if current.ended:
                return current
            day = desk.now.date()
            closed = attrs.evolve(account, closed=account.closed or day)
            new = course.close(current, now=desk.now)
            changes: list[Change] = [
                (was, was.becomes(**register.account_value(closed))),
                (stored, course.fact(new, stored)),
            ]
            records: list[Record] = []
            if account.closed is None:
                revoked = current.revoked.value if current.revoked else ""
                records.append(
                    desk.record(found.account, "account.closed", by=found.by, revoked=revoked, reason=found.reason)
                )
            if (handed := desk.store.fact(course.HAND_OVER, found.account)) is not None:
                left = course.closing(course.read_hand_over(handed))
                changes.append((handed, course.fact(left, handed) if left is not None else None))
            if (held := self._own_hold(current)) is not None:
                # Whatever is on hold slows every post a little; and without a credential nothing goes out.
                changes.append((held, None))
                records.append(desk.record(held.key, "hold.lifted", by=found.by, hold=held.key, reason=found.reason))
            if desk.put(changes, records):
                return new
        raise busy(found.account)

    def _own_hold(self, found: Retirement) -> Fact | None:
        own = _hold(found)
        held = self._desk.store.fact(hold.KIND, own.key)
        return held if held is not None and hold.read(held) == own else None

    def _keep(self, old: Retirement, new: Retirement, records: list[Record]) -> bool:
        stored = self._desk.store.fact(course.KIND, old.account)
        if stored is None or course.read(stored) != old:
            return False
        return self._desk.put([(stored, course.fact(new, stored))], records)

    def _current(self, found: Retirement) -> Retirement:
        stored = self._desk.store.fact(course.KIND, found.account)
        assert stored is not None, "retirements are not taken away"
        return course.read(stored)


def _hold(found: Retirement) -> Hold:
    """Give the hold that a retirement places, where nobody has placed one before."""
    by = found.by or _ITSELF
    return Hold(scope=Scope.ACCOUNT, name=found.account, by=by, reason=found.reason, at=found.at)
