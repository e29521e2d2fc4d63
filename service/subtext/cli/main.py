"""The program `subtext`."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _program() -> None:
    """Reads an article and proves how it frames its subject."""


def main() -> None:
    """Run the command line."""
    app()
