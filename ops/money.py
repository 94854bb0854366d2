"""Amounts of money as text: rounded by one rule for people, exact for programs."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

import pricing

UNKNOWN: Final = "unknown"
_THREE_FIGURES: Final = Context(prec=3)


def usd(amount: Decimal | None) -> str | None:
    """An amount for people: from 1 USD on in cents, below it in three figures that count; None is not known.

    12,345.68, 1.50, 0.434, 0.0000837, 0.00: thousands set apart, never in powers of ten, halves to the even digit.
    """
    if amount is None:
        return None
    figures = _THREE_FIGURES.create_decimal(amount)
    # What is rounded decides: 0.9996 is a dollar, and so is in cents.
    if figures.is_zero() or abs(figures) >= 1:
        return f"{amount:,.2f}"
    return f"{figures:.{2 - figures.adjusted()}f}"


def told_usd(amount: Decimal | None) -> str:
    """The same within a sentence."""
    return usd(amount) or UNKNOWN


def exact_usd(amount: Decimal | None) -> str | None:
    """An amount for programs: a decimal string to 0.000000000000001 USD, as receipts have it."""
    return None if amount is None else pricing.plain(amount.quantize(pricing.SMALLEST_USD))


def line_usd(line: pricing.Line | None, per: Decimal = Decimal(1)) -> str | None:
    """A line's price for one part in `per`; None where it is not known."""
    if line is None or line.usd is None:
        return None
    return f"{'at most ' if line.at_most else ''}{told_usd(line.usd / per)}"
