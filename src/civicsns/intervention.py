"""
What a person does by hand to deliveries: decide, let go on, hold, withdraw, delete, edit.

Every hand is on record, with the person and the reason, in the same transaction as what it does.
The pure functions of `posting` decide what is allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from civicsns.errors import BadInput, Outcome, OutcomeUnknown, UnknownReason, Unsupported
from civicsns.language import Bilingual
from civicsns.log import Events
from civicsns.model import DeliveryState, Proof, Receipt, Record
from civicsns.model.delivery import ENDED
from civicsns.ports import Edits
from civicsns.posting import correction, hold, trail
from civicsns.posting import intervention as ledger
from civicsns.posting.hold import Hold, Scope
from civicsns.posting.outcome import ON_HOLD, IllegalStep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from civicsns.dispatch import Dispatcher
    from civicsns.model import Account, Credential, Delivery, Person, Rendition
    from civicsns.ports import Adapter, Clock, Store
    from civicsns.posting.outcome import Bounds

_log = Events(__name__)

_GONE = ENDED - {DeliveryState.DELIVERED}
#: How often a step is tried that others keep overtaking; each time the delivery has moved on.
_TRIES = 20


class Interventions:
    """
    A person's hands on deliveries.

    Args:
        dispatcher: Opens credentials.
        store: Where deliveries, records and holds are kept.
        clock: Where the time comes from.
        adapter: Gives the adapter of a network.
        accounts: Gives the accounts of the programme.
        person: Gives a member of staff, and raises `BadInput` where there is none.
        bounds: How long things may last.
    """

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        store: Store,
        clock: Clock,
        adapter: Callable[[str], Adapter],
        accounts: Callable[[], Sequence[Account]],
        person: Callable[[str], Person],
        bounds: Bounds,
    ) -> None:
        self._dispatcher = dispatcher
        self._store = store
        self._clock = clock
        self._adapter = adapter
        self._accounts = accounts
        self._person = person
        self._bounds = bounds

    # --- what is unknown or held --------------------------------------------------------------------------------

    def decide(
        self, delivery_id: str, *, by: str, reason: str, seen_at: datetime, post_id: str | None, again: bool
    ) -> Delivery:
        """
        Settle an unknown outcome by what a person saw; see `Program.decide`.

        Raises:
            BadInput: If it is not unknown, or its absence was seen too early.
            KeyError: If there is no such delivery.
        """
        self._require(by, reason, Bilingual("ネットワークで何を見たか", "what you saw on the network"))
        delivery = self._store.get(delivery_id)
        rendition = delivery.rendition
        found = None
        if post_id is not None:
            found = Receipt(
                platform=rendition.platform,
                account=rendition.account,
                post_id=post_id,
                at=seen_at,
                proof=Proof.READ_BACK,
            )
        try:
            decided = ledger.decide(
                delivery,
                found,
                again=again,
                now=seen_at,
                limits=self._adapter(rendition.platform).limits,
                bounds=self._bounds,
            )
        except IllegalStep as error:
            raise BadInput(
                Bilingual(
                    "この配信は今は判断できません。結果が不明ではないか、投稿がまだ現れる可能性があります。",
                    "This delivery cannot be decided now: its outcome is not unknown, or the post may still appear.",
                ),
                mend=Bilingual(
                    "少し待ち、ネットワークの画面をもう一度見てから判断してください。",
                    "Wait a little, look at the network again, and decide then.",
                ),
                place=delivery_id,
            ) from error
        self._kept(delivery, decided, by=by, reason=reason)
        return self._store.get(delivery_id)

    def resume(self, delivery_id: str, *, by: str) -> Delivery:
        """
        Let a held delivery go on; see `Program.resume`.

        Raises:
            BadInput: If it is not held, or posting is on hold.
            KeyError: If there is no such delivery.
        """
        self._person(by)
        delivery = self._store.get(delivery_id)
        held = self._hold(delivery)
        if held is not None:
            raise BadInput(held.said, mend=_LIFT, place=delivery_id)
        try:
            resumed = ledger.resume(delivery, now=self._clock.now())
        except IllegalStep as error:
            raise BadInput(
                Bilingual("この配信は停止中ではありません。", "This delivery is not held."),
                mend=Bilingual("一覧を確かめてください。", "Look at the list again."),
                place=delivery_id,
            ) from error
        self._kept(delivery, resumed, by=by)
        return self._store.get(delivery_id)

    # --- holds --------------------------------------------------------------------------------------------------

    def holds(self) -> tuple[Hold, ...]:
        """List the holds that are in force."""
        return tuple(hold.read(fact) for fact in self._store.facts(hold.KIND))

    def hold(self, scope: Scope, name: str, *, by: str, reason: str) -> Hold:
        """
        Place a hold; see `Program.hold`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, there is no such thing to hold, or it is on
                hold already.
        """
        self._require(by, reason, Bilingual("なぜ停止するか", "why it is held"))
        self._known(scope, name)
        placed = Hold(scope=scope, name=name, by=by, reason=reason, at=self._clock.now())
        record = self._held_record(placed, "hold.placed", by=by, reason=reason)
        if not self._store.put(None, placed.fact, [record]):
            raise BadInput(
                Bilingual("すでに投稿停止中です。", "It is on hold already."),
                mend=Bilingual("civicsns hold で一覧を確かめてください。", "Look at the list: civicsns hold"),
                place=placed.key,
            )
        _log.info(record.event, hold=placed.key, by=by)
        return placed

    def lift(self, scope: Scope, name: str, *, by: str, reason: str) -> tuple[Delivery, ...]:
        """
        Lift a hold, and let go on what it kept back; see `Program.lift`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or there is no such hold.
        """
        self._require(by, reason, Bilingual("なぜ解除するか", "why it is lifted"))
        key = hold.key(scope, name)
        fact = next((fact for fact in self._store.facts(hold.KIND) if fact.key == key), None)
        record = None if fact is None else self._held_record(hold.read(fact), "hold.lifted", by=by, reason=reason)
        if fact is None or record is None or not self._store.put(fact, None, [record]):
            raise BadInput(
                Bilingual("この投稿停止はありません。", "There is no such hold."),
                mend=Bilingual("civicsns hold で一覧を確かめてください。", "Look at the list: civicsns hold"),
                place=key,
            )
        _log.info(record.event, hold=key, by=by)
        # After the hold is gone: whatever is held from now on sees that by itself.
        others, sections = self._store.facts(hold.KIND), self._sections()
        gone_on: list[Delivery] = []
        for delivery in self._store.waiting():
            kept_back = delivery.failure is not None and delivery.failure.outcome == ON_HOLD
            section = sections.get(delivery.rendition.account, "")
            if not kept_back or hold.in_force(others, delivery, section=section) is not None:
                continue
            resumed = ledger.resume(delivery, now=self._clock.now())
            if self._kept(delivery, resumed, by=by, reason=reason):
                gone_on.append(resumed)
        return tuple(gone_on)

    # --- withdrawing --------------------------------------------------------------------------------------------

    def withdraw(self, subject: str, *, by: str, reason: str) -> tuple[Delivery, ...]:
        """
        Take back what has not been sent; see `Program.withdraw`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or nothing of it can be taken back.
            KeyError: If there is no such delivery or draft.
        """
        self._require(by, reason, Bilingual("なぜ取り下げるか", "why it is withdrawn"))
        parts = self._of(subject)
        # The first part first: the others wait for it.
        left = [self._withdrawn(part, by=by, reason=reason) for part in parts]
        withdrawn = DeliveryState.WITHDRAWN
        if not any(
            part.state is not withdrawn and now.state is withdrawn for part, now in zip(parts, left, strict=True)
        ):
            raise _not_withdrawn(next((part for part in left if part.state not in _GONE), left[0]))
        return tuple(left)

    def _withdrawn(self, delivery: Delivery, *, by: str, reason: str) -> Delivery:
        for _ in range(_TRIES):
            if not ledger.withdrawable(delivery):
                break
            withdrawn = ledger.withdraw(delivery)
            if self._kept(delivery, withdrawn, by=by, reason=reason):
                return withdrawn
            # Somebody was faster, perhaps with sending it.
            delivery = self._store.get(delivery.id)
        return delivery

    # --- deleting -----------------------------------------------------------------------------------------------

    def delete(self, delivery_id: str, *, by: str, reason: str) -> tuple[Delivery, ...]:
        """
        Delete a post on its network, and of a thread all that follows it; see `Program.delete`.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, it was not published, or it is not known
                whether a later part was.
            KeyError: If there is no such delivery.
        """
        self._require(by, reason, Bilingual("なぜ削除するか", "why it is deleted"))
        first, *rest = self._from(self._store.get(delivery_id))
        if first.state is not DeliveryState.DELIVERED:
            raise _not_published(first)
        rest = [self._withdrawn(part, by=by, reason=reason) for part in rest]
        for part in rest:
            if part.state not in ENDED:
                raise _not_published(part)
        standing = {part.id: part for part in (first, *rest)}
        for part in reversed([first, *rest]):
            if part.state is not DeliveryState.DELIVERED:
                continue
            standing[part.id] = self._deleted(part, by=by, reason=reason)
            if standing[part.id].state is not DeliveryState.DELETED:
                # What it answers stays as long as the answer does.
                break
        return tuple(standing.values())

    def _deleted(self, delivery: Delivery, *, by: str, reason: str) -> Delivery:
        adapter = self._adapter(delivery.rendition.platform)

        def act(credential: Credential, begun: Delivery) -> Delivery:
            assert begun.receipt is not None, "what was published has a receipt"
            adapter.delete(begun.receipt, credential)
            return ledger.deleted(begun)

        return self._changed(delivery, act, by=by, reason=reason, name="deletion")

    # --- correcting ---------------------------------------------------------------------------------------------

    def published(self, subject: str, accounts: Sequence[str], *, by: str, reason: str) -> dict[str, Delivery]:
        """
        Give the posts that a correction corrects, by account; of a thread, its first part.

        Args:
            subject: The id of a delivery, or the digest of a draft.
            accounts: Where the correction is to appear.
            by: The personnel number of whoever corrects.
            reason: What was wrong.

        Raises:
            BadInput: If *by* is nobody of the staff, there is no reason, or an account has no such post.
            KeyError: If there is no such delivery or draft.
        """
        self._require(by, reason, Bilingual("何が誤っていたか", "what was wrong"))
        first, *rest = self._of(subject)
        if first.id == subject:
            while first.follows is not None:
                first = self._store.get(first.follows)
            rest = []
        return correction.originals([first, *rest], accounts)

    def replace(self, wrong: Mapping[str, Delivery], results: Sequence[Delivery], *, by: str, reason: str) -> None:
        """Delete each original whose correction is out whole; the others stay."""
        for account, original in wrong.items():
            parts = [result.state for result in results if result.rendition.account == account]
            if parts and all(state is DeliveryState.DELIVERED for state in parts):
                try:
                    self.delete(original.id, by=by, reason=reason)
                except BadInput as error:
                    # The correction is out, and whoever asked for it must hear that; the original is shown as it is.
                    _log.failed("correction.original_stays", error, delivery=original.id)

    def editable(
        self, wrong: Mapping[str, Delivery], planned: Sequence[Sequence[Rendition]]
    ) -> list[tuple[Delivery, Rendition]]:
        """
        Put each original beside the words that are to stand in its place.

        Raises:
            BadInput: If one is a thread, has other files, or is on hold.
            Unsupported: If a network lets no app edit.
        """
        edits: list[tuple[Delivery, Rendition]] = []
        for original, chain in zip(wrong.values(), planned, strict=True):
            words = chain[0]
            if not isinstance(self._adapter(words.platform), Edits):
                raise Unsupported(
                    Bilingual(
                        f"媒体「{words.platform}」の投稿は編集できません。",
                        f"Posts on {words.platform!r} cannot be edited.",
                    ),
                    mend=_ANSWER,
                    place="linking",
                )
            if len(chain) > 1 or len(self._from(original)) > 1 or words.media != original.rendition.media:
                raise BadInput(
                    Bilingual(
                        "編集できるのは一つの投稿の文面だけです。スレッドや画像は編集で変えられません。",
                        "Only the words of a single post can be edited; not a thread, nor its files.",
                    ),
                    mend=_ANSWER,
                    place="linking",
                )
            held = self._hold(original)
            if held is not None:
                # New words are before the public at once, as those of a new post are.
                raise BadInput(held.said, mend=_LIFT, place=original.id)
            edits.append((original, words))
        return edits

    def edit(self, delivery: Delivery, words: Rendition, *, by: str, reason: str) -> Delivery:
        """
        Replace the words of a published post by those of *words*; see `Program.correct`.

        Returns:
            The delivery as it stands now; where that failed or was not confirmed, with the failure.
        """
        adapter = self._adapter(words.platform)
        assert isinstance(adapter, Edits), "what cannot be edited was refused before"

        def act(credential: Credential, begun: Delivery) -> Delivery:
            assert begun.receipt is not None, "what was published has a receipt"
            # The files are up already, and it goes on answering what it answered.
            whole = attrs.evolve(words, uploads=begun.rendition.uploads, reply_to=begun.rendition.reply_to)
            return ledger.edited(begun, whole, adapter.edit(begun.receipt, whole, credential))

        return self._changed(delivery, act, by=by, reason=reason, name="edit")

    def _changed(
        self,
        delivery: Delivery,
        act: Callable[[Credential, Delivery], Delivery],
        *,
        by: str,
        reason: str,
        name: str,
    ) -> Delivery:
        """Change a post on its network, on record before and after; it stays DELIVERED where that is not confirmed."""
        begun = ledger.changing(delivery)
        if not self._kept(delivery, begun, by=by, reason=reason, event=f"{name}_begun"):
            return self._store.get(delivery.id)
        ended: Outcome
        try:
            done = act(self._dispatcher.credential(delivery.rendition), begun)
        except Outcome as outcome:
            ended = outcome
        except Exception as error:  # noqa: BLE001 -- whatever an adapter of somebody else's raises
            ended = OutcomeUnknown(
                Bilingual(
                    f"アダプターが想定外の誤り（{type(error).__name__}）で終わりました。",
                    f"The adapter ended with an error of its own ({type(error).__name__}).",
                ),
                mend=Bilingual("もう一度行ってください。", "Do it again."),
                reason=UnknownReason.UNCONFIRMED,
            )
        else:
            event = "" if done.state is DeliveryState.DELETED else f"{name}ed"
            return done if self._kept(begun, done, by=by, reason=reason, event=event) else self._store.get(delivery.id)
        failed = ledger.not_changed(begun, ended, now=self._clock.now())
        kept = self._kept(begun, failed, by=by, reason=reason, event=f"{name}_failed")
        return failed if kept else self._store.get(delivery.id)

    # --- inside -------------------------------------------------------------------------------------------------

    def _require(self, by: str, reason: str, what: Bilingual) -> None:
        self._person(by)
        if not reason.strip():
            raise BadInput(
                Bilingual("理由がありません。", "There is no reason."),
                mend=Bilingual(f"{what.ja}を書いてください。", f"Say {what.en}."),
                place="reason",
            )

    def _known(self, scope: Scope, name: str) -> None:
        known = {
            Scope.PROGRAMME: lambda: not name,
            Scope.SECTION: lambda: bool(name) and name in {account.section for account in self._accounts()},
            Scope.ACCOUNT: lambda: name in {account.id for account in self._accounts()},
            Scope.DRAFT: lambda: bool(self._store.of_draft(name)),
            Scope.DELIVERY: lambda: self._exists(name),
        }
        if not known[scope]():
            raise BadInput(
                Bilingual(f"投稿停止の対象「{name}」がありません。", f"There is nothing of the name {name!r} to hold."),
                mend=Bilingual(
                    "アカウント一覧や配信の ID を確かめてください。", "Look at the accounts, or at the delivery's id."
                ),
                place=scope.value,
            )

    def _exists(self, delivery_id: str) -> bool:
        try:
            self._store.get(delivery_id)
        except KeyError:
            return False
        return True

    def _hold(self, delivery: Delivery) -> Hold | None:
        section = self._sections().get(delivery.rendition.account, "")
        return hold.in_force(self._store.facts(hold.KIND), delivery, section=section)

    def _sections(self) -> dict[str, str]:
        return {account.id: account.section for account in self._accounts()}

    def _held_record(self, held: Hold, event: str, *, by: str, reason: str) -> Record:
        # A post's own hold stands among the post's own records.
        own = held.scope in {Scope.DRAFT, Scope.DELIVERY}
        return Record(
            at=self._clock.now(),
            subject=held.name if own else held.key,
            event=event,
            by=by,
            facts={"hold": held.key, "reason": reason},
        )

    def _of(self, subject: str) -> list[Delivery]:
        """Give a delivery with what follows it, or all deliveries of a draft."""
        if self._exists(subject):
            return self._from(self._store.get(subject))
        found = list(self._store.of_draft(subject))
        if not found:
            raise KeyError(subject)
        return found

    def _from(self, delivery: Delivery) -> list[Delivery]:
        """Give a delivery and the later parts of its thread, in order."""
        chain = [delivery]
        for other in self._store.of_draft(delivery.draft):
            if other.follows == chain[-1].id:
                chain.append(other)
        return chain

    def _kept(self, old: Delivery, new: Delivery, *, by: str, reason: str = "", event: str = "") -> bool:
        record = trail.record(new, at=self._clock.now(), by=by, reason=reason, event=event, was=old)
        kept = self._store.replace(old, new, record)
        if kept:
            # A person's reason belongs on record, and not into a log.
            _log.info(record.event, delivery=new.id, by=by, state=new.state.value)
        return kept


def _not_withdrawn(delivery: Delivery) -> BadInput:
    what, mend = _WHY_NOT[delivery.state]
    return BadInput(what, mend=mend, place=delivery.id)


def _not_published(delivery: Delivery) -> BadInput:
    if delivery.state in {DeliveryState.PENDING, DeliveryState.HELD}:
        what = Bilingual("まだ投稿されていません。", "It has not been published.")
        return BadInput(what, mend=Bilingual("取り下げてください。", "Withdraw it."), place=delivery.id)
    what, mend = _WHY_NOT[delivery.state]
    return BadInput(what, mend=mend, place=delivery.id)


_UNKNOWN = (
    Bilingual("送信されたかどうか分かっていません。", "It is not known whether it was sent."),
    Bilingual(
        "読み返しで確かめられるのを待つか、civicsns ledger decide で判断し、出ていれば削除してください。",
        "Wait until it is read back, or decide it with civicsns ledger decide; delete it if it is out.",
    ),
)
_LIFT = Bilingual("先に投稿停止を解除してください: civicsns hold lift", "Lift it first: civicsns hold lift")
_ANSWER = Bilingual("返信や引用で訂正してください。", "Correct it by an answer or a quote.")
_OVER = Bilingual("することはありません。", "There is nothing to do.")
#: Why a delivery cannot be withdrawn or deleted as it stands, and what to do then.
_WHY_NOT: dict[DeliveryState, tuple[Bilingual, Bilingual]] = {
    # Waiting, with an attempt that is open.
    DeliveryState.PENDING: _UNKNOWN,
    DeliveryState.HELD: (
        _UNKNOWN[0],
        Bilingual(
            "投稿停止を解除するか（civicsns hold lift）、civicsns ledger resume で再開すると、まず読み返して確かめます。",
            "Lift its hold (civicsns hold lift), or let it go on with civicsns ledger resume: it is read back first.",
        ),
    ),
    DeliveryState.UNKNOWN: _UNKNOWN,
    DeliveryState.SENDING: (
        Bilingual("送信の最中です。", "It is being sent at this moment."),
        Bilingual(
            "結果が出るまで待ち、投稿されていれば削除してください。", "Wait for the result, and delete it if it is out."
        ),
    ),
    DeliveryState.DELIVERED: (
        Bilingual("すでに投稿されています。", "It has been published."),
        Bilingual(
            "削除するには civicsns ledger delete を使ってください。", "To delete it, use civicsns ledger delete."
        ),
    ),
    DeliveryState.FAILED: (Bilingual("送信できずに終わっています。", "It has failed, and will not be sent."), _OVER),
    DeliveryState.WITHDRAWN: (Bilingual("取り下げられています。", "It was withdrawn."), _OVER),
    DeliveryState.DELETED: (Bilingual("削除されています。", "It was deleted."), _OVER),
}
