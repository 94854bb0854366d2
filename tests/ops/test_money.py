"""Money as it is told: one rule for people, exact for programs."""

from decimal import Decimal

import pytest

from ops.money import exact_usd, told_usd, usd


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("12345.678", "12,345.68"),
        ("-12345.678", "-12,345.68"),
        ("1.5", "1.50"),
        ("1", "1.00"),
        ("0.9996", "1.00"),
        ("0.9994", "0.999"),
        ("0.43349", "0.433"),
        ("0.0976", "0.0976"),
        ("0.0000837004", "0.0000837"),
        ("0.0000837500", "0.0000838"),
        ("0.0000836500", "0.0000836"),
        ("0.000099960", "0.000100"),
        ("-0.00012", "-0.000120"),
        ("1.67E-9", "0.00000000167"),
        ("0", "0.00"),
        ("0E-15", "0.00"),
    ],
)
def test_cents_from_a_dollar_on_and_three_figures_below(amount: str, text: str) -> None:
    assert usd(Decimal(amount)) == told_usd(Decimal(amount)) == text


def test_what_is_not_known_is_no_amount() -> None:
    assert (usd(None), told_usd(None), exact_usd(None)) == (None, "unknown", None)


def test_programs_are_told_all_of_it() -> None:
    assert exact_usd(Decimal("0.0000837004")) == "0.0000837004"
    assert exact_usd(Decimal(1) / 3) == "0.333333333333333"
