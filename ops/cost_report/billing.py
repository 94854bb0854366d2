"""The price of one of Lambda's reports: billed duration and memory at the prices that the receipts name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

import pricing
from ops.logs.lambda_reports import Report
from ops.logs.receipts import ReceiptLine


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledTerms:
    """What a report does not say and its price depends on."""

    region: str
    architecture: pricing.Architecture
    provisioned: bool
    ephemeral_mb: int
    gateway_usd: Decimal | None
    """Lambda's report knows nothing of the gateway: this is the receipt's."""

    @classmethod
    def of(cls, line: ReceiptLine) -> BilledTerms | None:
        """Those of a call with a receipt; None where it names no price table, or an instance."""
        receipt = line.receipt
        if receipt is None or receipt.price_table is None or receipt.ephemeral_mb is None:
            return None
        architecture: pricing.Architecture = "arm64" if receipt.architecture == "arm64" else "x86_64"
        return cls(
            region=receipt.price_table.region,
            architecture=architecture,
            provisioned=receipt.rate == "provisioned",
            ephemeral_mb=receipt.ephemeral_mb,
            gateway_usd=None if receipt.gateway_usd is None else Decimal(receipt.gateway_usd),
        )


def common_terms(lines: Iterable[ReceiptLine]) -> BilledTerms | None:
    """What calls without a receipt are priced by: the terms of all others in the same log; None where these differ.

    Without a receipt nothing says that there was a gateway, so none is in their price.
    """
    found = {replace(terms, gateway_usd=Decimal(0)) for line in lines if (terms := BilledTerms.of(line))}
    return found.pop() if len(found) == 1 else None


def billed_usd(report: Report, terms: BilledTerms) -> Decimal | None:
    """Duration, storage and request of the report, and the gateway's price; None where a price is not known."""
    table = price_table(terms.region)
    if table is None:
        return None
    cost = pricing.price(
        pricing.Invocation(
            billed_ms=report.billed_ms,
            memory_mb=report.memory_mb,
            architecture=terms.architecture,
            provisioned=terms.provisioned,
            ephemeral_mb=terms.ephemeral_mb,
            gateway=None,
        ),
        table,
    )
    return pricing.total(cost.compute_usd, cost.request_usd, terms.gateway_usd)


@cache
def price_table(region: str) -> pricing.PriceTable | None:
    """The region's prices as this version has them; None where it has none."""
    return pricing.load(region)
