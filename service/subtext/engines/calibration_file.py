"""The calibration file: fitted maps as JSON, written by `subtext eval --calibrate` and read at start."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from subtext.analysis.calibration import CalibrationMap
from subtext.domain.analysis import EngineKind
from subtext.errors import SettingsInvalid, describe_os_error
from subtext.validation import describe_invalid_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_MAX_BYTES = 1_000_000
Unit = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CalibrationEntry(_Part):
    """One fitted map, what it was fitted on, and what it is worth.

    `ece_before` and `ece` are expected calibration errors: of the uncalibrated confidence, and of the calibrated one in
    cross-validation.
    """

    engine: EngineKind
    model: str
    model_reported: str | None
    axis: str
    axis_sha256: str
    prompt: str | None
    prompt_sha256: str | None
    method: Literal["platt", "isotonic"]
    answers: int = Field(ge=1)
    right: int = Field(ge=0)
    ece_before: Unit
    ece: Unit
    fitted_at: str
    points: tuple[tuple[Unit, Unit], ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _is_monotone(self) -> Self:
        for (x1, y1), (x2, y2) in pairwise(self.points):
            if x2 <= x1 or y2 < y1:
                raise ValueError("points must rise in confidence and never fall in probability")
        return self

    @property
    def id(self) -> str:
        """Return a name that changes with everything in the entry."""
        return f"cal-{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]}"

    @property
    def subject(self) -> tuple[str, str, str]:
        """Return what there is one map for: engine, model and axis."""
        return self.engine, self.model, self.axis

    def to_map(self) -> CalibrationMap:
        """Return the map as the analysis applies it."""
        return CalibrationMap(
            id=self.id,
            engine=self.engine,
            model=self.model,
            model_reported=self.model_reported,
            axis_sha256=self.axis_sha256,
            prompt_sha256=self.prompt_sha256,
            points=self.points,
        )


class CalibrationFile(_Part):
    """All maps of one service, one for each engine, model and axis."""

    version: Literal[1] = 1
    calibrations: tuple[CalibrationEntry, ...]

    def with_entry(self, entry: CalibrationEntry) -> CalibrationFile:
        """Return the file with an entry added, in place of an older one for the same engine, model and axis."""
        others = (each for each in self.calibrations if each.subject != entry.subject)
        return CalibrationFile(calibrations=(*others, entry))


def read_calibration_file(path: Path) -> CalibrationFile:
    """Read a calibration file; raises `SettingsInvalid` if it cannot be read or is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = describe_os_error(error)
        raise SettingsInvalid(f"SUBTEXT_CALIBRATION_FILE: {path} cannot be read: {reason}") from error
    if len(data) > _MAX_BYTES:
        raise SettingsInvalid(f"SUBTEXT_CALIBRATION_FILE: {path} is too large for a calibration file")
    try:
        return CalibrationFile.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        fault = f"{place}: {describe_invalid_value(first['msg'])}"
        raise SettingsInvalid(
            f"SUBTEXT_CALIBRATION_FILE: {path} is no calibration file ({fault}): "
            "write it with `subtext eval --calibrate`"
        ) from error


def require_current(
    entries: Iterable[CalibrationEntry], current: Mapping[tuple[str, str, str], tuple[str, str | None]]
) -> None:
    """Refuse maps that nothing asks for any more, with `SettingsInvalid`.

    `asked` has the digests of the axis, and of prompt and axis together, by engine, model and axis of the service.
    """
    for entry in entries:
        name = f"SUBTEXT_CALIBRATION_FILE: the map for {entry.model} on {entry.axis}"
        again = "fit it anew with `subtext eval --calibrate`, or unset the variable"
        digests = current.get(entry.subject)
        if digests is None:
            known = ", ".join(sorted(f"{model} on {axis}" for _, model, axis in current))
            raise SettingsInvalid(f"{name} is stale: this service asks {known}: {again}")
        if digests != (entry.axis_sha256, entry.prompt_sha256):
            prompt = entry.prompt or "the axis alone"
            raise SettingsInvalid(
                f"{name} is stale: it was fitted with {prompt}, whose text is another than this service's: {again}"
            )
