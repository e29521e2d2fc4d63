"""Scaffold a new axis: its file, and a small labelled set to measure engines with."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from subtext.domain.axis import MIXED, NEITHER
from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLACEHOLDER = "TODO"
_ID = re.compile(r"[a-z][a-z0-9-]{0,47}")
_TEMPLATE = "axis_scaffold.yaml.j2"


def axis_path(root: Path, name: str, version: int = 1) -> Path:
    """Return the file of an axis version in a folder of axes and prompts."""
    return root / "axes" / name / f"v{version}" / "axis.yaml"


def set_path(root: Path, name: str) -> Path:
    """Return the labelled set of an axis in a folder of axes and prompts."""
    return root / "sets" / f"{name}.jsonl"


def scaffold_axis(root: Path, name: str, negative: str, positive: str) -> tuple[Path, Path]:
    """Write the file of a new axis and its set, full of placeholders; return both paths.

    Raises `RequestInvalid` if a name is not an id, or if a file is already there.
    """
    for part in (name, negative, positive):
        if not _ID.fullmatch(part):
            raise RequestInvalid(f"{part!r} is no id: use up to 48 small letters, digits and hyphens, a letter first")
    if len({negative, positive, MIXED, NEITHER}) < len((negative, positive, MIXED, NEITHER)):
        raise RequestInvalid(f"the poles must differ from each other, and from {MIXED} and {NEITHER}")
    documents = {
        axis_path(root, name): _render_axis(name, negative, positive),
        set_path(root, name): "".join(_rows(name, negative, positive)),
    }
    if existing := [path for path in documents if path.exists()]:
        raise RequestInvalid(f"{existing[0]} is already there: choose another name, or remove it first")
    for path, document in documents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document, encoding="utf-8")
    return axis_path(root, name), set_path(root, name)


def _render_axis(name: str, negative: str, positive: str) -> str:
    source = files("subtext.prompts").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - YAML, and the names are ids
    return environment.from_string(source).render(name=name, negative=negative, positive=positive)


def _rows(name: str, negative: str, positive: str) -> Iterator[str]:
    """Yield one row for each label."""
    for number, label in enumerate((negative, positive, MIXED, NEITHER), start=1):
        poles = {negative: [negative], positive: [positive], MIXED: [negative, positive]}.get(label, [])
        quotes = [f"words that show {pole}" for pole in poles]
        row = {
            "id": f"{name}-{number:02}",
            "title": f"{PLACEHOLDER}: a headline",
            "text": f"{PLACEHOLDER}: an article that is {label}. " + " ".join(f"{quote}." for quote in quotes),
            "target": f"{PLACEHOLDER}: the target",
            "label": label,
            "evidence": [{"quote": quote, "pole": pole} for quote, pole in zip(quotes, poles, strict=True)],
        }
        yield json.dumps(row, ensure_ascii=False) + "\n"
