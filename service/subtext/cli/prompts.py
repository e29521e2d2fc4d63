"""`subtext prompts`: what a model is asked, to list, to read, and to see as it would be sent."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from subtext.cli.examples import examples
from subtext.cli.output import AsJson  # noqa: TC001 - typer reads the annotation
from subtext.cli.terminal import clean, clean_lines, console, emit, json_safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.analyst.ports import Part
    from subtext.domain.article import Article
    from subtext.prompting.registry import PromptBook
    from subtext.prompting.spec import AxisSpec, Message, PromptSpec
    from subtext.settings import Settings

prompts = typer.Typer(name="prompts", help="What a model is asked: versioned prompts and axes.", rich_markup_mode=None)


class Parts(StrEnum):
    """What a prompt can ask for."""

    BOTH = "both"
    SUMMARY = "summary"
    FRAMING = "framing"

    @property
    def asked(self) -> frozenset[Part]:
        """The parts of an analysis."""
        named: dict[Parts, frozenset[Part]] = {
            Parts.BOTH: frozenset({"summary", "framing"}),
            Parts.SUMMARY: frozenset({"summary"}),
            Parts.FRAMING: frozenset({"framing"}),
        }
        return named[self]


Ref = Annotated[
    str,
    typer.Argument(
        metavar="ID[@VERSION]", help="A prompt or an axis; the newest version without @.", show_default=False
    ),
]
Input = Annotated[str, typer.Argument(metavar="URL|FILE|-", help="The article to ask about.", show_default=False)]
PartsOption = Annotated[Parts, typer.Option("--parts", help="What is asked for.")]
Target = Annotated[str | None, typer.Option(help="Whose conduct is framed; inferred when left out.")]
AxisRef = Annotated[str | None, typer.Option(help="Axis as id or id@version.")]


@prompts.callback()
def _group() -> None:
    """What a model is asked: versioned prompts and axes."""


@prompts.command(
    name="list",
    short_help="Every prompt and axis with its digest.",
    epilog=examples("subtext prompts list", "subtext prompts list --json"),
)
def list_prompts(as_json: AsJson = False) -> None:
    """Every prompt and axis that is loaded, with its digest."""
    from subtext.settings import load_settings

    rows = list(_rows(book_of(load_settings())))
    if as_json:
        emit(json.dumps(rows, indent=2))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in ("kind", "ref", "what", "sha256"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(row["kind"], clean(row["ref"]), clean(row["what"]), row["sha256"][:12])
    console().print(table)


@prompts.command(
    short_help="One prompt or axis, whole.",
    epilog=examples("subtext prompts show analysis", "subtext prompts show desperation-domination@1"),
)
def show(ref: Ref, as_json: AsJson = False) -> None:
    """One prompt or axis, whole, as YAML."""
    from subtext.settings import load_settings

    document = _spec(book_of(load_settings()), ref).file.model_dump(mode="json")
    emit(json_safe(json.dumps(document, indent=2, ensure_ascii=False)) if as_json else _yaml(document))


@prompts.command(
    short_help="The messages that would be sent for an article.",
    epilog=examples("subtext prompts render article.txt", "subtext prompts render article.txt --parts framing --json"),
)
def render(
    source: Input,
    parts: PartsOption = Parts.BOTH,
    axis: AxisRef = None,
    target: Target = None,
    as_json: AsJson = False,
) -> None:
    """The messages that would be sent to a model for an article; nothing is sent.

    The fence around the article is drawn at random, as it is for every request.
    """
    from subtext.settings import load_settings

    messages = asyncio.run(_messages(source, parts, axis, target, load_settings()))
    if as_json:
        emit(json_safe(json.dumps([asdict(message) for message in messages], indent=2, ensure_ascii=False)))
        return
    for message in messages:
        emit(f"──── {message.role} ────\n{clean_lines(message.content)}\n")


def book_of(settings: Settings) -> PromptBook:
    """The prompts and axes that these settings load; raises `PromptInvalid`."""
    from subtext.prompting.registry import PromptBook, shipped_root

    return PromptBook.load([shipped_root(), *([settings.prompts_dir] if settings.prompts_dir else [])])


async def _messages(
    source: str, parts: Parts, axis: str | None, target: str | None, settings: Settings
) -> tuple[Message, ...]:
    from subtext.engines.drafts import wire_form

    book = book_of(settings)
    spec, prompt = book.axis(axis or settings.axis), book.for_parts(parts.asked)
    article = await _article(source, settings)
    schema = wire_form(parts.asked, spec.axis).schema_text
    return prompt.render(spec, article=article.text, target=target, schema=schema, nonce=secrets.token_hex(8))


async def _article(source: str, settings: Settings) -> Article:
    from subtext.bootstrap.runtime import open_runtime
    from subtext.cli.sources import Taking, article_from

    async with open_runtime(settings) as runtime:
        return await article_from(source, runtime.loader, Taking.within(settings))


def _spec(book: PromptBook, ref: str) -> PromptSpec | AxisSpec:
    from subtext.domain.errors import AxisUnknown, PromptUnknown

    try:
        return book.prompt(ref)
    except PromptUnknown as error:
        try:
            return book.axis(ref)
        except AxisUnknown:
            known = ", ".join(row["ref"] for row in _rows(book))
            raise PromptUnknown(f"no such prompt or axis: ask for one of {known}") from error


def _yaml(document: object) -> str:
    """YAML as a person would write it: texts of several lines as blocks."""
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return yaml.dump(document, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=100).rstrip()


def _rows(book: PromptBook) -> Iterator[dict[str, str]]:
    for prompt in book.prompts():
        asks = " and ".join(sorted(prompt.parts))
        yield {"kind": "prompt", "ref": prompt.ref, "what": f"asks for {asks}", "sha256": prompt.sha256}
    for spec in book.axes():
        yield {"kind": "axis", "ref": spec.ref, "what": spec.axis.title, "sha256": spec.sha256}
