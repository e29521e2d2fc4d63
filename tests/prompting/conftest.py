from __future__ import annotations

import pytest

from subtext.prompting.registry import PromptBook, shipped_root


@pytest.fixture(scope="session")
def shipped() -> PromptBook:
    return PromptBook.load([shipped_root()])
