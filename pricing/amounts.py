"""Decimals as text: plain digits, never an exponent."""

from decimal import Decimal


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
