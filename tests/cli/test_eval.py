from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.builders import BODY, TITLE
from tests.support.evals import jsonl

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.cli import CliResult

    Subtext = Callable[..., CliResult]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "desperation.txt"
ROW = {"title": TITLE, "text": BODY, "target": "Orlan Freight", "author": "desperation"}
PAIR = {"id": "a", "text": BODY, "summary": "Orlan Freight went back to its creditors.", "consistent": True}


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    return jsonl(
        tmp_path / "set.jsonl", {"id": "a", "label": "desperation", **ROW}, {"id": "b", "label": "mixed", **ROW}
    )


def test_the_shipped_sets_are_measured_at_once(subtext: Subtext) -> None:
    ran = subtext("eval", "--engine", "local")

    assert (ran.code, ran.err) == (0, "")
    for expected in ("local engine", "traps.jsonl", "macro-F1", "coded ↓", "articles/s", "Right by kind"):
        assert expected in ran.out


def test_a_report_can_be_kept_drawn_and_compared_with(labelled: Path, tmp_path: Path, subtext: Subtext) -> None:
    stored, page = tmp_path / "first.json", tmp_path / "first.html"

    first = subtext("eval", labelled, "--engine", "local", "-o", stored, "--html", page, "--counterfactuals")
    second = subtext("eval", labelled, "--engine", "local", "--compare", stored)

    assert (first.code, second.code) == (0, 0)
    assert first.err.splitlines() == [f"the report is in {stored}", f"the report is in {page}"]
    assert json.loads(stored.read_text(encoding="utf-8"))["figures"]["accuracy"] == 0.5
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "Counterfactuals" in first.out
    assert "McNemar, exact" in second.out


def test_json_on_standard_output_is_all_there_is_on_it(labelled: Path, subtext: Subtext) -> None:
    ran = subtext("eval", labelled, "--engine", "local", "--limit", "1", "--json")

    report = json.loads(ran.out)
    assert (ran.code, report["framing"]["articles"], report["subject"]["engine"]) == (0, 1, "local")


def test_the_check_of_summaries_is_measured_alone(tmp_path: Path, subtext: Subtext) -> None:
    ran = subtext("eval", "--faithfulness", jsonl(tmp_path / "pairs.jsonl", PAIR))

    assert ran.code == 0
    assert "Check of summaries" in ran.out
    assert "macro-F1" not in ran.out


def test_summaries_are_held_against_their_references(tmp_path: Path, subtext: Subtext) -> None:
    path = jsonl(tmp_path / "summaries.jsonl", {"id": "own-1", "text": BODY, "reference": "Orlan Freight asked again."})

    ran = subtext("eval", "--engine", "local", "--summaries", path)

    if find_spec("rouge_score") is None:
        assert (ran.code, ran.out) == (2, "")
        assert "pip install 'subtext[eval]'" in ran.err
    else:
        assert ran.code == 0
        assert "ROUGE F1 at 3 sentences" in ran.out


@pytest.mark.parametrize(
    ("gate", "code", "said"),
    [
        ("accuracy=0.5,opposite_rate=0", 0, ""),
        ("accuracy=0.6", 6, "subtext: accuracy should be at least 0.6, and it is 0.5000\n"),
        ("grounding=1", 2, "no such figure in this run: grounding; the figures are accuracy, macro_f1"),
        ("accuracy", 2, "accuracy is not a gate: write name=number"),
    ],
)
def test_a_gate_decides_how_it_ends(gate: str, code: int, said: str, labelled: Path, subtext: Subtext) -> None:
    ran = subtext("eval", labelled, "--engine", "local", "--gate", gate)

    assert ran.code == code
    assert said in ran.err


@dataclass(frozen=True)
class Refused:
    id: str
    args: tuple[str, ...]
    code: int
    said: str


