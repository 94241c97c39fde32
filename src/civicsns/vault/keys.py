"""
The key that wraps the keys of envelopes: from a file, the environment, the system's keyring, or a KMS.

A key of ours is 32 random bytes, written in 43 characters of base64url. Its name is drawn from the key, so that what it
wrapped is recognised wherever the key is kept.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import stat
from typing import TYPE_CHECKING, Final, NoReturn

from civicsns.errors import BadInput, ConfigurationError, ShutForGood
from civicsns.language import Bilingual
from civicsns.model import Secret
from civicsns.vault.envelope import KEY, NONCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from civicsns.ports import KeyWrapper

#: Under which service the system's keyring keeps it.
SERVICE: Final = "civicsns"
_MADE_BY: Final = Bilingual(
    "civicsns vault init で作った鍵を指定してください。", "Name a key that civicsns vault init made."
)


class LocalKey:
    """
    A wrapping key that is in this process.

    Args:
        key: Its 32 bytes.

    Raises:
        ValueError: If it has another length.
    """

    __slots__ = ("_cipher", "id")

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- only a sealed vault needs it

        if len(key) != KEY:
            msg = f"a wrapping key has {KEY} bytes"
            raise ValueError(msg)
        self._cipher: AESGCM = AESGCM(key)
        #: Nothing of the key is in it: 64 bits of HMAC-SHA-256 under the key.
        self.id: str = hmac.digest(key, b"civicsns wrapping key", "sha256").hex()[:16]

    def __repr__(self) -> str:
        return f"LocalKey(id={self.id!r})"

    def __reduce__(self) -> NoReturn:
        msg = "a wrapping key is not copied"
        raise TypeError(msg)

    def wrap(self, key: bytes) -> bytes:
        """Wrap a key; its own name is bound to what it wraps."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, key, self.id.encode())

    def unwrap(self, wrapped: bytes) -> bytes:
        """
        Give back what was wrapped.

        Raises:
            ShutForGood: If this key did not wrap it, or it was changed since.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 -- only a sealed vault needs it

        try:
            return self._cipher.decrypt(wrapped[:NONCE], wrapped[NONCE:], self.id.encode())
        except (InvalidTag, ValueError):
            pass
        raise ShutForGood(
            Bilingual(
                f"この鍵（{self.id}）で包まれていないか、書き換えられています。",
                f"The key {self.id} did not wrap it, or it was changed since.",
            ),
            mend=Bilingual(
                "保管庫を書き換えた人がいないか調べ、アカウントを接続し直してください。",
                "Find out who changed the store, and connect the account again.",
            ),
            place="vault.key",
        )


class Keys:
    """
    The key that wraps from now on, and those that wrapped before; each is fetched when it is needed first.

    Args:
        current: Fetches the key.
        previous: Fetch the others.
    """

    def __init__(self, current: Callable[[], KeyWrapper], previous: Sequence[Callable[[], KeyWrapper]] = ()) -> None:
        self._fetch = current
        self._fetch_previous = previous
        self._current: KeyWrapper | None = None
        self._previous: list[KeyWrapper] | None = None

    def __repr__(self) -> str:
        return f"Keys({len(self._fetch_previous)} previous)"

    def __reduce__(self) -> NoReturn:
        msg = "a wrapping key is not copied"
        raise TypeError(msg)

    @property
    def current(self) -> KeyWrapper:
        """
        The key that wraps from now on.

        Raises:
            ConfigurationError: If it is not where the settings say, or is none.
            VaultError: If it is out of reach just now.
        """
        if self._current is None:
            self._current = self._fetch()
        return self._current

    @property
    def all(self) -> Sequence[KeyWrapper]:
        """All of them, the current one first."""
        if self._previous is None:
            self._previous = [fetch() for fetch in self._fetch_previous]
        return [self.current, *self._previous]

    def of(self, key_id: str, *, place: str) -> KeyWrapper:
        """
        Give the key of that name.

        Args:
            key_id: Its name.
            place: For whom, for errors.

        Raises:
            ShutForGood: If it is none of those that the settings name.
            ConfigurationError: If a key is not where the settings say.
        """
        if self.current.id == key_id:
            return self.current
        for key in self.all:
            if key.id == key_id:
                return key
        raise ShutForGood(
            Bilingual(
                f"封印に使った鍵（{key_id}）がありません。", f"The key that it was sealed with is not there ({key_id})."
            ),
            mend=Bilingual(
                "その鍵を設定の [vault] key か previous に加えてください。失われたのなら、アカウントを接続し直してください。",
                "Name it in [vault], as key or among previous. If it is lost, connect the account again.",
            ),
            place=place,
        )


def generate() -> Secret:
    """Make a new key, in the characters in which it is kept."""
    return Secret(base64.urlsafe_b64encode(os.urandom(KEY)).rstrip(b"=").decode())


def parse(text: Secret, *, place: str) -> LocalKey:
    """
    Read a key.

    Args:
        text: As `generate` wrote it.
        place: Where it is kept, for errors.

    Raises:
        ConfigurationError: If it is none. What it is instead is not shown.
    """
    written = text.reveal().strip()
    key = None
    try:
        key = base64.b64decode(f"{written}=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = None
    # Somebody who writes a key by hand writes one that can be guessed.
    if key is None or len(key) != KEY or len(set(key)) < 12:
        raise ConfigurationError(
            Bilingual("封印の鍵として読めません。", "It cannot be read as a wrapping key."), mend=_MADE_BY, place=place
        )
    return LocalKey(key)


def from_file(path: Path) -> LocalKey:
    """
    Read the key in a file that only its owner can read.

    Raises:
        ConfigurationError: If it cannot be read, may be read by others, or holds no key.
    """
    try:
        with path.open("rb") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise ConfigurationError(
                    Bilingual("封印の鍵を、他の人が読める状態です。", "Other users can read the wrapping key."),
                    mend=Bilingual(f"chmod 600 {path} を実行してください。", f"Run: chmod 600 {path}"),
                    place=str(path),
                )
            written = file.read(1000)
    except OSError as error:
        raise ConfigurationError(
            Bilingual(
                f"封印の鍵を読めません（{error.strerror}）。", f"The wrapping key cannot be read ({error.strerror})."
            ),
            mend=Bilingual(
                f"設定の [vault] が示すファイル {path} と、その権限を確かめてください。",
                f"Look at the file that [vault] in the settings names, {path}, and its permissions.",
            ),
            place=str(path),
        ) from error
    return parse(Secret(written.decode("ascii", "replace")), place=str(path))


def from_environment(name: str) -> LocalKey:
    """
    Read the key in an environment variable.

    Raises:
        ConfigurationError: If it is not set, or holds no key.
    """
    written = os.environ.get(name)
    if not written:
        raise ConfigurationError(
            Bilingual(f"環境変数 {name} が設定されていません。", f"The environment variable {name} is not set."),
            mend=_MADE_BY,
            place="vault.key",
        )
    return parse(Secret(written), place=f"vault.key: {name}")


def from_keyring(name: str) -> LocalKey:
    """
    Read the key in the system's keyring (extra `keyring`), service `civicsns`.

    Raises:
        ConfigurationError: If the extra is missing, there is no keyring, or no key of that name in it.
    """
    kept = _keyring("get_password", name)
    if not isinstance(kept, str) or not kept:
        raise ConfigurationError(
            Bilingual(
                f"システムのキーリングに {SERVICE} の「{name}」がありません。",
                f"The system's keyring has no {name!r} of {SERVICE}.",
            ),
            mend=_MADE_BY,
            place="vault.key",
        )
    return parse(Secret(kept), place=f"vault.key: {name}")


def write_file(path: Path, key: Secret) -> None:
    """
    Keep a new key in a file that only its owner can read.

    Raises:
        BadInput: If there is a file already. A key is never overwritten.
        OSError: If it cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput(
            Bilingual("すでにファイルがあります。", "The file is there already."),
            mend=Bilingual(
                "別の名前を指定してください。鍵は上書きしません。", "Give another name; keys are never overwritten."
            ),
            place=str(path),
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(key.reveal().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def write_keyring(name: str, key: Secret) -> None:
    """
    Keep a new key in the system's keyring (extra `keyring`).

    Raises:
        BadInput: If there is one of that name already.
        ConfigurationError: If the extra is missing, or there is no keyring.
    """
    if _keyring("get_password", name):
        raise BadInput(
            Bilingual("キーリングにすでにその名前の鍵があります。", "The keyring has a key of that name already."),
            mend=Bilingual(
                "別の名前を指定してください。鍵は上書きしません。", "Give another name; keys are never overwritten."
            ),
            place=name,
        )
    _keyring("set_password", name, key.reveal())


def _keyring(call: str, *values: str) -> object:
    try:
        import keyring  # noqa: PLC0415 -- an extra
        from keyring.errors import KeyringError  # noqa: PLC0415 -- same
    except ImportError as error:
        raise ConfigurationError(
            Bilingual("追加パッケージ keyring がありません。", "The package keyring is not installed."),
            mend=Bilingual(
                'pip install "civicsns[keyring]" を実行してください。', 'Run: pip install "civicsns[keyring]"'
            ),
            place="vault.key",
        ) from error
    try:
        return getattr(keyring, call)(SERVICE, *values)
    except KeyringError as error:
        failed = type(error).__name__
    # Not chained: what a keyring says may hold what it keeps.
    raise ConfigurationError(
        Bilingual(f"システムのキーリングが使えません（{failed}）。", f"The system's keyring does not work ({failed})."),
        mend=Bilingual(
            "キーリングを開くか、鍵をファイルか環境変数に置いてください。",
            "Unlock it, or keep the key in a file or the environment.",
        ),
        place="vault.key",
    )
