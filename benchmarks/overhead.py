"""What a request costs: Subtext beside the least that the SDK allows, and beside peers, in alternating rounds.

`make bench` prints the comparison with what Subtext itself installs; `make bench-peers` installs the peers, each in an
environment of its own, and writes docs/benchmarks.md with its plot. Linux only.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from benchmarks.articles import ARTICLE, OP_ED
from benchmarks.processes import PEERS, ROOT, Measurement, call, measure, model_process, service_process

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = ("lean", "parse", "subtext")
PEER_NAMES = ("instructor", "pydantic_ai", "langchain", "litellm")
PAGE, PLOT = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "images" / "benchmarks.svg"
UPSTREAM_S = 0.5
NOTES = {
    "lean": "FastAPI's routes alone, bytes in and out, the SDK's post of bytes over aiohttp. It checks no quote, keeps "
    "nothing, has no keys, limits, log or retries.",
    "parse": "FastAPI with `chat.completions.parse`, as most people write it. The same lack of checks.",
    "instructor": "FastAPI with instructor, JSON schema mode, no retries. It validates the form, not the quotes.",
    "pydantic_ai": "FastAPI with pydantic-ai, native output. The same.",
    "langchain": "FastAPI with langchain-openai, structured output. The same.",
    "litellm": "LiteLLM's proxy, which hands the completion on: it reads no answer at all.",
    "subtext": "Subtext as it is shipped: every quote found in the text, every sentence checked, injections looked "
    "for; keys and limits on, the log written and the answer kept (SQLite).",
}


@dataclass(frozen=True)
class Scenario:
    """One way of calling: the model's delay, connections at a time, requests a round and rounds."""

    title: str
    delay_s: float
    connections: int
    requests: int
    rounds: int


def scenarios(requests: int, rounds: int) -> tuple[Scenario, ...]:
    """Return what is measured, the main one first."""
    return (
        Scenario("a model that answers at once, 64 connections", 0.0, 64, requests, rounds),
        Scenario("a model that takes 500 ms, 32 in flight", UPSTREAM_S, 32, requests, max(1, rounds // 2)),
        Scenario("a model that takes 500 ms, 500 in flight", UPSTREAM_S, 500, max(1_500, requests), 1),
    )


def run(scenario: Scenario, names: Sequence[str]) -> dict[str, list[Measurement]]:
    """Measure every service in turn, round by round; each starts anew and is warmed up before it counts."""
    results: dict[str, list[Measurement]] = {name: [] for name in names}
    with model_process(scenario.delay_s) as model_port:
        for _ in range(scenario.rounds):
            for name in names:
                with service_process(name, model_port) as service:
                    call(service, 2 * scenario.connections, scenario.connections)
                    results[name].append(measure(service, scenario.requests, scenario.connections))
                sys.stderr.write(f"{scenario.title}: {name} {results[name][-1]}\n")
    return results


def median(rounds: Sequence[Measurement]) -> Measurement:
    """Return the median of each figure."""
    return Measurement(*(statistics.median(getattr(one, part.name) for one in rounds) for part in fields(Measurement)))


def table(scenario: Scenario, results: dict[str, list[Measurement]]) -> list[str]:
    """Return a table: medians, and the ratios of rounds that ran one after the other."""
    delay_ms = 1_000 * scenario.delay_s
    lines = [
        f"\n## {scenario.title[0].upper()}{scenario.title[1:]}\n",
        f"{scenario.rounds} alternating rounds of {scenario.requests:,} requests.\n",
        "| service | requests/s | CPU ms | lean = 1 (min..max) | p50 added ms | p99 added ms | RSS MB | start CPU s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, rounds in results.items():
        ratios = [one.cpu_ms / lean.cpu_ms for one, lean in zip(rounds, results["lean"], strict=True)]
        one = median(rounds)
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"
        added = f"{one.p50_ms - delay_ms:.0f} | {one.p99_ms - delay_ms:.0f}"
        speed = f"{one.per_s:.0f} | {one.cpu_ms:.2f} | {spread} | {added}"
        lines.append(f"| {name} | {speed} | {one.rss_mb:.0f} | {one.start_s:.1f} |")
    return lines


def page(measured: list[tuple[Scenario, dict[str, list[Measurement]]]]) -> str:
    """Return the page of results."""
    origin = "the op-ed beside the checkout" if OP_ED.name != "op_ed.txt" else "`benchmarks/op_ed.txt`"
    lines = [
        "# Benchmarks\n",
        f"Written by `make bench-peers`. The article: {origin}, {len(ARTICLE.split()):,} words; the model's answer: 4",
        "sentences with 5 quotes, 5 pieces of evidence. Each service is one process on one core; the model and the",
        f"callers have the others. Python {platform.python_version()}, {os.cpu_count()} cores,",
        f"load {os.getloadavg()[0]:.1f} at the end. Trust the ratios more than the seconds.\n",
        "![CPU a request, lean = 1](images/benchmarks.svg)",
    ]
    for scenario, results in measured:
        lines += table(scenario, results)
    names = measured[0][1]
    return "\n".join(
        [*lines, "\n## What each does, and does not\n", *(f"- **{name}**: {NOTES[name]}" for name in names), ""]
    )


def plot(results: dict[str, list[Measurement]]) -> str:
    """Return bars of CPU a request (SVG, written by hand: seven bars need no library)."""
    ratios = {name: median(rounds).cpu_ms / median(results["lean"]).cpu_ms for name, rounds in results.items()}
    scale = 350 / max(ratios.values())
    bars = [
        f'<text x="118" y="{30 * row + 21}" text-anchor="end">{name}</text>'
        f'<rect x="128" y="{30 * row + 6}" width="{ratio * scale:.0f}" height="20" '
        f'fill="{"#1f6feb" if name == "subtext" else "#9aa4b2"}"/>'
        f'<text x="{134 + ratio * scale:.0f}" y="{30 * row + 21}">{ratio:.1f} times</text>'
        for row, (name, ratio) in enumerate(sorted(ratios.items(), key=lambda item: item[1]))
    ]
    size = f'width="580" height="{30 * len(bars) + 10}"'
    style = 'font-family="system-ui, sans-serif" font-size="14" fill="#57606a"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n' + "\n".join(bars) + "\n</svg>\n"


def main() -> None:
    """Measure, print, and with peers write the page and its plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true", help="measure the peers, too, and write docs/benchmarks.md")
    parser.add_argument("--requests", type=int, default=1_000, help="requests a round")
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds")
    options = parser.parse_args()
    peers = [name for name in PEER_NAMES if (PEERS / name).is_dir()] if options.peers else []
    measured = [(one, run(one, [*OWN, *peers])) for one in scenarios(options.requests, options.rounds)]
    text = page(measured)
    sys.stdout.write(text)
    if options.peers:
        PAGE.write_text(text, encoding="utf-8")
        PLOT.write_text(plot(measured[0][1]), encoding="utf-8")


if __name__ == "__main__":
    main()
