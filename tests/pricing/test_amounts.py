from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing import plain, shares, total


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


@pytest.mark.parametrize(
    ("amount", "weights", "expected"),
    [
        ("1", [1, 1], ["0.5", "0.5"]),
        ("0.000000000000010", [1, 1, 1], ["4E-15", "3E-15", "3E-15"]),  # the first of equals takes what is left
        ("0.000000000000010", [1, 2, 3], ["2E-15", "3E-15", "5E-15"]),  # ideally 1.67, 3.33, 5
        ("1", [0, 3, 1], ["0", "0.75", "0.25"]),  # what took no time costs nothing
        ("1", [0, 0], ["0.5", "0.5"]),
        ("0", [5, 7], ["0", "0"]),
        ("0.000000000000001", [3, 4], ["0", "1E-15"]),
        ("1", [], []),
    ],
)
def test_shares_are_in_proportion(amount: str, weights: list[int], expected: list[str]) -> None:
    assert shares(Decimal(amount), weights) == tuple(map(Decimal, expected))


@given(
    units=st.integers(0, 10**12),
    weights=st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=50),
)
def test_shares_add_up_exactly(units: int, weights: list[float]) -> None:
    amount = units * Decimal("1E-15")
    parts = shares(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)
    whole = sum(map(Decimal, weights))
    if whole:
        assert all(
            abs(part - amount * Decimal(weight) / whole) <= Decimal("1.01E-15")
            for part, weight in zip(parts, weights, strict=True)
        )


@pytest.mark.parametrize("weights", [[-1.0], [float("nan")], [1.0, float("inf")]])
def test_what_is_no_weight_is_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="finite and not negative"):
        shares(Decimal(1), weights)


def test_an_amount_too_fine_to_be_split_is_refused() -> None:
    with pytest.raises(ValueError, match="whole number of 1E-15 USD"):
        shares(Decimal("1.5E-15"), [1])


def test_a_total_is_unknown_as_soon_as_one_part_is() -> None:
    assert total(Decimal(1), Decimal(2)) == 3
    assert total(Decimal(1), None) is None
    assert total() == 0
