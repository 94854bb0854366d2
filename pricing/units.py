"""The units that prices are quoted in."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "GB-second": 1,
        "GB-hour": 1,
        "GB": 1,
        "GB-month": 1,
        "instance-hour": 1,
        "image": 1,
        "thousand requests": 1_000,
        "thousand transitions": 1_000,
        "million requests": 1_000_000,
    }
)
"""How many single ones each is; the tiers of a price count single ones."""
