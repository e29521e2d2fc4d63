"""Durable job queue of batches; only this package knows DBOS."""
