"""Define the exit codes, and map the error tree to them in one table."""

from __future__ import annotations

from enum import IntEnum

from subtext import errors


class ExitCode(IntEnum):
    """Exit code of the program."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    SOME_FAILED = 3
    UPSTREAM = 4
    REFUSED = 5
    BELOW_CONFIDENCE = 6
    INTERRUPTED = 130
    PIPE_CLOSED = 141


DESCRIPTIONS: dict[ExitCode, str] = {
    ExitCode.OK: "it worked",
    ExitCode.FAILURE: "failure: a setting, a check of doctor or axes, a claim of verify",
    ExitCode.USAGE: "wrong usage: an option, a missing file, an unknown axis or engine",
    ExitCode.SOME_FAILED: "some of several inputs failed; the others were analysed",
    ExitCode.UPSTREAM: "the model or the site failed; a retry often helps",
    ExitCode.REFUSED: "the input cannot be analysed: not an article, not UTF-8, too long",
    ExitCode.BELOW_CONFIDENCE: "with --min-confidence: less sure than that, or without a label; eval: below a --gate",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C",
    ExitCode.PIPE_CLOSED: "the reader closed the pipe (such as | head)",
}

# An error class that is not listed has the code of its nearest listed ancestor.
EXIT_CODES: dict[type[errors.SubtextError], ExitCode] = {
    errors.SubtextError: ExitCode.FAILURE,
    errors.InvalidInput: ExitCode.REFUSED,
    errors.RequestInvalid: ExitCode.USAGE,
    errors.AxisNotFound: ExitCode.USAGE,
    errors.PromptNotFound: ExitCode.USAGE,
    errors.EngineNotFound: ExitCode.USAGE,
    errors.IntakeError: ExitCode.REFUSED,
    errors.FetchFailed: ExitCode.UPSTREAM,
    errors.FetchTimedOut: ExitCode.UPSTREAM,
    errors.EngineError: ExitCode.UPSTREAM,
    errors.EngineInputTooLong: ExitCode.REFUSED,
}


def exit_code(kind: type[errors.SubtextError]) -> ExitCode:
    """Return the exit code of an error class, or of its nearest ancestor in the table."""
    return next(EXIT_CODES[ancestor] for ancestor in kind.__mro__ if ancestor in EXIT_CODES)


def exit_code_for(code: str) -> ExitCode:
    """Return the exit code of a failure by its stable code, as a report holds it."""
    kinds = (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.SubtextError))
    return next((exit_code(kind) for kind in kinds if kind.code == code), ExitCode.FAILURE)
