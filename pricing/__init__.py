"""What an invocation, a job and a month cost: dated price tables per region, and exact decimal arithmetic over them."""

from pricing.amounts import SMALLEST_USD, plain, shares, total
from pricing.comparison import API_NAMES, rekognition_usd
from pricing.instances import InstanceCost, instance_cost
from pricing.invocation import EPHEMERAL_INCLUDED_MB, MB_PER_GB, Cost, Invocation, price, whole_milliseconds
from pricing.loader import PriceTableError, load, parse, regions
from pricing.monthly import HOURS_PER_MONTH, SECONDS_PER_MONTH, Bill, Line, Usage, bill_line, monthly_bill, tiered_usd
from pricing.table import SECTIONS, Architecture, Gateway, Price, PriceTable, RekognitionApi, Section, Tier
from pricing.units import UNITS

__all__ = [
    "API_NAMES",
    "EPHEMERAL_INCLUDED_MB",
    "HOURS_PER_MONTH",
    "MB_PER_GB",
    "SECONDS_PER_MONTH",
    "SECTIONS",
    "SMALLEST_USD",
    "UNITS",
    "Architecture",
    "Bill",
    "Cost",
    "Gateway",
    "InstanceCost",
    "Invocation",
    "Line",
    "Price",
    "PriceTable",
    "PriceTableError",
    "RekognitionApi",
    "Section",
    "Tier",
    "Usage",
    "bill_line",
    "instance_cost",
    "load",
    "monthly_bill",
    "parse",
    "plain",
    "price",
    "regions",
    "rekognition_usd",
    "shares",
    "tiered_usd",
    "total",
    "whole_milliseconds",
]
