from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from subtext.engines.calibration_file import (
    CalibrationEntry,
    CalibrationFile,
    read_calibration_file,
    require_current,
)
from subtext.errors import SettingsInvalid

if TYPE_CHECKING:
    from pathlib import Path

AXIS_SHA, PROMPT_SHA = "ab" * 32, "cd" * 32


def entry(**other: Any) -> CalibrationEntry:
    values: dict[str, Any] = {
        "engine": "llm",
        "model": "reader-1",
        "model_reported": None,
        "axis": "hot-cold@1",
        "axis_sha256": AXIS_SHA,
        "prompt": "reading@1",
        "prompt_sha256": PROMPT_SHA,
        "method": "platt",
        "answers": 100,
        "right": 90,
        "ece_before": 0.19,
        "ece": 0.05,
        "fitted_at": "2026-03-01T12:00:00Z",
        "points": ((0.0, 0.2), (1.0, 0.9)),
    }
    return CalibrationEntry(**(values | other))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = CalibrationFile(calibrations=(entry(), entry(model="reader-2")))

    (tmp_path / "cal.json").write_text(file.model_dump_json(indent=1), encoding="utf-8")

    assert read_calibration_file(tmp_path / "cal.json") == file


def test_a_new_map_replaces_the_one_for_the_same_engine_model_and_axis() -> None:
    file = CalibrationFile(calibrations=(entry(), entry(model="reader-2")))

    found = file.with_entry(entry(answers=200))

    assert [(each.model, each.answers) for each in found.calibrations] == [("reader-2", 100), ("reader-1", 200)]


def test_an_id_changes_with_all_that_is_in_an_entry() -> None:
    assert entry().id == entry().id
    assert len({entry().id, entry(answers=101).id, entry(points=((0.0, 0.3), (1.0, 0.9))).id}) == 3
    assert entry().to_map().id == entry().id


@dataclass(frozen=True)
class Broken:
    id: str
    content: str
    says: str


def written(**other: Any) -> str:
    document = {"version": 1, "calibrations": [entry().model_dump(mode="json") | other]}
    return json.dumps(document)


@pytest.mark.parametrize(
    "case",
    [
        Broken("no JSON", "{", "the file: invalid JSON"),
        Broken("another version", '{"version": 2, "calibrations": []}', "version: must be 1"),
        Broken("a field too many", written(extra=1), "calibrations.0.extra: unknown field"),
        Broken("out of range", written(points=[[0, 0.5], [1, 1.5]]), "calibrations.0.points.1.1: must be less"),
        Broken("one point", written(points=[[0, 0.5]]), "calibrations.0.points: must have at least 2"),
        Broken(
            "falling",
            written(points=[[0, 0.5], [1, 0.4]]),
            "calibrations.0: points must rise in confidence and never fall",
        ),
        Broken("two at one place", written(points=[[0.5, 0.5], [0.5, 0.6]]), "points must rise in confidence"),
        Broken("no number", written(points=[[0, "NaN"], [1, 1]]), "calibrations.0.points.0.1: must be"),
    ],
    ids=lambda case: case.id,
)
def test_what_is_no_calibration_file_is_refused_by_name(case: Broken, tmp_path: Path) -> None:
    path = tmp_path / "cal.json"
    path.write_text(case.content, encoding="utf-8")

    with pytest.raises(SettingsInvalid) as refused:
        read_calibration_file(path)

    assert refused.value.detail.startswith(f"SUBTEXT_CALIBRATION_FILE: {path} is no calibration file (")
    assert case.says in refused.value.detail
    assert refused.value.detail.endswith("write it with `subtext eval --calibrate`")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"cal\.json cannot be read: no such file or directory"):
        read_calibration_file(tmp_path / "cal.json")


def test_a_file_without_an_end_is_not_read_on(tmp_path: Path) -> None:
    (tmp_path / "cal.json").write_text(" " * 1_000_001, encoding="utf-8")

    with pytest.raises(SettingsInvalid, match="too large for a calibration file"):
        read_calibration_file(tmp_path / "cal.json")


ASKED: dict[tuple[str, str, str], tuple[str, str | None]] = {("llm", "reader-1", "hot-cold@1"): (AXIS_SHA, PROMPT_SHA)}


def test_a_map_of_what_is_asked_is_current() -> None:
    require_current([entry()], ASKED)


@pytest.mark.parametrize(
    ("stale", "says"),
    [
        (
            entry(model="reader-0"),
            "the map for reader-0 on hot-cold@1 is stale: this service asks reader-1 on hot-cold@1",
        ),
        (entry(engine="local"), "the map for reader-1 on hot-cold@1 is stale: this service asks"),
        (entry(axis="hot-cold@2"), "the map for reader-1 on hot-cold@2 is stale: this service asks"),
        (entry(prompt_sha256="00" * 32), "is stale: it was fitted with reading@1, whose text is another"),
        (entry(axis_sha256="00" * 32), "is stale: it was fitted with reading@1, whose text is another"),
    ],
    ids=["another model", "another engine", "another axis", "another prompt", "an edited axis"],
)
def test_a_stale_map_is_refused(stale: CalibrationEntry, says: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        require_current([entry(), stale], ASKED)

    assert says in refused.value.detail
    assert refused.value.detail.endswith("fit it anew with `subtext eval --calibrate`, or unset the variable")
