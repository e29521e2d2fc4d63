"""Measure `subtext.analysis.faithfulness.checker` on recorded summaries.

`python -m benchmarks.spoiled_claims ANSWERS ARTICLES`.

ANSWERS holds answers of careful readers (`id`, `answer.sentences` with `text` and `quotes`), ARTICLES the articles that
they read (`id`, `title`, `text`), a JSON object a line. The first line of the output counts the sentences as written:
nearly all should be supported. Each further line counts one way to spoil a sentence or its quotes: none should be.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subtext.analysis.faithfulness.checker import FaithfulnessChecker
from subtext.domain.evidence import Match
from subtext.domain.grounding import ground
from subtext.domain.text.normalization import NormalizedText
from subtext.domain.text.prepared import PreparedText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")
_NUMBER = re.compile(r"\b\d{1,3}\b(?![.,]\d)")
_EVENT = re.compile(r"(?<=[a-z] )[a-z]{3,}ed\b")
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|has|have|had|will|would|could|can)\b(?! not)")
_OPPOSITES = {"won": "lost", "lost": "won", "rose": "fell", "fell": "rose", "more": "less", "less": "more",
              "before": "after", "after": "before", "increase": "decrease", "support": "oppose", "supported": "opposed",
              "first": "last",
              "most": "least", "high": "low", "strong": "weak", "new": "old", "against": "for", "without": "with",
              "large": "small", "rejected": "accepted", "allowed": "forbade", "weakened": "strengthened"}  # fmt: skip
_OPPOSITE = re.compile(rf"\b(?:{'|'.join(_OPPOSITES)})\b")


@dataclass(frozen=True)
class Claim:
    """A sentence of a summary with its quotes, and the number of the article that it is about."""

    text: str
    quotes: tuple[str, ...]
    article: int


class Spoiler:
    """Make wrong claims of right ones, the same ones each time."""

    def __init__(self, claims: Sequence[Claim], articles: Sequence[str]) -> None:
        self._claims, self._articles = claims, articles
        self._random = random.Random(7)  # noqa: S311 - nothing secret

    def spoil_number(self, claim: Claim) -> Claim | None:
        """Return the claim with one number changed to another that the article lacks."""
        return self._exchange(claim, _NUMBER, lambda old: str(int(old) + self._random.choice((3, 7, 11, 40))))

    def spoil_name(self, claim: Claim) -> Claim | None:
        """Return the claim with one name replaced by a name of another article."""
        return self._exchange(claim, _NAME, lambda _: self._pick(_NAME, self._random.choice(self._articles)))

    def move_name(self, claim: Claim) -> Claim | None:
        """Return the claim with one name replaced by another of the same article."""
        return self._exchange(claim, _NAME, lambda _: self._pick(_NAME, self._articles[claim.article]), is_known=True)

    def spoil_event(self, claim: Claim) -> Claim | None:
        """Return the claim with one verb replaced by a verb of another article's summary."""
        return self._exchange(claim, _EVENT, lambda _: self._pick(_EVENT, self._random.choice(self._claims).text))

    def negate(self, claim: Claim) -> Claim | None:
        """Return the claim with a "not" after its first auxiliary verb."""
        return self._exchange(claim, _AUXILIARY, lambda old: f"{old} not", is_known=True)

    def reverse(self, claim: Claim) -> Claim | None:
        """Return the claim with one word replaced by its opposite."""
        return self._exchange(claim, _OPPOSITE, _OPPOSITES.__getitem__, is_known=True)

    def misquote(self, claim: Claim) -> Claim | None:
        """Return the claim with the quotes of another sentence about the same article."""
        others = [other for other in self._claims if other.article == claim.article and not _overlap(claim, other)]
        return replace(claim, quotes=self._random.choice(others).quotes) if others else None

    def misplace(self, claim: Claim) -> Claim | None:
        """Return a claim about another article with the quotes of this one."""
        others = [other for other in self._claims if other.article != claim.article]
        return replace(claim, text=self._random.choice(others).text)

    def _exchange(
        self, claim: Claim, pattern: re.Pattern[str], new: Callable[[str], str | None], *, is_known: bool = False
    ) -> Claim | None:
        matches = list(pattern.finditer(claim.text))
        if not matches:
            return None
        match = self._random.choice(matches)
        word = new(match[0])
        if word is None or word in claim.text or (not is_known and word in self._articles[claim.article]):
            return None
        return replace(claim, text=claim.text[: match.start()] + word + claim.text[match.end() :])

    def _pick(self, pattern: re.Pattern[str], text: str) -> str | None:
        words = sorted(set(pattern.findall(text)))
        return self._random.choice(words) if words else None


def _overlap(claim: Claim, other: Claim) -> bool:
    """Whether two claims share a name or much of their wording: then a quote of one may bear out the other."""
    ours, theirs = (set(re.findall(r"\w{4,}", one.text.lower())) for one in (claim, other))
    return len(ours & theirs) > 0.2 * len(ours)


def load(answers: str, articles: str) -> tuple[list[Claim], list[str]]:
    """Return the claims of the answers, and the articles that they are about."""
    texts = {row["id"]: f"{row['title']}\n\n{row['text']}" for row in _rows(articles)}
    used: list[str] = []
    claims: list[Claim] = []
    for row in _rows(answers):
        claims += [Claim(s["text"], tuple(s["quotes"]), len(used)) for s in row["answer"]["sentences"]]
        used.append(texts[row["id"]])
    return claims, used


def report(answers: str, articles: str) -> Iterator[str]:
    """Yield the lines that are printed."""
    claims, texts = load(answers, articles)
    checks = [(FaithfulnessChecker(PreparedText(text)), NormalizedText(text)) for text in texts]
    spoiler = Spoiler(claims, texts)
    ways = {"as written": lambda claim: claim} | {
        way.__name__.replace("_", " "): way
        for way in (spoiler.spoil_number, spoiler.spoil_name, spoiler.move_name, spoiler.spoil_event, spoiler.negate,
                    spoiler.reverse, spoiler.misquote, spoiler.misplace)
    }  # fmt: skip
    for name, way in ways.items():
        made = [claim for claim in map(way, claims) if claim is not None]
        verdicts = Counter(_verdict(claim, *checks[claim.article]) for claim in made)
        shares = ", ".join(
            f"{kind} {verdicts[kind] / len(made):.3f}" for kind in ("supported", "partly", "unsupported")
        )
        yield f"{name} ({len(made)}): {shares}"


def _verdict(claim: Claim, check: FaithfulnessChecker, text: NormalizedText) -> str:
    grounded = [ground(quote, text) for quote in claim.quotes]
    return check.check(claim.text, [match for match in grounded if isinstance(match, Match)])


def _rows(path: str) -> Iterator[dict[str, Any]]:
    return map(json.loads, Path(path).read_text("utf-8").splitlines())


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in report(sys.argv[1], sys.argv[2]))
