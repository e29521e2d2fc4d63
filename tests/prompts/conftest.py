from __future__ import annotations

import pytest

from subtext.prompts.registry import PromptRegistry, default_root


@pytest.fixture(scope="session")
def shipped() -> PromptRegistry:
    return PromptRegistry.load([default_root()])
