"""`subtext batch run FOLDER`: which files are articles, which are left out, and which fail alone."""

from __future__ import annotations

import json
import os
import stat
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from subtext.asgi import create_app
from subtext.cli.batch_folder import list_folder, read_folder
from tests.support.api import TEXT, serve
from tests.support.batches import batch_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.cli import CliResult

LATIN1 = "Le café est fermé.".encode("latin-1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXT, encoding="utf-8")
    (folder / "z.txt").write_text(TEXT, encoding="utf-8")
    return folder


@pytest.fixture(params=["here", "service"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """The options that have a batch run on this machine, and on a service."""
    with ExitStack() as stack:
        if request.param == "here":
            yield ()
            return
        pytest.importorskip("dbos", reason="the extra `batch` is not installed")
        wire = stack.enter_context(serve(create_app(batch_settings(tmp_path))))
        yield ("--server", f"http://127.0.0.1:{wire.port}")


@contextmanager
def opened(folder: Path | str, parent: int | None = None) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY, dir_fd=parent)
    yield descriptor
    os.close(descriptor)


def results(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_a_file_that_is_not_text_fails_alone(
    folder: Path, tmp_path: Path, where: tuple[str, ...], subtext: Callable[..., CliResult]
) -> None:
    (folder / "m.txt").write_bytes(LATIN1)
    out = tmp_path / "out"

    ran = subtext("batch", "run", folder, "-o", out, "--engine", "local", *where)

    assert (ran.code, ran.out, ran.err) == (3, "", f"1 article failed: its problem is in {out}\n")
    assert [(item["custom_id"], item["position"], item["state"]) for item in results(out)] == [
        ("a.txt", 0, "done"),
        ("m.txt", 1, "failed"),
        ("z.txt", 2, "done"),
    ]
    failed = results(out)[1]
    assert (failed["result"], failed["problem"]["code"], failed["problem"]["retryable"]) == (
        None,
        "text_refused",
        False,
    )
    assert failed["problem"]["detail"] == (
        f"{folder}/m.txt is not UTF-8 (byte 0xe9 at offset 6): convert it first, for example with "
        "iconv -f latin1 -t utf-8"
    )


def test_a_batch_goes_on_after_a_file_that_failed(
    folder: Path, tmp_path: Path, subtext: Callable[..., CliResult]
) -> None:
    (folder / "m.txt").write_bytes(LATIN1)
    out, command = tmp_path / "out", ("batch", "run", folder, "--engine", "local", "-o")
    subtext(*command, out)
    whole = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(b"".join(whole[:2]))

    ran = subtext(*command, out, "--json")

    assert (ran.code, json.loads(ran.out)["failed"]) == (3, 1)
    assert [item["custom_id"] for item in results(out)] == ["a.txt", "m.txt", "z.txt"]
    assert out.read_bytes().startswith(whole[0] + whole[1])


def test_what_cannot_be_read_fails_with_its_path_and_what_to_do(
    folder: Path, tmp_path: Path, subtext: Callable[..., CliResult]
) -> None:
    (folder / "b.txt").symlink_to(folder / "gone.txt")
    (folder / "c.txt").symlink_to("c.txt")
    # Reading it fails for every user, also for one who may read all files.
    (folder / "d.txt").symlink_to("/proc/self/mem")
    os.mknod(folder / "e.txt", stat.S_IFSOCK | 0o600)
    (folder / "f.txt").write_bytes(b"%PDF-1.7")
    Path(os.fsdecode(os.fsencode(folder) + b"/g\xff.txt")).symlink_to("gone")

    ran = subtext("batch", "run", folder, "-o", tmp_path / "out", "--engine", "local")

    assert ran.code == 3
    details = [item["problem"]["detail"] for item in results(tmp_path / "out") if item["state"] == "failed"]
    assert details == [
        f"{folder}/b.txt is a link to a file that is not there: mend it, or remove it",
        f"{folder}/c.txt cannot be read: too many levels of symbolic links: change its permissions, or remove it",
        f"{folder}/d.txt cannot be read: input/output error: change its permissions, or remove it",
        f"{folder}/e.txt is no regular file: remove it from the folder",
        f"{folder}/f.txt is a PDF, not text: extract its text first, for example with pdftotext",
        f"{folder}/g\\xff.txt is a link to a file that is not there: mend it, or remove it",
    ]


def test_what_is_left_out_is_told_in_one_line(folder: Path, tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    (folder / "inner" / ".git").mkdir(parents=True)
    for name in ("scan.pdf", "inner/table.xlsx", ".x.txt", "._a.txt", ".DS_Store", "inner/.git/note.md"):
        (folder / name).write_text(TEXT, encoding="utf-8")
    (folder / "more").symlink_to(tmp_path)

    ran = subtext("batch", "run", folder, "-o", tmp_path / "out", "--engine", "local")

    assert [item["custom_id"] for item in results(tmp_path / "out")] == ["a.txt", "z.txt"]
    assert ran.code == 0
    assert ran.err == (
        f"left out of {folder}: 2 not ending in .txt, .md or .html; 4 hidden; 1 that links to a folder\n"
        f"the results are in {tmp_path}/out\n"
    )


def test_a_hidden_folder_is_read_if_it_is_named(folder: Path, tmp_path: Path) -> None:
    hidden = folder.rename(tmp_path / ".articles")

    assert len(list(read_folder(hidden))) == 2


def test_a_folder_that_cannot_be_listed_is_an_item_that_fails(folder: Path) -> None:
    # A path that is too long cannot be listed by any user; it is made step by step, from folder to folder.
    deep, name = folder, "d" * 255
    with ExitStack() as stack:
        descriptor = stack.enter_context(opened(folder))
        while len(os.fsencode(deep)) < os.pathconf(folder, "PC_PATH_MAX"):
            deep /= name
            os.mkdir(name, dir_fd=descriptor)
            descriptor = stack.enter_context(opened(name, descriptor))

    assert list(list_folder(folder).unlisted) == [deep]
    rejected = [line for line in read_folder(folder) if not isinstance(line, bytes)]
    assert [(line.custom_id, line.error.detail) for line in rejected] == [
        ("d" * 64, f"{deep} cannot be read: file name too long: change its permissions, or remove it")
    ]


def test_a_folder_without_articles_is_refused(tmp_path: Path, subtext: Callable[..., CliResult]) -> None:
    (tmp_path / ".x.txt").write_text(TEXT, encoding="utf-8")

    ran = subtext("batch", "run", tmp_path, "-o", tmp_path / "out")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith(f"subtext: {tmp_path} holds no .txt, .md or .html file\n")
