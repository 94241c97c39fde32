"""
The shapes that the outside must have: networks, rules, store, vault, engine, clock.

Anything with these methods fits; nothing needs to inherit.
Adapters and rules are found by entry points (`civicsns.adapters`, `civicsns.rules`) and enabled by configuration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from threading import Event

    from civicsns.language import Bilingual
    from civicsns.model import (
        Account,
        AuthorizationRequest,
        Context,
        Credential,
        Delivery,
        DiscoveredAccount,
        Draft,
        Fact,
        Finding,
        Handoff,
        Limits,
        Marks,
        Mention,
        Metrics,
        PostRef,
        Profile,
        Question,
        Receipt,
        Record,
        Rendition,
        Skipped,
        TokenStatus,
    )
    from civicsns.records.chain import Entry, Sealed, Tip


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Give the time of day, in UTC."""
        ...

    def elapsed(self) -> float:
        """Give seconds on a clock that nobody sets and that counts suspend, where the system has one."""
        ...


@runtime_checkable
class Adapter(Protocol):
    """
    One network.

    Attributes:
        platform: Its name, as in `Account.platform`.
        limits: What it can carry.
    """

    platform: ClassVar[str]

    @property
    def limits(self) -> Limits:
        """What the network can carry."""
        ...

    def prepare(self, draft: Draft, account: Account) -> Rendition:
        """
        Make what goes to the network; pure, nothing is sent.

        Raises:
            BadInput: If a part of the draft is wrong (`TextTooLong` for its length).
            Unsupported: If the network cannot carry a part of it.
        """
        ...

    def publish(self, rendition: Rendition, credential: Credential) -> Receipt:
        """
        Publish it, in one attempt.

        Where the network recognises a repeated request (`Idempotency.KEY`), `rendition.key` is what it goes by.

        Raises:
            Outcome: One of the six outcomes, and nothing else.
        """
        ...

    def find(self, rendition: Rendition, credential: Credential, *, since: datetime) -> Receipt | None:
        """
        Look on the network for what *rendition* would have become, published after *since*.

        Returns:
            The post; None where it is not listed. What None proves, `limits.read_back` says.

        Raises:
            Outcome: If the network could not be read; never `OutcomeUnknown`.
        """
        ...

    def delete(self, receipt: Receipt, credential: Credential) -> None:
        """
        Delete a post, and confirm that it is gone. A post that is gone already is a success.

        Raises:
            Outcome: One of the six; `OutcomeUnknown` where the network did not confirm.
        """
        ...


class Configurable(Protocol):
    """What an entry point of the group `civicsns.adapters` names."""

    @classmethod
    def configure(cls, settings: Mapping[str, Any], *, place: str, clock: Clock) -> Self:
        """
        Make the adapter from its table in `civicsns.toml`.

        Args:
            settings: The table, without the key `adapter`.
            place: Where the table stands, for messages.
            clock: Where the time comes from.

        Raises:
            ConfigurationError: If a key is unknown, missing or wrong.
        """
        ...


@runtime_checkable
class Uploads(Protocol):
    """Files go up before the post is made; that publishes nothing and is safe to repeat."""

    def upload(self, rendition: Rendition, credential: Credential) -> Rendition:
        """
        Give the rendition with `uploads` filled, for `publish` to use; the very same where all is up already.

        Raises:
            Outcome: Never `OutcomeUnknown`: whatever happens, nothing was published.
        """
        ...


@runtime_checkable
class HandsOff(Protocol):
    """Where no program may post, a person can be given all that it takes to post by hand."""

    def hand_off(self, draft: Draft, account: Account) -> Handoff:
        """
        Prepare *draft* for a person to share from *account*; pure, nothing is sent.

        Raises:
            BadInput: If a part of the draft is wrong.
        """
        ...


@runtime_checkable
class Edits(Protocol):
    """A published post can be changed."""

    def edit(self, receipt: Receipt, rendition: Rendition, credential: Credential) -> Receipt:
        """
        Replace the text of a post by that of *rendition*.

        Raises:
            Outcome: One of the six outcomes.
        """
        ...


@runtime_checkable
class ReadsMentions(Protocol):
    """Posts that name or answer the account can be read."""

    def mentions(self, account: Account, credential: Credential, *, since: datetime) -> Sequence[Mention]:
        """
        Read what others wrote to the account after *since*, oldest first.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        ...


@runtime_checkable
class ReadsMetrics(Protocol):
    """Figures can be read."""

    def metrics(self, account: Account, credential: Credential, posts: Sequence[PostRef]) -> Sequence[Metrics]:
        """
        Read the figures of *posts*, or of the account itself where *posts* is empty.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        ...


