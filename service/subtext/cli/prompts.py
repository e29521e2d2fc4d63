"""Implement `subtext prompts`: list, show and render prompts and axes."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from subtext.cli.analyze import AxisRef
from subtext.cli.help_text import format_examples
from subtext.cli.output import AsJson
from subtext.cli.terminal import console, escape_json, print_data, sanitize, sanitize_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.analysis.ports import AnalysisPart
    from subtext.domain.article import Article
    from subtext.prompts.registry import PromptRegistry
    from subtext.prompts.spec import AxisSpec, Message, PromptSpec
    from subtext.settings import Settings

prompts = typer.Typer(name="prompts", help="List, show and render prompts and axes.", rich_markup_mode=None)


class Parts(StrEnum):
    """Parts of an analysis that a prompt asks for."""

    BOTH = "both"
    SUMMARY = "summary"
    FRAMING = "framing"

    @property
    def analysis_parts(self) -> frozenset[AnalysisPart]:
        """Return the parts as the registry names them."""
        parts: dict[Parts, frozenset[AnalysisPart]] = {
            Parts.BOTH: frozenset({"summary", "framing"}),
            Parts.SUMMARY: frozenset({"summary"}),
            Parts.FRAMING: frozenset({"framing"}),
        }
        return parts[self]


Ref = Annotated[
    str,
    typer.Argument(
        metavar="ID[@VERSION]", help="A prompt or an axis; the newest version without @.", show_default=False
    ),
]
Input = Annotated[str, typer.Argument(metavar="URL|FILE|-", help="The article to ask about.", show_default=False)]
PartsOption = Annotated[Parts, typer.Option("--parts", help="Parts to ask for.")]
Target = Annotated[str | None, typer.Option(help="Whose conduct is framed; inferred if omitted.")]


@prompts.callback()
def _group() -> None:
    """List, show and render prompts and axes."""


@prompts.command(
    name="list",
    short_help="List every prompt and axis with its digest.",
    epilog=format_examples("subtext prompts list", "subtext prompts list --json"),
)
def list_prompts(as_json: AsJson = False) -> None:
    """List every loaded prompt and axis with its digest."""
    from subtext.settings import load_settings

    rows = list(_rows(load_prompts(load_settings())))
    if as_json:
        print_data(json.dumps(rows, indent=2))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("kind", "ref", "what", "sha256"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(row["kind"], sanitize(row["ref"]), sanitize(row["what"]), row["sha256"][:12])
    console().print(table)


@prompts.command(
    short_help="Print one prompt or axis.",
    epilog=format_examples("subtext prompts show analysis", "subtext prompts show desperation-domination@1"),
)
def show(ref: Ref, as_json: AsJson = False) -> None:
    """Print one prompt or axis as YAML."""
    from subtext.settings import load_settings

    document = _spec(load_prompts(load_settings()), ref).file.model_dump(mode="json")
    print_data(escape_json(json.dumps(document, indent=2, ensure_ascii=False)) if as_json else _yaml(document))


@prompts.command(
    short_help="Print the messages that would be sent for an article.",
    epilog=format_examples(
        "subtext prompts render article.txt", "subtext prompts render article.txt --parts framing --json"
    ),
)
def render(
    source: Input,
    parts: PartsOption = Parts.BOTH,
    axis: AxisRef = None,
    target: Target = None,
    as_json: AsJson = False,
) -> None:
    """Print the messages that would be sent to a model for an article, without sending them.

    The fence around the article is random, as in every request.
    """
    from subtext.settings import load_settings

    messages = asyncio.run(_messages(source, parts, axis, target, load_settings()))
    if as_json:
        print_data(escape_json(json.dumps([asdict(message) for message in messages], indent=2, ensure_ascii=False)))
        return
    for message in messages:
        print_data(f"──── {message.role} ────\n{sanitize_lines(message.content)}\n")


def load_prompts(settings: Settings) -> PromptRegistry:
    """Load the prompts and axes of the settings; raises `PromptInvalid`."""
    from subtext.prompts.registry import PromptRegistry, default_root

    return PromptRegistry.load([default_root(), *([settings.prompts_dir] if settings.prompts_dir else [])])


async def _messages(
    source: str, parts: Parts, axis: str | None, target: str | None, settings: Settings
) -> tuple[Message, ...]:
    from subtext.engines.llm.output_schema import output_schema_for

    prompts = load_prompts(settings)
    spec, prompt = prompts.axis(axis or settings.axis), prompts.for_parts(parts.analysis_parts)
    article = await _article(source, settings)
    schema = output_schema_for(parts.analysis_parts, spec.axis).schema_text
    return prompt.render(spec, article=article.text, target=target, schema=schema, nonce=secrets.token_hex(8))


async def _article(source: str, settings: Settings) -> Article:
    from subtext.bootstrap.runtime import open_runtime
    from subtext.cli.inputs import InputOptions, read_article

    async with open_runtime(settings) as runtime:
        return await read_article(source, runtime.loader, InputOptions.from_settings(settings))


def _spec(prompts: PromptRegistry, ref: str) -> PromptSpec | AxisSpec:
    from subtext.errors import AxisNotFound, PromptNotFound

    try:
        return prompts.prompt(ref)
    except PromptNotFound as error:
        try:
            return prompts.axis(ref)
        except AxisNotFound:
            refs = ", ".join(row["ref"] for row in _rows(prompts))
            raise PromptNotFound(f"no such prompt or axis: ask for one of {refs}") from error


def _yaml(document: object) -> str:
    """Format as readable YAML: multi-line strings as blocks."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return yaml.dump(document, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=100).rstrip()


def _rows(prompts: PromptRegistry) -> Iterator[dict[str, str]]:
    for prompt in prompts.prompts():
        parts = " and ".join(sorted(prompt.parts))
        yield {"kind": "prompt", "ref": prompt.ref, "what": f"asks for {parts}", "sha256": prompt.sha256}
    for spec in prompts.axes():
        yield {"kind": "axis", "ref": spec.ref, "what": spec.axis.title, "sha256": spec.sha256}
