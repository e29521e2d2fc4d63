"""Load YAML files strictly: canonical bytes, digests, duplicate keys rejected, errors explained."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from subtext.errors import PromptInvalid, describe_os_error
from subtext.validation import describe_invalid_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

FILE_MAX_BYTES = 256_000
_SHOWN_MAX = 5
_REMEDIES = {"missing": "add it", "extra_forbidden": "remove it, or correct its spelling"}


def read_canonical(path: Path) -> bytes:
    """Read a UTF-8 file with LF line ends, so that digests agree on every platform. Raises `PromptInvalid`."""
    try:
        data = path.read_bytes()
        data.decode("utf-8")
    except OSError as error:
        raise PromptInvalid(
            f"{path}: cannot be read ({describe_os_error(error)}): add the file, or fix its permissions"
        ) from error
    except UnicodeDecodeError as error:
        raise PromptInvalid(f"{path}: byte {error.start} is not UTF-8: save the file as UTF-8") from error
    if len(data) > FILE_MAX_BYTES:
        raise PromptInvalid(f"{path}: {len(data)} bytes are over the limit of {FILE_MAX_BYTES}: shorten the file")
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def digest(data: bytes) -> str:
    """Return the hex SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def combine_digests(digests: Mapping[str, str]) -> str:
    """Return one digest of several files: that of the lines that `sha256sum` prints for them."""
    return digest("".join(f"{sha256}  {name}\n" for name, sha256 in digests.items()).encode())


def parse(data: bytes, kind: type[M], path: Path) -> M:
    """Parse and validate a file; raises `PromptInvalid` naming the file, the field, what is wrong and what to do."""
    try:
        # A subclass of yaml.SafeLoader: it constructs plain values only, never objects.
        raw = yaml.load(data, Loader=_StrictLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise PromptInvalid(f"{path}: not readable as YAML: {_place(error)}: correct it there") from error
    except (RecursionError, ValueError) as error:
        raise PromptInvalid(f"{path}: not readable as YAML: nested too deeply, or an impossible value") from error
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        problems = [_describe(item) for item in error.errors(include_url=False)]
        more = f" (and {len(problems) - _SHOWN_MAX} more)" if len(problems) > _SHOWN_MAX else ""
        raise PromptInvalid(f"{path}: {'; '.join(problems[:_SHOWN_MAX])}{more}") from error


class _StrictLoader(yaml.SafeLoader):
    """YAML loader that rejects duplicate keys and aliases (which can expand without limit)."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it bare
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed: write it out", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's own signature
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key that is not a scalar", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key.value!r}", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _place(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem or error.context}"
    return " ".join(str(error).split())


def _describe(item: ErrorDetails) -> str:
    field = ".".join(map(str, item["loc"]))
    remedy = _REMEDIES.get(item["type"], "" if item["type"] == "value_error" else "correct it")
    sentence = describe_invalid_value(item["msg"]) + (f": {remedy}" if remedy else "")
    return f"{field}: {sentence}" if field else sentence
