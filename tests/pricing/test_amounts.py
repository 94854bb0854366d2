from decimal import Decimal

import pytest

from pricing import plain


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("2E-7", "0.00000020"),
        ("0.20E-6", "0.00000020"),
        ("0.000080000400000", "0.0000800004"),
        ("0.0000800004", "0.0000800004"),
        ("0", "0.00000000"),
        ("0E-15", "0.00000000"),
        ("-0E-15", "0.00000000"),
        ("-2E-7", "-0.00000020"),
        ("6", "6.00000000"),
        ("1E+3", "1000.00000000"),
        ("0.000000000000123", "0.000000000000123"),
    ],
)
def test_an_amount_is_plain_digits(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


def test_the_number_of_places_kept_can_be_chosen() -> None:
    assert plain(Decimal("6.10"), minimum_places=0) == "6.1"
    assert plain(Decimal("100"), minimum_places=0) == "100"
    assert plain(Decimal("1.05"), minimum_places=4) == "1.0500"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="must be finite"):
        plain(Decimal(amount))
