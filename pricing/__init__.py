"""What an invocation costs: dated price tables per region, and exact decimal arithmetic over them."""

from pricing.amounts import plain
from pricing.invocation import Cost, Invocation, price, whole_milliseconds
from pricing.loader import PriceTableError, load, parse
from pricing.table import Architecture, Gateway, Price, PriceTable, Tier

__all__ = [
    "Architecture",
    "Cost",
    "Gateway",
    "Invocation",
    "Price",
    "PriceTable",
    "PriceTableError",
    "Tier",
    "load",
    "parse",
    "plain",
    "price",
    "whole_milliseconds",
]