@runtime_checkable
class Enrols(Protocol):
    """A person can connect an account by signing in at the network."""

    def begin(self, redirect_uri: str) -> AuthorizationRequest:
        """
        Begin a sign-in.

        Raises:
            Outcome: If the network could not be reached or refused the app.
        """
        ...

    def complete(self, request: AuthorizationRequest, callback_url: str) -> Credential:
        """
        End a sign-in with the address that the network sent the person back to.

        Raises:
            BadInput: If `state` does not match: the answer belongs to another sign-in.
            Outcome: If the network refused.
        """
        ...

    def refresh(self, credential: Credential) -> Credential:
        """
        Exchange a credential for a fresh one. A single-use refresh token is spent by this, whatever follows.

        Raises:
            Outcome: `AuthorizationLost` where the account must be enrolled again; `OutcomeUnknown` where the
                network may have spent the token without our seeing the new one.
        """
        ...

    def revoke(self, credential: Credential) -> None:
        """
        Make the network forget the token. One that is dead already is a success.

        Raises:
            Unsupported: Where the network offers no way; the message says what a person must do.
            Outcome: If it could not be confirmed.
        """
        ...

    def whoami(self, credential: Credential) -> Profile:
        """
        Ask the network whom the token speaks for.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        ...


@runtime_checkable
class InspectsTokens(Protocol):
    """The network tells what a token may do and when it ends."""

    def inspect(self, credential: Credential) -> TokenStatus:
        """
        Inspect a token.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        ...


@runtime_checkable
class DiscoversAccounts(Protocol):
    """One sign-in opens several accounts, as a person's opens Pages."""

    def discover(self, credential: Credential) -> Sequence[DiscoveredAccount]:
        """
        List the accounts under which the person may post.

        Raises:
            Outcome: Never `OutcomeUnknown`.
        """
        ...


class Rule(Protocol):
    """One conduct rule."""

    @property
    def code(self) -> str:
        """Its code, such as `ACC001`; never used again for another rule."""
        ...

    @property
    def title(self) -> Bilingual:
        """What it is about, in a few words."""
        ...

    def check(self, draft: Draft, context: Context) -> Iterable[Finding | Question | Skipped]:
        """Find what is wrong with *draft*; rules read facts, they do not fetch."""
        ...


class Store(Protocol):
    """Where deliveries, records and facts are kept."""

    def add(self, deliveries: Sequence[Delivery], records: Sequence[Record], marks: Marks | None = None) -> None:
        """
        Keep new deliveries and records, all or none.

        Args:
            deliveries: The deliveries.
            records: The records.
            marks: By what `alike` finds them later.

        Raises:
            ValueError: If a delivery of that id is there already.
            StoreError: If the store is out of order; nothing was kept.
        """
        ...

    def get(self, delivery_id: str) -> Delivery:
        """
        Read one delivery.

        Raises:
            KeyError: If there is none of that id.
            StoreError: If the store is out of order.
        """
        ...

    def replace(self, old: Delivery, new: Delivery, record: Record) -> bool:
        """
        Put *new* in the place of *old* and keep *record*, unless *old* is no longer what is stored.

        Raises:
            KeyError: If there is none of that id.
            ValueError: If *new* is not the next version of *old*.
            StoreError: If the store is out of order; nothing was kept.
        """
        ...

    def due(self, now: datetime, *, limit: int | None = None, platform: str | None = None) -> Sequence[Delivery]:
        """
        List the deliveries with a step that is due, *limit* of them at most, in an order that is fair.

        Emergencies come before routine posts. In each lane every account has its turn: first the longest overdue of
        each, then the second of each, and so on; in a turn the longest overdue comes first, and what is due at the
        same time in the order in which it was added. So the backlog of one account, or of one network, keeps nobody
        else's post from the first rows, however long it is; nor does it make the call slower.

        A part of a thread is not due before the part that it answers has ended: what waits for a person behind it
        would fill the list for nothing.

        Args:
            now: The time.
            limit: The most to list; None for all.
            platform: Only those of this network; None for all.
        """
        ...

    def of_draft(self, draft: str) -> Sequence[Delivery]:
        """List the deliveries of the draft with that digest, in the order in which they were added."""
        ...

    def failed(self, *, limit: int) -> Sequence[Delivery]:
        """List what has failed, what was added last first, *limit* of them at most."""
        ...

    def waiting(self) -> Sequence[Delivery]:
        """List what waits for a person, oldest first: unknown with no next step, or held."""
        ...

    def alike(
        self, platform: str, marks: Collection[int], *, since: datetime, apart_from: Collection[str], limit: int
    ) -> Sequence[Delivery]:
        """
        List deliveries of other accounts that share a mark, those that share most first, the newest of those first.

        Args:
            platform: On which network.
            marks: The marks of a text.
            since: Only what was added since then.
            apart_from: Ids of accounts whose deliveries are left out.
            limit: The most to list.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

    def records(self, subject: str) -> Sequence[Record]:
        """List the records about *subject*, oldest first; those that were destroyed lawfully are not among them."""
        ...

    def facts(self, kind: str) -> Sequence[Fact]:
        """
        List what holds of that kind, in the order of the keys.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

    def put(self, old: Fact | None, new: Fact | None, records: Sequence[Record] = ()) -> bool:
        """
        Put the fact *new* in the place of *old* and keep *records*, unless *old* is no longer what is stored.

        Args:
            old: The fact as it was read; None where there is none.
            new: What holds from now on; None where nothing does.
            records: What is to stand on record about it.

        Raises:
            ValueError: If *new* is not what follows *old*, or both are None.
            StoreError: If the store is out of order; nothing was kept.
        """
        ...


