"""The command line: readable by default, JSON on request, and an exit code that says what happened."""
