"""The store itself: the same on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from civicsns.store.sql import examining
from civicsns.store.sql.credentials import Credentials
from civicsns.store.sql.deliveries import Deliveries
from civicsns.store.sql.facts import Facts
from civicsns.store.sql.records import Records

if TYPE_CHECKING:
    from datetime import datetime

    from civicsns.model.condition import Condition


class SqlStore(Deliveries, Records, Facts, Credentials):
    """
    Deliveries and records in a database.

    Safe to use from several threads, from several processes, and after a fork.

    Args:
        address: A file's path, or the URL of a PostgreSQL database (`postgresql://user@host/database`); as a
            `Secret` where it holds a password. A file or the tables that are not there yet are made.
        patience: How long to wait for others who write, in seconds.

    Attributes:
        place: Which store this is, for messages; without a password.
        connections: How many connections were made.
        migrated_from: The version from which opening brought it up to date; None where there was nothing to do.

    Raises:
        ConfigurationError: If the address is wrong, the database is not civicsns's, or belongs to a later version.
        StoreError: If it is locked, full, read-only, damaged or out of reach.
    """

    def condition(self) -> Condition:
        """
        Examine the database itself.

        Raises:
            StoreError: If the database is out of order.
        """
        with self._speaking():
            return examining.condition(self._engine, self.place)

    def time(self) -> datetime | None:
        """
        Read the database's clock; None where it is this machine's.

        Raises:
            StoreError: If the database is out of order.
        """
        with self._speaking():
            return examining.clock(self._engine)
