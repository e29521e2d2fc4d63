"""The tables' history, run by alembic; additions only, so that the version before still works on them."""
