"""Batches: accept uploads of many articles, queue them durably, and process their items."""
