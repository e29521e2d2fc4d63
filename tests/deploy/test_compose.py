"""The compose file: valid by its schema, hardened, and each profile a whole stack."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import yaml

from subtext.settings import unknown_variables
from tests.support.containers import ROOT

DEPLOY = ROOT / "deploy"
FILE = DEPLOY / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROFILES = {
    "postgres": {"api-postgres", "worker", "postgres", "redis"},
    "local-llm": {"api-llm", "model"},
    "monitoring": {"prometheus", "grafana"},
}
OURS = ("api", "api-postgres", "api-llm", "worker")


def test_the_file_is_valid() -> None:
    command = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(FILE))
    checked = subprocess.run(command, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout


def test_without_a_profile_the_service_is_alone() -> None:
    assert [name for name, service in SERVICES.items() if "profiles" not in service] == ["api"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_brings_its_services(profile: str) -> None:
    services = {name for name, service in SERVICES.items() if profile in service.get("profiles", ())}

    assert services == PROFILES[profile]


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_hardened(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - a path in the container
    assert {"mem_limit", "pids_limit", "stop_grace_period"} <= service.keys()


@pytest.mark.parametrize("name", OURS)
def test_our_containers_say_whether_they_are_healthy(name: str) -> None:
    options = ["--worker"] if "worker" in SERVICES[name].get("command", ()) else []

    assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "subtext", "healthcheck", *options]


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_one_that_the_service_reads(name: str) -> None:
    assert unknown_variables(SERVICES[name]["environment"]) == ()


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_alone(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


def test_published_ports_differ() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert len({port.split(":-")[1].split("}")[0] for port in ports}) == len(ports) == 5


def test_databases_are_on_a_network_without_a_way_out() -> None:
    assert COMPOSE["networks"]["data"]["internal"]
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["data"]


def test_files_that_are_mounted_are_there() -> None:
    sources = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())]
    files = [source for source in sources if source.startswith("./")]

    assert len(files) == 5
    assert [source for source in files if not (DEPLOY / source).is_file()] == []


@pytest.mark.parametrize("name", OURS)
def test_prometheus_asks_every_part_of_ours(name: str) -> None:
    document = yaml.safe_load((DEPLOY / "monitoring" / "prometheus.yaml").read_text(encoding="utf-8"))
    targets = [target for job in document["scrape_configs"] for target in job["dns_sd_configs"]]
    port = int(SERVICES[name]["environment"]["SUBTEXT_METRICS_ADDRESS"].rpartition(":")[2])

    assert [target["port"] for target in targets if name in target["names"]] == [port]
