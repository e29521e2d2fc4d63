"""Files and folders of authorities that cannot be used: the service does not start, and names the variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.bootstrap.runtime import open_runtime
from subtext.engines.llm.model_endpoint import ModelEndpoint
from subtext.engines.llm.tls import load_tls_context
from subtext.errors import SettingsInvalid
from subtext.settings import LLMSettings, SecondLLMSettings
from tests.support.api import settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@dataclass(frozen=True)
class Unusable:
    id: str
    variable: str
    content: str | None
    """What the file holds, None where there is none."""
    reason: str


UNUSABLE = (
    Unusable("no file", "SUBTEXT_LLM_CA_FILE", None, "cannot be read"),
    Unusable("no certificate", "SUBTEXT_LLM_CA_FILE", "Hello.", "holds no certificate"),
    Unusable("nothing", "SUBTEXT_LLM_CA_FILE", "", "holds no certificate"),
    Unusable("no file of the second server", "SUBTEXT_LLM2_CA_FILE", None, "cannot be read"),
    Unusable("no file of the environment", "SSL_CERT_FILE", None, "cannot be read"),
    Unusable("a page of the environment", "SSL_CERT_FILE", "<html>", "holds no certificate"),
    Unusable("no folder", "SSL_CERT_DIR", None, "cannot be read"),
    Unusable("a file for a folder", "SSL_CERT_DIR", "Hello.", "cannot be read"),
)


@pytest.mark.parametrize("case", UNUSABLE, ids=lambda case: case.id)
async def test_what_cannot_be_used_is_told_at_start(
    case: Unusable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "named"
    if case.content is not None:
        path.write_text(case.content, encoding="utf-8")
    if case.variable.startswith("SSL_"):
        monkeypatch.setenv(case.variable, str(path))
    first, second = (path if case.variable == f"SUBTEXT_{name}_CA_FILE" else None for name in ("LLM", "LLM2"))
    llm = LLMSettings(base_url="https://a.example", model="m", ca_file=first)
    llm2 = SecondLLMSettings(base_url="https://b.example", model="m", ca_file=second)

    with pytest.raises(SettingsInvalid, match=f"{case.variable} names the .*{case.reason}"):
        async with open_runtime(settings(llm=llm, llm2=llm2)):
            pass


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="SUBTEXT_LLM_CA_FILE"):
        load_tls_context(ModelEndpoint("https://a.example", "m", ca_file=tmp_path))


def test_what_names_nothing_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "")

    assert load_tls_context(ModelEndpoint("https://a.example", "m")) is None
