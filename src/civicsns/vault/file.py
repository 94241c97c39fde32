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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from civicsns.errors import AuthorizationLost, ConfigurationError
from civicsns.language import Bilingual
from civicsns.model import Credential, CredentialKind, Secret

if TYPE_CHECKING:
    from collections.abc import Generator

    from civicsns.model import Account

_FIELDS = frozenset({"platform", "kind", "subject", "scopes", "expires_at", "generation"})


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
    """

    def __init__(self, path: Path) -> None:
        self._path = path
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
        return self._credential(account.id, entry)

    def put(self, account: Account, credential: Credential) -> bool:
        """Keep *credential*, unless the file has one of the same or a later generation."""
        with self._lock, self._locked():
            entries = self._read()
            stored = entries.get(account.id)
            if stored is not None and self._credential(account.id, stored).generation >= credential.generation:
                return False
            entries[account.id] = {
                "platform": credential.platform,
                "kind": credential.kind.value,
                "subject": credential.subject,
                "scopes": sorted(credential.scopes),
                "expires_at": credential.expires_at.isoformat() if credential.expires_at else None,
                "generation": credential.generation,
                **{name: secret.reveal() for name, secret in credential.secrets.items()},
            }
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
            expires_at = entry.get("expires_at")
            return Credential(
                platform=str(entry["platform"]),
                kind=CredentialKind(entry["kind"]),
                subject=str(entry.get("subject", "")),
                scopes=[str(scope) for scope in entry.get("scopes", ())],
                expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
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
