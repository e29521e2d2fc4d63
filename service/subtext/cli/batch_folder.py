"""Read a folder of text and HTML files as a batch: one item per file; a file that cannot be read is a rejected item."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from subtext.cli.inputs import HTML_SUFFIXES, decode_text
from subtext.errors import RequestInvalid, SubtextError, describe_os_error

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUFFIXES = {".txt", ".md", *HTML_SUFFIXES}
_ID_CHARS = re.compile(r"[^\x21-\x7e]+")
_ID_MAX = 64


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """File or folder that cannot be read as text: its item fails with this error."""

    custom_id: str
    error: SubtextError

    def to_line(self) -> bytes:
        """Return a line without an article, which every service rejects: it keeps the item's place among the others."""
        return json.dumps({"custom_id": self.custom_id}).encode()

    def to_problem(self) -> str:
        """Return the problem of the item as JSON."""
        from subtext.domain.batch import BATCHES_PATH
        from subtext.schemas.problem import problem_from_error

        return problem_from_error(self.error, instance=BATCHES_PATH, request_id="local").model_dump_json()


@dataclass(slots=True)
class FolderListing:
    """What a folder holds: the paths of articles, the folders that cannot be listed, and counts of what is left out."""

    articles: list[Path] = field(default_factory=list)
    unlisted: dict[Path, OSError] = field(default_factory=dict)
    hidden: int = 0
    other: int = 0
    links: int = 0

    def describe_omissions(self) -> str:
        """Return what is left out, as one phrase; empty if nothing is."""
        counts = (
            (self.other, "not ending in .txt, .md or .html"),
            (self.hidden, "hidden"),
            (self.links, "that links to a folder" if self.links == 1 else "that link to folders"),
        )
        return "; ".join(f"{count:,} {reason}" for count, reason in counts if count)


def list_folder(folder: Path) -> FolderListing:
    """List a folder and those in it, but for hidden ones and links; raises `RequestInvalid` if it cannot be listed."""
    listing = FolderListing()
    for parent, folders, files in os.walk(folder, onerror=lambda error: _note_unlisted(listing, error)):
        visible = [name for name in folders if not name.startswith(".")]
        listing.hidden += len(folders) - len(visible)
        listing.links += sum(_is_link(Path(parent, name)) for name in visible)
        folders[:] = visible
        for name in files:
            _sort_file(listing, Path(parent, name))
    if folder in listing.unlisted:
        raise RequestInvalid(f"{folder} cannot be read: {describe_os_error(listing.unlisted[folder])}")
    return listing


def read_folder(folder: Path) -> Iterator[bytes | RejectedFile]:
    """Return a line for each article, in the order of their paths; raises `RequestInvalid` if there is none."""
    listing = list_folder(folder)
    if not (listing.articles or listing.unlisted):
        raise RequestInvalid(f"{folder} holds no .txt, .md or .html file")
    return _read_paths(folder, listing)


def _note_unlisted(listing: FolderListing, error: OSError) -> None:
    listing.unlisted[Path(error.filename)] = error


def _is_link(path: Path) -> bool:
    with suppress(OSError):
        return path.is_symlink()
    return False


def _sort_file(listing: FolderListing, path: Path) -> None:
    if path.name.startswith("."):
        listing.hidden += 1
    elif path.suffix.lower() in _SUFFIXES:
        listing.articles.append(path)
    else:
        listing.other += 1


def _read_paths(folder: Path, listing: FolderListing) -> Iterator[bytes | RejectedFile]:
    used_ids: set[str] = set()
    for path in sorted({*listing.articles, *listing.unlisted}):
        custom_id = _name_item(path.relative_to(folder), used_ids)
        try:
            if path in listing.unlisted:
                raise listing.unlisted[path]
            content = _read_file(path)
        except SubtextError as error:
            yield RejectedFile(custom_id, error)
        except OSError as error:
            yield RejectedFile(custom_id, _explain_unreadable(path, error))
        else:
            source = "html" if path.suffix.lower() in HTML_SUFFIXES else "text"
            yield json.dumps({"custom_id": custom_id, source: content}).encode()


def _read_file(path: Path) -> str:
    """Return the text of a file; raises `InvalidText` if it is none, and `RequestInvalid` for a pipe or a device."""
    if path.exists() and not path.is_file():
        raise RequestInvalid(f"{_printable(path)} is no regular file: remove it from the folder")
    return decode_text(_printable(path), path.read_bytes())


def _explain_unreadable(path: Path, error: OSError) -> RequestInvalid:
    if isinstance(error, FileNotFoundError):
        return RequestInvalid(f"{_printable(path)} is a link to a file that is not there: mend it, or remove it")
    reason = describe_os_error(error)
    return RequestInvalid(f"{_printable(path)} cannot be read: {reason}: change its permissions, or remove it")


def _printable(path: Path) -> str:
    """Return a path as text; bytes of its name that are not UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _name_item(path: Path, used_ids: set[str]) -> str:
    """Build an item id from a file name, reduced to allowed characters; a number makes it unique."""
    whole = _ID_CHARS.sub("_", path.as_posix())
    name, number = whole[-_ID_MAX:], 1
    while name in used_ids:
        number += 1
        ending = f"~{number}"
        name = whole[-(_ID_MAX - len(ending)) :] + ending
    used_ids.add(name)
    return name
