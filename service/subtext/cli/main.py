"""The program `subtext`: its commands, and how it ends.

Only typer and the standard library are imported here: each command imports what it needs when it runs, so that --help
and shell completion answer at once.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from subtext.cli.analyze import HtmlOptionCommand, analyze
from subtext.cli.batch import batch, worker
from subtext.cli.config import config
from subtext.cli.db import db
from subtext.cli.demo import demo
from subtext.cli.doctor import doctor
from subtext.cli.eval import evaluation
from subtext.cli.exit_codes import ExitCode, exit_code
from subtext.cli.help_text import format_examples, format_exit_codes
from subtext.cli.keys import keys
from subtext.cli.output import AsJson  # noqa: TC001 - typer reads the annotation
from subtext.cli.prompts import prompts
from subtext.cli.serve import healthcheck, openapi, serve
from subtext.cli.terminal import print_error
from subtext.cli.verify import verify
from subtext.errors import SubtextError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM = "subtext"


class RootGroup(TyperGroup):
    """The group of all commands; where the reader of the output has gone, it ends without a word."""

    def invoke(self, ctx: Any) -> Any:
        """What the command returns, with all that it printed really sent."""
        try:
            returned = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            _discard_stdout()
            raise typer.Exit(ExitCode.PIPE_CLOSED) from error
        return returned


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
        "subtext analyze *.txt -f ndjson > answers.ndjson",
    ),
)(analyze)
app.command(
    short_help="Check a stored answer against its text.",
    epilog=format_examples(
        "subtext analyze article.txt --json --include text | subtext verify -",
        "subtext verify answer.json --text article.txt",
    ),
)(verify)
app.command(
    short_help="Serve the HTTP API.",
    epilog=format_examples(
        "subtext serve", "subtext serve --port 9000", "SUBTEXT_AUTH=off subtext serve --host 0.0.0.0"
    ),
)(serve)
app.add_typer(evaluation, short_help="Measure an engine on labelled articles.")
app.command(short_help="See it work on a sample article.", epilog=format_examples("subtext demo"))(demo)
app.command(
    short_help="Find out what does not work, and what to do.",
    epilog=format_examples("subtext doctor", "subtext doctor --json"),
)(doctor)
app.command(short_help="Work on the batches of a service.", epilog=format_examples("subtext worker"))(worker)
app.add_typer(batch, short_help="Many articles at once.")
app.add_typer(prompts, short_help="What a model is asked: list, show, render.")
app.add_typer(keys, short_help="Who may use a service.")
app.add_typer(db, short_help="The tables of the database.")
app.add_typer(config, short_help="The settings as they stand.")
app.command(short_help="Print the OpenAPI document.", epilog=format_examples("subtext openapi > openapi.json"))(openapi)
app.command(short_help="Whether the service here lives.", epilog=format_examples("subtext healthcheck --port 8000"))(
    healthcheck
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(_version())
        raise typer.Exit


_FIRST_STEPS = format_examples(
    "subtext demo  see it work",
    "subtext analyze article.txt  an article of yours",
    "subtext serve  the HTTP API on 127.0.0.1:8000",
)


@app.callback(epilog=f"{_FIRST_STEPS}\n\n{format_exit_codes()}")
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR=1 does the same.")] = False,
) -> None:
    """How an article tells its story, with proof.

    Reads an article and says whether it shows its subject acting from desperation or from domination: a summary in
    which every sentence is checked, and verbatim quotes at exact offsets. Works at once, with no key and no network.
    """
    del version
    if no_color:
        os.environ["NO_COLOR"] = "1"


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
    """The exit code, after the command has run; every foreseen failure is one line on standard error."""
    try:
        ended = app(list(args) or ["--help"], prog_name=PROGRAM, standalone_mode=False)
    except SubtextError as error:
        print_error(error.detail)
        return exit_code(type(error))
    except typer.TyperException as error:
        print_error(f"{_first_lower(error.format_message())} {PROGRAM} --help shows what there is")
        return ExitCode.USAGE
    return ended if isinstance(ended, int) else ExitCode.OK


def main() -> None:
    """Run the command line and end the process."""
    # asyncio's own handler waits for its loop, which a read of standard input holds up; this one ends the read.
    signal.signal(signal.SIGINT, _interrupt)
    sys.exit(run(sys.argv[1:]))


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _first_lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _discard_stdout() -> None:
    """Let the interpreter flush into nothing at its end: whoever read us is gone, and that is no error of ours."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
