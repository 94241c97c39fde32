"""The files of deliveries: kept once each, however many need them, and read again only when nobody holds them."""

from __future__ import annotations

import contextlib
import hashlib
import weakref
from datetime import UTC
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from civicsns.store.sql import faults, rows, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from civicsns.model import Delivery, Media
    from civicsns.store.sql.dialects import Dialect
    from civicsns.store.sql.writing import Writer

_MEDIA = sa.select(tables.media.c.digest)
#: So many files are let go in one transaction; each may have hundreds of megabytes.
_AT_ONCE = 20


class Content(Protocol):
    """Gives the bytes of a file by its SHA-256; None where it is not needed, and was let go."""

    def __call__(self, digest: str, /, *, needed: bool) -> bytes | None:
        """Give the bytes."""
        ...


class NotHeldError(LookupError):
    """A file has to be read from the database."""


class Files:
    """
    Pictures and films in the database.

    Args:
        dialect: What kind of database it is.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        # A file that somebody still holds is not read again; it is the same by its name.
        self._held: weakref.WeakValueDictionary[str, Media] = weakref.WeakValueDictionary()

    def attach(self, connection: sa.Connection, deliveries: Iterable[Delivery]) -> None:
        """Keep the files of *deliveries*, each file once."""
        wanted = [
            (delivery.id, medium)
            for delivery in deliveries
            for medium in delivery.rendition.media
            if not medium.stands_for
        ]
        if not wanted:
            return
        # In one order everywhere, so that two who keep the same files do not wait for each other in a circle.
        files = {medium.digest: medium.content for _, medium in wanted}
        missing = sorted(files.keys() - self._shared(connection, files))
        while missing:
            for digest in missing:
                row = {"digest": digest, "content": files[digest]}
                connection.execute(self._dialect.insert_missing(tables.media, [row]))
            # What somebody else has put there meanwhile, another one may just be taking away.
            missing = sorted(set(missing) - self._shared(connection, missing))
        links = [{"delivery": of, "digest": digest} for of, digest in sorted({(of, one.digest) for of, one in wanted})]
        for some in rows.parts(links):
            connection.execute(self._dialect.insert_missing(tables.attachments, some))

    def _shared(self, connection: sa.Connection, digests: Collection[str]) -> set[str]:
        """Tell which files are there, and see that they stay until the transaction ends."""
        # On SQLite whoever writes has the file to himself.
        there = _MEDIA.where(tables.media.c.digest.in_(sorted(digests))).with_for_update(read=True, key_share=True)
        return set(connection.scalars(there.order_by(tables.media.c.digest)))

    def collect(self, writer: Writer, before: datetime) -> int:
        """
        Let go of some files that nobody needs.

        Args:
            writer: Takes the change to the disk.
            before: What a delivery needed that ended earlier may go.

        Returns:
            How many there are less; 0 where there is nothing more to do now.
        """
        deliveries = tables.deliveries.c
        needed = (
            sa.select(sa.literal(1))
            .select_from(tables.attachments.join(tables.deliveries, deliveries.id == tables.attachments.c.delivery))
            .where(
                tables.attachments.c.digest == tables.media.c.digest,
                deliveries.ended_at.is_(None) | (deliveries.ended_at >= before.astimezone(UTC)),
            )
            .exists()
        )
        # A file that somebody is just attaching is left for another time, rather than waited for.
        idle = (
            _MEDIA.where(~needed)
            .order_by(tables.media.c.digest)
            .limit(_AT_ONCE)
            .with_for_update(of=tables.media, skip_locked=True)
        )
        gone: list[str] = []

        def work(connection: sa.Connection) -> bool:
            held = list(connection.scalars(idle))
            # Looked at again, now that nobody can attach them: somebody may have done so while we looked.
            gone[:] = connection.scalars(_MEDIA.where(tables.media.c.digest.in_(held), ~needed)) if held else []
            for table in (tables.attachments, tables.media):
                connection.execute(sa.delete(table).where(table.c.digest.in_(gone)))
            return bool(gone)

        writer.write(work)
        return len(gone)

    def held(self, digest: str, *, needed: bool = True) -> bytes:  # noqa: ARG002 -- as others that give content
        """
        Give the bytes of a file that somebody still holds.

        Raises:
            NotHeldError: If nobody does.
        """
        held = self._held.get(digest)
        if held is None:
            raise NotHeldError(digest)
        return held.content

    def content(self, connection: sa.Connection, digest: str, *, needed: bool) -> bytes | None:
        """
        Give the bytes of a file by its SHA-256.

        Args:
            connection: In a transaction.
            digest: Which.
            needed: Whether they may not have been let go.

        Returns:
            The bytes; None where they were let go.

        Raises:
            StoreError: If they are not what was kept.
        """
        with contextlib.suppress(NotHeldError):
            return self.held(digest)
        content = connection.scalar(sa.select(tables.media.c.content).where(tables.media.c.digest == digest))
        if content is None and not needed:
            return None
        if content is None or hashlib.sha256(content).hexdigest() != digest:
            raise faults.damaged(self._dialect.place, digest)
        return bytes(content)

    def hold(self, media: Iterable[Media]) -> None:
        """Remember files for as long as somebody else does."""
        for medium in media:
            if not medium.stands_for:
                self._held[medium.digest] = medium
