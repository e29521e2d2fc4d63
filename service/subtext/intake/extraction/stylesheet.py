"""The little of CSS that decides whether a person sees a text: rules for whole elements, and their cascade.

Only what a page says of itself is read: style elements, and selectors of tags, classes, ids, descendants and children.
Rules under conditions (print, narrow screens) are left out: a reader at a desk would not meet them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lxml.html import HtmlElement

# Properties that can hide text, and those that tell whether they do.
_TELLING_NAMES = """display visibility opacity font-size text-indent position left top right bottom clip clip-path width
height max-height max-width overflow color background background-color transform animation animation-name transition
content-visibility"""
VISIBILITY_PROPERTIES: Final = frozenset(_TELLING_NAMES.split())
_RULES_MAX = 5_000
_COMMENT = re.compile(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/")
_TOKEN = re.compile(r"[{}]|[^{}]+")
# Blocks whose rules hold for a person at a desk.
_ALWAYS = re.compile(r"@(?:media\s+(?:only\s+)?(?:screen|all)\s*$|layer\b|supports\b)", re.IGNORECASE)
_COMPOUND = re.compile(r"([a-z][a-z0-9-]*|\*)?((?:[.#][\w-]+)*)", re.IGNORECASE)
_PART = re.compile(r"([.#])([\w-]+)")


@dataclass(frozen=True, slots=True)
class Compound:
    """One step of a selector: a tag, an id and classes that one element must have."""

    tag: str | None
    identity: str | None
    classes: frozenset[str]
    is_child: bool

    def matches(self, element: HtmlElement) -> bool:
        """Return whether the element has all of it."""
        return (
            (self.tag is None or self.tag == element.tag)
            and (self.identity is None or self.identity == element.get("id"))
            and self.classes <= set((element.get("class") or "").split())
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector with its declarations; `weight` orders the cascade (specificity, then place)."""

    steps: tuple[Compound, ...]
    normal: Mapping[str, str]
    important: Mapping[str, str]
    weight: tuple[int, int, int, int]

    def matches(self, element: HtmlElement) -> bool:
        """Return whether the element, and its ancestors, fit the selector."""
        *above, last = self.steps
        return last.matches(element) and _ancestors_match(above, last.is_child, element)


class Stylesheet:
    """The rules of a page, found by what their last step names."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._by_key: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            self._by_key[_key(rule.steps[-1])].append(rule)

    @classmethod
    def parse(cls, sheets: Iterable[str]) -> Stylesheet:
        """Yield the telling rules of style elements, in their order."""
        rules = (rule for sheet in sheets for rule in _rules(_COMMENT.sub(" ", sheet)))
        return cls(rule for _, rule in zip(range(_RULES_MAX), rules, strict=False))

    def computed_style(self, element: HtmlElement) -> dict[str, str]:
        """Return what the cascade declares for the element, its own style attribute last."""
        keys = [f".{name}" for name in (element.get("class") or "").split()]
        keys += [f"#{element.get('id')}", str(element.tag), "*"]
        rules = [rule for key in keys for rule in self._by_key.get(key, ()) if rule.matches(element)]
        rules.sort(key=lambda rule: rule.weight)
        own_usual, own_important = declarations(element.get("style") or "")
        layers = [rule.normal for rule in rules] + [own_usual] + [rule.important for rule in rules] + [own_important]
        return {name: value for layer in layers for name, value in layer.items()}


def declarations(style: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the telling properties of a block in lower case: the usual ones, and those marked important."""
    usual: dict[str, str] = {}
    important: dict[str, str] = {}
    for line in style.lower().split(";"):
        name, colon, value = line.partition(":")
        if colon and (name := name.strip()) in VISIBILITY_PROPERTIES:
            value, mark, _ = value.partition("!important")
            (important if mark else usual)[name] = value.strip()
    return usual, important


def _rules(sheet: str) -> Iterator[Rule]:
    """Yield the rules in order; a block under a condition, or nested in a rule, is skipped whole."""
    open_blocks: list[tuple[str, bool]] = []
    prelude = ""
    for place, token in enumerate(_TOKEN.finditer(sheet)):
        around, is_skipped = open_blocks[-1] if open_blocks else ("@", False)
        if token[0] == "{":
            skips = is_skipped or not around.startswith("@") or _is_conditional(prelude)
            open_blocks.append((prelude, skips))
        elif token[0] == "}":
            del open_blocks[-1:]
        else:
            if not is_skipped and not around.startswith("@"):
                yield from _rules_for(around, token[0], place)
            prelude = token[0].rpartition(";")[2].strip()


def _is_conditional(prelude: str) -> bool:
    return prelude.startswith("@") and not _ALWAYS.match(prelude)


def _rules_for(selectors: str, block: str, place: int) -> Iterator[Rule]:
    usual, important = declarations(block)
    if not usual and not important:
        return
    for selector in selectors.split(","):
        steps = tuple(_steps(selector))
        if steps:
            yield Rule(steps, usual, important, (*_specificity(steps), place))


def _steps(selector: str) -> Iterator[Compound]:
    """Return the compounds from left to right; none if a selector is beyond these (states, attributes, siblings)."""
    words = selector.replace(">", " > ").split()
    parsed = [(word, _COMPOUND.fullmatch(word)) for word in words if word != ">"]
    if any(found is None or not found[0] for _, found in parsed):
        return
    is_child = False
    for word in words:
        match = _COMPOUND.fullmatch(word)
        if match is None:
            is_child = True
            continue
        parts = _PART.findall(match[2])
        ids = [name for kind, name in parts if kind == "#"]
        tag = None if match[1] in {None, "*"} else match[1].lower()
        classes = frozenset(name for kind, name in parts if kind == ".")
        yield Compound(tag, ids[0] if ids else None, classes, is_child)
        is_child = False


def _specificity(steps: tuple[Compound, ...]) -> tuple[int, int, int]:
    return (
        sum(step.identity is not None for step in steps),
        sum(len(step.classes) for step in steps),
        sum(step.tag is not None for step in steps),
    )


def _ancestors_match(steps: list[Compound], is_child: bool, element: HtmlElement) -> bool:  # noqa: FBT001 - of one step
    """Return whether the ancestors fit, nearest first; greedy: right but for rare child-after-descendant chains."""
    ancestor = element.getparent()
    for step in reversed(steps):
        while ancestor is not None and not step.matches(ancestor) and not is_child:
            ancestor = ancestor.getparent()
        if ancestor is None or not step.matches(ancestor):
            return False
        ancestor, is_child = ancestor.getparent(), step.is_child
    return True


def _key(last: Compound) -> str:
    if last.classes:
        return f".{min(last.classes)}"
    return f"#{last.identity}" if last.identity else last.tag or "*"
