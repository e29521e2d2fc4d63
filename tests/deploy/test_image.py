"""The image, really built and run: as another user, on a read-only root, without capabilities and without a network."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.containers import CALL, ROOT, RUN_BATCH, ContainerEngine, build_product, require_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE_MAX_BYTES = 480_000_000
ANALYZE = CALL + 'print(json.dumps(call("/v1/analyses", json.dumps({"text": sys.argv[1], "include": ["text"]}))))'
LIST_PACKAGES = """
import importlib.metadata, json
packages = importlib.metadata.distributions(path=[importlib.metadata.distribution("subtext").locate_file("")])
print(json.dumps([(package.metadata["Name"].lower(), package.version) for package in packages]))
"""


@pytest.fixture(scope="module")
def engine() -> ContainerEngine:
    return require_engine()


@pytest.fixture(scope="module")
def image(engine: ContainerEngine) -> str:
    return build_product(engine)


@pytest.fixture(scope="module")
def container(engine: ContainerEngine, image: str) -> Iterator[str]:
    """A hardened container without a network, once it is healthy; it takes batches."""
    with engine.run(image, "-e", "SUBTEXT_BATCHES_ENABLED=true") as name:
        engine.wait_until_healthy(name)
        yield name


def _python(engine: ContainerEngine, container: str, program: str, *words: str) -> Any:
    return json.loads(engine("exec", "-i", container, "python", "-", *words, stdin=program).stdout)


def _article() -> str:
    return (ROOT / "examples" / "desperation.txt").read_text(encoding="utf-8")


def test_the_image_is_small_and_says_how_to_run_it(engine: ContainerEngine, image: str) -> None:
    about = engine.inspect(image, "image")

    assert about["Size"] <= SIZE_MAX_BYTES
    assert about["Config"]["User"] == "65532:65532"
    assert about["Config"]["Entrypoint"] == ["subtext"]
    health = about.get("Healthcheck") or about["Config"]["Healthcheck"]  # Podman's place, or Docker's
    assert health["Test"] == ["CMD", "subtext", "healthcheck"]


def test_labels_name_the_product_and_its_version(engine: ContainerEngine, image: str) -> None:
    labels = engine.inspect(image, "image")["Config"]["Labels"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert labels["org.opencontainers.image.title"] == project["name"]
    assert labels["org.opencontainers.image.version"] == project["version"]
    assert labels["org.opencontainers.image.licenses"] == project["license"]


def test_the_bill_of_materials_lists_what_is_installed(engine: ContainerEngine, container: str) -> None:
    document = json.loads(engine("exec", container, "cat", "/opt/subtext/sbom.cdx.json").stdout)
    listed = {(part["name"].lower(), part["version"]) for part in document["components"]}

    assert document["bomFormat"] == "CycloneDX"
    assert listed == {tuple(package) for package in _python(engine, container, LIST_PACKAGES)}
    assert all(part.get("purl") or part["name"] == "subtext" for part in document["components"])


def test_the_trained_scorer_needs_no_network(engine: ContainerEngine, container: str) -> None:
    answer = _python(engine, container, ANALYZE, _article())

    assert answer["framing"]["label"] == "desperation"
    assert answer["engine"]["model"] == "subtext-encoder-1"
    text = answer["document"]["text"]
    assert all(text[item["start"] : item["end"]] == item["quote"] for item in answer["evidence"])


def test_batches_are_in_the_image(engine: ContainerEngine, container: str) -> None:
    batch = _python(engine, container, RUN_BATCH, _article())

    assert batch["counts"]["done"] == 10


def test_what_settings_can_ask_for_is_in_the_image(engine: ContainerEngine, container: str) -> None:
    modules = (
        "import json, cryptography, psycopg, redis, slack_bolt.async_app, standardwebhooks; print(json.dumps('all'))"
    )

    assert _python(engine, container, modules) == "all"


def test_the_process_is_nobody_and_can_write_nowhere_but_tmp(engine: ContainerEngine, container: str) -> None:
    assert engine("exec", container, "id", "-u").stdout.strip() == "65532"
    assert engine("exec", container, "touch", "/opt/subtext/x", check=False).returncode != 0


def test_nothing_can_be_installed_and_no_program_raises_its_rights(engine: ContainerEngine, container: str) -> None:
    assert engine("exec", container, "python", "-m", "pip", check=False).returncode != 0
    search = ("find", "/", "-xdev", "-type", "f", "-perm", "/6000")
    assert engine("exec", container, *search, check=False).stdout == ""


def test_certificates_are_in_the_image(engine: ContainerEngine, container: str) -> None:
    count = "import ssl; print(ssl.create_default_context().cert_store_stats()['x509_ca'])"

    assert _python(engine, container, count) > 0


def test_serving_to_everybody_must_be_meant(engine: ContainerEngine, image: str) -> None:
    refused = engine("run", "--rm", "--read-only", "--tmpfs=/tmp", "--network=none", image, check=False)

    assert refused.returncode != 0
    assert "SUBTEXT_AUTH=off" in refused.stderr


def test_a_stop_is_graceful(engine: ContainerEngine, image: str) -> None:
    with engine.run(image) as name:
        engine.wait_until_healthy(name)
        engine("stop", "-t", "30", name)
        state = engine.inspect(name)["State"]

    assert state["ExitCode"] == 0
