"""HTTP pieces that the API, the pages and Slack share: state, problems, pagination, idempotency, rate limits, SSE."""
