"""Facts that hold until they are changed, and how urgent a delivery is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of facts, and the lane of each delivery."""
    op.create_table(
        "civicsns_facts",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    op.add_column("civicsns_deliveries", sa.Column("lane", sa.Text, nullable=False, server_default="routine"))
