"""Repositories over SQL (SQLite or PostgreSQL): the one package that knows SQL."""
