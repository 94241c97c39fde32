"""
The whole schema.

It stands on its own: `civicsns.store.sql.tables` goes on changing, this does not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "civicsns_deliveries",
        sa.Column("seq", _NUMBER, sa.Identity(), primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("draft", sa.Text, nullable=False, index=True),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("follows", sa.Text),
        sa.Column("rendition", sa.LargeBinary, nullable=False),
        sa.Column("progress", sa.LargeBinary, nullable=False),
    )
    waits = sa.text("not_before IS NOT NULL")
    op.create_index(
        "ix_civicsns_deliveries_due",
        "civicsns_deliveries",
        ["not_before", "seq"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.create_table(
        "civicsns_media",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "civicsns_attachments",
        sa.Column("delivery", sa.Text, sa.ForeignKey("civicsns_deliveries.id"), primary_key=True),
        sa.Column("digest", sa.Text, sa.ForeignKey("civicsns_media.digest"), primary_key=True, index=True),
    )
    op.create_table(
        "civicsns_records",
        sa.Column("seq", _NUMBER, sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("by_whom", sa.Text, nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_civicsns_records_subject", "civicsns_records", ["subject", "seq"])
    op.create_table(
        "civicsns_meta",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
