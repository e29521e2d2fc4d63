"""Subtext in Slack: an answer where the story is being discussed."""
