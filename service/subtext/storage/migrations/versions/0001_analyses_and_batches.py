"""Analyses with their feedback, and batches with their items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "analyses",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("engine", sa.String(20), nullable=False),
        sa.Column("label", sa.String(40)),
        sa.Column("score", sa.Float),
        sa.Column("confidence", sa.Float),
        sa.Column("target", sa.String(300)),
        sa.Column("target_key", sa.String(300)),
        sa.Column("outlet", sa.String(300)),
        sa.Column("outlet_key", sa.String(300)),
        sa.Column("title", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_index("ix_analyses_owner", "analyses", ["owner", "id"])
    op.create_index("ix_analyses_created_at", "analyses", ["created_at"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("analysis_id", sa.String(36), sa.ForeignKey("analyses.id", ondelete="CASCADE"), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("label", sa.String(40)),
        sa.Column("comment", sa.Text),
        sa.Column("reader", sa.String(100)),
    )
    op.create_index("ix_feedback_owner", "feedback", ["owner", "id"])
    op.create_index("ix_feedback_analysis", "feedback", ["analysis_id"])
    _batches()


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_batches_owner", "batches", ["owner", "id"])
    op.create_table(
        "batch_items",
        sa.Column("batch_id", sa.String(40), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("custom_id", sa.String(64)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("ask", sa.Text),
        sa.Column("result", sa.Text),
        sa.Column("problem", sa.Text),
    )
    op.create_index("ix_batch_items_state", "batch_items", ["batch_id", "state"])
