"""Which addresses are public, and which of a name's addresses may be connected to."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canvas.client.addresses import admitted, is_public, literal
from canvas.errors import ConfigError

PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1", "2a00:1450::5"]
PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.168.0.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2002:808:808::",
    "2001:0:808:808::",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
]


@pytest.mark.parametrize("text", PUBLIC)
def test_an_address_of_the_internet_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PRIVATE)
def test_every_special_address_is_refused(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


def test_behind_nat64_the_address_inside_decides() -> None:
    assert is_public(ipaddress.ip_address("64:ff9b::8.8.8.8"))
    assert not is_public(ipaddress.ip_address("64:ff9b::10.0.0.1"))


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = address.is_private or address.is_multicast or address.is_reserved
    nat64 = address in ipaddress.ip_network("64:ff9b::/96")
    assert not (special and not nat64 and is_public(address))


def test_private_answers_beside_public_ones_are_left_out() -> None:
    found = ["10.0.0.1", "8.8.8.8", "::1", "8.8.8.8", "2606:4700::1"]
    assert admitted("school.example.edu", found, allow_private=False) == ["8.8.8.8", "2606:4700::1"]


def test_a_name_with_private_addresses_only_is_refused_with_the_next_step() -> None:
    with pytest.raises(ConfigError, match="CANVAS_ALLOW_INSECURE=1") as caught:
        admitted("school.example.edu", ["10.0.0.1", "::1"], allow_private=False)
    assert caught.value.cause == "school.example.edu resolves to a private address (10.0.0.1)"


def test_with_permission_private_addresses_are_kept_in_order() -> None:
    assert admitted("canvas", ["10.0.0.1", "8.8.8.8"], allow_private=True) == [
        "10.0.0.1",
        "8.8.8.8",
    ]


def test_a_name_is_no_address() -> None:
    assert literal("127.0.0.1.example.edu") is None
    assert str(literal("[::1]")) == "::1"
