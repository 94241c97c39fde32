"""What all parts of retiring share: who and what there is, one account at a time, each step on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts import register
from civicsns.errors import BadInput, ConfigurationError, StoreError
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, tzinfo

    from civicsns.accounts.roster import Roster
    from civicsns.model import Account, Fact
    from civicsns.ports import Adapter, Clock, Store, Vault

_log = Events(__name__)

#: So often somebody else may be faster.
ATTEMPTS: Final = 20

Change = tuple["Fact | None", "Fact | None"]


@attrs.frozen(kw_only=True)
class Desk:
    """
    What every part of retiring needs.

    Attributes:
        store: Where people, accounts and deliveries are.
        vault: Where credentials are.
        clock: Where the time comes from.
        zone: The zone in which the city lives.
        rostered: Gives the staff and the accounts as they are now.
        network: Gives the adapter of a network.
        cancel: Lets the open link of an account open no more, sign-ins under way included.
    """

    store: Store
    vault: Vault
    clock: Clock
    zone: tzinfo
    rostered: Callable[[], Roster]
    network: Callable[[str], Adapter]
    cancel: Callable[[str, str, str], object]

    @property
    def roster(self) -> Roster:
        """The staff and the accounts."""
        return self.rostered()

    @property
    def now(self) -> datetime:
        """The time, as the city's clocks show it."""
        return self.clock.now().astimezone(self.zone)

    def require(self, by: str, reason: str | None = None) -> None:
        """
        Ask for a person on the staff, and a reason where one is needed; without a person, the programme itself acts.

        Raises:
            BadInput: If *by* is nobody of the staff, or *reason* is empty.
        """
        if by:
            self.roster.person(by, place="by")
        if reason is not None and not reason.strip():
            raise BadInput(
                Bilingual("理由がありません。", "There is no reason."),
                mend=Bilingual("なぜ閉じるかを書いてください。", "Say why it is closed."),
                place="reason",
            )

    def account(self, account_id: str) -> tuple[Fact, Account]:
        """
        Read an account of the register.

        Raises:
            BadInput: If there is none of that id.
            ConfigurationError: If it is in a file, and not in the register.
        """
        roster = self.roster
        # Where files count, what the register has of the account is of no effect.
        stored = self.store.fact(register.ACCOUNT, account_id) if register.in_store(roster) else None
        if stored is not None:
            return stored, register.account(stored)
        roster.account(account_id)
        raise ConfigurationError(
            Bilingual(
                "アカウントがファイルにあり、台帳にありません。返納と引継ぎは台帳のアカウントだけで行えます。",
                "The account is in a file, and not in the register; only accounts of the register are retired and"
                " handed over.",
            ),
            mend=Bilingual(
                "civicsns accounts import で台帳に取り込み、設定から people と accounts を除いてください。",
                "Bring it in by: civicsns accounts import; and take people and accounts out of the settings.",
            ),
            place=account_id,
        )

    def record(self, account_id: str, event: str, *, by: str, **facts: str) -> Record:
        """Write down what happened to an account."""
        return Record(at=self.now, subject=account_id, event=event, by=by, facts={k: v for k, v in facts.items() if v})

    def put(self, changes: Sequence[Change], records: Sequence[Record]) -> bool:
        """
        Keep changes and records, all or none.

        Raises:
            StoreError: If the store is out of order.
        """
        kept = self.store.put_all(changes, records)
        if kept:
            for record in records:
                _log.info(record.event, account=record.subject, by=record.by)
        return kept


def busy(account_id: str) -> StoreError:
    """Say that others were faster again and again."""
    return StoreError(
        Bilingual(
            "同じアカウントが何度も同時に変更されました。", "The same account was changed at once, again and again."
        ),
        mend=Bilingual("もう一度行ってください。", "Do it again."),
        place=account_id,
    )


def nothing(account_id: str) -> BadInput:
    """Say that nothing of the account waits for a person's word."""
    return BadInput(
        Bilingual("確認を待つものはありません。", "There is nothing to confirm."),
        mend=Bilingual("一覧を見てください: civicsns accounts retire", "See: civicsns accounts retire"),
        place=account_id,
    )
