"""Define the program `subtext`: its commands and its exit codes.

Only typer and the standard library are imported here: each command imports what it needs when it runs, so that --help
and shell completion answer at once.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from subtext.cli.analyze import HtmlOptionCommand, analyze
from subtext.cli.axes import axes
from subtext.cli.batch import batch, worker
from subtext.cli.config import config
from subtext.cli.db import db
from subtext.cli.demo import demo
from subtext.cli.doctor import doctor
from subtext.cli.eval import evaluation
from subtext.cli.exit_codes import ExitCode, exit_code
from subtext.cli.help_text import format_examples, format_exit_codes
from subtext.cli.history import history
from subtext.cli.keys import keys
from subtext.cli.mcp import mcp
from subtext.cli.output import AsJson
from subtext.cli.prompts import prompts
from subtext.cli.serve import healthcheck, openapi, serve
from subtext.cli.standard_streams import prepare_streams
from subtext.cli.terminal import QUIET, print_error
from subtext.cli.verify import verify
from subtext.cli.watch import watch
from subtext.errors import SubtextError, describe_os_error
from subtext.validation import describe_invalid_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRAM = "subtext"
_ROOT_OPTIONS = ("--no-color", "--quiet", "-q")


class RootGroup(TyperGroup):
    """Root command group; exits quietly if the reader of the output has closed the pipe.

    The options of the program are also accepted after the name of a command.
    """

    def make_context(self, info_name: str | None, args: list[str], *others: Any, **extra: Any) -> Any:
        """Parse the arguments, with the options of the program first; print the help if they ask for it."""
        with _exit_on_closed_pipe():
            return super().make_context(info_name, _move_root_options(args), *others, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command and flush its output."""
        with _exit_on_closed_pipe():
            returned = super().invoke(ctx)
            sys.stdout.flush()
        return returned


def _move_root_options(args: list[str]) -> list[str]:
    """Move the program's own flags to the front, as far as `--`, after which nothing is an option."""
    end = args.index("--") if "--" in args else len(args)
    flags = [arg for arg in args[:end] if arg in _ROOT_OPTIONS]
    return flags + [arg for arg in args[:end] if arg not in _ROOT_OPTIONS] + args[end:]


@contextmanager
def _exit_on_closed_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        _discard_stdout()
        raise typer.Exit(ExitCode.PIPE_CLOSED) from error


app = typer.Typer(
    name=PROGRAM,
    cls=RootGroup,
    # Plain help: it starts three times as fast as help in boxes, and survives any terminal and any pipe.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command(
    cls=HtmlOptionCommand,
    short_help="Summary, framing and evidence of articles.",
    epilog=format_examples(
        "subtext analyze article.txt",
        "subtext analyze https://news.example/story --json",
        "curl -s https://news.example/story | subtext analyze - --html report.html",
        "subtext analyze *.txt -f ndjson > analyses.ndjson",
    ),
)(analyze)
app.command(
    short_help="Verify a stored analysis against its text.",
    epilog=format_examples(
        "subtext analyze article.txt --json --include text | subtext verify -",
        "subtext verify analysis.json --text article.txt",
    ),
)(verify)
app.command(
    short_help="Serve the HTTP API.",
    epilog=format_examples(
        "subtext serve", "subtext serve --port 9000", "SUBTEXT_AUTH=off subtext serve --host 0.0.0.0"
    ),
)(serve)
app.command(
    short_help="Serve an assistant over standard input and output (MCP).", epilog=format_examples("subtext mcp")
)(mcp)
app.add_typer(evaluation, short_help="Measure an engine on labelled articles.")
app.command(short_help="Show how it works on a sample article.", epilog=format_examples("subtext demo"))(demo)
app.command(
    short_help="Check the installation, and say what to do about failures.",
    epilog=format_examples("subtext doctor", "subtext doctor --json"),
)(doctor)
app.command(short_help="Process the batches of a service.", epilog=format_examples("subtext worker"))(worker)
app.add_typer(batch, short_help="Analyse many articles.")
app.command(
    short_help="Analyse what is new in feeds.",
    epilog=format_examples(
        "subtext watch https://news.example/feed.xml",
        "subtext watch https://news.example/feed.xml --once --slack https://hooks.slack.com/services/…",
    ),
)(watch)
app.add_typer(prompts, short_help="List, show and render prompts and axes.")
app.add_typer(axes, short_help="List, scaffold and check axes.")
app.add_typer(history, short_help="Export stored analyses.")
app.add_typer(keys, short_help="Manage API keys.")
app.add_typer(db, short_help="Migrate and inspect the database.")
app.add_typer(config, short_help="Show the effective settings.")
app.command(short_help="Print the OpenAPI document.", epilog=format_examples("subtext openapi > openapi.json"))(openapi)
app.command(
    short_help="Check whether the local service is healthy.",
    epilog=format_examples("subtext healthcheck --port 8000", "subtext healthcheck --worker"),
)(healthcheck)


