"""The analysis of an item of a batch, so that deleting an analysis finds its copy in the results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column with its index, and fill it from the results.

    A result begins with its id. It is not read as JSON, as PostgreSQL rejects the escape of a NUL.
    """
    op.add_column("batch_items", sa.Column("analysis_id", sa.String(36)))
    op.execute("""UPDATE batch_items SET analysis_id = substr(result, 8, 36) WHERE result LIKE '{"id":"%'""")
    op.create_index("ix_batch_items_analysis", "batch_items", ["analysis_id"])
