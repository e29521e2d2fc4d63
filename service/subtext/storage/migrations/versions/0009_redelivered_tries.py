"""The tries of a message before its redelivery."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column."""
    op.add_column("webhook_deliveries", sa.Column("earlier_tries", sa.Integer))
