"""
The world of the ledger's model: machines that die, clocks that differ, a network that is slow, silent and forgetful.

What is modelled is the world alone. The protocol is the product's own: every step of a worker is taken by the real
`Dispatcher.deliver`, played again from the answers that it has had so far, and so by the real functions of
`posting`. Where it asks the world for more (a row, the time, a publication), the model takes over.

Times are whole ticks relative to "now"; what is longer ago than any bound is "long ago". The space is thereby finite
although the time is not limited: attempts, crashes and pauses may be as many and as long as they like.
"""

from __future__ import annotations

import functools
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import attrs

from civicsns.dispatch import Dispatcher
from civicsns.errors import (
    AuthorizationLost,
    Outcome,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
    UnknownReason,
)
from civicsns.language import Bilingual
from civicsns.model import (
    Account,
    Credential,
    CredentialKind,
    Delivery,
    DeliveryState,
    Draft,
    Fact,
    Failure,
    Idempotency,
    Limits,
    MediaLimits,
    PostRef,
    ReadBack,
    Receipt,
    Record,
    Rendition,
    TextLimits,
    Upload,
)
from civicsns.model.delivery import ENDED
from civicsns.posting.bounds import Bounds
from civicsns.posting.hold import Hold, Scope
from civicsns.posting.steps import ON_HOLD
from civicsns.text import Measure

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ORIGIN = datetime(2026, 4, 1, tzinfo=UTC)
WORDS = Bilingual("模型", "model")
#: What a person holds, where the world has holds.
HOLD = Hold(scope=Scope.PROGRAMME, by="model", reason="model", at=ORIGIN)
STOPPED = Failure(outcome=ON_HOLD, what=WORDS, mend=WORDS, at=ORIGIN)
#: The version of what is stored; what a worker holds is as much older as it was replaced since.
CURRENT = 10
#: Held so long that it will never be current again.
STALE = -4


def moment(ticks: int) -> datetime:
    """Give the time of day that lies *ticks* after now."""
    return ORIGIN + timedelta(seconds=ticks)


def ticks(at: datetime) -> int:
    """Give how many ticks after now *at* lies."""
    return int((at - ORIGIN).total_seconds())


class Row(NamedTuple):
    """A delivery, as far as any decision depends on it."""

    state: DeliveryState
    unreached: int = 0
    unclear: int = 0
    not_before: int | None = None
    intent_at: int | None = None
    open_since: int | None = None
    lost_since: int | None = None
    not_after: int | None = None
    #: Rather twice than not at all; and how often that had it sent again.
    prefers: bool = False
    risked: int = 0
    #: Held by a person's hold, not for the account's sake.
    stopped: bool = False
    answers: bool = False
    uploaded: bool = False
    #: How much older than what is stored; 0 is current.
    version: int = 0


class Running(NamedTuple):
    """A call of `deliver` under way: which delivery, and the world's answers so far."""

    delivery: int
    answers: tuple[tuple[Any, ...], ...] = ()
    #: The request has left, and its answer is awaited.
    awaits: bool = False


class Deciding(NamedTuple):
    """A step that is decided and not yet stored: of which delivery, from which version, to what."""

    delivery: int
    version: int
    new: Row


class Lifting(NamedTuple):
    """A person has lifted the hold, and is about to let go on what it kept back."""


Worker = Running | Deciding | Lifting | None


class Asks(BaseException):
    """The dispatcher asks the world for something that has not been answered; no `except Exception` may keep it."""

    def __init__(self, *request: Any) -> None:
        super().__init__()
        self.request = request


@attrs.frozen(kw_only=True)
class Nature:
    """
    What the world really does; where it exceeds what the settings state, a bound is broken.

    Attributes:
        pause: How long a worker may stand still between its look at the deadline and the request's leaving.
        delay: How long a request may be under way and in the network's hands.
        lag: How long a post may be missing from the list.
        skew: How far apart the clocks are.
        key_lifetime: How long the network knows a key.
        suspends: Whether the clock for the start deadline stands still while the worker does.
    """

    pause: int = 1
    delay: int = 1
    lag: int = 1
    skew: int = 0
    key_lifetime: int = 6
    suspends: bool = False


