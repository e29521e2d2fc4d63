"""Start a process that logs: configure its logs, and report a start that fails in the form that is asked for."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from subtext.cli.exit_codes import exit_code
from subtext.errors import SubtextError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.settings import LogSettings


@contextmanager
def logged_process(log: LogSettings) -> Iterator[None]:
    """Log what happens in this process, errors that nobody foresaw too, and variables that no setting reads.

    If JSON is asked for, an error of ours that ends it is an event; otherwise the command line prints it.
    """
    from subtext.bootstrap.telemetry import configure_process_logs
    from subtext.logs import get_logger, log_uncaught_errors
    from subtext.settings import unknown_variables

    configure_process_logs(log)
    log_uncaught_errors()
    for name in unknown_variables(os.environ):
        get_logger("subtext").warning("setting_unknown", name=name)
    try:
        yield
    except SubtextError as error:
        if log.format != "json":
            raise
        get_logger("subtext").error("start_failed", code=error.code, detail=error.detail)
        raise typer.Exit(exit_code(type(error))) from error
