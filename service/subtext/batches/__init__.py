"""Batches of articles: what they are, how their states follow each other, and how a part of one is worked off."""
