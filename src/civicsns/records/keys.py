"""
The keys that checkpoints are signed with: Ed25519 (RFC 8032) in PEM files.

The private key signs on the city's machine. The public key goes to whoever keeps checkpoints or verifies an export.
"""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from civicsns.errors import BadInput, ConfigurationError
from civicsns.language import Bilingual

if TYPE_CHECKING:
    from typing import BinaryIO

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

#: The signature type of Ed25519 in the signed-note format of C2SP.
_ED25519 = b"\x01"
_MADE_BY = Bilingual(
    "civicsns audit keygen で作った鍵を指定してください。", "Name a key that civicsns audit keygen made."
)


@attrs.frozen
class PublicKey:
    """
    What verifies a signature.

    Attributes:
        raw: Its 32 bytes (RFC 8032).
    """

    raw: bytes = attrs.field(repr=bytes.hex)

    @classmethod
    def load(cls, path: Path) -> PublicKey:
        """
        Read the public key in a PEM file.

        Raises:
            ConfigurationError: If the file cannot be read, or holds no Ed25519 public key.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 -- only checkpoints need it
            Ed25519PublicKey,
        )
        from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 -- same

        try:
            key = load_pem_public_key(path.read_bytes())
        except (OSError, ValueError):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise ConfigurationError(
                Bilingual("Ed25519 の公開鍵として読めません。", "It cannot be read as an Ed25519 public key."),
                mend=_MADE_BY,
                place=str(path),
            )
        return cls(key.public_bytes_raw())

    def id(self, name: str) -> bytes:
        """Give the four bytes that name this key in a signature under *name* (C2SP signed-note, "Signatures")."""
        return sha256(name.encode() + b"\n" + _ED25519 + self.raw).digest()[:4]

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Tell whether *signature* is one over *text* by this key."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 -- only checkpoints need it
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 -- same
            Ed25519PublicKey,
        )

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """What signs. Never shown, never written but to its own file."""

    __slots__ = ("_key",)

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def load(cls, path: Path) -> SigningKey:
        """
        Read the private key in a PEM file.

        Raises:
            ConfigurationError: If the file cannot be read, may be read by others, or holds no Ed25519 private key.
        """
        try:
            with path.open("rb") as file:
                _require_private(file, path)
                pem = file.read()
        except OSError:
            pem = b""
        return cls.parse(pem, place=str(path))

    @classmethod
    def parse(cls, pem: bytes, *, place: str) -> SigningKey:
        """
        Read a private key in PEM.

        Args:
            pem: Its bytes.
            place: Where they come from, for errors.

        Raises:
            ConfigurationError: If it is no Ed25519 private key.
        """
        from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 -- only checkpoints need it
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 -- same
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 -- same

        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigurationError(
                Bilingual("Ed25519 の秘密鍵として読めません。", "It cannot be read as an Ed25519 private key."),
                mend=_MADE_BY,
                place=place,
            )
        return cls(key)

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this one signs."""
        return PublicKey(self._key.public_key().public_bytes_raw())

    def sign(self, text: bytes) -> bytes:
        """Sign *text*; the same text gives the same 64 bytes."""
        return self._key.sign(text)

    def __repr__(self) -> str:
        return "SigningKey(…)"

    def __reduce__(self) -> tuple[object, ...]:
        msg = "a signing key is not copied"
        raise TypeError(msg)


def _require_private(file: BinaryIO, path: Path) -> None:
    if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
        raise ConfigurationError(
            Bilingual("他の人が読める状態です。", "Other users can read the file."),
            mend=Bilingual(f"chmod 600 {path} を実行してください。", f"Run: chmod 600 {path}"),
            place=str(path),
        )


def generate(path: Path) -> SigningKey:
    """
    Make a pair of keys: the private one in *path*, which only its owner can read, the public one in *path* + `.pub`.

    Raises:
        BadInput: If one of the files is there already. A key is never overwritten.
        OSError: If the files cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 -- only checkpoints need it
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 -- same
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    public = Path(f"{path}.pub")
    key = Ed25519PrivateKey.generate()
    files = (
        (public, 0o644, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
        (path, 0o600, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())),
    )
    for name, _, _ in files:
        if os.path.lexists(name):
            raise BadInput(
                Bilingual("すでにファイルがあります。", "The file is there already."),
                mend=Bilingual(
                    "別の名前を指定してください。鍵は上書きしません。", "Give another name; keys are never overwritten."
                ),
                place=str(name),
            )
    for name, mode, pem in files:
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    return SigningKey(key)
