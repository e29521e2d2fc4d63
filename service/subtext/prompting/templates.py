"""Templates of prompts: sandboxed jinja2, and the checks that keep an article to its one slot.

A system template sees the axis, the examples and the schema, so it is the same for every article and servers can keep
it in their prefix cache. A user template sees the article, the target and the nonce, and nothing else.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from jinja2 import Template

SYSTEM_NAMES = frozenset({"axis", "examples", "schema"})
USER_NAMES = frozenset({"article", "target", "nonce"})
_SLOT = "article"


def compact(value: object) -> str:
    """A value as JSON on one line, without blanks: fewer tokens, and no line break of the data's own."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _environment() -> ImmutableSandboxedEnvironment:
    # Messages are plain text for a model: escaping for HTML would alter the article, and then no quote were verbatim.
    environment = ImmutableSandboxedEnvironment(
        autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["compact"] = compact
    return environment


_ENVIRONMENT = _environment()


def system_template(source: str) -> str:
    """The template as it is; raises ValueError where it asks for anything that differs from article to article."""
    _require_names(_parsed(source), known=SYSTEM_NAMES, needed=SYSTEM_NAMES)
    return source


def user_template(source: str) -> str:
    """The template as it is; raises ValueError unless the article stands in it once, bare and behind the nonce."""
    tree = _parsed(source)
    _require_names(tree, known=USER_NAMES, needed=USER_NAMES)
    slots = [name for name in tree.find_all(nodes.Name) if name.name == _SLOT]
    bare = [node for output in tree.find_all(nodes.Output) for node in output.nodes if node in slots]
    if len(slots) != 1 or len(bare) != 1:
        raise ValueError("the article needs one slot and no filter: write {{ article }} exactly once")
    before, _, after = source.partition(_SLOT)
    if "nonce" not in before or "nonce" not in after:
        raise ValueError("the article needs a fence: write {{ nonce }} on a line before it and on a line behind it")
    return source


def render(source: str, **data: Any) -> str:
    """The template filled in; values are data, whatever braces they hold. Raises jinja2's `TemplateError`."""
    return _compiled(source).render(data)


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)


def _parsed(source: str) -> nodes.Template:
    try:
        return _ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"not a template: {error.message} (line {error.lineno} of the text)") from error


def _require_names(tree: nodes.Template, *, known: frozenset[str], needed: frozenset[str]) -> None:
    used = meta.find_undeclared_variables(tree)
    if unknown := used - known - set(_ENVIRONMENT.globals):
        raise ValueError(f"{_listed(unknown)} cannot be used here: there are only {_listed(known)}")
    if missing := needed - used:
        raise ValueError(f"{_listed(missing)} must be used, or the model is not told of it")


def _listed(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names))
