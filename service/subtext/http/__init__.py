"""What the API, the pages and Slack share of HTTP: state, problems, pagination, idempotency, rate limits, events."""
