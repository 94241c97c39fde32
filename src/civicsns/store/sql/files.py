"""The files of deliveries: kept once each, however many need them, and read again only when nobody holds them."""

from __future__ import annotations

import contextlib
import hashlib
import weakref
from typing import TYPE_CHECKING

import sqlalchemy as sa

from civicsns.store.sql import faults, rows, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from civicsns.model import Delivery, Media
    from civicsns.store.sql.dialects import Dialect


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
        wanted = [(delivery.id, medium) for delivery in deliveries for medium in delivery.rendition.media]
        if not wanted:
            return
        files = {medium.digest: medium.content for _, medium in wanted}
        there = set(connection.scalars(sa.select(tables.media.c.digest).where(tables.media.c.digest.in_(list(files)))))
        # In one order everywhere, so that two who keep the same files do not wait for each other in a circle.
        for digest in sorted(files.keys() - there):
            row = {"digest": digest, "content": files[digest]}
            connection.execute(self._dialect.insert_missing(tables.media, [row]))
        links = [{"delivery": of, "digest": digest} for of, digest in sorted({(of, one.digest) for of, one in wanted})]
        for some in rows.parts(links):
            connection.execute(self._dialect.insert_missing(tables.attachments, some))

    def held(self, digest: str) -> bytes:
        """
        Give the bytes of a file that somebody still holds.

        Raises:
            NotHeldError: If nobody does.
        """
        held = self._held.get(digest)
        if held is None:
            raise NotHeldError(digest)
        return held.content

    def content(self, connection: sa.Connection, digest: str) -> bytes:
        """
        Give the bytes of a file by its SHA-256.

        Raises:
            StoreError: If they are not what was kept.
        """
        with contextlib.suppress(NotHeldError):
            return self.held(digest)
        content = connection.scalar(sa.select(tables.media.c.content).where(tables.media.c.digest == digest))
        if content is None or hashlib.sha256(content).hexdigest() != digest:
            raise faults.damaged(self._dialect.place, digest)
        return bytes(content)

    def hold(self, media: Iterable[Media]) -> None:
        """Remember files for as long as somebody else does."""
        for medium in media:
            self._held[medium.digest] = medium
