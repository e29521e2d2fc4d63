"""Render prompt templates with sandboxed jinja2, and check that the article has exactly one slot.

A system template sees the axis, the examples and the schema, so it is the same for every article and servers can keep
it in their prefix cache. A user template sees the article, the target and the nonce. The correction template (`mend`)
sees the reason why the last answer was unusable.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel

if TYPE_CHECKING:
    from jinja2 import Template

SYSTEM_NAMES = frozenset({"axis", "examples", "schema"})
USER_NAMES = frozenset({"article", "target", "nonce"})
MEND_NAMES = frozenset({"reason"})
_SLOT = "article"
_FENCE = "nonce"


def compact(value: object) -> str:
    """Serialize a value as JSON on one line without spaces: fewer tokens, and no line breaks from the data."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_to_jsonable)


def _to_jsonable(value: object) -> object:
    if not isinstance(value, BaseModel):
        raise TypeError(f"a {type(value).__name__} cannot be written as JSON")
    return value.model_dump(mode="json", exclude_unset=True)


def _environment() -> ImmutableSandboxedEnvironment:
    # Messages are plain text: HTML escaping would alter the article, and no quote would be verbatim.
    environment = ImmutableSandboxedEnvironment(
        autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["compact"] = compact
    return environment


_ENVIRONMENT = _environment()


def system_template(source: str) -> str:
    """Return the template; raises ValueError if it uses anything that differs from article to article."""
    _require_names(variables_in(source), known=SYSTEM_NAMES, needed=SYSTEM_NAMES - {"axis"})
    return source


def user_template(source: str) -> str:
    """Return the template; raises ValueError unless it has the article once, unfiltered, between two nonces."""
    _require_names(variables_in(source), known=USER_NAMES, needed=USER_NAMES)
    tree = _ENVIRONMENT.parse(source)
    if sum(name.name == _SLOT for name in tree.find_all(nodes.Name)) != 1:
        raise ValueError("the article has one slot: write {{ article }} exactly once")
    outputs = [node for output in tree.body if isinstance(output, nodes.Output) for node in output.nodes]
    bare = [node.name for node in outputs if isinstance(node, nodes.Name)]
    before, _, after = (part.split() for part in " ".join(bare).partition(_SLOT))
    if _FENCE not in before or _FENCE not in after:
        raise ValueError("the article needs a fence and no filter: write {{ nonce }}, {{ article }}, {{ nonce }}")
    return source


def correction_template(source: str) -> str:
    """Return the template; raises ValueError unless it uses the reason and nothing else."""
    _require_names(variables_in(source), known=MEND_NAMES, needed=MEND_NAMES)
    return source


def variables_in(source: str) -> set[str]:
    """Return the variables that a template uses; raises ValueError if it is none, or a filter is unknown."""
    try:
        variables = meta.find_undeclared_variables(_ENVIRONMENT.parse(source))
    except TemplateSyntaxError as error:
        raise ValueError(f"invalid template: {error.message} (line {error.lineno} of the text)") from error
    return variables - set(_ENVIRONMENT.globals)


def render(source: str, **data: Any) -> str:
    """Render a template; values are data, whatever braces they hold. Raises jinja2's `TemplateError`."""
    return _compile(source).render(data)


@lru_cache(maxsize=256)
def _compile(source: str) -> Template:
    return _ENVIRONMENT.from_string(source)


def _require_names(used: set[str], *, known: frozenset[str], needed: frozenset[str]) -> None:
    if unknown := used - known:
        raise ValueError(f"{_join_names(unknown)} cannot be used here: there are only {_join_names(known)}")
    if missing := needed - used:
        raise ValueError(f"{_join_names(missing)} must be used, or the model does not see it")


def _join_names(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names))
