"""
Credentials in a JSON file that only its owner can read.

For the first steps with one's own accounts, on one's own machine: the tokens stand in it as they are.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
import threading
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicsns.clock import SystemClock
from civicsns.errors import AuthorizationLost, ConfigurationError, StoreError
from civicsns.language import Bilingual
from civicsns.model import Credential, CredentialKind, Held, Secret

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from civicsns.model import Account
    from civicsns.ports import Clock

_FIELDS = frozenset(
    {"platform", "kind", "subject", "scopes", "expires_at", "issued_at", "generation", "lost", "begun_at"}
)
#: How long to wait for another process that exchanges tokens of the same account, in seconds.
_PATIENCE = 10.0


class CredentialFile:
    """
    A vault in one file of mode 0600.

    ```json
    {
      "x:saga_hanako": {
        "platform": "x", "kind": "x-oauth1", "subject": "1234567890",
        "access_token": "…", "access_token_secret": "…"
      }
    }
    ```

    Args:
        path: The file. It need not exist before the first `put`.
        clock: Where the time comes from.
        patience: How long to wait for another process that exchanges tokens of the same account, in seconds.
    """

    def __init__(self, path: Path, *, clock: Clock | None = None, patience: float = _PATIENCE) -> None:
        self._path = path
        self._clock: Clock = clock or SystemClock()
        self._patience = patience
        self._lock = threading.Lock()

    def get(self, account: Account) -> Credential:
        """
        Read the credential of *account*.

        Raises:
            AuthorizationLost: If the file has none for it.
            ConfigurationError: If the file cannot be read, may be read by others, or is not as it should be.
        """
        with self._lock:
            entry = self._read().get(account.id)
        if entry is None:
            raise AuthorizationLost(
                Bilingual("このアカウントの認証情報がありません。", "There is no credential for this account."),
                mend=Bilingual(
                    f"アカウントを接続し、{self._path.name} に認証情報を入れてください。",
                    f"Connect the account, and put its credential into {self._path.name}.",
                ),
                place=account.id,
            )
        lost = self._lost(account.id, entry)
        if lost is not None:
            raise AuthorizationLost(
                lost,
                mend=Bilingual("アカウントを接続し直してください。", "Connect the account again."),
                place=account.id,
            )
        return self._credential(account.id, entry)

    def remains(self, account: Account) -> Credential | None:
        """
        Read the credential of *account*, whatever is known against it; None where there is none.

        Raises:
            ConfigurationError: If the file cannot be read, may be read by others, or is not as it should be.
        """
        with self._lock:
            entry = self._read().get(account.id)
        return None if entry is None else self._credential(account.id, entry)

    def put(self, account: Account, credential: Credential) -> bool:
        """Keep *credential*, unless the file has one that works, of the same or a later generation."""
        with self._lock, self._locked():
            entries = self._read()
            stored = entries.get(account.id)
            works = stored is not None and self._lost(account.id, stored) is None
            if stored and works and self._credential(account.id, stored).generation >= credential.generation:
                return False
            entries[account.id] = {
                "platform": credential.platform,
                "kind": credential.kind.value,
                "subject": credential.subject,
                "scopes": sorted(credential.scopes),
                "expires_at": credential.expires_at.isoformat() if credential.expires_at else None,
                **({"issued_at": credential.issued_at.isoformat()} if credential.issued_at else {}),
                "generation": credential.generation,
                **{name: secret.reveal() for name, secret in credential.secrets.items()},
            }
            self._write(entries)
            return True

    def destroy(self, account: Account) -> bool:
        """Let go of the credential of *account*; False if there was none."""
        with self._lock, self._locked():
            entries = self._read()
            if entries.pop(account.id, None) is None:
                return False
            self._write(entries)
            return True

    def held(self) -> Sequence[Held]:
        """
        List what is kept, by the accounts' ids; no secret is in it.

        Raises:
            ConfigurationError: If the file cannot be read, may be read by others, or is not as it should be.
        """
        with self._lock:
            entries = self._read()
        found: list[Held] = []
        for name, entry in sorted(entries.items()):
            credential = self._credential(name, entry)
            found.append(
                Held(
                    account=name,
                    platform=credential.platform,
                    kind=credential.kind,
                    generation=credential.generation,
                    subject=credential.subject,
                    scopes=credential.scopes,
                    expires_at=credential.expires_at,
                    issued_at=credential.issued_at,
                    lost=self._lost(name, entry),
                    begun_at=self._moment(entry, "begun_at"),
                )
            )
        return found

    def mark_lost(self, account: Account, reason: Bilingual, *, generation: int | None = None) -> bool:
        """Note that the credential of *account* no longer works, and why."""
        with self._lock, self._locked():
            entries = self._read()
            entry = entries.get(account.id)
            if entry is None or self._lost(account.id, entry) is not None:
                return False
            if generation not in {None, self._credential(account.id, entry).generation}:
                return False
            entry["lost"] = [reason.ja, reason.en]
            entry.pop("begun_at", None)
            self._write(entries)
            return True

    @contextlib.contextmanager
    def exclusively(self, account: Account) -> Generator[None]:
        """
        Keep everybody else from exchanging the tokens of *account*, in a `with` statement.

        Raises:
            StoreError: If somebody else is at it for too long.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415 -- only exchanging needs it

        digest = sha256(account.id.encode()).hexdigest()[:16]
        lock = FileLock(f"{self._path}.{digest}.lock", mode=0o600, timeout=self._patience, poll_interval=0.01)
        try:
            lock.acquire()
        except Timeout:
            raise StoreError(
                Bilingual(
                    "ほかの処理がこのアカウントのトークンを更新し続けています。",
                    "Somebody else has been exchanging the tokens of this account for too long.",
                ),
                mend=Bilingual("しばらくしてから、やり直してください。", "Try again in a while."),
                place=account.id,
            ) from None
        try:
            yield
        finally:
            lock.release()

    def begin(self, account: Account, credential: Credential) -> bool:
        """Write down that *credential* is about to be exchanged."""
        with self._lock, self._locked():
            entries = self._read()
            entry = entries.get(account.id)
            if entry is None or "begun_at" in entry:
                return False
            if self._credential(account.id, entry).generation != credential.generation:
                return False
            entry["begun_at"] = self._clock.now().isoformat()
            self._write(entries)
            return True

    def succeed(self, account: Account, credential: Credential, fresh: Credential) -> bool:
        """Keep *fresh*, which the network gave for *credential*, in its place."""
        # Its number alone would not do: an account that was given up and connected anew counts from the start.
        return self.remains(account) == credential and self.put(account, fresh)

    def settle(self, account: Account, credential: Credential) -> bool:
        """Take that mark away: *credential* was provably not exchanged."""
        with self._lock, self._locked():
            entries = self._read()
            entry = entries.get(account.id)
            if entry is None or entry.pop("begun_at", None) is None:
                return False
            if self._credential(account.id, entry).generation != credential.generation:
                return False
            self._write(entries)
            return True

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            with self._path.open(encoding="utf-8") as file:
                if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                    raise self._wrong(
                        Bilingual("他の人が読める状態です。", "Other users can read the file."),
                        Bilingual(f"chmod 600 {self._path} を実行してください。", f"Run: chmod 600 {self._path}"),
                    )
                entries = json.load(file)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            if isinstance(error, ConfigurationError):
                raise
            # Not chained: a JSON error carries the whole document, tokens and all.
            raise self._wrong(
                Bilingual("JSON として読めません。", "It cannot be read as JSON."),
                Bilingual(
                    "ファイルを直すか、退避して作り直してください。", "Mend it, or move it away and make it anew."
                ),
            ) from None
        if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
            raise self._wrong(
                Bilingual("アカウントごとの表になっていません。", "It is not a table by account."),
                Bilingual("説明書の例に合わせてください。", "Follow the example in the documentation."),
            )
        return entries

    def _credential(self, account_id: str, entry: dict[str, Any]) -> Credential:
        try:
            return Credential(
                platform=str(entry["platform"]),
                kind=CredentialKind(entry["kind"]),
                subject=str(entry.get("subject", "")),
                scopes=[str(scope) for scope in entry.get("scopes", ())],
                expires_at=self._moment(entry, "expires_at"),
                issued_at=self._moment(entry, "issued_at"),
                generation=int(entry.get("generation", 0)),
                secrets={name: Secret(str(value)) for name, value in entry.items() if name not in _FIELDS},
            )
        except (KeyError, TypeError, ValueError):
            raise self._wrong(
                Bilingual(
                    f"{account_id} の項目が正しくありません。", f"The entry {account_id} is not as it should be."
                ),
                Bilingual(
                    "platform・kind・expires_at（時間帯付き）を確かめてください。",
                    "Check platform, kind and expires_at (with its zone).",
                ),
            ) from None

    @staticmethod
    def _moment(entry: dict[str, Any], name: str) -> datetime | None:
        written = entry.get(name)
        return datetime.fromisoformat(written) if written else None

    def _lost(self, account_id: str, entry: dict[str, Any]) -> Bilingual | None:
        match entry.get("lost"):
            case None:
                return None
            case [str(ja), str(en)]:
                return Bilingual(ja, en)
            case _:
                raise self._wrong(
                    Bilingual(
                        f"{account_id} の項目が正しくありません。", f"The entry {account_id} is not as it should be."
                    ),
                    Bilingual("lost の行を除いてください。", "Take out the line with lost."),
                )

    def _wrong(self, what: Bilingual, mend: Bilingual) -> ConfigurationError:
        return ConfigurationError(what, mend=mend, place=str(self._path))

    def _write(self, entries: dict[str, dict[str, Any]]) -> None:
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(entries, file, ensure_ascii=False, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        """Keep other processes out between reading and writing."""
        from filelock import FileLock  # noqa: PLC0415 -- only writing needs it

        with FileLock(f"{self._path}.lock", mode=0o600):
            yield
