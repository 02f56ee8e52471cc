from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.invoices.model import Family, Kind, Problem
from knowledge.invoices.qr import CrcState, Qr, crc16, crc_state, is_qr, parse_qr
from tests.knowledge.invoices.conftest import Said

# Published strings whose checksums were confirmed.
VECTORS = [
    ("01,32,,24312000000136634917,0.01,20240514,,", "1DD6"),
    ("01,31,,24322000000489101796,20000.00,20241205,,", "BBBB"),
    ("01,10,012001800311,33207675,46.62,20190508,76939056883466677916,", "E1BD"),
    ("01,10,051001800211,65281307,79.80,20190223,02259002865525349387", "DC08"),
]


@pytest.mark.parametrize(("prefix", "crc"), VECTORS)
def test_checksums(prefix: str, crc: str) -> None:
    assert f"{crc16(prefix):04X}" == crc
    payload = f"{prefix.removesuffix(',')},{crc}" if prefix[-1] != "," else f"{prefix}{crc}"
    for text in (payload, payload + ",", payload.lower()):
        assert crc_state(text) is CrcState.OK


def test_a_digital_invoice() -> None:
    assert parse_qr("01,31,,24322000000489101796,20000.00,20241205,,BBBB,") == Qr(
        type="31",
        kind=Kind.D_SPECIAL,
        family=Family.DIGITAL,
        code="",
        number="24322000000489101796",
        amount=Decimal("20000.00"),
        issue_date=date(2024, 12, 5),
        check_code="",
        crc_state=CrcState.OK,
    )


def test_an_old_invoice_and_its_facts() -> None:
    qr = parse_qr("01，10，012001800311，33207675，46.62，20190508，76939056883466677916，E1BD，")
    assert isinstance(qr, Qr)
    assert qr.facts == {
        "family": "legacy",
        "kind": "e_normal",
        "code": "012001800311",
        "number": "33207675",
        "amount": "46.62",
        "issue_date": "2019-05-08",
        "check_code": "677916",
    }


@pytest.mark.parametrize(
    ("text", "kind", "state"),
    [
        ("01,01,4300171130,02550485,10545.43,20180115,6579,", Kind.PAPER_SPECIAL, CrcState.UNKNOWN),
        ("01,31,,26442000005310626521,31605.00,20260514,,", Kind.D_SPECIAL, CrcState.ABSENT),
        ("01,31,,26442000005310626521,31605.00,20260514", Kind.D_SPECIAL, CrcState.ABSENT),
        ("01,32,,24312000000136634918,0.01,20240514,,1DD6", Kind.D_NORMAL, CrcState.MISMATCH),
        ("01,51,,25319110000000000001,553.0,20250514,,219a,", Kind.RAIL, CrcState.UNKNOWN),
        ("01,61,,26119000000000000001,1140,20260930,,", Kind.AIR, CrcState.ABSENT),
        ("01,77,,26119000000000000001,-1140,20260930,,", None, CrcState.ABSENT),
    ],
)
def test_variants_seen_on_invoices(text: str, kind: Kind | None, state: CrcState) -> None:
    qr = parse_qr(text)
    assert isinstance(qr, Qr)
    assert (qr.kind, qr.crc_state) == (kind, state)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("https://example.test/scan?hash=1&bill_num=24312000000136634917", "other"),
        ("https://u.example.test/MAbc123", "other"),
        ("wxp://f2f0abc", "other"),
        ("01,31,,https://example.test,1,20241205", "other"),
        ("01,31", "other"),
        ("hello", "other"),
        ("01,31,,2432200000048910179", "cut"),
        ("01,31,,2432200000048910179,1.00,20241205,,", "number"),
        ("01,10,01200180031,33207675,46.62,20190508,,", "number"),
        ("01,31,,24322000000489101796,abc,20241205,,", "amount"),
        ("01,31,,24322000000489101796,1.00,20241305,,", "date"),
    ],
)
def test_what_is_wrong(text: str, key: str, said: Said) -> None:
    problem = parse_qr(text)
    assert isinstance(problem, Problem)
    assert problem.key == f"invoice.qr.{key}"
    assert said(problem)


@given(st.text("0123456789,.-ABCDEF\n ,:/", max_size=80) | st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert isinstance(parse_qr(text), Qr | Problem)
    assert isinstance(parse_qr("01,31," + text), Qr | Problem)


@given(st.integers(0, len(VECTORS[1][0]) - 1), st.characters(codec="ascii", categories=["Nd"]))
def test_one_altered_character_is_noticed(place: int, char: str) -> None:
    prefix, crc = VECTORS[1]
    altered = prefix[:place] + char + prefix[place + 1 :]
    if altered != prefix and is_qr(altered):
        assert f"{crc16(altered):04X}" != crc
