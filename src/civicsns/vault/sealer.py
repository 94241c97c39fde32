"""Sealing what must not lie open for a while, such as a sign-in that is under way, with the vault's keys."""

from __future__ import annotations

import os
from typing import NoReturn

from civicsns.errors import ShutForGood
from civicsns.language import Bilingual
from civicsns.vault import envelope
from civicsns.vault.envelope import KEY, Envelope
from civicsns.vault.keys import Keys, LocalKey


class Sealer:
    """
    Seals small data, wherever that is kept then.

    Args:
        keys: What wraps the keys of envelopes.
        programme: The programme's name; it is bound to every envelope.
        lasting: Whether the keys are there after this process, too.

    Attributes:
        lasting: Whether the keys are there after this process, too.
    """

    def __init__(self, keys: Keys, *, programme: str, lasting: bool = True) -> None:
        self._keys = keys
        self._programme = programme
        self.lasting = lasting

    def __repr__(self) -> str:
        return f"Sealer({self._programme!r})"

    def __reduce__(self) -> NoReturn:
        msg = "a sealer is not copied"
        raise TypeError(msg)

    def seal(self, data: bytes, about: str) -> bytes:
        """
        Seal *data*.

        Args:
            data: What to seal.
            about: What it is about; it opens for the same only.

        Raises:
            VaultError: If the key cannot be wrapped just now.
        """
        wrapper = self._keys.current
        made = envelope.seal(data, bound=self._bound(about, wrapper.id), wrapper=wrapper)
        name = wrapper.id.encode()
        return len(name).to_bytes(2, "big") + name + made.pack()

    def open(self, sealed: bytes, about: str) -> bytes:
        """
        Open what `seal` gave.

        Raises:
            ShutForGood: If it is about something else, was changed, or its key is not there.
            VaultError: If the key is out of reach just now.
            ConfigurationError: If a key is not where the settings say.
        """
        key = self.key(sealed, about)
        return envelope.open_(
            Envelope.unpack(sealed[2 + len(key.encode()) :], place=about),
            bound=self._bound(about, key),
            wrapper=self._keys.of(key, place=about),
            place=about,
        )

    def key(self, sealed: bytes, about: str) -> str:
        """
        Name the key that wraps the key of what `seal` gave.

        Raises:
            ShutForGood: If it cannot be read.
        """
        length = int.from_bytes(sealed[:2], "big")
        try:
            key = sealed[2 : 2 + length].decode()
        except UnicodeDecodeError:
            key = ""
        if not key:
            raise ShutForGood(
                Bilingual("封印の形式が読めません。", "It is no envelope of a format that this program knows."),
                mend=Bilingual("最初からやり直してください。", "Begin again."),
                place=about,
            )
        return key

    @property
    def current(self) -> str:
        """
        Name the key that wraps from now on.

        Raises:
            ConfigurationError: If it is not where the settings say, or is none.
            VaultError: If it is out of reach just now.
        """
        return self._keys.current.id

    def _bound(self, about: str, key: str) -> bytes:
        return envelope.about("data", self._programme, about, key)


def of_this_process(*, programme: str) -> Sealer:
    """Make a sealer whose key ends with this process, and so does whatever it has sealed."""
    key = LocalKey(os.urandom(KEY))
    return Sealer(Keys(lambda: key), programme=programme, lasting=False)
