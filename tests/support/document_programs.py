"""Code of the documents as programs: the blocks of a page in one language, run as its reader would run them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.documents import read_blocks
from tests.support.patience import GIVE_UP_S
from tests.support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.documents import CodeBlock

LANGUAGES = {"sh": "sh", "bash": "sh", "python": "python", "py": "python", "ts": "ts", "js": "ts"}
"""The program that runs a block, by the word behind its fence."""
ANSWERS = ("json", "text")
"""Blocks in these languages show what the command before them prints."""
DELIVERY = "DOCUMENT_DELIVERY"
"""Variable that holds a signed message for the receivers of webhooks that a page defines."""
# What stands behind such a page's program: its receiver gets the message, and one that was changed on its way.
_RECEIVE = {
    "python": f"""
import json, os
delivery = json.loads(os.environ["{DELIVERY}"])
for suffix, status in (("", 204), (" ", 401)):
    assert receive((delivery["body"] + suffix).encode(), delivery["headers"], delivery["secret"]) == status
""",
    "ts": f"""
const delivery = JSON.parse(process.env.{DELIVERY} ?? "");
for (const [suffix, status] of [["", 204], [" ", 401]] as const) {{
  const answer = await receive(delivery.body + suffix, new Headers(delivery.headers), delivery.secret);
  if (answer !== status) throw new Error(`${{answer}}`);
}}
""",
}
_RECORD_SEPARATOR = "\x1e"
_PRINT = re.compile(r"^\s*(?:print|console\.log)\(.*\);?\s+(?:#|//) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Session:
    """Where a program runs: a folder with everything of the checkout, variables, and what its addresses stand for."""

    folder: Path
    variables: Mapping[str, str]
    addresses: Mapping[str, str]

    def localize(self, code: str) -> str:
        """Replace the addresses of the documents with those of this machine."""
        for address, local in self.addresses.items():
            code = code.replace(address, local)
        return code

    def run(self, *command: str | Path) -> str:
        """Run a program; return what it prints, or fail with what it says."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SUBTEXT_")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**environment, "PATH": path, **self.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            printed, said = process.communicate(timeout=GIVE_UP_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # also what it has left in the background
        assert process.returncode == 0, f"{printed[-2000:]}\n{said[-4000:]}"
        return str(printed)


def link_checkout(folder: Path) -> Path:
    """Fill a folder with links to everything in the checkout, so that what a program writes lands beside it."""
    for path in ROOT.iterdir():
        if path.name not in {".git", ".env"} and path.suffix != ".db":
            (folder / path.name).symlink_to(path)
    return folder


def select_blocks(path: Path, language: str) -> list[CodeBlock]:
    """Return the blocks of a page that run as one program."""
    words = [word for word, program in LANGUAGES.items() if program == language]
    return [block for block in read_blocks(path, *words) if block.reason is None]


def read_program(path: Path, language: str) -> str:
    """Join the blocks of a page to one program, each at its own line, so that an error names the line of the page."""
    program = ""
    for block in select_blocks(path, language):
        program += "\n" * (block.line - program.count("\n")) + block.code
    return program + (_RECEIVE[language] if re.search(r"\b(def|function) receive\(", program) else "")


def run_shell(session: Session, blocks: Sequence[CodeBlock]) -> list[str]:
    """Run blocks in one shell, which ends at the first command that fails; return what each of them prints."""
    separate = f"printf '{_RECORD_SEPARATOR}'\n"
    program = session.folder / "page.sh"
    program.write_text(session.localize("".join(block.code + separate for block in blocks)), encoding="utf-8")
    printed = session.run("bash", "-eu", "-o", "pipefail", program)
    return printed.split(_RECORD_SEPARATOR)[:-1]


def pair_answers(path: Path) -> list[tuple[CodeBlock, CodeBlock]]:
    """Return each command of a page whose output is shown, with the block that shows it."""
    pairs, command = [], None
    for block in read_blocks(path):
        if LANGUAGES.get(block.language) == "sh":
            command = block if block.reason is None else None
        elif block.language in ANSWERS and command is not None and block.reason is None:
            pairs.append((command, block))
            command = None
    return pairs


def require_answer(shown: CodeBlock, printed: str) -> None:
    """Require that a block shows a part of what was printed: in JSON or in lines, `…` standing for anything."""
    if shown.language == "json":
        fault = find_difference(json.loads(shown.code), json.loads(printed), "")
        assert fault is None, f"{shown.place}: {fault}"
        return
    require_lines(shown.code.splitlines(), printed, shown.place)


def find_difference(shown: Any, answer: Any, pointer: str) -> str | None:
    """Return the first place of a shown answer that the real one does not have; what is not shown may be anything."""
    if isinstance(shown, dict) and isinstance(answer, dict):
        missing = [name for name in shown if name not in answer]
        if missing:
            return f"{pointer}/{missing[0]} is not in the answer"
        faults = (find_difference(value, answer[name], f"{pointer}/{name}") for name, value in shown.items())
        return next((fault for fault in faults if fault), None)
    if isinstance(shown, list) and isinstance(answer, list):
        absent = [item for item in shown if all(find_difference(item, other, pointer) for other in answer)]
        return f"{pointer} has no {absent[0]}" if absent else None
    return None if is_shown_as(shown, answer) else f"{pointer} is {answer!r}, not {shown!r}"


def is_shown_as(shown: Any, answer: Any) -> bool:
    """Return whether a value is shown as it is: a number to the digits shown, a text with `…` for what is left out."""
    if isinstance(shown, str) and isinstance(answer, str):
        return re.fullmatch(_to_pattern(shown), answer, re.DOTALL) is not None
    if isinstance(shown, float) and isinstance(answer, int | float):
        return round(answer, len(str(shown).partition(".")[2])) == shown
    return type(shown) is type(answer) and bool(shown == answer)


def promised_lines(code: str) -> list[str]:
    """Return what the comments behind a program's prints say that it prints."""
    return _PRINT.findall(code)


def require_lines(lines: Sequence[str], printed: str, place: str) -> None:
    """Require that every line was printed, `…` standing for anything."""
    known = [line.rstrip() for line in printed.splitlines()]
    absent = [line for line in lines if not any(re.fullmatch(_to_pattern(line.rstrip()), other) for other in known)]
    assert absent == [], f"{place}: not printed; printed was\n{printed}"


def _to_pattern(text: str) -> str:
    return ".*".join(re.escape(part) for part in text.split("…"))
