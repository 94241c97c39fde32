"""
Verifying credentials 認証情報の点検 with the vault and the networks, some at a time, those not looked at longest first.

Tokens whose time it is are exchanged on the way. Nothing is published, and nobody is cut off by what is found.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts import inspection
from civicsns.accounts.inspection import Answer, Look, Soundness
from civicsns.errors import (
    AuthorizationLost,
    BudgetSpent,
    CivicsnsError,
    ConfigurationError,
    Outcome,
    RateLimited,
    Refused,
    StoreError,
    VaultError,
)
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import Record
from civicsns.ports import AsksScopes, DiscoversAccounts, Enrols, InspectsTokens, ReadsProfiles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from civicsns.accounts.roster import Roster
    from civicsns.config import VerificationSettings
    from civicsns.model import Account, Credential, Held, Profile
    from civicsns.ports import Adapter, Clock, Store, Vault
    from civicsns.vault.refreshing import Refresher

__all__ = ["Look", "Soundness", "Verification"]

_log = Events(__name__)
#: So often may a network be out of reach in one run before it is left alone, and the store before the run ends.
_PATIENCE: Final = 3


def _silent(_look: Look) -> None:
    """Tell nobody."""


@attrs.define
class _Run:
    """What one run has found, and learnt: which networks are left alone from now on, how often the store was at fault."""

    left: int
    found: dict[str, Look] = attrs.field(factory=dict)
    missed: Counter[str] = attrs.field(factory=Counter)
    stumbled: int = 0

    def asks(self, platform: str) -> bool:
        return self.left > 0 and self.missed[platform] < _PATIENCE


class Verification:
    """
    Looks after the credentials of a programme.

    Args:
        store: Where it is noted what was found, and when.
        vault: Where credentials are.
        refresher: Opens them, and exchanges those whose time it is.
        clock: Where the time comes from.
        rostered: Gives the staff and the accounts as they are now.
        network: Gives the adapter of a network.
        counted: Counts a question to a network, which may cost money, for the budget of an account.
        settings: The table `[verification]`.
        seen: Told of each profile that came with an answer, so that nobody asks for it again.
    """

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        refresher: Refresher,
        clock: Clock,
        rostered: Callable[[], Roster],
        network: Callable[[str], Adapter],
        counted: Callable[[str, str], None],
        settings: VerificationSettings,
        seen: Callable[[Account, Profile], object],
    ) -> None:
        self._store = store
        self._vault = vault
        self._refresher = refresher
        self._clock = clock
        self._rostered = rostered
        self._network = network
        self._counted = counted
        self._settings = settings
        self._seen = seen

    def verify(
        self,
        accounts: Collection[str] | None = None,
        *,
        limit: int | None = None,
        progress: Callable[[Look], None] = _silent,
    ) -> Sequence[Look]:
        """
        Look at every credential, and ask the networks about those whose turn it is.

        Asked are those that were never asked about, then those with something wrong, then those that were asked about
        longest ago, if that is `[verification] every_days` or more. Each question is one call, and where the network
        charges for reading, costs that; what was found is kept account by account, so that a run may be interrupted.

        Args:
            accounts: Only these accounts, and these at once, whenever they were asked about.
            limit: How many questions at the most, instead of `[verification] per_run`.
            progress: Called with each look that was taken.

        Returns:
            How each credential is, as far as it is known, by the accounts' ids. An account that was never connected is
            not among them, nor one that the network was not asked about yet.

        Raises:
            BadInput: If there is no such account.
            StoreError: If the store is out of order; it says how many were looked at until then, which stay so. Where
                that is so of single accounts, such as one whose tokens another process exchanges, the run goes on.
        """
        run = _Run(self._settings.per_run if limit is None else limit)
        try:
            self._verify(accounts, run, progress)
        except StoreError as error:
            raise _ended(error, run) from error
        return [run.found[account_id] for account_id in sorted(run.found)]

    def _verify(self, accounts: Collection[str] | None, run: _Run, progress: Callable[[Look], None]) -> None:
        roster, found = self._rostered(), run.found
        for account_id in accounts or ():
            roster.account(account_id)
        held, known = self._held(), self._noted()
        listed = {one.id: one for one in roster.accounts.values()}
        ids = sorted(accounts or {*listed, *held})
        asking: list[str] = []
        for account_id in ids:
            account = listed.get(account_id)
            if account is not None and not self._connectable(account) and account_id not in held:
                continue
            local = inspection.at_home(account, held.get(account_id), account_id=account_id, now=self._clock.now())
            if local is not None:
                found[account_id] = self._kept(local, known.get(account_id))
                progress(found[account_id])
            elif account_id in held:
                asking.append(account_id)
        turn = self._in_turn(asking, known, at_once=accounts is not None)
        for account_id in turn:
            account = listed[account_id]
            if not run.asks(account.platform):
                continue
            look = self._asked(account, held[account_id], run)
            if look is None:
                continue
            # What could not be asked does not take the place of what is known.
            found[account_id] = (
                look if look.soundness is Soundness.UNREACHED else self._kept(look, known.get(account_id))
            )
            progress(found[account_id])
        for account_id in asking:
            before = known.get(account_id)
            if account_id not in found and before is not None and before.asked_at is not None:
                found[account_id] = before

    def known(self) -> Sequence[Look]:
        """
        List what was found last, by the accounts' ids, as far as it is still about what the vault has.

        Nothing is asked of a network.

        Raises:
            StoreError: If the store is out of order.
        """
        noted = self._noted()
        if not noted:
            return []
        held = self._held()
        accounts = self._rostered().accounts
        shown: list[Look] = []
        for account_id, look in sorted(noted.items()):
            now = inspection.at_home(
                accounts.get(account_id), held.get(account_id), account_id=account_id, now=self._clock.now()
            )
            if now is not None:
                shown.append(now)
            elif account_id in held and held[account_id].version == look.version:
                shown.append(look)
        return shown

    # --- parts -------------------------------------------------------------------------------------------------------

    def _held(self) -> dict[str, Held]:
        return {held.account: held for held in self._vault.held()}

    def _noted(self) -> dict[str, Look]:
        return {stored.key: inspection.read(stored) for stored in self._store.facts(inspection.KIND)}

    def _connectable(self, account: Account) -> bool:
        """Whether the account is connected by signing in; a profile whose network opens only Pages is not."""
        try:
            adapter = self._network(account.platform)
        except ConfigurationError:
            return True
        return not (account.personal and isinstance(adapter, DiscoversAccounts))

    def _in_turn(self, ids: Iterable[str], known: dict[str, Look], *, at_once: bool) -> list[str]:
        now = self._clock.now()

        def turn(account_id: str) -> tuple[int, datetime]:
            look = known.get(account_id)
            if look is None or look.asked_at is None:
                return 0, now
            return 2 if look.soundness is Soundness.GOOD else 1, look.asked_at

        order = sorted(ids, key=turn)
        if at_once:
            return order
        every = self._settings.every
        return [one for one in order if turn(one)[0] < 2 or now - turn(one)[1] >= every]

    def _asked(self, account: Account, held: Held, run: _Run) -> Look | None:
        """Ask the network; None where it has no way to."""
        now = self._clock.now()
        try:
            adapter = self._network(account.platform)
            if not isinstance(adapter, InspectsTokens | Enrols):
                return None
            run.left -= 1
            credential = self._refresher.fresh(account, adapter)
            self._counted(account.platform, account.id)
            answer, profile = _answer(adapter, credential)
        except AuthorizationLost as lost:
            return inspection.revoked(account, held, lost.what, now=now)
        except VaultError as shut:
            return self._failed(account, held, Soundness.SHUT, shut)
        except StoreError as error:
            run.stumbled += 1
            if run.stumbled == _PATIENCE:
                raise
            _log.failed("verification.missed", error, account=account.id)
            return self._failed(account, held, Soundness.UNREACHED, error)
        except (Outcome, CivicsnsError) as missed:
            gives_up = isinstance(missed, RateLimited | BudgetSpent) or (
                isinstance(missed, Refused) and missed.scope == "app"
            )
            run.missed[account.platform] += _PATIENCE if gives_up else 1
            _log.failed("verification.missed", missed, account=account.id)
            return self._failed(account, held, Soundness.UNREACHED, missed)
        except Exception:  # noqa: BLE001 -- an adapter's own error may quote the token
            run.missed[account.platform] += 1
            why = Bilingual("媒体への照会に失敗しました。", "The adapter failed when it asked the network.")
            mend = Bilingual("後でもう一度行ってください。", "Try again later.")
            return Look(
                account=account.id, soundness=Soundness.UNREACHED, at=now, version=held.version, why=why, mend=mend
            )
        if profile is not None:
            self._seen(account, profile)
        # Exchanged on the way, it is another version.
        current = self._held().get(account.id, held) if credential.generation != held.generation else held
        asked_for = adapter.asked_scopes if isinstance(adapter, AsksScopes) else frozenset[str]()
        return inspection.judged(
            account, current, credential, answer, asked_for=asked_for, soon=self._settings.soon, now=now
        )

    def _failed(self, account: Account, held: Held, soundness: Soundness, error: CivicsnsError) -> Look:
        return Look(
            account=account.id,
            soundness=soundness,
            at=self._clock.now(),
            version=held.version,
            why=error.what,
            mend=error.mend,
        )

    def _kept(self, look: Look, before: Look | None) -> Look:
        """Note what was found; where it is another than before, that goes on record."""
        if look.asked_at is None and before is not None:
            # So that its turn comes when it would have come.
            look = attrs.evolve(look, asked_at=before.asked_at)
            if attrs.evolve(look, at=before.at) == before:
                return before
        stored = self._store.fact(inspection.KIND, look.account)
        records: list[Record] = []
        if (before.soundness if before else Soundness.GOOD) is not look.soundness:
            facts = {"soundness": look.soundness.value}
            records = [Record(at=look.at, subject=look.account, event="credential.verified", facts=facts)]
        # Where another process has just looked, too, one of the two is as good as the other.
        self._store.put(stored, inspection.fact(look, stored), records)
        return look


def _ended(error: StoreError, run: _Run) -> StoreError:
    """Say what was done of a run that the store has ended."""
    looked = sum(look.soundness is not Soundness.UNREACHED for look in run.found.values())
    return StoreError(
        Bilingual(
            f"点検を途中でやめました。{looked} 件は点検済みで、結果も残っています。{error.what.ja}",
            f"The run has ended early; {looked} accounts were looked at, and what was found is kept. {error.what.en}",
        ),
        mend=Bilingual(
            f"{error.mend.ja}もう一度行えば、残りから続けます。",
            f"{error.mend.en} Run it again; it goes on with the rest.",
        ),
        place=error.place,
    )


def _answer(adapter: InspectsTokens | Enrols, credential: Credential) -> tuple[Answer, Profile | None]:
    """Ask the network; where the whole profile comes with the answer, for the same call, give that too."""
    if isinstance(adapter, InspectsTokens):
        status = adapter.inspect(credential)
        given = Answer(valid=status.valid, subject=status.subject, scopes=status.scopes, expires_at=status.expires_at)
        return given, None
    whole: Profile | None = None
    if isinstance(adapter, ReadsProfiles):
        # A profile may take rights that posting does not: whether the token is dead, `whoami` says.
        with suppress(AuthorizationLost):
            whole = adapter.profile(credential)
    profile = whole or adapter.whoami(credential)
    answer = Answer(
        subject=profile.network_id,
        handle=profile.handle,
        scopes=profile.scopes,
        expires_at=credential.expires_at,
    )
    return answer, whole
