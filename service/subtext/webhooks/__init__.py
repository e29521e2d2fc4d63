"""Webhooks: who wants to hear that a batch has ended is told, signed, and told again where it was not taken."""
