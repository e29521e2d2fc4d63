"""Subtext: how an article tells its story, with proof."""
