from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.invoices.identity import invoice_key, mask, split_key

digits = st.text("0123456789", min_size=1, max_size=24)


def test_keys() -> None:
    assert invoice_key("", "26110000482913073017") == "digital:26110000482913073017"
    assert invoice_key("031002600106", "26110000482913073017") == "digital:26110000482913073017"
    assert invoice_key("011002600111", "00008006") == "legacy:011002600111:00008006"


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("", ""),
        ("", "00008006"),
        ("01100260011", "00008006"),
        ("011002600111", "8006"),
        ("", "２" * 20),
        ("", "1" * 20 + "\n"),
    ],
)
def test_no_key(code: str, number: str) -> None:
    with pytest.raises(ValueError, match="an invoice has"):
        invoice_key(code, number)


@given(digits, digits)
def test_a_key_is_taken_apart_again(code: str, number: str) -> None:
    try:
        key = invoice_key(code, number)
    except ValueError:
        assert len(number) != 20
        return
    assert split_key(key) == ("" if len(number) == 20 else code, number)


@pytest.mark.parametrize(
    "key", ["", "digital:1", "legacy:1:2", "other:26110000482913073017", "digital:1:26110000482913073017"]
)
def test_not_a_key(key: str) -> None:
    with pytest.raises(ValueError):
        split_key(key)


def test_mask() -> None:
    assert mask("26110000482913073017") == "…3017"
