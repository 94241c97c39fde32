"""
Envelopes: data sealed with a key of its own, and that key wrapped by another.

AES-256-GCM (NIST SP 800-38D) does both. Each data key is for one credential. What the envelope is about is bound to it as
additional authenticated data: an envelope that was moved to another place, or changed in one bit, does not open.
A nonce of 96 random bits allows one wrapping key 2^32 envelopes (SP 800-38D, 8.3); a busy city makes some millions a year.
"""

from __future__ import annotations

import json
import os
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NoReturn

import attrs

from civicsns.errors import ShutForGood
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from civicsns.ports import KeyWrapper

#: The first byte of a packed envelope.
_FORMAT: Final = 1
#: What a data key and a nonce are long, in bytes.
KEY: Final = 32
NONCE: Final = 12


@attrs.frozen(repr=False)
class Envelope:
    """
    What lies in the store.

    Attributes:
        wrapped: The data key, wrapped.
        nonce: The nonce of the sealed data.
        sealed: The sealed data, with its tag.
    """

    wrapped: bytes
    nonce: bytes
    sealed: bytes

    @property
    def digest(self) -> str:
        """Name what is sealed, whatever wraps its key: 128 bits of SHA-256, in hexadecimal digits."""
        return sha256(self.nonce + self.sealed).hexdigest()[:32]

    def pack(self) -> bytes:
        """Give it as bytes: format, length of the wrapped key, wrapped key, nonce, sealed data."""
        return bytes([_FORMAT]) + len(self.wrapped).to_bytes(2, "big") + self.wrapped + self.nonce + self.sealed

    @classmethod
    def unpack(cls, packed: bytes, *, place: str) -> Envelope:
        """
        Read an envelope.

        Raises:
            ShutForGood: If it is none, or of a format that this program does not know.
        """
        length = int.from_bytes(packed[1:3], "big")
        nonce = 3 + length
        if not packed or packed[0] != _FORMAT or len(packed) < nonce + NONCE + 16:
            raise ShutForGood(
                Bilingual("封印の形式が読めません。", "It is no envelope of a format that this program knows."),
                mend=Bilingual(
                    "新しい版の civicsns で封印したものなら、その版で開いてください。そうでなければ、アカウントを接続し直してください。",
                    "If a later civicsns sealed it, open it with that; otherwise connect the account again.",
                ),
                place=place,
            )
        return cls(packed[3:nonce], packed[nonce : nonce + NONCE], packed[nonce + NONCE :])


def about(*parts: str) -> bytes:
    """Write down what an envelope is about, so that no two lists of parts look the same."""
    return json.dumps(["civicsns", _FORMAT, *parts], ensure_ascii=False, separators=(",", ":")).encode()


@attrs.frozen(repr=False)
class DataKey:
    """
    A new key, wrapped already: with it something can be sealed while the wrapping key is out of reach.

    Attributes:
        key: The key.
        wrapped: The same, wrapped.
        wrapper: The name of the key that wrapped it.
    """

    key: bytes
    wrapped: bytes
    wrapper: str

    @classmethod
    def by(cls, wrapper: KeyWrapper) -> DataKey:
        """
        Make one.

        Raises:
            VaultError: If it cannot be wrapped just now.
        """
        key = os.urandom(KEY)
        return cls(key, wrapper.wrap(key), wrapper.id)

    def __reduce__(self) -> NoReturn:
        msg = "a key is not copied"
        raise TypeError(msg)

    def seal(self, data: bytes, *, bound: bytes) -> Envelope:
        """
        Seal *data*.

        Args:
            data: What to seal.
            bound: What it is about; it opens for the same only.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- a vault in a file needs none

        nonce = os.urandom(NONCE)
        return Envelope(self.wrapped, nonce, AESGCM(self.key).encrypt(nonce, data, bound))


def seal(data: bytes, *, bound: bytes, wrapper: KeyWrapper) -> Envelope:
    """
    Seal *data* with a new key.

    Args:
        data: What to seal.
        bound: What it is about; it opens for the same only.
        wrapper: Wraps the new key.

    Raises:
        VaultError: If the key cannot be wrapped just now.
    """
    return DataKey.by(wrapper).seal(data, bound=bound)


def open_(envelope: Envelope, *, bound: bytes, wrapper: KeyWrapper, place: str) -> bytes:
    """
    Open an envelope.

    Args:
        envelope: The envelope.
        bound: What it must be about.
        wrapper: What wrapped its key.
        place: Whose it is, for errors.

    Raises:
        ShutForGood: If it is about something else, or was changed.
        VaultError: If the key cannot be unwrapped.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 -- as above
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- as above

    key = wrapper.unwrap(envelope.wrapped)
    try:
        return AESGCM(key).decrypt(envelope.nonce, envelope.sealed, bound)
    except (InvalidTag, ValueError):
        pass
    raise ShutForGood(
        Bilingual(
            "封印が開きません。別のプログラム、アカウント、媒体、種類、版のために封印されたか、書き換えられています。",
            "The envelope does not open: it was sealed for another programme, account, platform, kind or version, or it"
            " was changed.",
        ),
        mend=Bilingual(
            "プログラムの名前を変えたのなら、設定の [vault] programme に前の名前を書いてください。そうでなければ、"
            "保管庫を書き換えた人がいないか調べ、アカウントを接続し直してください。",
            "If the programme was renamed, give its former name as [vault] programme. Otherwise find out who changed the"
            " store, and connect the account again.",
        ),
        place=place,
    )


def rewrap(envelope: Envelope, *, old: KeyWrapper, new: KeyWrapper) -> Envelope:
    """
    Wrap the key of an envelope by another key; what is sealed stays as it is.

    Raises:
        VaultError: If one of them does not work.
    """
    return attrs.evolve(envelope, wrapped=new.wrap(old.unwrap(envelope.wrapped)))


def parts(values: Sequence[str]) -> str:
    """Write a list of texts as one, so that no two lists look the same."""
    return json.dumps(sorted(values), ensure_ascii=False, separators=(",", ":"))
