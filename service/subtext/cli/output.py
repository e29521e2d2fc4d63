"""Write an analysis in the chosen format: text, JSON, NDJSON or an HTML page."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from subtext.cli.terminal import console, escape_json, print_data, print_note, write_all
from subtext.errors import RequestInvalid, describe_os_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from subtext.domain.analysis import Analysis

STDOUT = "-"
# Every command that prints data has this flag: one JSON document, and nothing else, on standard output.
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
OutputFile = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of standard output.")
]


class Format(StrEnum):
    """Output format."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Output:
    """Output options of an analysis.

    `page` is the file of an HTML page (None: standard output); JSON is also written to `file` if it is set.
    """

    format: Format = Format.TEXT
    include_text: bool = False
    page: Path | None = None
    file: Path | None = None

    @classmethod
    def from_options(
        cls, form: Format | None, html: str | None, *, as_json: bool, include_text: bool, file: Path | None = None
    ) -> Output:
        """Build from the options; raises `RequestInvalid` if they contradict each other."""
        formats = {name for name in (form, Format.JSON if as_json else None, Format.HTML if html else None) if name}
        if len(formats) > 1:
            raise RequestInvalid(f"choose one format: {' and '.join(sorted(formats))} contradict each other")
        page = Path(html) if html and html != STDOUT else None
        return cls(next(iter(formats), Format.TEXT), include_text, page, file)

    def write(self, analysis: Analysis) -> None:
        """Write one analysis in the chosen format, and also as JSON to `file`."""
        if self.file is not None:
            from subtext.schemas.analysis import AnalysisView

            view = AnalysisView.of(analysis, include_text=self.include_text)
            write_file(self.file, escape_json(view.model_dump_json(indent=2)))
            print_note(f"the analysis is in {self.file}")
        if self.format is Format.HTML:
            self._write_page(analysis)
            return
        from subtext.schemas.analysis import AnalysisView

        view = AnalysisView.of(analysis, include_text=self.include_text)
        if self.format is Format.TEXT:
            from subtext.cli.text_report import print_analysis

            print_analysis(view, console())
        else:
            print_data(escape_json(view.model_dump_json(indent=2 if self.format is Format.JSON else None)))

    def _write_page(self, analysis: Analysis) -> None:
        from subtext.web.exports import render_report

        page = render_report(analysis)
        if self.page is None:
            print_data(page)
            return
        write_file(self.page, page)
        print_note(f"the page is in {self.page}")


def require_writable(file: Path | None) -> None:
    """Raise `RequestInvalid` if a file could not be written: better at the start than after hours."""
    if file is not None and (file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK)):
        raise RequestInvalid(f"{file} cannot be written: name a file in an existing folder that you may write to")


@contextmanager
def explain_unwritable(file: Path) -> Iterator[None]:
    """Raise `RequestInvalid` with the reason if writing to a file fails inside the context."""
    try:
        yield
    except OSError as error:
        raise RequestInvalid(f"{file} cannot be written: {describe_os_error(error)}") from error


def write_file(file: Path, document: str) -> None:
    """Write a document to a file; raises `RequestInvalid` if that cannot be done."""
    with explain_unwritable(file):
        file.write_text(document + "\n", encoding="utf-8")


@contextmanager
def open_output(file: Path | None) -> Iterator[BinaryIO]:
    """Open a file, or standard output for None, as an unbuffered stream; raises `RequestInvalid` for the file."""
    if file is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with explain_unwritable(file), file.open("wb", buffering=0) as stream:
        yield stream


@contextmanager
def open_json_list(stream: BinaryIO) -> Iterator[Callable[[str], None]]:
    """Yield what writes a JSON document to the stream as an element of one list, an element a line.

    The list stays open if the context ends with an error, so that no reader takes a part for the whole.
    """
    before = b"["

    def write(document: str) -> None:
        nonlocal before
        write_all(stream, before + b"\n" + escape_json(document).encode())
        before = b","

    yield write
    write_all(stream, b"[]\n" if before == b"[" else b"\n]\n")
