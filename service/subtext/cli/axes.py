"""Implement `subtext axes`: list the axes, scaffold a new one, check one."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from subtext.cli.exit_codes import ExitCode
from subtext.cli.help_text import format_examples
from subtext.cli.output import AsJson
from subtext.cli.terminal import console, escape_json, print_data, print_note, sanitize
from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.evals.axis_check import AxisFinding
    from subtext.evals.dataset import LabeledArticle
    from subtext.prompts.registry import PromptRegistry
    from subtext.prompts.spec import AxisSpec

axes = typer.Typer(name="axes", help="List, scaffold and check axes.", rich_markup_mode=None)

_FOLDER = Path("prompts.local")
Name = Annotated[str, typer.Argument(metavar="NAME", help="Id of the axis, such as hope-fear.", show_default=False)]
Folder = Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder of your axes and prompts.")]
Negative = Annotated[str, typer.Option(metavar="ID", help="The pole at -1.", show_default=False)]
Positive = Annotated[str, typer.Option(metavar="ID", help="The pole at +1.", show_default=False)]
CheckedFolder = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FOLDER]",
        help="Folder of axes and prompts; SUBTEXT_PROMPTS_DIR, or the shipped ones, if omitted.",
        show_default=False,
    ),
]


@axes.callback()
def _group() -> None:
    """List, scaffold and check axes."""


@axes.command(name="list", short_help="List the axes.", epilog=format_examples("subtext axes list"))
def list_axes(as_json: AsJson = False) -> None:
    """List every version of every axis with its poles."""
    from subtext.cli.prompts import load_prompts
    from subtext.settings import load_settings

    rows = [
        {
            "ref": spec.ref,
            "title": spec.axis.title,
            "negative": spec.axis.negative.id,
            "positive": spec.axis.positive.id,
        }
        for spec in load_prompts(load_settings()).axes()
    ]
    if as_json:
        print_data(escape_json(json.dumps(rows, indent=2, ensure_ascii=False)))
        return
    for row in rows:
        print_data(sanitize(f"{row['ref']} {row['negative']} (-1) … {row['positive']} (+1)"))


@axes.command(
    name="new",
    short_help="Scaffold an axis with its examples and a small labelled set.",
    epilog=format_examples("subtext axes new hope-fear --negative fear --positive hope"),
)
def new_axis(
    name: Name, negative: Negative, positive: Positive, folder: Folder = _FOLDER, as_json: AsJson = False
) -> None:
    """Write the file of a new axis, with an example of each label, and a labelled set of four articles.

    docs/axes.md says how to fill them in.
    """
    from subtext.cli.output import explain_unwritable
    from subtext.prompts.scaffold import scaffold_axis

    with explain_unwritable(folder):
        axis_file, set_file = scaffold_axis(folder, name, negative, positive)
    if as_json:
        print_data(json.dumps({"axis": str(axis_file), "set": str(set_file)}))
        return
    print_data(f"{sanitize(axis_file)}\n{sanitize(set_file)}")
    print_note(f"replace every TODO in them, then: subtext axes check {folder}")


@axes.command(
    name="check",
    short_help="Check axes: placeholders, labels, and examples that the rules decide as coded.",
    epilog=format_examples("subtext axes check prompts.local", "subtext axes check --json"),
)
def check_axes(folder: CheckedFolder = None, as_json: AsJson = False) -> None:
    """Check the axes of a folder and their labelled sets (sets/ID.jsonl); exit code 1 if there is something to mend.

    The coded evidence of every example goes through the same checks as a model's answer, and must bear its label.
    """
    results = asyncio.run(_check_folder(folder))
    findings = [(ref, finding) for ref, _, found in results for finding in found]
    if as_json:
        rows = [
            {"axis": ref, "articles": count, "findings": [asdict(one) for one in found]}
            for ref, count, found in results
        ]
        print_data(escape_json(json.dumps(rows, indent=2, ensure_ascii=False)))
    else:
        _print_findings(results)
    if findings:
        raise typer.Exit(ExitCode.FAILURE)


def _print_findings(results: list[tuple[str, int, tuple[AxisFinding, ...]]]) -> None:
    out = console()
    for ref, count, findings in results:
        for finding in findings:
            out.print(f"✗  {sanitize(ref)}  {sanitize(finding.where)}: {sanitize(finding.message)}", soft_wrap=True)
        if not findings:
            text = f"✓  {sanitize(ref)}  {count:,} examples and articles have the labels that their evidence bears"
            out.print(text, soft_wrap=True)


async def _check_folder(folder: Path | None) -> list[tuple[str, int, tuple[AxisFinding, ...]]]:
    from subtext.clock import SystemClock
    from subtext.evals.axis_check import check_axis

    root, specs = _load_axes(folder)
    results = []
    for spec in specs:
        rows = tuple(_read_set(root, spec))
        findings = await check_axis(spec, rows, SystemClock())
        results.append((spec.ref, len(spec.examples) + len(rows), findings))
    return results


def _load_axes(folder: Path | None) -> tuple[Path, tuple[AxisSpec, ...]]:
    """Load the axes of a folder of one's own, or else the shipped ones; raises `PromptInvalid` or `RequestInvalid`."""
    from subtext.prompts.registry import PromptRegistry, default_root
    from subtext.settings import load_settings

    own = folder or load_settings().prompts_dir
    shipped = PromptRegistry.load([default_root()])
    if own is None or own.resolve() == default_root().resolve():
        return default_root(), shipped.axes()
    specs = _without(PromptRegistry.load([default_root(), own]), shipped)
    if not specs:
        raise RequestInvalid(f"{own} holds no axis: subtext axes new writes one")
    return own, specs


def _without(registry: PromptRegistry, shipped: PromptRegistry) -> tuple[AxisSpec, ...]:
    refs = {spec.ref for spec in shipped.axes()}
    return tuple(spec for spec in registry.axes() if spec.ref not in refs)


def _read_set(root: Path, spec: AxisSpec) -> Iterator[LabeledArticle]:
    from subtext.evals.dataset import load_datasets
    from subtext.prompts.scaffold import set_path

    path = set_path(root, spec.id)
    if path.exists():
        for dataset in load_datasets([path], spec.axis.labels):
            yield from dataset.cases
