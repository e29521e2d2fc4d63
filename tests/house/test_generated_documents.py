"""Documents that are written from the code: they fail when they are out of date; `make snapshots` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from subtext.errors import SubtextError
from subtext.schemas.problem import HTTP_PROBLEMS, http_status
from subtext.settings import Settings, origins
from tests.support.engine_faults import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.settings import Origin

ROOT = Path(__file__).resolve().parents[2]
SETTINGS_HEAD = """\
# Settings

Every setting of Subtext. The order of precedence is: command-line option, `SUBTEXT_*` variable, `SUBTEXT_*_FILE` (the
path of a file that holds the value: for secrets), `.env` in the working directory, a file in `/run/secrets`, default.
`subtext config show` prints each effective value and its source; secrets are masked.

If a model server's certificate is signed by your own CA, set `SUBTEXT_LLM_CA_FILE` (or `SUBTEXT_LLM2_CA_FILE`) to a PEM
file of CA certificates; they are trusted besides the system's, for that server only. `SSL_CERT_FILE` and `SSL_CERT_DIR`
replace the system's, as for any program that uses OpenSSL; files in that folder are named by their hashes (`openssl
rehash`). A file that cannot be read is an error at start. Proxies of the environment (`HTTPS_PROXY`) are never used for
a model: an article is sent to the configured address only.

| variable | default | what it does |
| --- | --- | --- |
"""
ERRORS_HEAD = """\
# Problems

Every error is `application/problem+json` (RFC 9457) with `type`, `title`, `status`, `detail`, `instance`,
`code`, `request_id`, `retryable` and `errors`. Decide on `code` and `retryable`; `detail` is a sentence for people:
what happened, and what to do. The input is never repeated. More codes may be added.

| code | status | retryable | meaning |
| --- | --- | --- | --- |
"""
FAULTS_HEAD = """
## When the model fails

The response for each known failure of a model server. With `fallback: auto`, the default, the next engine is used:
`200 degraded` is an analysis by the embedded engine, with `degraded` and the reason among its `warnings` and every
call in `usage.attempts`. If that engine does not support the axis or the language, or with `fallback: never`, the
response is the problem. Over `text/event-stream` it is the same object or problem, as the event `result` or `error`.
Each row is a test on real sockets: `pytest tests/engines/llm/test_fault_matrix.py`. The shapes of servers' errors
(OpenAI, Anthropic, Gemini, Azure, AWS, vLLM, llama.cpp, Ollama, OpenRouter and others), including those with status
200, are rows of `pytest tests/engines/llm/test_server_shapes.py`.

A server that fails too often, or that only its operator can repair, is not called for a while (circuit breaker).
Requests meanwhile get the last error and the remaining time: with its own code if an operator must act
(`engine_misconfigured`, `engine_quota_exhausted`), else with `engine_unavailable`. Retry-After is that time.

| what the server does | `fallback: never` | `fallback: auto` |
| --- | --- | --- |
"""
ENV_HEAD = """\
# Copy to .env and uncomment what you change. docs/settings.md says more; `subtext config show` prints all values.
# Any variable can be given as a file instead: SUBTEXT_LLM_API_KEY_FILE=/run/secrets/key
"""


@pytest.fixture(scope="module")
def defaults() -> list[Origin]:
    """Each setting as it stands when nothing is set."""
    fresh = Settings.model_construct()
    return list(origins(fresh))


def settings_table(defaults: list[Origin]) -> Iterator[str]:
    for item in defaults:
        shown = f"`{item.value}`" if item.value else "–"
        yield f"| `{item.variable}` | {shown} | {item.description} |\n"


def problem_rows() -> Iterator[str]:
    known = {kind.code: kind for kind in _leaves(SubtextError)}
    for code, kind in known.items():
        yield _row(code, http_status(kind), (kind.__doc__ or "").splitlines()[0], retryable=kind.retryable)
    for status, (code, detail) in HTTP_PROBLEMS.items():
        if code not in known:
            yield _row(code, status, f"{detail[0].upper()}{detail[1:]}.", retryable=status in {408, 500})


def fault_rows() -> Iterator[str]:
    for row in ROWS:
        yield f"| {row.what} | {_outcome(row.strict)} | {_outcome(row.usual)} |\n"


def _outcome(outcome: str) -> str:
    status, _, word = outcome.partition(" ")
    return f"{status} `{word}`" if "_" in word else outcome


def _row(code: str, status: int, meaning: str, *, retryable: bool) -> str:
    return f"| `{code}` | {status} | {'yes' if retryable else 'no'} | {meaning} |\n"


def _leaves(kind: type[SubtextError]) -> Iterator[type[SubtextError]]:
    children = kind.__subclasses__()
    if not children:
        yield kind
    for child in children:
        yield from _leaves(child)


def _require_current(path: Path, expected: str) -> None:
    if os.environ.get("SUBTEXT_UPDATE_SNAPSHOTS"):
        path.write_text(expected, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == expected, f"{path.name} is out of date: run `make snapshots`"


def test_every_setting_is_documented(defaults: list[Origin]) -> None:
    _require_current(ROOT / "docs" / "settings.md", SETTINGS_HEAD + "".join(settings_table(defaults)))


def test_the_sample_environment_has_every_setting(defaults: list[Origin]) -> None:
    lines = (f"\n# {item.description}\n#{item.variable}={item.value}\n" for item in defaults)
    _require_current(ROOT / ".env.example", ENV_HEAD + "".join(lines))


def test_every_problem_is_documented() -> None:
    sections = (ERRORS_HEAD, *problem_rows(), FAULTS_HEAD, *fault_rows())
    _require_current(ROOT / "docs" / "errors.md", "".join(sections))


def test_every_setting_says_what_it_does(defaults: list[Origin]) -> None:
    assert all(item.description.endswith(".") for item in defaults)
