"""The TypeScript of the documents is compiled, strictly, and prints what its comments say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.document_programs import promised_lines, read_program, require_lines, select_blocks
from tests.support.documents import DOCUMENTS, name_page
from tests.support.typescript import build_client, require_node

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.support.document_programs import Session

PAGES = [document for document in DOCUMENTS if select_blocks(document, "ts")]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the compiled programs, by the names of the pages."""
    require_node()
    client = build_client(tmp_path_factory.mktemp("client"), {page.stem: read_program(page, "ts") for page in PAGES})
    return client / "dist" / "test" / "programs"


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_typescript_runs_and_prints_what_its_comments_say(
    page: Path, programs: Path, session_for: Callable[[Path], AbstractContextManager[Session]]
) -> None:
    program = programs / f"{page.stem}.js"
    with session_for(page) as session:
        program.write_text(session.localize(program.read_text(encoding="utf-8")), encoding="utf-8")
        printed = session.run("node", program)
    require_lines(promised_lines(read_program(page, "ts")), printed, name_page(page))


def test_there_are_pages_with_typescript() -> None:
    assert {"docs/clients.md", "docs/quickstart.md", "docs/tasks.md"} <= {name_page(page) for page in PAGES}
