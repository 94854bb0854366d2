"""Which addresses a picture may be fetched from: a deny list of our own on top of what `ipaddress` calls global.

`is_global` alone is no guard: it is true for NAT64, IPv4-compatible, ISATAP and multicast addresses and for a cloud's
metadata service that lives on a public one.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final, Literal, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Reach: TypeAlias = Literal["public", "internal"]
"""What a host may resolve to: public addresses alone, or those of a private network and this machine as well."""

# https://www.iana.org/assignments/iana-ipv4-special-registry and, where it has no entry, the source named beside it.
_NOT_PUBLIC_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # shared address space
        "127.0.0.0/8",  # loopback, and the Lambda runtime API
        "168.63.129.16/32",  # Azure's platform services
        "169.254.0.0/16",  # link-local: metadata and credentials of EC2 and ECS, the Lambda runtime API
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the limited broadcast address
    )
)
# https://www.iana.org/assignments/iana-ipv6-special-registry. All but global unicast is out first: that covers
# loopback, IPv4-mapped and -compatible, NAT64, unique local (fd00:ec2::254), link-local and multicast.
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# Interface identifiers that carry an IPv4 address (RFC 5214, 6.1), under any prefix.
_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})

_INTERNAL: Final = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)
# Within those, what hands out credentials: AWS's services on every instance, Alibaba's metadata.
_METADATA: Final = (ip_network("fd00:ec2::/32"), ip_network("100.100.100.200/32"))


def is_permitted(address: Address, reach: Reach) -> bool:
    """Whether a host of this reach may be dialled at `address`."""
    return is_public(address) or (reach == "internal" and _is_internal(address))


def is_public(address: Address) -> bool:
    """Whether `address` is a host's on the public internet, in no form that hides another address."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return (
        address.scope_id is None
        and address in _GLOBAL_UNICAST
        and not any(address in network for network in _NOT_PUBLIC_V6)
        and (int(address) >> 32) & 0xFFFF_FFFF not in _ISATAP
    )


def _is_internal(address: Address) -> bool:
    if any(address in network for network in _METADATA):
        return False
    return any(address in network for network in _INTERNAL)
