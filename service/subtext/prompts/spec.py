"""Versioned axes and prompts with their digests, and the rendering of prompts to messages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

from subtext.prompts.templates import render
from subtext.prompts.yaml_loader import combine_digests

if TYPE_CHECKING:
    from subtext.analysis.ports import AnalysisPart
    from subtext.domain.axis import Axis
    from subtext.prompts.file_schema import AxisFile, ExamplesFile, PromptFile, WorkedExample


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a model."""

    role: Literal["system", "user"]
    content: str


@dataclass(frozen=True, eq=False)
class AxisSpec:
    """One version of an axis; `sha256` is that of its file with LF line ends."""

    file: AxisFile
    sha256: str

    @property
    def id(self) -> str:
        """Return the axis's name in requests."""
        return self.file.id

    @property
    def version(self) -> int:
        """Return the version, a whole number from 1."""
        return self.file.version

    @property
    def ref(self) -> str:
        """Return id and version, as in `desperation-domination@1`."""
        return f"{self.id}@{self.version}"

    @property
    def rules(self) -> tuple[str, ...]:
        """Return the coding rules."""
        return self.file.rules

    @property
    def examples(self) -> tuple[WorkedExample, ...]:
        """Return the worked examples."""
        return self.file.examples

    @cached_property
    def axis(self) -> Axis:
        """Convert to the domain's axis."""
        return self.file.axis(sha256=self.sha256)


@dataclass(frozen=True, eq=False)
class PromptSpec:
    """One version of a prompt; `sha256` is what `sha256sum prompt.yaml examples.yaml | sha256sum` prints."""

    file: PromptFile
    examples: ExamplesFile
    sha256: str

    @property
    def id(self) -> str:
        """Return the prompt's name."""
        return self.file.id

    @property
    def version(self) -> int:
        """Return the version, a whole number from 1."""
        return self.file.version

    @property
    def ref(self) -> str:
        """Return id and version, as in `analysis@1`."""
        return f"{self.id}@{self.version}"

    @property
    def parts(self) -> frozenset[AnalysisPart]:
        """Return the parts of an analysis that the prompt asks for."""
        return self.file.parts

    def render(
        self, axis: AxisSpec, *, article: str, target: str | None, schema: str, nonce: str
    ) -> tuple[Message, ...]:
        """Render the messages: the static prefix that all articles share, then the article inside its nonce fence.

        `nonce` is drawn at random for each request, so that no text can close the fence. Raises ValueError if the nonce
        occurs in the article or the target.
        """
        if nonce in article or (target is not None and nonce in target):
            raise ValueError("the nonce is empty or occurs in the text: draw another")
        user = render(self.file.user, article=article, target=target, nonce=nonce)
        return Message("system", _system(self, axis, schema)), Message("user", user)

    def correction_message(self, reason: str) -> str:
        """Render the message that asks a model to correct an unusable answer, with the reason."""
        return render(self.file.mend, reason=reason).strip()

    def digest_with_axis(self, axis: AxisSpec) -> str:
        """Return the hex SHA-256 of prompt and axis together."""
        return _combine(self.sha256, axis.sha256)


@lru_cache(maxsize=256)
def _combine(prompt: str, axis: str) -> str:
    return combine_digests({"prompt": prompt, "axis": axis})


# The static prefix is long and the same for every article: rendered once for each prompt, axis and schema.
@lru_cache(maxsize=256)
def _system(prompt: PromptSpec, axis: AxisSpec, schema: str) -> str:
    return render(prompt.file.system, axis=axis.file, examples=prompt.examples.examples, schema=schema)
