"""Amounts as whole fen and back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from knowledge.invoices.flat import fen, yuan


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("1280.00", 128000), ("-0.01", -1), ("0.005", 1), ("0.015", 2), ("-0.005", -1), ("0.0049", 0), ("1E+3", 100000)],
)
def test_yuan_to_fen(amount: str, expected: int) -> None:
    assert fen(Decimal(amount)) == expected


@pytest.mark.parametrize(("amount", "expected"), [(128000, "1280.00"), (-1, "-0.01"), (5, "0.05"), (0, "0.00")])
def test_fen_to_yuan_with_two_decimals(amount: int, expected: str) -> None:
    assert str(yuan(amount)) == expected


def test_unknown_stays_unknown() -> None:
    assert (fen(None), yuan(None)) == (None, None)
