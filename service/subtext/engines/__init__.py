"""Engines: readers of an article that draft an answer, behind the one port `Engine`."""
