"""Slack app: answer with a message where the story is being discussed."""
