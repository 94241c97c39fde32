"""
What a network is to publish by itself at a later time 予約投稿: deleted there, while there is a token to do it with.

Once the token is gone, nothing here keeps the network from publishing it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from civicsns.errors import AuthorizationLost, ConfigurationError, Outcome, Refused, Unavailable
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import DeliveryState
from civicsns.ports import ReadsAgenda
from civicsns.posting import intervention as ledger
from civicsns.posting import trail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from civicsns.accounts.retirement import Retirement
    from civicsns.model import Account, Credential, Delivery, Receipt
    from civicsns.ports import Adapter
    from civicsns.retirement.desk import Desk

_log = Events(__name__)


class Scheduled:
    """
    Takes back what networks are to publish later.

    Args:
        desk: What all parts of retiring share.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def take_back(
        self, account: Account, found: Retirement, credential: Credential | None, *, anyway: bool
    ) -> tuple[str, ...]:
        """
        Delete what was scheduled from here, and look what else is.

        Args:
            account: The account that is retired.
            found: Its retirement.
            credential: What remains of its credential; None where nothing does.
            anyway: Whether to go on where the network cannot be had to.

        Returns:
            What is left for a person to delete, by address: what the network refuses to delete, and what others have
            scheduled there.

        Raises:
            Outcome: If the network cannot do it just now, unless *anyway*.
            ConfigurationError: If the network is not set up any more, and there is a token, unless *anyway*.
        """
        adapter: Adapter | None = None
        try:
            adapter = self._desk.network(account.platform)
        except ConfigurationError:
            if credential is not None and not anyway:
                raise
        if adapter is not None and adapter.limits.schedule is None:
            return ()
        if not anyway:
            self._require_none_under_way(account)
        left: list[Receipt] = []
        for delivery in self._desk.store.scheduled(account.id, after=self._desk.now):
            assert delivery.receipt is not None, "what was scheduled has a receipt"
            if (
                adapter is None
                or credential is None
                or not self._deleted(delivery, adapter, credential, found, anyway=anyway)
            ):
                left.append(delivery.receipt)
        if adapter is not None and credential is not None:
            left += self._others(account, adapter, credential, {one.post_id for one in left}, anyway=anyway)
        return tuple(dict.fromkeys(one.url or one.post_id for one in left))

    def _require_none_under_way(self, account: Account) -> None:
        """
        Ask that nothing is being sent at this moment: it might be scheduled there a moment later.

        Raises:
            Unavailable: If something is; begun before the account was held, it ends before long.
        """
        if any(self._under_way(account)):
            raise Unavailable(
                Bilingual("送信中の投稿があります。", "A post is being sent at this moment."),
                mend=Bilingual("終わるまでお待ちください。", "Wait until that has ended."),
                place=account.id,
            )

    def _under_way(self, account: Account) -> Iterator[Delivery]:
        ever = datetime.max.replace(tzinfo=UTC)
        for delivery in self._desk.store.due(ever, platform=account.platform):
            expires = delivery.not_before
            sending = delivery.state is DeliveryState.SENDING and expires is not None and expires > self._desk.now
            if sending and delivery.rendition.account == account.id:
                yield delivery

    def _deleted(
        self, delivery: Delivery, adapter: Adapter, credential: Credential, found: Retirement, *, anyway: bool
    ) -> bool:
        """Delete a post, on record before and after; False where a person has to."""
        desk, assured = self._desk, delivery.receipt
        assert assured is not None, "what was scheduled has a receipt"
        begun = ledger.changing(delivery)
        if not self._kept(delivery, begun, found, event="deletion_begun"):
            # Somebody is at it, too.
            delivery = desk.store.get(delivery.id)
            if not delivery.shows_after(desk.now):
                return True
            raise Unavailable(
                Bilingual("予約投稿が同時に変更されました。", "A scheduled post was changed at once."),
                mend=Bilingual("もう一度行ってください。", "Do it again."),
                place=delivery.id,
            )
        try:
            adapter.delete(assured, credential)
        except Outcome as error:
            self._kept(begun, ledger.not_changed(begun, error, now=desk.now), found, event="deletion_failed")
            if not anyway and not _is_final(error):
                raise
            _log.failed("retirement.not_deleted", error, account=delivery.rendition.account)
            return False
        self._kept(begun, ledger.deleted(begun), found)
        return True

    def _others(
        self, account: Account, adapter: Adapter, credential: Credential, known: set[str], *, anyway: bool
    ) -> list[Receipt]:
        """List what else the network is to publish: of other apps, or scheduled by hand."""
        if not isinstance(adapter, ReadsAgenda):
            return []
        try:
            return [one for one in adapter.scheduled(account, credential) if one.post_id not in known]
        except Outcome as error:
            if not anyway and not _is_final(error):
                raise
            return []

    def _kept(self, old: Delivery, new: Delivery, found: Retirement, *, event: str = "") -> bool:
        record = trail.record(new, at=self._desk.now, by=found.by, reason=found.reason, event=event, was=old)
        return self._desk.store.replace(old, new, record)


def _is_final(error: Outcome) -> bool:
    """Whether asking again is of no use: the token is dead, or the network does not let that post be deleted."""
    return isinstance(error, AuthorizationLost) or (isinstance(error, Refused) and error.scope != "app")
