"""Sign-ins under way: bound to a link and a browser, good for one use, their secrets sealed."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import attrs

from civicsns.accounts.enrolment import digest
from civicsns.enrolment import sealing
from civicsns.model import Fact
from civicsns.model.moment import aware

if TYPE_CHECKING:
    from civicsns.model import AuthorizationRequest, Credential
    from civicsns.vault.sealer import Sealer

#: `Fact.kind` of a sign-in; the key is the digest of its `state`.
KIND: Final = "invitation.sign_in"
#: `Fact.kind` of who has a profile of a network; the key is the network and its id.
PROFILE: Final = "account.profile"
#: A person is back from the network by then, or begins again; X's own request token lives as long.
LIFE: Final = timedelta(minutes=15)
#: Whoever settles a sign-in is done by then, or has died.
SETTLED: Final = timedelta(minutes=2)
#: So long a network that does not answer is asked again whose tokens are, or to forget them.
TRIED: Final = timedelta(days=1)


class Step(StrEnum):
    """How far a sign-in has come; each step is kept before the next begins."""

    #: The person is at the network.
    BEGUN = "begun"
    #: The person is back, and the network is asked for the tokens.
    TAKEN = "taken"
    #: The tokens are here, sealed; whose they are is not known yet.
    GRANTED = "granted"
    #: The person says which of several accounts it is.
    CHOOSING = "choosing"
    #: They are the right ones; they go into the vault, and the account is connected.
    SEALING = "sealing"
    #: They are of no use, and the network is to forget them.
    REVOKING = "revoking"

    @property
    def granted(self) -> bool:
        """Whether the network's tokens are in it."""
        return self not in {Step.BEGUN, Step.TAKEN}


@attrs.frozen(kw_only=True)
class SignIn:
    """
    A sign-in under way.

    Attributes:
        key: The digest of its `state`.
        account: The id of the account that is connected by it.
        link: The digest of the link's token.
        session: The digest of the browser's session.
        step: How far it has come.
        at: Since when.
        network_id: The network's id of what is connected, from `Step.SEALING` on.
        handle: Its name there.
        sealed: The request, or the credential, sealed.
    """

    key: str
    account: str
    link: str
    session: str
    step: Step
    at: datetime = attrs.field(validator=aware)
    network_id: str = ""
    handle: str = ""
    sealed: bytes = attrs.field(repr=False)

    def lasts(self, now: datetime) -> bool:
        """Whether it may still go on."""
        return now < self.at + LIFE

    def fact(self, old: Fact | None = None) -> Fact:
        """The fact that stands for it, in the place of *old*."""
        value = {
            "account": self.account,
            "link": self.link,
            "session": self.session,
            "step": self.step.value,
            "at": self.at.isoformat(),
            "network_id": self.network_id,
            "handle": self.handle,
            "sealed": base64.b64encode(self.sealed).decode(),
        }
        return old.becomes(**value) if old is not None else Fact(kind=KIND, key=self.key, value=value)


def read(fact: Fact) -> SignIn:
    """Read a sign-in back."""
    value = fact.value
    return SignIn(
        key=fact.key,
        account=value["account"],
        link=value["link"],
        session=value["session"],
        step=Step(value["step"]),
        at=datetime.fromisoformat(value["at"]),
        network_id=value["network_id"],
        handle=value["handle"],
        sealed=base64.b64decode(value["sealed"]),
    )


def begin(
    request: AuthorizationRequest, *, account: str, link: str, session: str, sealer: Sealer, now: datetime
) -> SignIn:
    """Write down a sign-in that begins."""
    key = digest(request.state.reveal())
    return SignIn(
        key=key,
        account=account,
        link=link,
        session=digest(session),
        step=Step.BEGUN,
        at=now,
        sealed=sealer.seal(sealing.request_bytes(request), f"{KIND}:{key}:{Step.BEGUN}"),
    )


def with_credential(sign_in: SignIn, step: Step, credential: Credential, *, sealer: Sealer, now: datetime) -> SignIn:
    """Go on to *step*, with the tokens that the network has granted."""
    sealed = sealer.seal(sealing.credential_bytes(credential), _about(sign_in, step))
    return attrs.evolve(sign_in, step=step, at=now, sealed=sealed)


def request(sign_in: SignIn, sealer: Sealer) -> AuthorizationRequest:
    """
    Open what the sign-in began with.

    Raises:
        ShutForGood: If the seal was made with a key that is not there, or was changed.
        VaultError: If the key is out of reach just now.
        ConfigurationError: If a key is not where the settings say.
    """
    return sealing.request(_opened(sign_in, sealer, Step.BEGUN))


def credential(sign_in: SignIn, sealer: Sealer) -> Credential:
    """
    Open the tokens that the network has granted.

    Raises:
        ShutForGood: As `request`.
        VaultError: As `request`.
        ConfigurationError: As `request`.
    """
    return sealing.credential(open_(sign_in, sealer))


def open_(sign_in: SignIn, sealer: Sealer) -> bytes:
    """
    Open whatever a sign-in holds.

    Raises:
        ShutForGood: As `request`.
        VaultError: As `request`.
        ConfigurationError: As `request`.
    """
    return _opened(sign_in, sealer, sign_in.step)


def resealed(sign_in: SignIn, sealer: Sealer) -> SignIn:
    """
    Seal what a sign-in holds anew, with the key that wraps from now on; its step and its time stay.

    Raises:
        ShutForGood: As `request`.
        VaultError: As `request`.
        ConfigurationError: As `request`.
    """
    held = open_(sign_in, sealer)
    return attrs.evolve(sign_in, sealed=sealer.seal(held, _about(sign_in, sign_in.step)))


def wrapped_by(sign_in: SignIn, sealer: Sealer) -> str:
    """
    Name the key with which a sign-in is sealed.

    Raises:
        ShutForGood: If that cannot be read.
    """
    return sealer.key(sign_in.sealed, _about(sign_in, sign_in.step))


def _about(sign_in: SignIn, step: Step) -> str:
    return f"{KIND}:{sign_in.key}:{step}"


def _opened(sign_in: SignIn, sealer: Sealer, step: Step) -> bytes:
    return sealer.open(sign_in.sealed, _about(sign_in, step))
