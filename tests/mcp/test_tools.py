from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from structlog.testing import capture_logs

from subtext.bootstrap.runtime import open_runtime
from subtext.mcp.callers import get_local_caller
from subtext.mcp.reports import describe_progress
from subtext.mcp.server import build_server
from tests.support.api import TEXT, settings
from tests.support.mcp import text_of

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from subtext.mcp.callers import GetCaller


async def call(tool: str, arguments: dict[str, Any], get_caller: GetCaller = get_local_caller) -> CallToolResult:
    async with open_runtime(settings()) as analyses, Client(build_server(analyses, get_caller, "1")) as client:
        return await client.call_tool(tool, arguments)


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "detail"),
    [
        ("analyze_article", {}, "request_invalid", "exactly one of text, html and url"),
        ("analyze_article", {"text": TEXT, "axis": "none"}, "axis_unknown", "no such axis"),
        ("analyze_article", {"url": "http://10.0.0.1/"}, "url_refused", "10.0.0.1"),
        ("compare_articles", {"articles": [{"text": TEXT}, {}]}, "request_invalid", "sources.1"),
        ("verify_analysis", {"analysis": {}}, "request_invalid", "analysis.id"),
    ],
)
async def test_a_failure_is_the_problem_that_the_api_answers_with(
    tool: str, arguments: dict[str, Any], code: str, detail: str
) -> None:
    result = await call(tool, arguments)

    assert result.is_error
    assert result.structured_content["code"] == code
    assert f"({code}, request req-" in text_of(result)
    assert code == "url_refused" or detail in text_of(result)


@pytest.mark.parametrize(
    ("tool", "arguments", "detail"),
    [
        ("analyze_article", {"text": TEXT, "engine": "quantum"}, "engine: must be 'auto', 'llm' or 'local'"),
        ("analyze_article", {"text": {"canary": 5512}}, "text: "),
        ("compare_articles", {"articles": [{"text": TEXT}]}, "articles: "),
        (
            "compare_articles",
            {"articles": [{"text": TEXT, "source": "canary"}] * 2},
            "articles.0.source: unknown field",
        ),
        ("compare_articles", {}, "articles: required field"),
        (
            "verify_analysis",
            {"analysis": {}, "txt": "canary"},
            "txt: not an argument of verify_analysis, which takes analysis, text",
        ),
        ("verify_analysis", {"analysis": {}, "a": "canary", "b": 1}, "a, b: not an argument of verify_analysis"),
    ],
)
async def test_arguments_that_do_not_match_the_schema_are_named_and_not_repeated(
    tool: str, arguments: dict[str, Any], detail: str
) -> None:
    result = await call(tool, arguments)

    assert result.is_error
    assert result.structured_content["code"] == "request_invalid"
    assert text_of(result).startswith(detail)
    assert "canary" not in str(result)
    assert "pydantic" not in str(result)


async def test_an_unexpected_error_is_logged_with_its_place_and_repeats_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: object) -> Any:
        raise RuntimeError("secret-canary-5512")

    with capture_logs() as logged:
        result = await call("analyze_article", {"text": TEXT}, fail)

    assert result.structured_content["code"] == "internal"
    failure = next(entry for entry in logged if entry["event"] == "failed")
    assert failure["error"] == "RuntimeError"
    assert failure["at"][-1].endswith(" fail")
    assert "canary" not in text_of(result) + "".join(capsys.readouterr()) + str(logged)


async def test_one_source_that_fails_is_named_and_the_others_are_compared() -> None:
    result = await call(
        "compare_articles", {"articles": [{"text": TEXT}, {"text": TEXT, "outlet": "B"}, {"url": "http://10.0.0.1/"}]}
    )

    assert not result.is_error
    assert "- article 2 failed: " in text_of(result)


async def test_one_article_of_a_comparison_that_is_left_is_counted_as_one() -> None:
    result = await call("compare_articles", {"articles": [{"text": TEXT}, {"url": "http://10.0.0.1/"}]})

    assert text_of(result).startswith("1 article on ")


async def test_progress_says_what_is_being_done() -> None:
    messages: list[str | None] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        messages.append(message)

    async with (
        open_runtime(settings()) as analyses,
        Client(build_server(analyses, get_local_caller, "1")) as client,
    ):
        await client.call_tool("analyze_article", {"text": TEXT}, progress_callback=report)

    assert messages == ["reading the article", "the article is read: 66 words", "analyzing the article"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("status", {"stage": "analysing", "tokens": 80, "elapsed_s": 2.0}, "analyzing the article: 80 tokens written"),
        (
            "status",
            {"stage": "analysing", "tokens": 80, "passages_read": 1, "passages": 3},
            "analyzing the article: 1 of 3 passages read, 80 tokens written",
        ),
        ("partial", {"evidence": [{"quote": "a", "start": 0, "end": 1, "pole": "x"}]}, "1 quote is proven"),
        ("partial", {"evidence": [{"quote": "a", "start": 0, "end": 1, "pole": "x"}] * 2}, "2 quotes are proven"),
    ],
)
def test_progress_of_a_model_is_described(name: str, data: dict[str, Any], message: str) -> None:
    assert describe_progress(name, json.dumps(data)) == message
