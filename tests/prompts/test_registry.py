from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from subtext.analysis.ports import ALL_PARTS
from subtext.errors import AxisNotFound, PromptInvalid, PromptNotFound
from subtext.prompts.registry import PromptRegistry, default_root
from tests.support.prompts import AXIS, AXIS_PLACE, EXAMPLES, PROMPT, SECOND_ROOT, WHOLE, axis, prompt, write

if TYPE_CHECKING:
    from pathlib import Path

    from subtext.analysis.ports import AnalysisPart

FRAMING: frozenset[AnalysisPart] = frozenset({"framing"})
SUMMARY: frozenset[AnalysisPart] = frozenset({"summary"})
# What was released stays as it was. A change is a new version in a folder of its own, with a new line here.
RELEASED = {
    "desperation-domination@1": "3bf3c91d85cb9b2a6593725af95cff52e431c95f9cdbac5d67e77172e7504fd6",
    "desperation-domination@2": "0b5729e76788087489d363fb32f788809bc32234d0f3c25618d7b7c99a4ffc12",
    "analysis@1": "be0f4a8c1635822ee1c11dd04dfaf77520e2d8f3b806c89970be786f602d8b5f",
    "analysis@2": "103c797ac0557856c0869bb97ac089191e5515cf9d2916327bb0c0c57b7a46f8",
    "stance@1": "dd7fff804e74f3c7b289ed240d4e161b4e27c889ff5070426ca3e7729435fe12",
    "stance@2": "3de133de4b77c7c536ecbcccdab134483cab0300670beb8460921780d0fb01ed",
    "summary@1": "17cfe1357c65772cc0c89afb56a732b41211f08bf118302bde868cf5636b4a9a",
    "summary@2": "5be2fbddaea22ea76ba838c5fb66f031a889a9dbfea59374df103b72ad3e6a65",
}


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of what is shipped, to tamper with."""
    return shutil.copytree(default_root(), tmp_path / "prompts")


def test_released_versions_are_never_edited(shipped: PromptRegistry) -> None:
    digests = {axis.ref: axis.sha256 for axis in shipped.axes()} | {spec.ref: spec.sha256 for spec in shipped.prompts()}
    assert digests == RELEASED


def test_every_shipped_version_is_listed_as_released() -> None:
    listed = (default_root() / "released.yaml").read_text(encoding="utf-8")

    assert all(digest in listed for digest in RELEASED.values())


@pytest.mark.parametrize(
    "place",
    [
        "axes/desperation-domination/v1/axis.yaml",
        "analysis/v1/prompt.yaml",
        "analysis/v1/examples.yaml",
        "summary/v1/prompt.yaml",
        "stance/v1/examples.yaml",
    ],
)
def test_one_changed_byte_of_a_released_file_is_refused(place: str, copied: Path) -> None:
    with (copied / place).open("a", encoding="utf-8") as file:
        file.write("\n")

    with pytest.raises(PromptInvalid, match=r"v1: differs from what was released .* restore the files"):
        PromptRegistry.load([copied])


def test_a_checkout_with_other_line_ends_is_no_change(copied: Path) -> None:
    for path in copied.rglob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert {spec.ref: spec.sha256 for spec in PromptRegistry.load([copied]).prompts()}.items() <= RELEASED.items()


def test_a_released_version_that_is_gone_is_missed(copied: Path) -> None:
    shutil.rmtree(copied / "stance")

    with pytest.raises(PromptInvalid, match="stance/v1: released, but missing: restore the folder"):
        PromptRegistry.load([copied])


def test_a_version_that_is_not_released_does_not_slip_in(copied: Path) -> None:
    write(copied, WHOLE)

    with pytest.raises(PromptInvalid, match=r"axes/hot-cold/v1: not released: list it in released\.yaml as axes/hot"):
        PromptRegistry.load([copied])


def test_a_list_of_released_versions_holds_digests(tmp_path: Path) -> None:
    write(tmp_path, {AXIS_PLACE: AXIS, "released.yaml": "axes/hot-cold/v1: abc\n"})

    with pytest.raises(PromptInvalid, match=r"released\.yaml: axes/hot-cold/v1: must match pattern"):
        PromptRegistry.load([tmp_path])


@dataclass(frozen=True)
class Misplaced:
    id: str
    files: dict[str, str]
    says: str


@pytest.mark.parametrize(
    "case",
    [
        Misplaced("another id", {"axes/warm-cold/v1/axis.yaml": AXIS}, "the file inside says hot-cold@1: make id and"),
        Misplaced("another version", {"axes/hot-cold/v2/axis.yaml": AXIS}, "v2: the file inside says hot-cold@1"),
        Misplaced("another prompt", {"r/v1/prompt.yaml": PROMPT, "r/v1/examples.yaml": EXAMPLES}, "says reading@1"),
        Misplaced("no examples", {"reading/v1/prompt.yaml": PROMPT}, "examples.yaml: cannot be read (no such file or"),
        Misplaced("no prompt", {"reading/v1/examples.yaml": EXAMPLES}, "prompt.yaml: cannot be read (no such file or"),
        Misplaced("on top", {"axis.yaml": AXIS}, "axis.yaml: a YAML file does not belong here: move it to axes/<id>/v"),
        Misplaced("no v", {"axes/hot-cold/1/axis.yaml": AXIS}, "hot-cold/1/axis.yaml: a YAML file does not belong"),
        Misplaced("padded", {"axes/hot-cold/v01/axis.yaml": AXIS}, "v01/axis.yaml: a YAML file does not belong here"),
        Misplaced("outside axes", {"hot-cold/v1/axis.yaml": AXIS}, "hot-cold/v1/axis.yaml: a YAML file does not"),
        Misplaced("too deep", {"axes/hot-cold/v1/old/axis.yaml": AXIS}, "v1/old/axis.yaml: a YAML file does not"),
        Misplaced("short suffix", {"axes/hot-cold/v1/axis.yml": AXIS}, "v1/axis.yml: a YAML file does not belong here"),
    ],
    ids=lambda case: case.id,
)
def test_nothing_in_a_folder_is_overlooked(case: Misplaced, tmp_path: Path) -> None:
    with pytest.raises(PromptInvalid) as refused:
        PromptRegistry.load([write(tmp_path, case.files)])

    assert case.says in refused.value.detail


def test_notes_and_hidden_folders_are_left_alone(tmp_path: Path) -> None:
    write(
        tmp_path, {AXIS_PLACE: AXIS, "README.md": "About.", ".old/axis.yaml": "no", "axes/hot-cold/v1/notes.txt": "x"}
    )

    assert [spec.ref for spec in PromptRegistry.load([tmp_path]).axes()] == ["hot-cold@1"]


def test_linked_folders_are_read_as_orchestrators_mount_them(tmp_path: Path) -> None:
    write(tmp_path / "..data", WHOLE)
    mount = tmp_path / "mount"
    mount.mkdir()
    for entry in ("axes", "reading"):
        (mount / entry).symlink_to(tmp_path / "..data" / entry, target_is_directory=True)

    assert [spec.ref for spec in PromptRegistry.load([mount]).prompts()] == ["reading@1"]


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        PromptInvalid, match=r"no such folder of axes and prompts: create it, or name another \(SUBTEXT_PROMPTS_DIR\)"
    ):
        PromptRegistry.load([tmp_path / "none"])


@pytest.mark.parametrize(
    ("files", "ref"), [(prompt(), "reading@1"), ({AXIS_PLACE: AXIS}, "hot-cold@1")], ids=["prompt", "axis"]
)
def test_a_version_stands_in_one_folder_only(files: dict[str, str], ref: str, tmp_path: Path) -> None:
    first, second = write(tmp_path / "a", WHOLE), write(tmp_path / "b", files)

    with pytest.raises(PromptInvalid, match=f"in more than one folder: {ref}: give the new one another id or"):
        PromptRegistry.load([first, second])


def test_a_second_folder_adds_an_axis_without_code(shipped: PromptRegistry) -> None:
    prompts = PromptRegistry.load([default_root(), SECOND_ROOT])

    assert {spec.id for spec in prompts.axes()} == {"desperation-domination", "victim-villain"}
    assert prompts.axis("victim-villain").axis.labels == ("victim", "villain", "mixed", "neither")
    assert [spec.ref for spec in prompts.prompts()] == [spec.ref for spec in shipped.prompts()]


@pytest.mark.parametrize(
    ("ref", "version"), [("hot-cold", 10), ("hot-cold@2", 2), ("hot-cold@10", 10), ("hot-cold@1", 1)]
)
def test_a_bare_id_means_its_newest_version(ref: str, version: int, tmp_path: Path) -> None:
    prompts = PromptRegistry.load([write(tmp_path, axis(version=10) | axis(version=2) | axis(version=1))])

    assert prompts.axis(ref).version == version
    assert [spec.version for spec in prompts.axes()] == [1, 2, 10]


@pytest.mark.parametrize(
    "ref",
    [
        "../../etc",
        "../../etc/passwd",
        "axes/desperation-domination/v1",
        "analysis/v1",
        "",
        "@",
        "@1",
        "analysis@",
        "analysis@3",
        "analysis@01",
        "analysis@-1",
        "analysis@1@1",
        "ANALYSIS",
        "analysis ",
        "analysis\x00",
        "a" * 100_000,
    ],
)
def test_a_reference_is_a_known_name_and_never_a_path(ref: str, shipped: PromptRegistry) -> None:
    with pytest.raises(PromptNotFound) as no_prompt:
        shipped.prompt(ref)
    with pytest.raises(AxisNotFound) as no_axis:
        shipped.axis(ref.replace("analysis", "desperation-domination"))

    assert no_prompt.value.detail == (
        "no such prompt: ask for one of analysis@1, analysis@2, stance@1, stance@2, summary@1, summary@2 "
        "(without @ for the newest)"
    )
    assert no_axis.value.detail == (
        "no such axis: ask for one of desperation-domination@1, desperation-domination@2 (without @ for the newest)"
    )


def test_each_question_has_its_own_prompt(shipped: PromptRegistry) -> None:
    asked = {parts: shipped.for_parts(parts).ref for parts in (ALL_PARTS, SUMMARY, FRAMING)}

    assert asked == {ALL_PARTS: "analysis@2", SUMMARY: "summary@2", FRAMING: "stance@2"}


def test_the_newest_version_answers(tmp_path: Path) -> None:
    prompts = PromptRegistry.load([write(tmp_path, WHOLE | prompt(version=9) | prompt(version=10))])

    assert prompts.for_parts(FRAMING).ref == "reading@10"
    assert prompts.prompt("reading").ref == "reading@10"
    assert prompts.prompt("reading@9").version == 9


def test_a_later_folder_takes_over_the_parts_that_it_asks_for(tmp_path: Path) -> None:
    prompts = PromptRegistry.load([default_root(), write(tmp_path, WHOLE)])

    assert prompts.for_parts(FRAMING).ref == "reading@1"
    assert prompts.for_parts(ALL_PARTS).ref == "analysis@2"


def test_two_prompts_of_one_folder_must_not_compete(tmp_path: Path) -> None:
    with pytest.raises(PromptInvalid, match="reading and rival ask for the same parts: keep one of them"):
        PromptRegistry.load([write(tmp_path, WHOLE | prompt(name="rival"))])


def test_parts_that_no_prompt_asks_for_are_unknown(tmp_path: Path) -> None:
    prompts = PromptRegistry.load([write(tmp_path, WHOLE)])

    with pytest.raises(PromptNotFound, match="no prompt asks for exactly framing and summary: add one"):
        prompts.for_parts(ALL_PARTS)


def test_the_shipped_folder_is_found_in_a_wheel_and_in_a_checkout(tmp_path: Path) -> None:
    package = tmp_path / "service" / "subtext"
    package.mkdir(parents=True)
    assert default_root(package) == tmp_path / "prompts"

    (package / "prompts" / "released").mkdir(parents=True)
    assert default_root(package) == package / "prompts" / "released"
