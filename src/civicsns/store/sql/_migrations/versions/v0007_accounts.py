"""What an account has posted, found without reading what all others have."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_civicsns_deliveries_account", "civicsns_deliveries", ["account"])
