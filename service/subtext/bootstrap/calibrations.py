"""Read the calibration file, and reject one that was fitted for other engines, axes or prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.analysis.ports import ALL_PARTS
from subtext.engines.calibration_file import read_calibration_file, require_current

if TYPE_CHECKING:
    from subtext.engines.calibration_file import CalibrationEntry
    from subtext.prompts.registry import PromptRegistry
    from subtext.settings import Settings


def read_calibrations(settings: Settings, prompts: PromptRegistry, local_model: str) -> tuple[CalibrationEntry, ...]:
    """Read the calibrations that the settings name; raises `SettingsInvalid` if the file is invalid or stale."""
    if settings.calibration_file is None:
        return ()
    entries = read_calibration_file(settings.calibration_file).calibrations
    models = [llm.model for llm in (settings.llm, settings.llm2) if llm.is_configured and llm.model]
    prompt = prompts.for_parts(ALL_PARTS)
    current: dict[tuple[str, str, str], tuple[str, str | None]] = {}
    for axis in prompts.axes():
        current[("local", local_model, axis.ref)] = axis.sha256, None
        current |= {("llm", model, axis.ref): (axis.sha256, prompt.digest_with_axis(axis)) for model in models}
    require_current(entries, current)
    return entries
