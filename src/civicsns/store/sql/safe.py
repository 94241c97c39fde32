"""Sealed credentials as rows."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import attrs
import sqlalchemy as sa

from civicsns.language import Bilingual
from civicsns.model import CredentialKind, Held, SealedCredential
from civicsns.store.sql import rows, tables
from civicsns.store.sql.exchanging import StaleError

if TYPE_CHECKING:
    from civicsns.store.sql.exchanging import Exchange

_COLUMNS: Final = "account, platform, kind, version, generation, revision, shown, key, envelope"
READ_ALL: Final = f"SELECT {_COLUMNS} FROM civicsns_credentials"  # noqa: S608 -- constants
READ: Final = f"{READ_ALL} WHERE account = {{}}"

_of: Final = tables.credentials.c
_STORED: Final = (
    (_of.account == sa.bindparam("old_account"))
    & (_of.version == sa.bindparam("old_version"))
    & (_of.revision == sa.bindparam("old_revision"))
    & (_of.envelope == sa.bindparam("old_envelope"))
)
_UPDATE: Final = sa.update(tables.credentials).where(_STORED)
_DELETE: Final = sa.delete(tables.credentials).where(_STORED)


def row(sealed: SealedCredential) -> dict[str, Any]:
    """
    Give the row of a sealed credential.

    Raises:
        BadInput: If a part cannot be kept.
    """
    held = sealed.held
    shown: dict[str, Any] = {"subject": held.subject, "scopes": sorted(held.scopes)}
    for name in ("expires_at", "issued_at", "begun_at"):
        moment: datetime | None = getattr(held, name)
        if moment is not None:
            shown[name] = moment.isoformat()
    if held.lost is not None:
        shown["lost"] = [held.lost.ja, held.lost.en]
    return {
        "account": rows.text(held.account, "account"),
        "platform": rows.text(held.platform, "platform"),
        "kind": held.kind.value,
        "version": held.version,
        "generation": held.generation,
        "revision": sealed.revision,
        "shown": json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"),
        "key": rows.text(sealed.key, "key"),
        "envelope": sealed.envelope,
    }


class Row(NamedTuple):
    """A row of a sealed credential."""

    account: str
    platform: str
    kind: str
    version: int
    generation: int
    revision: int
    shown: bytes
    key: str
    envelope: bytes


def read(row: Row) -> SealedCredential:
    """
    Read a row back.

    Raises:
        ValueError: If it is none.
        KeyError: If a part of it is missing.
        TypeError: If a part of it is something else.
    """
    said = json.loads(bytes(row.shown).decode("utf-8", "surrogatepass"))
    held = Held(
        account=row.account,
        platform=row.platform,
        kind=CredentialKind(row.kind),
        version=row.version,
        generation=row.generation,
        subject=said["subject"],
        scopes=said["scopes"],
        lost=Bilingual(*said["lost"]) if "lost" in said else None,
        **{
            name: datetime.fromisoformat(said[name]) for name in ("expires_at", "issued_at", "begun_at") if name in said
        },
    )
    return SealedCredential(held=held, key=row.key, envelope=bytes(row.envelope), revision=row.revision)


@attrs.frozen(kw_only=True)
class Reseal:
    """
    A sealed credential for another, and facts with it.

    Attributes:
        stored: The row that is stored; None where there is none.
        becomes: The row that takes its place; None where nothing does.
        exchange: The facts; None where there are none.
    """

    stored: dict[str, Any] | None
    becomes: dict[str, Any] | None
    exchange: Exchange | None

    def __call__(self, connection: sa.Connection, /) -> bool:
        """
        Do it; False where nothing was changed.

        Raises:
            StaleError: If the one could be changed, and the facts not.
        """
        if not self._taken(connection):
            return False
        if self.exchange is not None and not self.exchange(connection):
            raise StaleError
        return True

    def _taken(self, connection: sa.Connection) -> bool:
        if self.stored is None:
            assert self.becomes is not None, "whoever calls has refused that"
            insert = self._insert(connection).values(self.becomes).on_conflict_do_nothing()
            return bool(connection.execute(insert.returning(_of.account)).all())
        old = {f"old_{name}": self.stored[name] for name in ("account", "version", "revision", "envelope")}
        if self.becomes is None:
            return connection.execute(_DELETE, old).rowcount == 1
        return connection.execute(_UPDATE.values(self.becomes), old).rowcount == 1

    @staticmethod
    def _insert(connection: sa.Connection) -> Any:
        from sqlalchemy.dialects import postgresql, sqlite  # noqa: PLC0415 -- the one that is in use is loaded

        kind = postgresql if connection.dialect.name == "postgresql" else sqlite
        return kind.insert(tables.credentials)
