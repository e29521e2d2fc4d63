"""Define the settings of what is seen from outside: logs and metrics."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from subtext.logs import LogFormat  # noqa: TC001 - pydantic reads the annotation
from subtext.settings.groups import SettingsGroup

_PORT_MAX = 65_535


def _host_and_port(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port) <= _PORT_MAX:
        raise ValueError("must be host:port, such as 127.0.0.1:9464")
    return value


class LogSettings(SettingsGroup):
    """Logging to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level that is logged.")
    format: LogFormat = Field(
        "auto",
        description="`json`: one JSON object per line; `text` (or `console`): for people; `auto`: text on a terminal.",
    )


class MetricsSettings(SettingsGroup):
    """Prometheus metrics."""

    address: Annotated[str, AfterValidator(_host_and_port)] | None = Field(
        None,
        description="Address of its own for /metrics (`host:port`), without authentication; empty: /metrics is on the "
        "service's own address, and needs the scope `admin` if keys are required.",
    )

    @property
    def socket_address(self) -> tuple[str, int] | None:
        """Return host and port; None if metrics have no address of their own."""
        if self.address is None:
            return None
        host, _, port = self.address.rpartition(":")
        return host.strip("[]"), int(port)