@attrs.frozen(kw_only=True)
class World:
    """
    One variant of the world.

    Attributes:
        name: Its name.
        read_back: Whether the list can be trusted.
        idempotency: Whether a repeated request is recognised.
        parts: Deliveries in the thread.
        workers: How many drive deliveries at once.
        skew: What the settings state about the clocks.
        stepping: Whether each single reading of a clock may be off, or machine 2's clock is ahead for good.
        foreign: Whether somebody else has posted the very same words.
        uploads: Whether files go up first.
        person: Whether somebody decides what waits for a decision, and lifts what is held.
        backups: Whether, once, a backup of the store is made and later restored; no process survives that.
        epoch: Whether the next process notices it.
        attempts: After how many attempts of unknown outcome a person decides; None where there is no end to them.
        woken: What the part of a thread before has to be, for a part to be woken.
        prefers: Whether the author would rather have the post twice than not at all; takes `attempts`.
        not_after: Ticks from the beginning after which nothing is to be sent; None for no such time.
        holds: Whether a person may hold all posting, and lift that, at any time.
        withdraws: Whether a person may take back what waits, at any time.
        crashes: Whether anybody may die at any time.
        faults: How the network may answer otherwise than well.
        nature: What the world really does.
        bounds: The settings.
        limits: The network's.
        dispatcher: Who drives; a mutant may stand here.
        says: What the adapter makes of the network's answer, where a mutant makes something else of it.
        text_alone: Whether the adapter takes anybody's post of these words for ours.
        compares: Whether the store replaces only what has not changed.
        reduced: Whether steps that nobody else can tell apart are taken as one: from reading a row to writing down
            the intent, and a call that can no longer store anything is over. Right as long as `compares`; the tests
            hold the results of both against each other.
    """

    name: str
    read_back: ReadBack = ReadBack.STRONG
    idempotency: Idempotency = Idempotency.NONE
    parts: int = 1
    workers: int = 2
    skew: int = 0
    stepping: bool = False
    foreign: bool = False
    uploads: bool = False
    person: bool = True
    backups: bool = False
    epoch: bool = True
    attempts: int | None = None
    woken: frozenset[DeliveryState] = ENDED
    prefers: bool = False
    not_after: int | None = None
    holds: bool = False
    withdraws: bool = False
    crashes: bool = True
    faults: frozenset[str] = frozenset({"unclear", "refused", "unreachable", "limited", "lost"})
    nature: Nature = Nature()
    bounds: Bounds = attrs.field()
    limits: Limits = attrs.field()
    dispatcher: type[Dispatcher] = Dispatcher
    says: dict[str, str] = attrs.field(factory=dict, hash=False)
    text_alone: bool = False
    compares: bool = True
    reduced: bool = True

    @bounds.default
    def _bounds(self) -> Bounds:
        tick = timedelta(seconds=1)
        return Bounds(
            start_deadline=tick,
            longest_pause=tick,
            clock_skew=self.skew * tick,
            retry_first=tick,
            retry_attempts=2,
            attempts=sys.maxsize if self.attempts is None else self.attempts,
            budget_pause=tick,
        )

    @limits.default
    def _limits(self) -> Limits:
        return Limits(
            text=TextLimits(measure=Measure.X, maximum=280),
            media=MediaLimits(images=0, videos=0, types=frozenset(), bytes_={}, alt_text=0),
            schedule=None,
            idempotency=self.idempotency,
            read_back=self.read_back,
            network_delay=timedelta(seconds=1),
            read_back_lag=timedelta(seconds=1),
            key_lifetime=timedelta(seconds=6),
        )

    @property
    def long_ago(self) -> int:
        """Ticks after which it makes no difference how long ago something was."""
        waits = ticks(self.bounds.settled(ORIGIN, self.limits)) + self.nature.skew + 1
        return max(waits, self.nature.key_lifetime + 1) if self.idempotency is Idempotency.KEY else waits


