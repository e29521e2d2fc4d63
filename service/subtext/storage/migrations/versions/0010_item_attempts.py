"""The attempts at an item of a batch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column."""
    op.add_column("batch_items", sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
