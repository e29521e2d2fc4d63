"""Files as programs write them, given to every command that reads one: read, or refused in one clear sentence."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any

import pytest

from subtext.cli.batch_input import read_input, to_line
from subtext.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult

TEXT = (
    "Orlan Freight meets creditors\n\nOrlan Freight met its creditors on Monday. “Orlan Freight is begging for one "
    "more month,” said union leader Tessa Mair. The talks lasted three hours, and the company’s lawyers left without "
    "a word to the reporters who had waited in the café opposite."
)
ROW = {"custom_id": "a", "text": TEXT}
LINE = json.dumps(ROW, ensure_ascii=False)


def table(delimiter: str, end: str = "\r\n") -> str:
    return f'custom_id{delimiter}text{end}a{delimiter}"{TEXT}"{end}'


ODD = {
    "empty.txt": b"",
    "blank.txt": b" \n\t\n",
    "nul.txt": TEXT.encode() + b"\0" * 50,
    "utf8_bom.txt": codecs.BOM_UTF8 + TEXT.encode(),
    "utf16.txt": TEXT.encode("utf-16"),
    "utf16_be.txt": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    "utf32.txt": TEXT.encode("utf-32"),
    "utf16_cut.txt": TEXT.encode("utf-16")[:-1],
    "utf16_no_mark.txt": TEXT.encode("utf-16-le"),
    "cp1252.txt": TEXT.encode("cp1252"),
    "latin1.html": b"<html><body><p>Le caf\xe9 est ferm\xe9.</p></body></html>",
    "one_line.txt": b"a" * 300_000,
    "old_mac.txt": TEXT.replace("\n", "\r").encode(),
    "image.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "gzip.json": b"\x1f\x8b\x08\x00" + bytes(range(256)),
    "bom.jsonl": codecs.BOM_UTF8 + f"{LINE}\r\n{LINE}\r\n".encode(),
    "utf16.jsonl": f"{LINE}\r\n".encode("utf-16"),
    "cp1252.jsonl": LINE.encode("cp1252"),
    "list.json": f"[{LINE}]".encode(),
    "pretty.json": json.dumps(ROW, indent=2).encode(),
    "number.json": b"3",
    "deep.json": b"[" * 100_000,
    "nan.json": b'{"custom_id": "a", "text": NaN}',
    "half.json": LINE.encode()[:40],
    "nulls.json": json.dumps({**ROW, "cache": None, "include": None, "samples": None, "target": None}).encode(),
    "bom.csv": codecs.BOM_UTF8 + table(",").encode(),
    "semicolons.csv": table(";").encode(),
    "semicolons_bom.csv": codecs.BOM_UTF8 + table(";").encode(),
    "tabs_utf16.csv": table("\t").encode("utf-16"),
    "tabs.tsv": table("\t", "\n").encode(),
    "cp1252.csv": table(",").encode("cp1252"),
    "open_quote.csv": b'custom_id,text\na,"never closed',
    "long_cell.csv": f'custom_id,text\na,"{"word " * 30_000}"\n'.encode(),
    "nul.csv": b"custom_id,text\na,\0\0\n",
    "header_only.csv": b"custom_id,text\n",
    "no_header.csv": table(",").split("\r\n", 1)[1].encode(),
    "capitals.csv": table(",").replace("text", " Text").encode(),
    "ragged.csv": f'custom_id,text\na,"{TEXT}",too,many\nb\n'.encode(),
}
TABLES = (".csv", ".tsv")
LINES = (".json", ".jsonl")
# Each command with the kinds of files that people give it; all of them get what is no text at all.
COMMANDS = {
    "analyze {file} --engine local": (".txt", ".html", ".png", ".csv", ".json"),
    "verify {file}": (".png", *LINES),
    "prompts render {file}": (".txt", ".png"),
    "eval measure {file} --engine local": (".png", *LINES),
    "batch run {file} -o {out} --engine local": (".png", *LINES, *TABLES),
    "batch run {folder} -o {out} --engine local": (".txt", ".html", ".png"),
}
CALLS = [(name, command) for command, kinds in COMMANDS.items() for name in ODD if name.endswith(kinds)]
EXPECTED = {ExitCode.OK, ExitCode.FAILURE, ExitCode.USAGE, ExitCode.SOME_FAILED, ExitCode.REFUSED}


@pytest.mark.parametrize(("name", "command"), CALLS)
def test_an_odd_file_is_read_or_refused_in_one_sentence(
    name: str, command: str, tmp_path: Path, subtext: Callable[..., CliResult]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / name).write_bytes(ODD[name])
    words = command.format(file=folder / name, folder=folder, out=tmp_path / "out").split(" ")

    result = subtext(*words)

    assert result.code in EXPECTED
    assert "Traceback" not in result.err
    if result.code in {ExitCode.USAGE, ExitCode.REFUSED}:
        assert len(result.err.strip().splitlines()) <= 4


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(to_line(line).decode("utf-8-sig")) for line in read_input(path)]


@pytest.mark.parametrize(
    "name",
    [
        "bom.jsonl",
        "utf16.jsonl",
        "bom.csv",
        "semicolons.csv",
        "semicolons_bom.csv",
        "tabs_utf16.csv",
        "tabs.tsv",
        "capitals.csv",
    ],
)
def test_a_batch_reads_what_spreadsheets_write(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(ODD[name])

    assert rows(tmp_path / name)[0] == ROW


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("cp1252.csv", ExitCode.REFUSED, "is not UTF-8"),
        ("list.json", ExitCode.USAGE, "jq -c"),
        ("no_header.csv", ExitCode.USAGE, "semicolons"),
    ],
)
def test_what_a_batch_cannot_read_says_what_to_do(
    name: str, code: ExitCode, says: str, tmp_path: Path, subtext: Callable[..., CliResult]
) -> None:
    (tmp_path / name).write_bytes(ODD[name])

    result = subtext("batch", "run", tmp_path / name, "-o", tmp_path / "out")

    assert (result.code, says in result.err) == (code, True), result.err


def test_items_of_a_folder_are_named_after_their_files(tmp_path: Path) -> None:
    for path in ("a b.txt", "a_b.txt", "sub/ünder.html", f"{'x' * 80}.md"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(TEXT, encoding="utf-8")

    names = [row["custom_id"] for row in rows(tmp_path)]

    assert sorted(names) == ["a_b.txt", "a_b.txt~2", "sub/_nder.html", f"{'x' * 61}.md"]
