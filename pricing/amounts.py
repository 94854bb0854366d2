"""Exact amounts: how they are computed, rounded, summed and written."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Final

# Parts are rounded to this before they are summed, so that a receipt's parts add up to its total. The smallest
# invocation there is (1 ms at 128 MB on arm64) costs 1.67E-9.
SMALLEST_USD: Final = Decimal("1E-15")
# The calling thread's decimal context must not round, or trap, a receipt.
CONTEXT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)


def plain(amount: Decimal, minimum_places: int = 8) -> str:
    """Write `amount` exactly, with at least `minimum_places` decimals: Decimal("2E-7") is "0.00000020".

    Trailing zeros beyond that are dropped, so equal amounts always read the same. NaN and infinities raise ValueError.
    """
    if not amount.is_finite():
        raise ValueError(f"an amount must be finite, not {amount}")
    whole, _, places = format(amount, "f").partition(".")
    places = places.rstrip("0").ljust(minimum_places, "0")
    text = f"{whole}.{places}" if places else whole
    return text.removeprefix("-") if amount.is_zero() else text


def total(*parts: Decimal | None) -> Decimal | None:
    """The sum, or None as soon as one part is not known."""
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None


def shares(amount: Decimal, weights: Sequence[float | Decimal]) -> tuple[Decimal, ...]:
    """Split `amount` in proportion to `weights`, evenly where all are 0, so that the shares add up to it exactly.

    Each share is a whole number of SMALLEST_USD; what rounding down leaves goes, one each, to the largest remainders
    (the method of Hamilton), the earlier of two equal ones first. No weights give no shares. Negative or non-finite
    weights, and an amount that is no whole number of SMALLEST_USD, raise ValueError.
    """
    with localcontext(CONTEXT):
        exact = [Decimal(weight) for weight in weights]
        if any(not weight.is_finite() or weight < 0 for weight in exact):
            raise ValueError("weights must be finite and not negative")
        if not exact:
            return ()
        units = amount / SMALLEST_USD
        if units != units.to_integral_value():
            raise ValueError(f"an amount must be a whole number of {SMALLEST_USD} USD, not {amount}")
        if not any(exact):
            exact = [Decimal(1)] * len(exact)
        whole = sum(exact, Decimal(0))
        ideal = [units * weight / whole for weight in exact]
        given = [int(part) for part in ideal]
        left = int(units) - sum(given)
        by_remainder = sorted(range(len(ideal)), key=lambda index: given[index] - ideal[index])
        for index in by_remainder[:left]:
            given[index] += 1
        return tuple(part * SMALLEST_USD for part in given)
