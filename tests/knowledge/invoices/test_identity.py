from __future__ import annotations

import pytest
from hypothesis import strategies as st

from knowledge.invoices.identity import invoice_key, mask

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


def test_mask() -> None:
    assert mask("26110000482913073017") == "…3017"