@functools.cache
def rendition(delivery: int, *, answers: bool, uploaded: bool) -> Rendition:
    """Give the rendition of a part."""
    return Rendition(
        platform="model",
        account=str(delivery),
        text="t",
        body={},
        uploads=(Upload(digest="d", id="u"),) if uploaded else (),
        reply_to=PostRef(platform="model", id=str(delivery - 1)) if answers else None,
    )


@functools.cache
def receipt(delivery: int) -> Receipt:
    """Give the receipt of a part."""
    return Receipt(platform="model", account=str(delivery), post_id=str(delivery), at=ORIGIN)


@functools.lru_cache(maxsize=200_000)
def opened(delivery: int, row: Row) -> Delivery:
    """Make a delivery as the product knows it."""
    return Delivery(
        id=str(delivery),
        draft="d",
        rendition=rendition(delivery, answers=row.answers, uploaded=row.uploaded),
        state=row.state,
        version=CURRENT + row.version,
        unreached=row.unreached,
        unclear=row.unclear,
        not_before=None if row.not_before is None else moment(row.not_before),
        intent_at=None if row.intent_at is None else moment(row.intent_at),
        open_since=None if row.open_since is None else moment(row.open_since),
        lost_since=None if row.lost_since is None else moment(row.lost_since),
        not_after=None if row.not_after is None else moment(row.not_after),
        prefer_duplicate=row.prefers,
        risked=row.risked,
        failure=STOPPED if row.stopped else None,
        follows=str(delivery - 1) if delivery else None,
        receipt=receipt(delivery) if row.state is DeliveryState.DELIVERED else None,
    )


def closed(delivery: Delivery) -> Row:
    """Keep of a delivery what decisions depend on."""
    return Row(
        state=delivery.state,
        unreached=delivery.unreached,
        unclear=delivery.unclear,
        not_before=None if delivery.not_before is None else ticks(delivery.not_before),
        intent_at=None if delivery.intent_at is None else ticks(delivery.intent_at),
        open_since=None if delivery.open_since is None else ticks(delivery.open_since),
        lost_since=None if delivery.lost_since is None else ticks(delivery.lost_since),
        not_after=None if delivery.not_after is None else ticks(delivery.not_after),
        prefers=delivery.prefer_duplicate,
        risked=delivery.risked,
        stopped=delivery.state is DeliveryState.HELD
        and delivery.failure is not None
        and delivery.failure.outcome == ON_HOLD,
        answers=delivery.rendition.reply_to is not None,
        uploaded=bool(delivery.rendition.uploads),
        version=delivery.version - CURRENT,
    )


def outcome(said: str, until: int) -> Outcome:
    """Make the outcome that a right adapter raises when the network answered like this."""
    match said:
        case "unclear" | "duplicate":
            return OutcomeUnknown(WORDS, mend=WORDS, reason=UnknownReason.UNCONFIRMED)
        case "refused":
            return Refused(WORDS, mend=WORDS)
        case "unreachable":
            return Unavailable(WORDS, mend=WORDS)
        case "lost":
            return AuthorizationLost(WORDS, mend=WORDS)
        case "limited":
            return RateLimited(WORDS, mend=WORDS, until=moment(until))
        case _:
            raise AssertionError(said)


