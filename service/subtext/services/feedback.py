"""Store readers' feedback on analyses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.analysis.ports import Feedback
from subtext.errors import RequestInvalid
from subtext.ids import uuid7
from subtext.schemas.analysis import AnalysisView

if TYPE_CHECKING:
    from subtext.domain.caller import Owner
    from subtext.schemas.requests import FeedbackRequest
    from subtext.services.analyses import AnalysisService


@dataclass(frozen=True, slots=True)
class FeedbackService:
    """Add feedback to stored analyses."""

    analyses: AnalysisService

    async def add(
        self, analysis_id: str, body: FeedbackRequest, owner: Owner, *, reader: str | None = None
    ) -> Feedback:
        """Store feedback; raises `AnalysisNotFound`, and `RequestInvalid` for a label of another axis."""
        repository = self.analyses.require_repository()
        stored = await repository.get(owner, analysis_id)
        if body.label is not None:
            self._require_label(body.label, AnalysisView.model_validate_json(stored.document))
        now = self.analyses.clock.now()
        feedback = Feedback(uuid7(now), analysis_id, owner, now, body.verdict, body.label, body.comment, reader)
        await repository.add_feedback(feedback)
        return feedback

    def allowed_labels(self, analysis: AnalysisView) -> tuple[str, ...]:
        """Return the labels that an analysis can have."""
        axis = analysis.framing.axis if analysis.framing else self.analyses.defaults.axis
        return self.analyses.prompts.axis(axis).axis.labels

    def _require_label(self, label: str, analysis: AnalysisView) -> None:
        labels = self.allowed_labels(analysis)
        if label not in labels:
            raise RequestInvalid(f"there is no such label: choose one of {', '.join(labels)}")
