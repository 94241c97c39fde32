"""
The durable store, on SQLite or PostgreSQL.

Each step is one transaction: the change and its record are kept together or not at all, and on the disk before the
call returns. No secret is ever in it; those are the vault's.
"""

from civicsns.store.sql.store import SqlStore

__all__ = ["SqlStore"]
