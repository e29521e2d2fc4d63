"""Tables of the database schema. A new database has them at once, the migrations alter older ones; a test compares."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()
# A label is the id of a pole. Only PostgreSQL checks its length, so only there the column was widened.
_LABEL = String(40).with_variant(String(64), "postgresql")
ANALYSES = Table(
    "analyses",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("status", String(20), nullable=False),
    Column("engine", String(20), nullable=False),
    Column("label", _LABEL),
    Column("score", Float),
    Column("confidence", Float),
    Column("target", String(300)),
    Column("target_key", String(300)),
    Column("outlet", String(300)),
    Column("outlet_key", String(300)),
    Column("title", Text),
    Column("url", Text),
    Column("sha256", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Index("ix_analyses_owner", "owner", "id"),
    Index("ix_analyses_created_at", "created_at"),
)
FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("analysis_id", String(36), ForeignKey("analyses.id", ondelete="CASCADE"), nullable=False),
    Column("owner", String(100), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("verdict", String(10), nullable=False),
    Column("label", _LABEL),
    Column("comment", Text),
    Column("reader", String(100)),
    Index("ix_feedback_owner", "owner", "id"),
    Index("ix_feedback_analysis", "analysis_id"),
)
API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String(20), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("name", String(100), nullable=False),
    Column("scopes", String(100), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("requests_per_minute", Integer),
    Column("tokens_per_day", Integer),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("last_used_at", DateTime(timezone=True)),
)
SESSIONS = Table(
    "sessions",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("key_id", String(20), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Index("ix_sessions_created_at", "created_at"),
)
IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    Column("owner", String(100), primary_key=True),
    Column("route", String(100), primary_key=True),
    Column("key", String(255), primary_key=True),
    # None until all of a body that streams in was read.
    Column("fingerprint", String(64)),
    Column("holder", String(32), nullable=False),
    Column("lease_until", DateTime(timezone=True), nullable=False),
    Column("status", Integer),
    Column("headers", Text),
    Column("body", LargeBinary),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_idempotency_created_at", "created_at"),
)
BATCHES = Table(
    "batches",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("state", String(12), nullable=False),
    Column("total", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Index("ix_batches_owner", "owner", "id"),
)
ITEMS = Table(
    "batch_items",
    METADATA,
    Column("batch_id", String(40), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("custom_id", String(64)),
    Column("state", String(12), nullable=False),
    Column("ask", Text),
    Column("result", Text),
    Column("problem", Text),
    # Claims by workers; from `ATTEMPTS_TOGETHER_MAX` on, attempts at this item alone.
    Column("attempts", Integer, nullable=False, server_default="0"),
    # Whose copy the result is; both are None once the analysis is deleted.
    Column("analysis_id", String(36)),
    Index("ix_batch_items_state", "batch_id", "state"),
    Index("ix_batch_items_analysis", "analysis_id"),
)
SLACK_DELIVERIES = Table(
    "slack_deliveries",
    METADATA,
    Column("key", String(200), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("team", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    # Waiting: not before this moment. Running: free for others after it.
    Column("free_at", DateTime(timezone=True), nullable=False),
    Index("ix_slack_deliveries_state", "state", "free_at"),
)
SLACK_STEPS = Table(
    "slack_steps",
    METADATA,
    Column("key", String(200), ForeignKey("slack_deliveries.key", ondelete="CASCADE"), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("result", Text, nullable=False),
)
SLACK_INSTALLATIONS = Table(
    "slack_installations",
    METADATA,
    Column("enterprise", String(40), primary_key=True),
    Column("team", String(40), primary_key=True),
    Column("user", String(40), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("installed_at", DateTime(timezone=True), nullable=False),
)
SLACK_STATES = Table(
    "slack_states",
    METADATA,
    Column("state", String(64), primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
WEBHOOKS = Table(
    "webhooks",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("url", String(2_048), nullable=False),
    Column("events", String(200), nullable=False),
    Column("secret", String(80), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("old_secret", String(80)),
    Column("old_until", DateTime(timezone=True)),
    Column("disabled_at", DateTime(timezone=True)),
    Column("description", String(200)),
    Index("ix_webhooks_owner", "owner", "id"),
)
WEBHOOK_DELIVERIES = Table(
    "webhook_deliveries",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("webhook_id", String(40), ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("event", String(40), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    # As in the deliveries of Slack.
    Column("free_at", DateTime(timezone=True), nullable=False),
    Column("last_status", Integer),
    Column("last_error", String(200)),
    # At the last redelivery; None without one.
    Column("earlier_tries", Integer),
    Index("ix_webhook_deliveries_state", "state", "free_at"),
    Index("ix_webhook_deliveries_webhook", "webhook_id", "id"),
)
