"""Configure logging to standard error: one event a line, with fields; never article text, never a key.

What libraries log joins it without their words, which may repeat the article: who logged it, where, and the class of
the error. The words of those that write none of a request's are shown.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING, Any, Literal, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

LogFormat = Literal["auto", "json", "text", "console"]

# The server's and the migrations' messages are about themselves alone.
_SHOWN_LIBRARIES = frozenset({"uvicorn", "alembic"})
_FRAMES = 12


def configure_logs(level: str, style: LogFormat, extra: Iterable[Processor] = ()) -> None:
    """Configure this process's logs: JSON (values escaped, so one event is one line) or lines for people.

    Each event passes the `extra` processors too. Libraries are heard from warnings on, whatever the level.
    """
    lowest = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *_stamps(), *extra, *_renderers(style)],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [*(each for each in root.handlers if not isinstance(each, LibraryHandler)), LibraryHandler()]
    root.setLevel(max(lowest, logging.WARNING))
    warnings.showwarning = _log_warning


def get_logger(name: str) -> FilteringBoundLogger:
    """Return the logger of a part of the service; what it logs are events with fields."""
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger


def is_json(style: LogFormat) -> bool:
    """Return whether lines are JSON: `auto` is text on a terminal, and JSON anywhere else."""
    return style == "json" or (style == "auto" and not sys.stderr.isatty())


def announce(text: str) -> None:
    """Log what whoever started the service waits for, whatever the level."""
    wrapper = structlog.make_filtering_bound_logger(logging.INFO)
    structlog.wrap_logger(structlog.PrintLogger(sys.stderr), wrapper_class=wrapper).info(text)


def log_uncaught_errors() -> None:
    """Log the errors that end this process or one of its threads as events, instead of Python's tracebacks."""
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: log_failure("thread_failed", args.exc_value)
    sys.unraisablehook = lambda args: log_failure("unraisable", args.exc_value)


def log_failure(event: str, error: BaseException | None, **fields: str) -> None:
    """Log an error that nobody expected: its class and its stack, never its message; `fields` are words of our own."""
    at = [] if error is None else stack_summary(error)
    get_logger("subtext").error(event, error=type(error).__name__, at=at, **fields)


def stack_summary(error: BaseException) -> list[str]:
    """Summarize the traceback, innermost last; never the message, which may repeat the article."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


class LibraryHandler(logging.Handler):
    """Log what libraries log as the event `library`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record: its logger and its place in the code, and the class and the stack of an error."""
        fields: dict[str, Any] = {"logger": record.name, "at": f"{record.module}:{record.lineno}"}
        if record.name.partition(".")[0] in _SHOWN_LIBRARIES:
            fields["message"] = record.getMessage().partition("\n")[0]
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            fields |= {"error": type(error).__name__, "stack": stack_summary(error)}
        get_logger(record.name).log(record.levelno, "library", **fields)


def _stamps() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _summarize_error,
    ]


def _summarize_error(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace the error that is logged with an event by its class and its stack (structlog processor)."""
    logged = event.pop("exc_info", None)
    error = logged if isinstance(logged, BaseException) else sys.exc_info()[1] if logged else None
    if error is not None:
        event.update(error=type(error).__name__, at=stack_summary(error))
    return event


def _renderers(style: LogFormat) -> list[Processor]:
    if is_json(style):
        return [structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _log_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Log a warning of Python without its words, which may repeat a value."""
    del message, file, line
    get_logger("py.warnings").warning(
        "library", logger="py.warnings", at=f"{filename}:{lineno}", error=category.__name__
    )


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, Exception):
        log_failure("process_failed", error.with_traceback(trace))
    else:
        sys.__excepthook__(kind, error, trace)
