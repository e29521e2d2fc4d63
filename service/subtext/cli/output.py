"""How an answer leaves the command line: for a person, for a program, or as a page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from subtext.cli.terminal import console, emit, json_safe, note
from subtext.domain.errors import RequestInvalid

if TYPE_CHECKING:
    from subtext.domain.analysis import Analysis

STDOUT = "-"


class Format(StrEnum):
    """How an answer is written."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Output:
    """How answers leave: their format, whether they hold the article's text, and the file for a page (None: stdout)."""

    format: Format = Format.TEXT
    include_text: bool = False
    page: Path | None = None

    @classmethod
    def chosen(cls, form: Format | None, html: str | None, *, as_json: bool, include_text: bool) -> Output:
        """What the options say; raises `RequestInvalid` when they contradict each other."""
        wanted = {name for name in (form, Format.JSON if as_json else None, Format.HTML if html else None) if name}
        if len(wanted) > 1:
            raise RequestInvalid(f"choose one format: {' and '.join(sorted(wanted))} contradict each other")
        page = Path(html) if html and html != STDOUT else None
        return cls(next(iter(wanted), Format.TEXT), include_text, page)

    def write(self, analysis: Analysis) -> None:
        """One answer, in this format."""
        if self.format is Format.HTML:
            self._write_page(analysis)
            return
        from subtext.schemas.analysis import AnalysisView

        view = AnalysisView.of(analysis, include_text=self.include_text)
        if self.format is Format.TEXT:
            from subtext.cli.readable import show

            show(view, console())
        else:
            emit(json_safe(view.model_dump_json(indent=2 if self.format is Format.JSON else None)))

    def _write_page(self, analysis: Analysis) -> None:
        from subtext.web.exports import render_report

        page = render_report(analysis)
        if self.page is None:
            emit(page)
            return
        try:
            self.page.write_text(page, encoding="utf-8")
        except OSError as error:
            raise RequestInvalid(f"{self.page} cannot be written: {(error.strerror or str(error)).lower()}") from error
        note(f"the page is in {self.page}")
