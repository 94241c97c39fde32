"""Lanes and accounts in the order of what is due, and marks by which texts that are alike are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put what waits of one account together, and add the table of marks."""
    waits = sa.text("not_before IS NOT NULL")
    op.create_index(
        "ix_civicsns_deliveries_waiting",
        "civicsns_deliveries",
        ["lane", "platform", "account", "not_before", "seq"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    op.drop_index("ix_civicsns_deliveries_due", "civicsns_deliveries")
    op.create_table(
        "civicsns_marks",
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("mark", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("delivery", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_civicsns_marks_at", "civicsns_marks", ["at"])
