from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subtext.errors import SettingsInvalid
from subtext.intake.http.ip_policy import HostAllowlist, is_public

if TYPE_CHECKING:
    from subtext.domain.host import Address

FORBIDDEN_RANGES = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("168.63.129.16", "168.63.129.16"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.0.0", "192.0.0.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.31.196.0", "192.31.196.255"),
    ("192.52.193.0", "192.52.193.255"),
    ("192.88.99.0", "192.88.99.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("192.175.48.0", "192.175.48.255"),
    ("198.18.0.0", "198.19.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("224.0.0.0", "255.255.255.255"),
    ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
]
# Where the addresses begin and end.
EDGES = {"0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}
INSIDE = [
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "192.0.0.8",
    "100.100.100.200",
    "169.254.169.254",
]
PUBLIC = ["1.1.1.1", "93.184.216.34", "8.8.8.8", "2606:4700::1111", "2a00:1450:4001::200e", "2001:4860:4860::8888"]
V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6)


@pytest.mark.parametrize(("first", "last"), FORBIDDEN_RANGES, ids=[first for first, _ in FORBIDDEN_RANGES])
def test_a_forbidden_range_is_out_from_its_first_address_to_its_last(first: str, last: str) -> None:
    assert not is_public(ipaddress.ip_address(first))
    assert not is_public(ipaddress.ip_address(last))


@pytest.mark.parametrize(("first", "last"), FORBIDDEN_RANGES, ids=[first for first, _ in FORBIDDEN_RANGES])
def test_the_addresses_beside_a_forbidden_range_are_public(first: str, last: str) -> None:
    before = [] if first in EDGES else [ipaddress.ip_address(first) - 1]
    after = [] if last in EDGES else [ipaddress.ip_address(last) + 1]
    assert before or after
    assert all(map(is_public, before + after))


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_in_disguise_are_no_public_ones(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.one_of(V4, V6))
def test_what_the_standard_library_holds_for_private_is_never_public(address: Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_link_local:
        assert not is_public(address)


@given(V4, st.sampled_from(["::", "::ffff:0:0", "64:ff9b::"]))
def test_no_ipv4_address_is_public_in_the_clothes_of_ipv6(address: Address, prefix: str) -> None:
    assert not is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + int(address)))


@given(V4, st.integers(0, 2**80 - 1))
def test_no_6to4_address_is_public(address: Address, rest: int) -> None:
    assert not is_public(ipaddress.IPv6Address((0x2002 << 112) + (int(address) << 80) + rest))


@dataclass(frozen=True)
class Named:
    id: str
    entries: tuple[str, ...]
    host: str
    port: int
    address: str
    is_allowed: bool


@pytest.mark.parametrize(
    "case",
    [
        Named("host, any port", ("wiki.example",), "wiki.example", 8080, "10.0.0.1", True),
        Named("host in capitals, with the root's dot", ("Wiki.Example",), "WIKI.example.", 80, "10.0.0.1", True),
        Named("another host", ("wiki.example",), "other.example", 80, "10.0.0.1", False),
        Named("a host below", ("wiki.example",), "a.wiki.example", 80, "10.0.0.1", False),
        Named("host and port", ("wiki.example:8080",), "wiki.example", 8080, "10.0.0.1", True),
        Named("host, another port", ("wiki.example:8080",), "wiki.example", 80, "10.0.0.1", False),
        Named("network", ("10.0.0.0/8",), "any.example", 81, "10.9.9.9", True),
        Named("outside of the network", ("10.0.0.0/8",), "any.example", 80, "11.0.0.1", False),
        Named("one address", ("10.0.0.1",), "any.example", 80, "10.0.0.1", True),
        Named("address and port", ("10.0.0.1:81",), "10.0.0.1", 81, "10.0.0.1", True),
        Named("v6 network", ("fd00::/8",), "any.example", 80, "fd00::7", True),
        Named("v6 address and port", ("[fd00::7]:81",), "fd00::7", 81, "fd00::7", True),
        Named("v6 address, another port", ("[fd00::7]:81",), "fd00::7", 82, "fd00::7", False),
    ],
    ids=lambda case: case.id,
)
def test_private_hosts_are_the_named_ones_alone(case: Named) -> None:
    private = HostAllowlist.parse(case.entries)
    allowed = private.allows_host(case.host, case.port) or private.allows_address(ipaddress.ip_address(case.address))
    assert allowed is case.is_allowed


@pytest.mark.parametrize(
    "entry", ["", "10.0.0.1/8", "10.0.0.0/99", "http://wiki", "wiki:0", "wiki:99999", "a b", "[zz]:80", "wiki/24"]
)
def test_an_unclear_private_host_is_a_setting_to_mend(entry: str) -> None:
    with pytest.raises(SettingsInvalid, match=r"SUBTEXT_FETCH_PRIVATE_HOSTS: .* is no host"):
        HostAllowlist.parse([entry])
