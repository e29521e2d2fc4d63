"""Use cases that every surface calls: HTTP API, pages, Slack, batches, command line and evaluation."""
