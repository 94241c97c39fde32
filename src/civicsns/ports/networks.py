"""Networks: what every adapter can do, and what some can do besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from civicsns.model import (
        Account,
        AuthorizationRequest,
        Credential,
        DiscoveredAccount,
        Draft,
        Handoff,
        Limits,
        Mention,
        Metrics,
        PostRef,
        Profile,
        Receipt,
        Rendition,
        TokenStatus,
    )
    from civicsns.ports.clock import Clock


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

    def find(
        self, rendition: Rendition, credential: Credential, *, since: datetime, apart_from: Collection[str] = ()
    ) -> Receipt | None:
        """
        Look on the network for what *rendition* would have become, published after *since*.

        Args:
            rendition: What was to be published.
            credential: The account's.
            since: Only posts after that.
            apart_from: Ids of posts that other deliveries have become: the same words may be wanted twice.

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
class ReadsAgenda(Protocol):
    """What the network is to publish by itself at a later time can be read."""

    def scheduled(self, account: Account, credential: Credential) -> Sequence[Receipt]:
        """
        List what is to be published later under *account*, whoever has scheduled it, by whichever app.

        Raises:
            Outcome: Never `OutcomeUnknown`.
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
class ReadsProfiles(Protocol):
    """What citizens see of the account itself can be read, by the account's own token."""

    def profile(self, credential: Credential) -> Profile:
        """
        Read the account's profile: names, what it says of itself, where its links lead, whether everybody sees it.

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


@runtime_checkable
class AsksScopes(Protocol):
    """The network's sign-in asks for scopes, and a token with fewer is found out."""

    @property
    def asked_scopes(self) -> frozenset[str]:
        """What a sign-in asks for, by the network's own names."""
        ...
