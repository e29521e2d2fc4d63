"""Metrics, traces and the request's log record: the one package that knows Prometheus and OpenTelemetry."""
