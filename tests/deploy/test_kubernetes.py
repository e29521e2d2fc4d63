"""The Kubernetes manifests: rendered by kustomize, valid, and as closed as the `restricted` profile asks."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import kubernetes_validate
import pytest

from tests.support.manifests import Manifest, render

if TYPE_CHECKING:
    from collections.abc import Iterator

KUBERNETES = "1.34"
WHOLE = ("base", "overlays/production", "overlays/evaluation")
PRIVATE = (
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "127.0.0.1",
    "fd00:ec2::254",
    "fe80::1",
)
CONTAINER_SECURITY = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def _pods(manifests: tuple[Manifest, ...]) -> Iterator[tuple[str, Manifest]]:
    for manifest in manifests:
        if manifest["kind"] in ("Deployment", "Job"):
            yield manifest["metadata"]["name"], manifest["spec"]["template"]["spec"]


@pytest.mark.parametrize("folder", WHOLE)
def test_what_kustomize_renders_is_valid(folder: str) -> None:
    for manifest in render(folder):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


@pytest.mark.parametrize("folder", WHOLE)
def test_every_pod_is_restricted(folder: str) -> None:
    pods = dict(_pods(render(folder)))

    assert {"subtext-api", "subtext-worker", "subtext-migrate"} <= pods.keys()
    for pod in pods.values():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"].items() >= CONTAINER_SECURITY.items()
            assert container["resources"].keys() == {"requests", "limits"}


def test_our_own_root_is_read_only() -> None:
    containers = [pod["containers"][0] for _, pod in _pods(render("base"))]

    assert [container["securityContext"]["readOnlyRootFilesystem"] for container in containers] == [True] * 3


def test_a_stop_leaves_time_for_every_step() -> None:
    manifests = render("base")
    pod = dict(_pods(manifests))["subtext-api"]
    settings = next(manifest["data"] for manifest in manifests if manifest["kind"] == "ConfigMap")
    waits = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]

    needed = waits + int(settings["SUBTEXT_DRAIN_S"]) + int(settings["SUBTEXT_GRACE_S"])
    assert needed < pod["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("name", ["subtext-api", "subtext-worker"])
def test_a_pod_is_not_restarted_because_its_database_does_not_answer(name: str) -> None:
    container = dict(_pods(render("base")))[name]["containers"][0]

    probes = [container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe")]
    assert probes == ["/healthz"] * 2


def test_replicas_follow_requests_in_flight() -> None:
    autoscaler = next(manifest for manifest in render("base") if manifest["kind"] == "HorizontalPodAutoscaler")

    assert [metric["pods"]["metric"]["name"] for metric in autoscaler["spec"]["metrics"]] == [
        "subtext_inflight_requests"
    ]


@pytest.mark.parametrize("address", PRIVATE)
def test_egress_to_private_ranges_is_denied(address: str) -> None:
    policy = next(manifest for manifest in render("base") if manifest["kind"] == "NetworkPolicy")
    blocks = [to["ipBlock"] for rule in policy["spec"]["egress"] for to in rule["to"] if "ipBlock" in to]

    assert blocks
    assert not any(_allows(block, address) for block in blocks)
    assert any(_allows(block, "93.184.215.14") for block in blocks)


def _allows(block: Manifest, address: str) -> bool:
    inside = [ip_address(address) in ip_network(cidr) for cidr in (block["cidr"], *block["except"])]
    return inside[0] and not any(inside[1:])


@pytest.mark.parametrize("kind", ["PodDisruptionBudget", "Service", "NetworkPolicy"])
def test_selectors_choose_pods_that_there_are(kind: str) -> None:
    manifests = render("base")
    labels = [
        manifest["spec"]["template"]["metadata"]["labels"] for manifest in manifests if manifest["kind"] == "Deployment"
    ]
    for manifest in manifests:
        if manifest["kind"] == kind:
            selector = manifest["spec"].get("podSelector", manifest["spec"].get("selector"))
            selector = selector.get("matchLabels", selector)
            assert any(selector.items() <= pod.items() for pod in labels), manifest["metadata"]["name"]
