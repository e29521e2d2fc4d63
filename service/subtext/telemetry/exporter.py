"""OTLP export of traces over HTTP (extra `otel`): off unless the standard variables name an endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import trace

from subtext.errors import SettingsInvalid

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

# The standard variables, of which one has to be set.
EXPORT_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_SERVICE = "subtext"


def start_trace_export(version: str) -> TracerProvider:
    """Export the spans of this process; `OTEL_*` variables set the rest. Raises `SettingsInvalid` without the extra."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise SettingsInvalid(
            "OTEL_EXPORTER_OTLP_ENDPOINT needs what the extra has: pip install 'subtext[otel]', or unset it"
        ) from error
    resource = Resource.create({"service.name": _SERVICE, "service.version": version})
    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
    provider = TracerProvider(resource=resource.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider
