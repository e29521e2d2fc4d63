"""Define the option `--deadline`, which overrides the time limit of the settings."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from subtext.analysis.ports import DEADLINE_MAX_S

Deadline = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        min=0.1,
        max=DEADLINE_MAX_S,
        help="Time limit of one article, instead of SUBTEXT_DEADLINE_S; a local model may need minutes.",
        show_default=False,
    ),
]


def to_overrides(deadline_s: float | None) -> dict[str, Any]:
    """Return the setting that the option overrides; none if it was not given."""
    return {} if deadline_s is None else {"deadline_s": deadline_s}