def _print_version(requested: bool) -> None:
    if requested:
        print(_version())
        raise typer.Exit


_FIRST_STEPS = format_examples(
    "subtext demo  see how it works",
    "subtext analyze article.txt  analyse an article of yours",
    "subtext serve  the HTTP API on 127.0.0.1:8000",
)


@app.callback(epilog=f"{_FIRST_STEPS}\n\n{format_exit_codes()}")
def root(
    version: Annotated[
        bool,
        typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR=1 does the same.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No notes or progress: data and errors only.")] = False,
) -> None:
    """Show how an article frames its subject, with evidence.

    Reads an article and says how it frames its subject on an axis (desperation or domination, if you name no other): a
    summary in which every sentence is checked, and verbatim quotes at exact offsets. Works without a key or network.
    """
    del version
    if no_color:
        os.environ["NO_COLOR"] = "1"
    QUIET.set(quiet)


@app.command(name="version")
def show_version(as_json: AsJson = False) -> None:
    """Print the version."""
    import json
    from importlib.metadata import version

    print(json.dumps({"name": PROGRAM, "version": version(PROGRAM)}) if as_json else _version())


def _version() -> str:
    from importlib.metadata import version

    return f"{PROGRAM} {version(PROGRAM)}"


def run(args: Sequence[str]) -> int:
    """Run a command and return its exit code; every expected error is one line on standard error."""
    try:
        result = app(list(args) or ["--help"], prog_name=PROGRAM, standalone_mode=False)
    except SubtextError as error:
        print_error(error.detail)
        return exit_code(type(error))
    except typer.TyperException as error:
        print_error(_explain_usage(error))
        return ExitCode.USAGE
    except OSError as error:
        print_error(_explain(error))
        _discard_stdout()
        return ExitCode.FAILURE
    return result if isinstance(result, int) else ExitCode.OK


def main() -> None:
    """Run the command line and end the process."""
    prepare_streams()
    # asyncio's own handler waits for its loop, which a read of standard input blocks; this one interrupts the read.
    signal.signal(signal.SIGINT, _interrupt)
    sys.exit(run(sys.argv[1:]))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _explain_usage(error: typer.TyperException) -> str:
    """Return what is wrong with the arguments, and the help of the command that was called with them."""
    subject, colon, reason = error.format_message().rstrip(".").partition(": ")
    message = f"{_first_lower(subject)}{colon}{describe_invalid_value(reason)}"
    context = getattr(error, "ctx", None)
    command = PROGRAM if context is None else context.command_path
    if message == "missing command" and context is not None:
        message += f": {', '.join(context.command.list_commands(context))}"
    return f"{message}{'' if message.endswith('?') else '.'} See {command} --help"


def _explain(error: OSError) -> str:
    """Name the file at fault; an error without one comes from standard output."""
    reason = describe_os_error(error)
    return f"{error.filename}: {reason}" if error.filename else f"standard output cannot be written: {reason}"


def _first_lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _discard_stdout() -> None:
    """Redirect standard output to the null device, so that the interpreter's last flush does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
