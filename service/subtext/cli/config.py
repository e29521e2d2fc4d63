"""Implement `subtext config`: print the effective settings and their sources."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from subtext.cli.help_text import format_examples
from subtext.cli.terminal import console, print_data, print_error, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subtext.settings import Origin

config = typer.Typer(name="config", help="Show the effective settings.", rich_markup_mode=None)
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print JSON on standard output: a list of path, variable, value, source, description."),
]


@config.callback()
def _group() -> None:
    """Show the effective settings."""


@config.command(
    short_help="Print every setting, its value and its source.",
    epilog=format_examples("subtext config show", "SUBTEXT_PORT=9000 subtext config show --json"),
)
def show(as_json: AsJson = False) -> None:
    """Print every setting, its value and its source; secrets are masked.

    Order of precedence: option, SUBTEXT_* variable, file named by SUBTEXT_*_FILE, .env, /run/secrets, default.
    """
    from subtext.settings import load_settings, origins, unknown_variables

    settings = list(origins(load_settings()))
    if as_json:
        print_data(json.dumps([asdict(origin) for origin in settings], indent=2))
    else:
        _print(settings)
    for name in unknown_variables(os.environ):
        print_error(f"{name} is set, but no setting has that name: is it misspelled? The list above has every name")


def _print(settings: Iterable[Origin]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("setting", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("from")
    for origin in settings:
        style = "" if origin.source == "default" else "bold"
        value = sanitize(origin.value) or "–"
        table.add_row(Text(origin.variable, style), Text(value, style), Text(sanitize(origin.source), "dim"))
    console().print(table)
