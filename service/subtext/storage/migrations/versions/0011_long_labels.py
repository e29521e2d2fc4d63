"""Labels as long as the ids of poles. SQLite checks no lengths, and would copy the tables for it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Widen the columns, on PostgreSQL alone."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("analyses", "feedback"):
            op.alter_column(table, "label", type_=sa.String(64))
