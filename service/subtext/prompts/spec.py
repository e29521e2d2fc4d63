"""Axes and prompts as loaded: what is known of them, their digests, and how they become messages."""

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
        """The axis's name in requests."""
        return self.file.id

    @property
    def version(self) -> int:
        """A whole number from 1."""
        return self.file.version

    @property
    def ref(self) -> str:
        """Id and version, as in `desperation-domination@1`."""
        return f"{self.id}@{self.version}"

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules of coding."""
        return self.file.rules

    @property
    def examples(self) -> tuple[WorkedExample, ...]:
        """The worked examples."""
        return self.file.examples

    @cached_property
    def axis(self) -> Axis:
        """The axis as the domain knows it."""
        return self.file.axis(sha256=self.sha256)


@dataclass(frozen=True, eq=False)
class PromptSpec:
    """One version of a prompt; `sha256` is what `sha256sum prompt.yaml examples.yaml | sha256sum` prints."""

    file: PromptFile
    examples: ExamplesFile
    sha256: str

    @property
    def id(self) -> str:
        """The prompt's name."""
        return self.file.id

    @property
    def version(self) -> int:
        """A whole number from 1."""
        return self.file.version

    @property
    def ref(self) -> str:
        """Id and version, as in `analysis@1`."""
        return f"{self.id}@{self.version}"

    @property
    def parts(self) -> frozenset[AnalysisPart]:
        """The parts of an analysis that it asks for."""
        return self.file.parts

    def render(
        self, axis: AxisSpec, *, article: str, target: str | None, schema: str, nonce: str
    ) -> tuple[Message, ...]:
        """The messages to send: first what is the same for every article, then the article behind its fence.

        `nonce` is drawn at random for each request, so that no text can close the fence; one that stands in the
        article or the target raises ValueError.
        """
        if nonce in article or (target is not None and nonce in target):
            raise ValueError("a nonce that is empty or stands in the text fences nothing: draw another")
        user = render(self.file.user, article=article, target=target, nonce=nonce)
        return Message("system", _system(self, axis, schema)), Message("user", user)

    def correction_message(self, reason: str) -> str:
        """What is said to a model after an answer that cannot be used, for this reason."""
        return render(self.file.mend, reason=reason).strip()

    def digest_with_axis(self, axis: AxisSpec) -> str:
        """Hex SHA-256 of prompt and axis together: what was asked."""
        return combine_digests({"prompt": self.sha256, "axis": axis.sha256})


# The static prefix is long and the same for every article: it is made once for each prompt, axis and schema.
@lru_cache(maxsize=256)
def _system(prompt: PromptSpec, axis: AxisSpec, schema: str) -> str:
    return render(prompt.file.system, axis=axis.file, examples=prompt.examples.examples, schema=schema)
