"""Webhooks: deliver signed messages when batches end, with retries (Standard Webhooks)."""
