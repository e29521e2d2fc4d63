"""What a request costs: Subtext beside the least that the SDK allows, and beside peers, in alternating rounds.

`make bench` prints the comparison with what Subtext itself installs; `make bench-peers` installs the peers, each in an
environment of its own, and writes docs/benchmarks.md with its plot, which takes about an hour; with QUICK=1 it takes
under eight minutes. Let the machine be idle. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import sys
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from benchmarks import footprint
from benchmarks.articles import ARTICLE, OP_ED
from benchmarks.load import TIMES, Overload, overload
from benchmarks.processes import PEERS, ROOT, Measurement, call, measure, model_process, service_process

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = ("lean", "parse", "subtext")
PEER_NAMES = ("instructor", "pydantic_ai", "langchain", "litellm")
PAGE, PLOT = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "images" / "benchmarks.svg"
UPSTREAM_S = 0.5
_COMMAND = "python -m benchmarks.overhead --peers"
_OK = 200
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

    number: int
    title: str
    delay_s: float
    connections: int
    requests: int
    rounds: int


@dataclass(frozen=True)
class Extent:
    """How much is measured: requests and rounds of the first scenario, seconds of overload."""

    requests: int
    rounds: int
    overload_s: float


FULL, QUICK = Extent(1_000, 5, 60.0), Extent(400, 2, 20.0)


def scenarios(extent: Extent) -> tuple[Scenario, ...]:
    """Return what is measured, the main one first."""
    requests, rounds = extent.requests, extent.rounds
    return (
        Scenario(1, "a model that answers at once, 64 connections", 0.0, 64, requests, rounds),
        Scenario(2, "a model that takes 500 ms, 32 in flight", UPSTREAM_S, 32, requests, max(1, rounds // 2)),
        Scenario(3, "a model that takes 500 ms, 500 in flight", UPSTREAM_S, 500, 1_000 + requests // 2, 1),
    )


def run(scenario: Scenario, names: Sequence[str]) -> dict[str, list[Measurement]]:
    """Measure every service in turn, round by round; each starts anew and is warmed up before it counts."""
    results: dict[str, list[Measurement]] = {name: [] for name in names}
    with model_process(scenario.delay_s) as model_port:
        for _ in range(scenario.rounds):
            for name in names:
                with service_process(name, model_port) as service:
                    call(service, max(128, scenario.connections), scenario.connections)
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
        (
            f"`{_COMMAND} --scenario {scenario.number}`: {scenario.rounds} alternating rounds of {scenario.requests:,} "
            "requests.\n"
        ),
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


def overload_table(result: Overload) -> list[str]:
    """Return what Subtext does, with default settings, with five times the calls that it can answer."""
    refused = sorted(ms for status, times in result.seen.ms.items() if status != _OK for ms in times)
    answered = sorted(result.seen.ms.get(_OK, [0.0]))
    others = ", ".join(str(status) for status in sorted(result.seen.ms) if status != _OK) or "none"
    answered_ms, share = statistics.median(answered), result.goodput / result.capacity
    row = (
        f"{result.capacity:.0f} | {result.goodput:.0f} ({share:.0%}) | {answered_ms:.0f}",
        f"{len(refused):,} ({others}) | {_percentile(refused, 50):.0f} | {_percentile(refused, 99):.0f}",
        f"{result.recovery_s:.1f}",
    )
    return [
        f"\n## {TIMES} times the capacity, a model that takes 500 ms\n",
        "`python -m benchmarks.load overload`: Subtext with default settings, each call on a connection of its own,",
        "callers and model on the same cores.\n",
        "| capacity/s | answered/s | p50 ms | refused | p50 ms | p99 ms | well again after s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        f"| {' | '.join(row)} |",
    ]


def footprint_table(footprints: list[footprint.Footprint]) -> list[str]:
    """Return what Subtext needs to start, and its memory."""
    return ["\n## Start and memory of Subtext\n", "`python -m benchmarks.footprint`\n", *footprint.table(footprints)]


def _percentile(times: Sequence[float], share: int) -> float:
    return times[min(len(times) - 1, len(times) * share // 100)] if times else 0.0


def page(measured: list[tuple[Scenario, dict[str, list[Measurement]]]], more: Sequence[str] = ()) -> str:
    """Return the page of results, with further tables."""
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
    lines += more
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
    parser.add_argument("--quick", action="store_true", help="fewer requests and rounds: under eight minutes in all")
    parser.add_argument("--scenario", type=int, choices=(1, 2, 3), help="measure this one alone, and write nothing")
    options = parser.parse_args()
    extent = QUICK if options.quick else FULL
    peers = [name for name in PEER_NAMES if (PEERS / name).is_dir()] if options.peers else []
    chosen = [one for one in scenarios(extent) if options.scenario in {None, one.number}]
    measured = [(one, run(one, [*OWN, *peers])) for one in chosen]
    more: list[str] = []
    if options.scenario is None:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        more += overload_table(asyncio.run(overload(extent.overload_s)))
        more += footprint_table(asyncio.run(footprint.measure_all()))
    text = page(measured, more)
    sys.stdout.write(text)
    if options.peers and options.scenario is None:
        PAGE.write_text(text, encoding="utf-8")
        PLOT.write_text(plot(measured[0][1]), encoding="utf-8")


if __name__ == "__main__":
    main()