@runtime_checkable
class Archive(Protocol):
    """
    A store that chains its records: each has been appended when the call that kept it returns.

    `civicsns.records.chain` says how, and `civicsns.testing.archive_contract` holds a store to it.
    """

    def tip(self) -> Tip:
        """Tell where the chain stands."""
        ...

    def chain(self, *, after: int = 0) -> Iterator[tuple[Entry, Sealed | None]]:
        """
        Read the chain from the entry that follows *after* on, as it stands at one moment; None for a body destroyed.

        Raises:
            StoreError: If the store is out of order, or an entry cannot be read.
        """
        ...

    def destroy(self, seqs: Collection[int], destroyed: Record) -> None:
        """
        Take away the bodies of the entries *seqs* and keep the record *destroyed* of that, both or neither.

        Raises:
            ValueError: If one of them has no body, or is itself the record of a destruction.
            StoreError: If the store is out of order; nothing was destroyed.
        """
        ...

    def about(self, subject: str) -> Sequence[tuple[Entry, Record]]:
        """List the records about *subject* whose bodies were not destroyed, with their entries, oldest first."""
        ...


@runtime_checkable
class Tidies(Protocol):
    """A store that keeps files apart from the deliveries that need them, and can let go of them."""

    def collect(self, before: datetime) -> int:
        """
        Let go of the files that no delivery needs which is under way, or has ended at *before* or later.

        Returns:
            How many files there are less.

        Raises:
            StoreError: If the store is out of order; what was let go until then is gone.
        """
        ...


@runtime_checkable
class Restorable(Protocol):
    """A store that may come back from an older backup; `civicsns.epoch` notices it by these."""

    @property
    def connections(self) -> int:
        """How many connections were made; behind a new one there may be another database."""
        ...

    def newest(self) -> tuple[int, datetime | None]:
        """
        Give the number of the newest record, which only ever grows, and its time; 0 and None where there is none.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

    def intents(self, ids: Sequence[str]) -> Mapping[str, tuple[int, datetime | None]]:
        """
        Give the version of each delivery, and when its last attempt was begun; what is not there is left out.

        Raises:
            StoreError: If the store is out of order.
        """
        ...

    def unended(self) -> Sequence[Delivery]:
        """
        List the deliveries that have not ended, oldest first.

        Raises:
            StoreError: If the store is out of order.
        """
        ...


class Vault(Protocol):
    """Where credentials are kept."""

    def get(self, account: Account) -> Credential:
        """
        Open the credential of *account*.

        Raises:
            AuthorizationLost: If there is none, or it was marked as lost.
        """
        ...

    def put(self, account: Account, credential: Credential) -> bool:
        """Keep *credential*, unless the stored one is of the same or a later generation."""
        ...


class Engine(Protocol):
    """
    What calls the ledger when a step is due; it may be late, repeat or lose, the ledger does not care.

    `civicsns.testing.engine_contract.EngineContract` proves that one keeps its promises.
    """

    def bind(self, drive: Callable[[str], datetime | None]) -> None:
        """
        Take the function that drives one delivery, by its id, one step, and says when the next is due.

        Where it says a time, the engine is to call it again at that time or later.
        """
        ...

    def wake(self, deliveries: Sequence[Delivery]) -> None:
        """
        See that each is driven at its `not_before` or later, at least once; one without is left alone.

        Called again for the same delivery, it may drive it again. What is in the lane EMERGENCY overtakes the rest.
        """
        ...


@runtime_checkable
class Runs(Engine, Protocol):
    """An engine whose work can be done in this process: what `civicsns dispatch --loop` does."""

    def run(self, stop: Event) -> None:
        """Do the engine's work until *stop* is set, and let what is under way come to its end."""
        ...


@runtime_checkable
class Sweeps(Engine, Protocol):
    """An engine with a timer of its own, on which it wakes what is overdue."""

    def sweeps(self, sweep: Callable[[], object]) -> None:
        """Take the function that wakes what is overdue, to be called about once a minute."""
        ...
