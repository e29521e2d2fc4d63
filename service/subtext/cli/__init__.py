"""Command line: readable by default, JSON on request, and an exit code for each outcome."""
