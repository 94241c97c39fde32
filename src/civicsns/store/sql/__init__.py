"""
The durable store, on SQLite or PostgreSQL.

A change and its records are kept together or not at all, and are on the disk before the call returns. No secret is in it but sealed ones, whose key it does not have.
"""

from civicsns.store.sql.store import SqlStore

__all__ = ["SqlStore"]
