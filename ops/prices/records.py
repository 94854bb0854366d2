"""Records of AWS's Price List API, parsed and validated."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Protocol

from ops.errors import OpsError

API_REGION: Final = "us-east-1"
"""Where the API answers, whatever region it is asked about."""
_PAGE: Final = 100
_NO_END: Final = "Inf"


class PricingClient(Protocol):
    """What is used of `boto3.client("pricing")`."""

    def get_paginator(self, operation: str) -> Any:
        """What asks for one page of an operation's answer after another."""


class RecordError(ValueError):
    """A record that is not of the form it should have; the message says where."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One step of a price, in the API's units: USD for each unit from `begin` on, up to `end`; None is without end."""

    begin: Decimal
    end: Decimal | None
    unit: str
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Product:
    """One product and what it costs on demand."""

    sku: str
    attributes: Mapping[str, str]
    effective: date
    dimensions: tuple[Dimension, ...]  # ascending, without gaps


def records(client: PricingClient, service: str, region: str) -> Iterator[Mapping[str, Any]]:
    """Every record of a service in a region, page by page. Raises OpsError for one that is not a JSON object."""
    filters = [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": region}]
    options: dict[str, Any] = {"ServiceCode": service, "Filters": filters, "FormatVersion": "aws_v1"}
    for page in client.get_paginator("get_products").paginate(**options, PaginationConfig={"PageSize": _PAGE}):
        for number, text in enumerate(page["PriceList"]):
            try:
                record = json.loads(text)
            except ValueError as error:
                raise OpsError(f"{service}: record {number} of a page is not JSON ({error})") from error
            if not isinstance(record, dict):
                raise OpsError(f"{service}: record {number} of a page is not a JSON object")
            yield record


def attributes_of(record: Mapping[str, Any]) -> Mapping[str, str]:
    """What a record says its product is; nothing where it says nothing."""
    product = record.get("product")
    attributes = product.get("attributes") if isinstance(product, dict) else None
    return attributes if isinstance(attributes, dict) else {}


def product(record: Mapping[str, Any]) -> Product:
    """A record with its one on-demand price. Raises RecordError."""
    sku = record.get("product", {}).get("sku")
    if not isinstance(sku, str) or not sku:
        raise RecordError("product.sku is missing")
    terms = record.get("terms")
    offers = terms.get("OnDemand") if isinstance(terms, dict) else None
    if not isinstance(offers, dict) or len(offers) != 1:
        raise RecordError(f"{sku}: terms.OnDemand must hold one offer")
    (offer,) = offers.values()
    try:
        effective = date.fromisoformat(offer["effectiveDate"][:10])
        dimensions = sorted((_dimension(row) for row in offer["priceDimensions"].values()), key=lambda row: row.begin)
    except (KeyError, TypeError, AttributeError, ValueError, InvalidOperation) as error:
        raise RecordError(f"{sku}: terms.OnDemand is not of the form that is known ({error!r})") from error
    _check_steps(sku, dimensions)
    return Product(sku, attributes_of(record), effective, tuple(dimensions))


def _dimension(row: Mapping[str, Any]) -> Dimension:
    end = row["endRange"]
    return Dimension(
        begin=Decimal(row["beginRange"]),
        end=None if end == _NO_END else Decimal(end),
        unit=row["unit"],
        usd=Decimal(row["pricePerUnit"]["USD"]),
    )


def _check_steps(sku: str, dimensions: list[Dimension]) -> None:
    if not dimensions or dimensions[0].begin != 0 or dimensions[-1].end is not None:
        raise RecordError(f"{sku}: its price does not hold from 0 on without end")
    if any(step.end != following.begin for step, following in itertools.pairwise(dimensions)):
        raise RecordError(f"{sku}: its price has a gap, or two steps that overlap")
    if len({step.unit for step in dimensions}) > 1:
        raise RecordError(f"{sku}: its steps are in different units")
