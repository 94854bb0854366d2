"""Which addresses may be dialled: one a line, with what it is."""

from ipaddress import ip_address

import pytest

from functions.common.addresses import is_permitted, is_public

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "168.63.129.15",
    "172.15.255.255",
    "172.32.0.0",
    "192.88.98.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "2001:4860:4860::8888",
    "2003::1",
]
# Never, not even where an operator names the host.
# fmt: off
NEVER = [
    ("0.0.0.0", "this host"),
    ("0.1.2.3", "this network"),
    ("169.254.169.254", "metadata of EC2"),
    ("169.254.170.2", "credentials of ECS"),
    ("169.254.170.23", "credentials of EKS"),
    ("169.254.100.1", "the Lambda runtime API"),
    ("168.63.129.16", "Azure's platform services"),
    ("100.100.100.200", "metadata of Alibaba Cloud"),
    ("192.0.0.192", "metadata of Oracle Cloud"),
    ("192.0.0.8", "IETF protocol assignments"),
    ("192.0.0.9", "port control protocol anycast, global by the registry"),
    ("192.0.2.1", "documentation"),
    ("192.31.196.1", "AS112"),
    ("192.52.193.1", "AMT"),
    ("192.88.99.1", "6to4 relay"),
    ("192.175.48.1", "AS112"),
    ("198.18.0.1", "benchmarking"),
    ("198.19.255.255", "benchmarking, last"),
    ("198.51.100.7", "documentation"),
    ("203.0.113.7", "documentation"),
    ("224.0.0.1", "multicast"),
    ("233.252.0.1", "multicast, for documentation"),
    ("239.255.255.255", "multicast, last"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "unspecified"),
    ("::127.0.0.1", "IPv4-compatible"),
    ("::93.184.216.34", "IPv4-compatible, of a public address"),
    ("::ffff:127.0.0.1", "IPv4-mapped loopback"),
    ("::ffff:169.254.169.254", "IPv4-mapped metadata"),
    ("::ffff:93.184.216.34", "IPv4-mapped, of a public address"),
    ("::ffff:0:127.0.0.1", "IPv4-translated"),
    ("64:ff9b::a9fe:a9fe", "NAT64 of metadata"),
    ("64:ff9b::7f00:1", "NAT64 of loopback"),
    ("64:ff9b:1::a9fe:a9fe", "local-use NAT64"),
    ("100::1", "discard-only"),
    ("2001::1", "Teredo"),
    ("2001:0:a9fe:a9fe::1", "Teredo with metadata as server"),
    ("2001:2::1", "benchmarking"),
    ("2001:20::1", "ORCHID"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::1", "6to4 of loopback"),
    ("2002:a9fe:a9fe::1", "6to4 of metadata"),
    ("2606:4700::5efe:a9fe:a9fe", "ISATAP of metadata"),
    ("2606:4700::200:5efe:a9fe:a9fe", "ISATAP of metadata, universal bit set"),
    ("2620:4f:8000::1", "AS112"),
    ("3fff::1", "documentation"),
    ("4000::1", "not assigned"),
    ("5f00::1", "segment routing"),
    ("fd00:ec2::254", "metadata of EC2"),
    ("fd00:ec2::23", "credentials of EKS"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local with a zone"),
    ("fe80::5efe:a9fe:a9fe", "ISATAP, link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("ff0e::1", "multicast, global scope"),
    ("2606:4700::1%1", "public with a zone"),
]
# Where an operator names the host with its scheme.
INTERNAL = [
    ("10.0.0.1", "private"),
    ("100.64.0.1", "shared address space"),
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback, last"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private, last"),
    ("192.168.1.1", "private"),
    ("::1", "loopback"),
    ("fc00::1", "unique local"),
    ("fd12:3456:789a::1", "unique local"),
]
# fmt: on


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))
    assert is_permitted(ip_address(address), "public")
    assert is_permitted(ip_address(address), "internal")


@pytest.mark.parametrize(("address", "what"), NEVER)
def test_never(address: str, what: str) -> None:
    assert not is_public(ip_address(address)), what
    assert not is_permitted(ip_address(address), "public"), what
    assert not is_permitted(ip_address(address), "internal"), what


@pytest.mark.parametrize(("address", "what"), INTERNAL)
def test_only_as_an_operator_says(address: str, what: str) -> None:
    assert not is_public(ip_address(address)), what
    assert not is_permitted(ip_address(address), "public"), what
    assert is_permitted(ip_address(address), "internal"), what


def test_the_own_list_is_needed() -> None:
    """What `ipaddress` alone would let through; on a Python where it does not, the list still stands."""
    blind_spots = ["64:ff9b::a9fe:a9fe", "224.0.0.1", "168.63.129.16", "2606:4700::5efe:a9fe:a9fe", "::127.0.0.1"]
    assert all(ip_address(address).is_global for address in blind_spots)
