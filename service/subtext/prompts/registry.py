"""Registry of axes and prompts: load and check every file under the given folders once, at start.

A folder holds `axes/<id>/v<version>/axis.yaml` and `<id>/v<version>/{prompt,examples}.yaml`, and, if versions are
released, `released.yaml` with the digest of each. A reference is looked up by name and is never used as a path.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from jinja2 import TemplateError

import subtext
from subtext.errors import AxisNotFound, PromptInvalid, PromptNotFound
from subtext.prompts.file_schema import FIELDS, AxisFile, ExamplesFile, PromptFile, ReleasedFile
from subtext.prompts.spec import AxisSpec, PromptSpec
from subtext.prompts.yaml_loader import combine_digests, digest, parse, read_canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from subtext.analysis.ports import AnalysisPart

S = TypeVar("S", AxisSpec, PromptSpec)

_PACKAGE = Path(subtext.__file__).resolve().parent
_RELEASED = "released.yaml"
_AXES = "axes"
_LAYOUT = re.compile(r"axes/[^/]+/v[1-9]\d*/axis\.yaml|(?!axes/)[^/]+/v[1-9]\d*/(prompt|examples)\.yaml|released\.yaml")
# One level deeper than the layout, so that a misplaced file is rejected instead of ignored.
_DEPTH = 5


def default_root(package: Path = _PACKAGE) -> Path:
    """Return the folder of the shipped axes and prompts: in the wheel, or beside `service/` in a checkout."""
    installed = package / "prompts" / "released"
    return installed if installed.is_dir() else package.parents[1] / "prompts"


class PromptRegistry:
    """Registry of all versions of all axes and prompts."""

    def __init__(
        self,
        axes: Iterable[AxisSpec],
        prompts: Iterable[PromptSpec],
        by_parts: Mapping[frozenset[AnalysisPart], PromptSpec],
    ) -> None:
        self._axes = {spec.ref: spec for spec in sorted(axes, key=_order)}
        self._prompts = {spec.ref: spec for spec in sorted(prompts, key=_order)}
        self._by_parts = dict(by_parts)

    @classmethod
    def load(cls, roots: Sequence[Path]) -> Self:
        """Load these folders; raises `PromptInvalid` naming the file, what is wrong and what to do.

        Later folders add axes and prompts; none may bring a version that an earlier one has.
        """
        sources = [_load_source(root) for root in roots]
        axes = [spec for source in sources for spec in source.axes]
        prompts = [spec for source in sources for spec in source.prompts]
        _require_unique(axes)
        _require_unique(prompts)
        _require_renders(axes, prompts)
        by_parts: dict[frozenset[AnalysisPart], PromptSpec] = {}
        for source in sources:
            by_parts |= _newest_by_parts(source)
        return cls(axes, prompts, by_parts)

    def axis(self, ref: str) -> AxisSpec:
        """Return the axis `id` (its newest version) or `id@version`; raises `AxisNotFound`."""
        spec = _find(ref, self._axes)
        if spec is None:
            raise AxisNotFound(f"no such axis: ask for one of {', '.join(self._axes)} (without @ for the newest)")
        return spec

    def axes(self) -> tuple[AxisSpec, ...]:
        """Return all axes, sorted by id and version."""
        return tuple(self._axes.values())

    def prompt(self, ref: str) -> PromptSpec:
        """Return the prompt `id` (its newest version) or `id@version`; raises `PromptNotFound`."""
        spec = _find(ref, self._prompts)
        if spec is None:
            raise PromptNotFound(
                f"no such prompt: ask for one of {', '.join(self._prompts)} (without @ for the newest)"
            )
        return spec

    def prompts(self) -> tuple[PromptSpec, ...]:
        """Return all prompts, sorted by id and version."""
        return tuple(self._prompts.values())

    def for_parts(self, parts: frozenset[AnalysisPart]) -> PromptSpec:
        """Return the newest prompt for exactly these parts, of the last folder that has it; raises `PromptNotFound`."""
        if parts not in self._by_parts:
            raise PromptNotFound(
                f"no prompt asks for exactly {' and '.join(sorted(parts))}: add one to the prompts folder"
            )
        return self._by_parts[parts]


@dataclass(frozen=True, slots=True)
class _Source:
    """Axes and prompts of one folder."""

    root: Path
    axes: tuple[AxisSpec, ...]
    prompts: tuple[PromptSpec, ...]


def _load_source(root: Path) -> _Source:
    folders = _folders(root)
    axes = {folder: _axis(root / folder) for folder in folders if folder.startswith(f"{_AXES}/")}
    prompts = {folder: _prompt(root / folder) for folder in folders if folder not in axes}
    _require_released(root, {folder: spec.sha256 for folder, spec in (axes | prompts).items()})
    return _Source(root, tuple(axes.values()), tuple(prompts.values()))


def _folders(root: Path) -> list[str]:
    """Return the version folders below the root; reject a YAML file anywhere else, ignore hidden ones."""
    if not root.is_dir():
        raise PromptInvalid(
            f"{root}: no such folder of axes and prompts: create it, or name another (SUBTEXT_PROMPTS_DIR)"
        )
    paths = {path.relative_to(root) for depth in range(1, _DEPTH + 1) for path in root.glob("/".join("*" * depth))}
    files = [
        path for path in paths if path.suffix in {".yaml", ".yml"} and not any(p.startswith(".") for p in path.parts)
    ]
    for path in sorted(files):
        if not _LAYOUT.fullmatch(path.as_posix()):
            raise PromptInvalid(
                f"{root / path}: a YAML file does not belong here: move it to axes/<id>/v<version>/axis.yaml "
                "or <id>/v<version>/prompt.yaml"
            )
    return sorted({path.parent.as_posix() for path in files if path.name != _RELEASED})


def _axis(folder: Path) -> AxisSpec:
    path = folder / "axis.yaml"
    data = read_canonical(path)
    return _require_matching_folder(folder, AxisSpec(parse(data, AxisFile, path), digest(data)))


def _prompt(folder: Path) -> PromptSpec:
    paths = folder / "prompt.yaml", folder / "examples.yaml"
    data = tuple(read_canonical(path) for path in paths)
    sha256 = combine_digests({path.name: digest(part) for path, part in zip(paths, data, strict=True)})
    prompt, examples = parse(data[0], PromptFile, paths[0]), parse(data[1], ExamplesFile, paths[1])
    _require_answers(prompt, examples, paths[1])
    return _require_matching_folder(folder, PromptSpec(prompt, examples, sha256))


def _require_answers(prompt: PromptFile, examples: ExamplesFile, path: Path) -> None:
    """Reject an example whose answer has other fields than the prompt asks for."""
    required = {"target"}.union(*(FIELDS[part] for part in prompt.parts))
    for number, example in enumerate(examples.examples):
        fields = example.answer.model_fields_set
        for field in sorted(required ^ fields):
            problem = "missing: add it" if field in required else "not asked for by this prompt: remove it"
            raise PromptInvalid(f"{path}: examples.{number}.answer.{field}: {problem}")


def _require_matching_folder(folder: Path, spec: S) -> S:
    if (spec.id, f"v{spec.version}") != (folder.parent.name, folder.name):
        raise PromptInvalid(f"{folder}: the file inside says {spec.ref}: make id and version those of the folders")
    return spec


def _require_released(root: Path, digests: Mapping[str, str]) -> None:
    """Reject a folder with a list of released versions unless it holds exactly these, unchanged."""
    path = root / _RELEASED
    if not path.exists():
        return
    released = parse(read_canonical(path), ReleasedFile, path).root
    for folder in sorted(released.keys() | digests.keys()):
        if folder not in digests:
            raise PromptInvalid(f"{root / folder}: released, but missing: restore the folder, or reinstall Subtext")
        if folder not in released:
            raise PromptInvalid(f"{root / folder}: not released: list it in {_RELEASED} as {folder}: {digests[folder]}")
        if digests[folder] != released[folder]:
            raise PromptInvalid(
                f"{root / folder}: differs from what was released (its SHA-256 is {digests[folder]}, "
                f"not {released[folder]}): restore the files; a change needs a new version in a folder of its own"
            )


def _require_unique(specs: Sequence[AxisSpec] | Sequence[PromptSpec]) -> None:
    refs = [spec.ref for spec in specs]
    if duplicates := sorted({ref for ref in refs if refs.count(ref) > 1}):
        raise PromptInvalid(f"in more than one folder: {', '.join(duplicates)}: give the new one another id or version")


def _require_renders(axes: Sequence[AxisSpec], prompts: Sequence[PromptSpec]) -> None:
    """Render each prompt with each axis once, so that an error in a template is found at start."""
    for prompt in prompts:
        for axis in axes:
            try:
                prompt.render(axis, article="…", target=None, schema="{}", nonce="0")
            except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
                raise PromptInvalid(
                    f"{prompt.ref} cannot be rendered for {axis.ref}: {error}: correct its template"
                ) from error


def _newest_by_parts(source: _Source) -> dict[frozenset[AnalysisPart], PromptSpec]:
    by_parts: dict[frozenset[AnalysisPart], list[PromptSpec]] = defaultdict(list)
    for prompt in source.prompts:
        by_parts[prompt.parts].append(prompt)
    for specs in by_parts.values():
        if len(ids := sorted({prompt.id for prompt in specs})) > 1:
            raise PromptInvalid(f"{source.root}: {' and '.join(ids)} ask for the same parts: keep one of them")
    return {parts: max(specs, key=_order) for parts, specs in by_parts.items()}


def _find(ref: str, specs: Mapping[str, S]) -> S | None:
    newest = max((spec for spec in specs.values() if spec.id == ref), key=_order, default=None)
    return specs.get(ref, newest)


def _order(spec: AxisSpec | PromptSpec) -> tuple[str, int]:
    return spec.id, spec.version
