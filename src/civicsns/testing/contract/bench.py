"""What the contract kit needs to know of an adapter and its practice network."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

import attrs

from civicsns.model import Credential, Draft, Media, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from civicsns.model import Account, AuthorizationRequest
    from civicsns.ports import Adapter
    from civicsns.testing.contract.operations import Operation
    from civicsns.testing.sandbox.server import PracticeNetwork


@attrs.frozen(kw_only=True)
class Held:
    """
    A post that the practice network holds.

    Attributes:
        id: The network's id, as in `Receipt.post_id`.
        text: Its text.
        alt_texts: The alt text of each picture, in order; empty strings where there is none.
        answers: The id of the post that it answers; empty where it answers none.
        scheduled_for: When the network will publish it; None where it is public.
    """

    id: str
    text: str
    alt_texts: tuple[str, ...] = ()
    answers: str = ""
    scheduled_for: datetime | None = None


def _square() -> bytes:
    """Draw a grey square of 16 × 16 pixels as PNG (W3C PNG specification, third edition)."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    side = 16
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = b"".join(b"\x00" + b"\x80" * side for _ in range(side))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


ALT_TEXT: Final = "灰色の正方形"
#: A real picture, small enough for any network.
PICTURE: Final = Media(content=_square(), media_type="image/png", alt_text=ALT_TEXT, name="square.png")


def _same(value: Mapping[Operation, Credential]) -> dict[Operation, Credential]:
    return dict(value)


def spoil(credential: Credential) -> Credential:
    """Give *credential* with tokens of the same length and look that no network has given out."""
    return attrs.evolve(credential, secrets={name: Secret(_spoilt(one)) for name, one in credential.secrets.items()})


def _spoilt(secret: Secret) -> str:
    # The end is what no network reads a meaning into; the beginning often names the user.
    value = secret.reveal()
    return value[:-4] + "".join("a" if character != "a" else "b" for character in value[-4:])


@attrs.frozen(kw_only=True)
class ContractBench:
    """
    One adapter on one practice network, fresh for each test.

    Attributes:
        adapter: The adapter, pointed at the practice network, with timeouts of about two seconds.
        hasty: The same with timeouts of a fraction of a second, for the calls that get no answer; a fault that is
            not noticed within its time shows as a wrong outcome or as a test that takes minutes.
        account: The account that it posts under; `network_id` filled.
        credential: The token that posts under it.
        network: The practice network, started: faults are ordered from it, its calls are counted, it is stopped.
        held: Gives the posts that the network holds for the account, scheduled ones with them.
        by_another: Makes a post of the given text that is not ours: by another author, or by hand or by another app
            under the same account, whichever is closest to ours that the network lets the adapter tell apart.
        pass_time: Lets the given number of seconds pass for adapter and network alike.
        now: The time of both.
        mention: Makes somebody else write the given text to the account; for `ReadsMentions`.
        sign_in: Signs in as the person who owns the account, and gives the address that the network sends the
            person back to; for `Enrols`.
        redirect_uri: The address that is given to `Enrols.begin`.
        credentials: The token for an operation that takes another than `credential`.
        wrong: Makes a token of the same kind that the network does not know.
        secrets: Secrets beside the tokens that must never be seen: app secrets, passwords.
        picture: A picture that the network takes.
    """

    adapter: Adapter
    hasty: Adapter
    account: Account
    credential: Credential
    network: PracticeNetwork
    held: Callable[[], Sequence[Held]]
    by_another: Callable[[str], object]
    pass_time: Callable[[float], object]
    now: Callable[[], datetime]
    mention: Callable[[str], object] | None = None
    sign_in: Callable[[AuthorizationRequest], str] | None = None
    redirect_uri: str = "http://127.0.0.1:8400/callback"
    credentials: Mapping[Operation, Credential] = attrs.field(factory=dict, converter=_same)
    wrong: Callable[[Credential], Credential] = spoil
    secrets: tuple[str, ...] = attrs.field(default=(), repr=False)
    picture: Media = PICTURE

    def credential_for(self, operation: Operation) -> Credential:
        """Give the token for *operation*."""
        return self.credentials.get(operation, self.credential)

    @property
    def planted(self) -> frozenset[str]:
        """Every string that must never be seen."""
        credentials = (self.credential, *self.credentials.values())
        tokens = [
            secret.reveal()
            for credential in credentials
            for one in (credential, self.wrong(credential))
            for secret in one.secrets.values()
        ]
        return frozenset(secret for secret in (*tokens, *self.secrets) if secret)

    def cite(self, text: str) -> None:
        """Make somebody else write *text* to the account."""
        assert self.mention is not None, "An adapter with `ReadsMentions` needs `ContractBench.mention`."
        self.mention(text)

    def signed_in(self, request: AuthorizationRequest) -> str:
        """Sign in as the account's owner, and give the address that the network sends the person back to."""
        assert self.sign_in is not None, "An adapter with `Enrols` needs `ContractBench.sign_in`."
        return self.sign_in(request)

    def draft(self, text: str, **parts: Any) -> Draft:
        """Make a draft for the account that says *text*."""
        return Draft(author="000001", text=text, accounts=(self.account.id,), **parts)
