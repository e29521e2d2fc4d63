"""One word for one thing: an option that several commands have is spelt and explained alike in all of them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import typer.main

from subtext.cli.main import app
from tests.support.cli import leaves

# Options whose meaning depends on the command, each with how its explanation begins, or what it is about.
OF_THE_COMMAND = {
    "--deadline": "Time limit of",
    "--engine": "ngine",
    "--format": "Output format",
    "--html": "self-contained page",
    "--json": "Print JSON on standard output",
    "--output": ("Write", "write", "Folder"),
    "--owner": "wner",
    "--parallel": "Articles analysed at the same time",
    "--port": "Port",
    "--server": "Address of",
    "--target": ("Whose conduct is framed", "Only this target"),
}


def options() -> dict[str, dict[str, Any]]:
    """Each option by its long name, with the commands that have it."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for path, command in leaves(typer.main.get_command(app)):
        for option in command.params:
            if option.param_type_name == "option":
                long_name = next(name for name in option.opts if name.startswith("--"))
                found[long_name][path] = option
    return found


def test_an_option_has_one_explanation() -> None:
    different = {
        name: sorted({option.help for option in commands.values()})
        for name, commands in options().items()
        if name not in OF_THE_COMMAND and len({option.help for option in commands.values()}) > 1
    }
    assert different == {}


def test_what_depends_on_the_command_still_begins_alike() -> None:
    odd = {
        (name, path): option.help
        for name, words in OF_THE_COMMAND.items()
        for path, option in options()[name].items()
        if not any(word in option.help for word in ([words] if isinstance(words, str) else words))
    }
    assert odd == {}


def test_an_option_has_one_short_form() -> None:
    short = {
        name: {tuple(flag for flag in option.opts if not flag.startswith("--")) for option in commands.values()}
        for name, commands in options().items()
    }
    assert {name: flags for name, flags in short.items() if len(flags) > 1} == {}
    assert (short["--output"], short["--format"]) == ({("-o",)}, {("-f",)})


def test_every_option_and_every_command_is_explained_by_a_sentence() -> None:
    unexplained = [
        (path, name)
        for name, commands in options().items()
        for path, option in commands.items()
        if not (option.help and option.help.endswith("."))
    ]
    assert unexplained == []
