"""
The durable store, on SQLite or PostgreSQL.

A change and its records are kept together or not at all, and are on the disk before the call returns. No secret is ever in it; those are the vault's.
"""

from civicsns.store.sql.store import SqlStore

__all__ = ["SqlStore"]