class Ports:
    """The dispatcher's whole outside, played from a tape of answers."""

    platform: ClassVar[str] = "model"

    def __init__(self, world: World) -> None:
        self.limits = world.limits
        self._world = world
        self._tape: Sequence[tuple[Any, ...]] = ()
        self._heard = 0
        self._account = Account(id="model", platform="model")
        self._credential = Credential(platform="model", kind=CredentialKind.OTHER, secrets={})
        self._dispatcher = world.dispatcher(
            adapter=lambda _: self,
            account=lambda _: self._account,
            vault=self,  # type: ignore[arg-type]  # answers the one question that the dispatcher has
            refresher=self,  # type: ignore[arg-type]  # as for the vault
            store=self,  # type: ignore[arg-type]  # one object plays the row, the clock and the network
            clock=self,
            bounds=world.bounds,
            sleep=lambda _: None,
        )

    def request(self, running: Running) -> tuple[Any, ...]:
        """Play a call again, and give what it asks for next; `("done",)` at its end."""
        self._tape, self._heard = running.answers, 0
        try:
            self._dispatcher.deliver(str(running.delivery))
        except Asks as asks:
            return asks.request
        return ("done",)

    def _ask(self, *request: Any) -> tuple[Any, ...]:
        if self._heard == len(self._tape):
            raise Asks(*request)
        self._heard += 1
        return self._tape[self._heard - 1]

    # The store
    def get(self, key: Any) -> Any:
        """Give the row of a delivery, or an account's credential."""
        if isinstance(key, Account):
            return self._credential
        answer = self._ask("get", int(key))
        return opened(int(key), answer[1])

    def fresh(self, account: Account, adapter: object) -> Credential:
        """Give an account's credential, which is always fresh."""
        del account, adapter
        return self._credential

    def replace(self, old: Delivery, new: Delivery, record: Record) -> bool:
        """Ask whether the row was replaced."""
        del record
        return bool(self._ask("replace", int(old.id), closed(old), closed(new))[1])

    def facts(self, kind: str) -> Sequence[Fact]:
        """Give the hold, where there is one."""
        assert kind == HOLD.fact.kind, "the dispatcher looks at holds alone"
        return [HOLD.fact] if self._world.holds and self._ask("facts")[1] else []

    # The clock
    def now(self) -> datetime:
        """Give what the clock shows."""
        # The time that goes on a record decides nothing.
        if sys._getframe(1).f_code.co_name == "_kept":  # noqa: SLF001 -- tells one reading of the clock from another
            return ORIGIN
        return moment(self._ask("now")[1])

    def elapsed(self) -> float:
        """Give what the clock that nobody sets shows."""
        return float(self._ask("elapsed")[1])

    def of_account(self, account: str, *, since: datetime) -> Sequence[Delivery]:
        """Give nothing: in the model each delivery has an account of its own."""
        del account, since
        return ()

    # The network
    def prepare(self, draft: Draft, account: Account) -> Rendition:
        """Nothing is prepared in the model."""
        raise NotImplementedError

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        """Nothing is deleted in the model."""
        raise NotImplementedError

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        """Answer as the network does."""
        del credential
        delivery = int(rendition.account)
        return self._heard_receipt(self._ask("publish", delivery), delivery)

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        """Answer with what the list shows."""
        del credential, apart_from
        delivery = int(rendition.account)
        answer = self._ask("find", delivery, ticks(since))
        return None if answer[1] == "absent" else self._heard_receipt(answer, delivery)

    def _heard_receipt(self, answer: tuple[Any, ...], delivery: int) -> Receipt:
        said = self._world.says.get(answer[1], answer[1])
        if said == "receipt":
            return receipt(delivery)
        raise outcome(said, answer[2])


class UploadingPorts(Ports):
    """The same, where files go up first."""

    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        """Answer as the network does; files that are up stay up."""
        del credential
        if rendition.uploads:
            return rendition
        answer = self._ask("upload", int(rendition.account))
        if answer[1] == "receipt":
            return attrs.evolve(rendition, uploads=(Upload(digest="d", id="u", ready_after=moment(answer[2])),))
        raise outcome(answer[1], answer[2])