REFUSED = [
    Refused("no such file", ("absent.jsonl",), 2, "absent.jsonl cannot be read: no such file"),
    Refused("no such engine", ("--engine", "llm"), 2, "no engine is configured under this name"),
    Refused("no such axis", ("--axis", "good-evil"), 2, "no such axis"),
    Refused("no such report", ("--compare", "absent.json"), 2, "absent.json cannot be read"),
    Refused("no place to write", ("--engine", "llm", "-o", "absent/a.json"), 2, "a.json cannot be written"),
    Refused("no place for the page", ("--html", "absent/report.html"), 2, "report.html cannot be written"),
    Refused("both to standard output", ("--json", "--html", "-"), 2, "cannot both go to standard output"),
    Refused("no articles", ("--limit", "0"), 2, "--limit"),
]


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.id)
def test_what_cannot_be_measured_is_told_in_one_line(refused: Refused, subtext: Subtext) -> None:
    ran = subtext("eval", *refused.args)

    assert (ran.code, ran.out) == (refused.code, "")
    assert refused.said in ran.err
    assert ran.err.count("\n") == 1


GOOD = {"id": "good", "label": "desperation", **ROW}


def test_a_run_goes_on_past_what_fails_and_names_it(tmp_path: Path, subtext: Subtext) -> None:
    path, page = tmp_path / "set.jsonl", tmp_path / "report.html"
    rows = [
        json.dumps({**GOOD, "id": "foreign", "text": "Der Minister sagte, dass es im Frühling sei. " * 9}),
        "{nonsense",
        json.dumps({**GOOD, "id": "empty", "title": "", "text": " "}),
        json.dumps({**GOOD, "id": "angry", "label": "angry"}),
        json.dumps(GOOD),
    ]
    path.write_text("\n".join(rows), encoding="utf-8")

    ran = subtext("eval", path, "--engine", "local", "--json", "--html", page)

    report = json.loads(ran.out)
    assert ran.code == 0
    assert [(failure["id"], failure["code"]) for failure in report["failures"]] == [
        ("set.jsonl, line 2", "row_invalid"),
        ("set.jsonl, line 4", "row_invalid"),
        ("foreign", "language_unsupported"),
        ("empty", "text_refused"),
    ]
    assert all(failure["message"] for failure in report["failures"])
    assert report["framing"]["failures"] == {"language_unsupported": 1, "text_refused": 1, "row_invalid": 2}
    assert report["figures"]["failure_rate"] == 4 / 5
    assert [answer["predicted"] for answer in report["answers"]] == [None, None, "desperation"]
    assert "4 rows or articles could not be measured" in ran.err
    assert "set.jsonl, line 4" in page.read_text(encoding="utf-8")


def test_people_are_told_of_each_failure_too(tmp_path: Path, subtext: Subtext) -> None:
    path = jsonl(tmp_path / "set.jsonl", GOOD, *({"id": str(number)} for number in range(30)))

    ran = subtext("eval", path, "--engine", "local")

    assert ran.code == 0
    assert "Not measured" in ran.out
    assert "set.jsonl, line 2" in ran.out
    assert "10 more" in ran.out


