"""Failure log: every row and article that could not be measured, with the code and the message of its error."""

from __future__ import annotations

from dataclasses import dataclass

from subtext.errors import AxisNotFound, EngineMisconfigured, EngineNotFound, SubtextError, UnsupportedAxis

# These errors affect every article, so the run stops.
HOPELESS = (EngineNotFound, AxisNotFound, UnsupportedAxis, EngineMisconfigured)
ROW_INVALID = "row_invalid"


@dataclass(frozen=True, slots=True)
class Failure:
    """Row or article that could not be measured: `id` is the article's, or the row's file and line."""

    id: str
    code: str
    message: str


class FailureLog:
    """Log of failures, so that a run continues past them.

    `fatal` is the first error that affects every article, and `stopped` its failure.
    """

    def __init__(self) -> None:
        self._failures: list[Failure] = []
        self.fatal: SubtextError | None = None
        self.stopped: Failure | None = None

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Return all failures in order."""
        return tuple(self._failures)

    @property
    def invalid_rows(self) -> int:
        """Return the number of invalid rows."""
        return sum(failure.code == ROW_INVALID for failure in self._failures)

    def record(self, id_: str, error: Exception) -> Failure:
        """Add the failure of an article and return it; an unexpected exception has the code `internal`."""
        if isinstance(error, SubtextError):
            failure = self.add(id_, error.code, error.detail)
            if isinstance(error, HOPELESS) and self.fatal is None:
                self.fatal, self.stopped = error, failure
            return failure
        return self.add(id_, SubtextError.code, f"{type(error).__name__}: {error}: report this, it is a bug in subtext")

    def add(self, id_: str, code: str, message: str) -> Failure:
        """Add a failure and return it."""
        failure = Failure(id_, code, message)
        self._failures.append(failure)
        return failure
