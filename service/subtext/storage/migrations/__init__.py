"""Alembic migrations of the schema; they only add, so that the previous version still works with it."""
