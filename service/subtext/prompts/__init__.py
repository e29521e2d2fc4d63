"""Axes and prompts as strict, versioned data, and the messages that they render to."""
