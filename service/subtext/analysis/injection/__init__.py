"""Detect instructions to a model in the text of an article."""