def test_a_text_over_the_limit_fails_alone(tmp_path: Path, subtext: Subtext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBTEXT_MAX_TEXT_CHARS", "1000")
    path = jsonl(tmp_path / "set.jsonl", {**GOOD, "id": "long", "text": BODY * 9}, GOOD)

    ran = subtext("eval", path, "--engine", "local", "--json")

    assert ran.code == 0
    assert [failure["code"] for failure in json.loads(ran.out)["failures"]] == ["text_too_long"]


def test_where_nothing_can_be_measured_there_is_a_report_and_a_failure(tmp_path: Path, subtext: Subtext) -> None:
    path = jsonl(tmp_path / "set.jsonl", {**GOOD, "title": "", "text": " "})

    ran = subtext("eval", path, "--engine", "local", "--json")

    assert ran.code == 5
    assert [failure["code"] for failure in json.loads(ran.out)["failures"]] == ["text_refused"]
    assert "nothing could be measured: the text is empty" in ran.err


def test_a_bad_pair_is_named_and_the_others_are_judged(tmp_path: Path, subtext: Subtext) -> None:
    path = jsonl(tmp_path / "pairs.jsonl", {**PAIR, "consistent": "perhaps"}, PAIR)

    ran = subtext("eval", "--faithfulness", path, "--json")

    report = json.loads(ran.out)
    assert (ran.code, report["faithfulness"]["summaries"]) == (0, 1)
    assert [failure["id"] for failure in report["failures"]] == ["pairs.jsonl, line 1"]


def test_files_are_looked_at_before_anything_is_asked(labelled: Path, tmp_path: Path, subtext: Subtext) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text("words", encoding="utf-8")

    ran = subtext("eval", labelled, "--engine", "llm", "--faithfulness", broken)

    assert (ran.code, ran.out) == (2, "")
    assert "broken.jsonl, line 1" in ran.err


@pytest.fixture(scope="module")
def fits() -> list[bytes]:
    """The calibration file that was fitted, once it was: a fit reads all shipped sets."""
    return []


@pytest.fixture
def calibrated(tmp_path: Path, subtext: Subtext, fits: list[bytes]) -> Path:
    """A calibration file for the word list on the shipped sets."""
    file = tmp_path / "calibration.json"
    if fits:
        file.write_bytes(fits[0])
        return file
    ran = subtext("eval", "--engine", "local", "--calibrate", file, "--json")
    assert (ran.code, json.loads(ran.out)["framing"]["articles"] > 30) == (0, True)
    assert f" is in {file}: " in ran.err
    assert "(ECE, cross-validated)" in ran.err
    fits.append(file.read_bytes())
    return file


def test_a_calibration_is_fitted_written_and_used(
    calibrated: Path, subtext: Subtext, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = json.loads(calibrated.read_text(encoding="utf-8"))["calibrations"][0]
    plain = json.loads(subtext("analyze", EXAMPLE, "--json").out)["framing"]["confidence"]

    monkeypatch.setenv("SUBTEXT_CALIBRATION_FILE", str(calibrated))
    ran = subtext("analyze", EXAMPLE, "--json")

    found = json.loads(ran.out)["framing"]["confidence"]
    assert ran.code == 0
    assert (entry["engine"], entry["axis"], entry["prompt"]) == ("local", "desperation-domination@2", None)
    assert found["method"] == "calibrated"
    assert found["calibration_id"].startswith("cal-")
    assert plain["calibration_id"] is None
    assert found["value"] != plain["value"]


def test_fitting_again_does_not_build_on_the_last_fit(
    calibrated: Path, subtext: Subtext, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = json.loads(calibrated.read_text(encoding="utf-8"))
    monkeypatch.setenv("SUBTEXT_CALIBRATION_FILE", str(calibrated))

    assert subtext("eval", "--engine", "local", "--calibrate", calibrated).code == 0

    (old,), (new,) = before["calibrations"], json.loads(calibrated.read_text(encoding="utf-8"))["calibrations"]
    assert new | {"fitted_at": ""} == old | {"fitted_at": ""}


@pytest.mark.parametrize("change", [{"model": "another"}, {"axis_sha256": "00" * 32}, {"axis": "hope-fear@1"}], ids=str)
def test_a_stale_calibration_stops_every_command_that_would_use_it(
    change: dict[str, str], calibrated: Path, subtext: Subtext, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads(calibrated.read_text(encoding="utf-8"))
    document["calibrations"][0] |= change
    calibrated.write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setenv("SUBTEXT_CALIBRATION_FILE", str(calibrated))

    ran = subtext("analyze", EXAMPLE)

    assert ran.code != 0
    assert "is stale: " in ran.err
    assert "fit it anew with `subtext eval --calibrate`, or unset the variable" in ran.err


def test_too_few_articles_are_no_calibration_and_nothing_is_written(
    labelled: Path, tmp_path: Path, subtext: Subtext
) -> None:
    ran = subtext("eval", labelled, "--engine", "local", "--calibrate", tmp_path / "out.json")

    assert ran.code == 2
    assert "a calibration needs at least 30 answers with a label" in ran.err
    assert not (tmp_path / "out.json").exists()
