from __future__ import annotations

import pytest

from subtext.domain.host import is_loopback, is_private_name


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_loopback_is_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "notlocalhost", "localhost.example", "127.1", ""])
def test_nothing_else_is_loopback(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "name",
    ["localhost", "LOCALHOST.", "a.localhost", "printer.local", "metadata.google.internal", "nas.home.arpa", "x.onion"],
)
def test_names_of_the_own_network_are_known(name: str) -> None:
    assert is_private_name(name)


@pytest.mark.parametrize("name", ["localhost.example", "notlocal", "internal.example", "local.example.org"])
def test_names_that_only_look_alike_are_not(name: str) -> None:
    assert not is_private_name(name)
