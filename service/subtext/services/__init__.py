"""The use cases: what every surface (HTTP, pages, Slack, batches, command line, evaluation) calls."""
