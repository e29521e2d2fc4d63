"""Embedded engine: analysis of an article on this machine by rules, a lexicon and a small classifier."""
