"""
The profiles of accounts プロフィール, held against the register: some at a time, those whose turn it is.

Nothing is changed at a network: whose profile lacks something is told what to put there.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts import introduction, profile, public
from civicsns.accounts.profile import Lack, Look
from civicsns.errors import (
    AuthorizationLost,
    BudgetSpent,
    CivicsnsError,
    ConfigurationError,
    Outcome,
    RateLimited,
    Refused,
    StoreError,
)
from civicsns.language import Language
from civicsns.log import Events
from civicsns.model import Record
from civicsns.ports import ReadsProfiles

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from civicsns.accounts.introduction import Introduction
    from civicsns.accounts.roster import Roster
    from civicsns.config import ProfileSettings, RegisterSettings
    from civicsns.model import Account, Profile
    from civicsns.ports import Adapter, Clock, Store, Vault
    from civicsns.vault.refreshing import Refresher

__all__ = ["Lack", "Look", "Profiles"]

_log = Events(__name__)
#: So often may a network be out of reach in one run before it is left alone.
_PATIENCE: Final = 3
#: What was not as it should be is read again after this part of the usual time.
_SOONER: Final = 4


def _silent(_look: Look) -> None:
    """Tell nobody."""


class Profiles:
    """
    Holds what citizens see of accounts against the register.

    Args:
        store: Where it is noted what was found, and when.
        vault: Where credentials are.
        refresher: Opens them, and exchanges those whose time it is.
        clock: Where the time comes from.
        rostered: Gives the staff and the accounts as they are now.
        network: Gives the adapter of a network.
        counted: Counts a question to a network, which may cost money, for the budget of an account.
        settings: The table `[profiles]`.
        register: The table `[register]`.
        city: What the city is called.
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
        settings: ProfileSettings,
        register: RegisterSettings,
        city: str,
    ) -> None:
        self._store = store
        self._vault = vault
        self._refresher = refresher
        self._clock = clock
        self._rostered = rostered
        self._network = network
        self._counted = counted
        self._settings = settings
        self._register = register
        self._city = city

    @property
    def knows_home(self) -> bool:
        """Whether the settings say where the city's own pages stand; until then no link back is asked for."""
        return bool(self._register.url or self._register.site)

    def check(
        self,
        accounts: Collection[str] | None = None,
        *,
        limit: int | None = None,
        progress: Callable[[Look], None] = _silent,
    ) -> Sequence[Look]:
        """
        Read the profiles whose turn it is, and hold them against the register.

        It is the turn of those that were never read, of those whose section has changed since, and then of those that
        were read longest ago: `[profiles] every_days` or more, a quarter of that where something was missing. Each is
        one call; what was found is kept account by account, so that a run may be interrupted.

        Args:
            accounts: Only these accounts, and these at once, whenever they were read.
            limit: How many calls at the most, instead of `[profiles] per_run`.
            progress: Called with each look that was taken.

        Returns:
            How each profile is, as far as it is known, by the accounts' ids.

        Raises:
            BadInput: If there is no such account.
            StoreError: If the store is out of order.
        """
        roster = self._rostered()
        for account_id in accounts or ():
            roster.account(account_id)
        left = self._settings.per_run if limit is None else limit
        missed: Counter[str] = Counter()
        for account in self._in_turn(roster, accounts):
            if left <= 0 or missed[account.platform] >= _PATIENCE:
                continue
            left -= 1
            look = self._read(account, roster, missed)
            if look is not None:
                progress(look)
        return [look for look in self.known() if accounts is None or look.account in accounts]

    def known(self) -> Sequence[Look]:
        """
        List what was found last of the accounts that are open, by their ids. Nothing is asked of a network.

        Raises:
            StoreError: If the store is out of order.
        """
        looks = [profile.read(stored) for stored in self._store.facts(profile.KIND)]
        if not looks:
            return []
        accounts = dict(self._rostered().accounts.items())
        return sorted(
            (one for one in looks if (account := accounts.get(one.account)) is not None and account.closed is None),
            key=lambda look: look.account,
        )

    def seen(self, account: Account, found: Profile) -> Look:
        """
        Hold a profile that was read on another occasion against the register, and note what was found.

        Raises:
            StoreError: If the store is out of order.
        """
        return self._judged(account, self._rostered(), found)

    def asks(self, account: Account) -> bool:
        """Whether the settings ask anything of the profile of an account."""
        return bool(self._settings.personal if account.personal else self._settings.sections)

    def introduction(self, account_id: str) -> Mapping[Language, Introduction]:
        """
        Give what to put into the profile of an account, in both languages.

        Raises:
            BadInput: If there is no such account.
            StoreError: If the store is out of order.
        """
        roster = self._rostered()
        against = self._expected(roster.account(account_id), roster)
        return {language: introduction.introduction(against, self._register, language) for language in Language}

    def address(self, account: Account) -> str:
        """Give where citizens see the profile of an account; empty where that is not known."""
        return public.address(account, self._register.profiles)

    # --- parts -------------------------------------------------------------------------------------------------------

    def _expected(self, account: Account, roster: Roster) -> profile.Expected:
        return profile.expected(account, roster, settings=self._settings, register=self._register, city=self._city)

    def _in_turn(self, roster: Roster, accounts: Collection[str] | None) -> Sequence[Account]:
        """Give the accounts whose profiles can be read, those first whose turn is longest past."""
        held = {one.account for one in self._vault.held() if one.lost is None}
        readable = [
            one
            for one in roster.accounts.values()
            if one.id in held and one.closed is None and (accounts is None or one.id in accounts) and self._reads(one)
        ]
        if not readable:
            return []
        now = self._clock.now()
        # Of a register in the store, each person would be read alone.
        staff = attrs.evolve(roster, people=dict(roster.people.items()))
        known = {stored.key: profile.read(stored) for stored in self._store.facts(profile.KIND)}

        def turn(account: Account) -> datetime:
            look = known.get(account.id)
            if look is None or look.section != self._expected(account, staff).section:
                return now - self._settings.every * _SOONER
            return look.at + (self._settings.every if look.good else self._settings.every / _SOONER)

        turns = {one.id: turn(one) for one in readable}
        ordered = sorted(readable, key=lambda one: turns[one.id])
        return ordered if accounts is not None else [one for one in ordered if turns[one.id] <= now]

    def _reads(self, account: Account) -> bool:
        try:
            return isinstance(self._network(account.platform), ReadsProfiles)
        except ConfigurationError:
            return False

    def _read(self, account: Account, roster: Roster, missed: Counter[str]) -> Look | None:
        """Read one profile; None where the network could not be asked just now."""
        adapter = self._network(account.platform)
        assert isinstance(adapter, ReadsProfiles), "only such accounts have a turn"
        try:
            credential = self._refresher.fresh(account, adapter)
            self._counted(account.platform, account.id)
            found = adapter.profile(credential)
        except StoreError:
            raise
        except AuthorizationLost as refused:
            return self._unread(account, roster, refused)
        except (Outcome, CivicsnsError) as error:
            whole = isinstance(error, RateLimited | BudgetSpent) or (
                isinstance(error, Refused) and error.scope == "app"
            )
            missed[account.platform] += _PATIENCE if whole else 1
            _log.failed("profiles.missed", error, account=account.id)
            return self._unread(account, roster, error) if isinstance(error, Refused) and not whole else None
        except Exception:  # noqa: BLE001 -- an adapter's own error may quote the token
            missed[account.platform] += 1
            return None
        return self._judged(account, roster, found)

    def _unread(self, account: Account, roster: Roster, error: CivicsnsError) -> Look:
        section = self._expected(account, roster).section
        return self._kept(
            Look(
                account=account.id,
                at=self._clock.now(),
                lacks=(Lack.UNREAD,),
                section=section,
                why=error.what,
                mend=error.mend,
            )
        )

    def _judged(self, account: Account, roster: Roster, found: Profile) -> Look:
        against = self._expected(account, roster)
        return self._kept(
            Look(
                account=account.id,
                at=self._clock.now(),
                lacks=profile.lacking(found, against),
                section=against.section,
            )
        )

    def _kept(self, look: Look) -> Look:
        """Note what was found; where it is another than before, that goes on record, without anybody's name."""
        stored = self._store.fact(profile.KIND, look.account)
        before = profile.read(stored).lacks if stored is not None else ()
        records: list[Record] = []
        if before != look.lacks:
            facts = {"lacks": ", ".join(look.lacks)}
            records = [Record(at=look.at, subject=look.account, event="profile.checked", facts=facts)]
        # Where another process has just looked, too, one of the two is as good as the other.
        self._store.put(stored, profile.fact(look, stored), records)
        return look
