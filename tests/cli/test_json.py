"""`--json` means the same on every command: a flag, and one JSON document on standard output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer.main

from subtext.cli.main import app
from tests.support.builders import BODY, TITLE
from tests.support.cli import leaves

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.cli import CliResult

    Subtext = Callable[..., CliResult]

# They run until they are stopped: no data, or one document for each event.
SILENT = {"mcp", "serve", "watch", "worker"}
# They ask a service: test_batch_client.py has one.
REMOTE = {"batch cancel", "batch results", "batch status"}
LABELLED = {"id": "a", "title": TITLE, "text": BODY, "target": "Orlan Freight", "label": "desperation"}


COMMANDS = dict(leaves(typer.main.get_command(app)))
PRINTING = sorted(COMMANDS.keys() - SILENT)
# What makes each print something; `{...}` are files.
CALLS = {
    "analyze": "analyze {article} --engine local",
    "axes check": "axes check",
    "axes list": "axes list",
    "axes new": "axes new hope-fear --negative fear --positive hope -o {folder}",
    "batch run": "batch run {lines} -o {out} --engine local",
    "config show": "config show",
    "db status": "db status",
    "db upgrade": "db upgrade",
    "demo": "demo",
    "doctor": "doctor",
    "eval export-feedback": "eval export-feedback",
    "eval measure": "eval {labelled} --engine local",
    "healthcheck": "healthcheck --port 1",
    "history export": "history export",
    "keys create": "keys create --owner newsroom",
    "keys list": "keys list",
    "keys revoke": "keys revoke none",
    "openapi": "openapi",
    "prompts list": "prompts list",
    "prompts render": "prompts render {article}",
    "prompts show": "prompts show analysis",
    "verify": "verify {answer}",
    "version": "version",
}


@pytest.fixture
def files(tmp_path: Path, subtext: Subtext, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    monkeypatch.setenv("SUBTEXT_STORE_DATABASE_URL", f"sqlite:///{tmp_path / 'kept.db'}")
    monkeypatch.setenv("SUBTEXT_KEYS_PEPPER", "a" * 64)
    contents = {
        "article": BODY,
        "lines": json.dumps({"custom_id": "a", "text": BODY}),
        "labelled": json.dumps(LABELLED),
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    named = {name: tmp_path / name for name in (*contents, "out", "answer", "folder")}
    answer = subtext("analyze", named["article"], "--engine", "local", "--json", "--include", "text")
    named["answer"].write_text(answer.out, encoding="utf-8")
    return named


@pytest.mark.parametrize("name", PRINTING)
def test_every_command_that_prints_data_has_the_same_flag(name: str) -> None:
    (option,) = [option for option in COMMANDS[name].params if "--json" in option.opts]

    assert option.is_flag
    assert not option.default
    assert not option.secondary_opts


@pytest.mark.parametrize("name", sorted(set(PRINTING) - REMOTE))
def test_with_it_standard_output_is_one_document(name: str, files: dict[str, Path], subtext: Subtext) -> None:
    ran = subtext(*CALLS[name].format(**files).split(), "--json")

    assert isinstance(json.loads(ran.out), dict | list)


def test_a_document_says_what_the_lines_for_people_say(files: dict[str, Path], subtext: Subtext) -> None:
    created = json.loads(subtext("keys", "create", "--owner", "newsroom", "--json").out)
    revoked = json.loads(subtext("keys", "revoke", created["id"], "--json").out)
    again = subtext("keys", "revoke", created["id"], "--json")
    tables = json.loads(subtext("db", "status", "--json").out)
    answered = json.loads(subtext("batch", "run", files["lines"], "-o", files["out"], "--json").out)

    assert (created["owner"], created["key"].startswith("sbt_")) == ("newsroom", True)
    assert revoked == {"id": created["id"], "revoked": True}
    assert (again.code, json.loads(again.out)["revoked"]) == (1, False)
    assert tables["revision"] == tables["newest"] == subtext("db", "status").out.strip()
    assert answered == {"output": str(files["out"]), "failed": 0, "stopped": False}
    assert json.loads(subtext("version", "--json").out)["name"] == "subtext"
