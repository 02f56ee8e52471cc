"""Which fields are blamed for a near miss, and what of the invoice may be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.invoices.near import list_message, near_text
from knowledge.invoices.compare import NAMES, Agreement, compare
from knowledge.invoices.diagnosis import Clue, diagnose, marked
from knowledge.invoices.explain import explain
from knowledge.invoices.lookup import LookupResult, Match
from knowledge.invoices.model import Invoice, Kind
from knowledge.texts import Locale, Texts, plain

TEXTS = Texts.load()
DIGITAL = Invoice(
    "digital:26110000482913073017",
    Kind.D_NORMAL,
    "",
    "26110000482913073017",
    seller_name="虚构云杉酒店有限公司",
    buyer_name="虚构青禾科技有限公司",
    issue_date=date(2026, 9, 15),
    net=Decimal("1207.55"),
    total=Decimal("1280.00"),
    tax_status="normal",
)
CODE = "011002600111"
LEGACY = replace(
    DIGITAL,
    key=f"legacy:{CODE}:45102877",
    kind=Kind.E_NORMAL,
    code=CODE,
    number="45102877",
    extra={"check_code": "9" * 20},
)
REST = {"issue_date": "2026-09-15", "amount": "1280.00"}


@pytest.mark.parametrize(
    ("facts", "fields", "clues"),
    [
        ({"number": LEGACY.number, "code": CODE}, set(), ()),
        ({"number": CODE, "code": LEGACY.number}, {"number", "code"}, (Clue.SWAPPED,)),
        ({"number": LEGACY.number, "code": "031002600111"}, {"code"}, (Clue.REGION,)),
        ({"number": LEGACY.number, "code": "011002500111"}, {"code"}, (Clue.CODE_YEAR,)),
        ({"number": LEGACY.number, "code": "011002600104"}, {"code"}, (Clue.OTHER_KIND,)),
        ({"number": LEGACY.number, "code": "011002600211"}, {"code"}, ()),
        ({"number": "45102878", "code": CODE}, {"number"}, ()),
    ],
)
def test_of_an_older_invoice(facts: dict[str, str], fields: set[str], clues: tuple[Clue, ...]) -> None:
    found = diagnose(compare({**facts, **REST}, LEGACY))
    assert (set(found.differing), found.clues) == (fields, clues)


@pytest.mark.parametrize(
    ("facts", "fields", "sentence"),
    [
        ({"number": DIGITAL.number, "code": CODE}, {"code"}, "这是数电票，没有发票代码"),
        ({"number": "13073017"}, {"number"}, "号码要填全 20 位"),
        ({"number": "25110000482913073017"}, {"number"}, "号码和日期年份对不上"),
        ({"number": DIGITAL.number, "issue_date": "2025-09-15"}, {"issue_date"}, "日期年份差 1 年"),
        ({"number": "26110000482913073071"}, {"number"}, "第 19、20 位颠倒 您填 71｜系统 17"),
    ],
)
def test_of_a_digital_invoice(facts: dict[str, str], fields: set[str], sentence: str) -> None:
    comparison = compare({**REST, **facts}, DIGITAL)
    assert set(diagnose(comparison).differing) == fields
    assert sentence in explain(comparison, TEXTS).zh


def test_code_is_told_position_by_position() -> None:
    comparison = compare({"code": "011002600211", "number": LEGACY.number, **REST}, LEGACY)
    assert "代码第 10 位 您填 2｜系统 1" in explain(comparison, TEXTS).zh
    assert marked("code", comparison) == {10}


def test_another_end_is_no_match() -> None:
    comparison = compare({"tail": "3071", **REST}, DIGITAL)
    assert "尾号 您填 3071｜系统 3017" in explain(comparison, TEXTS).zh


def test_last_digits_that_match_are_named() -> None:
    told = explain(compare({"tail": "3017"}, DIGITAL), TEXTS)
    assert (told.zh, told.en) == ("尾号 3017 一致", "Last digits 3017 match")


def test_a_part_of_a_name_is_not_marked_as_different() -> None:
    comparison = compare({"seller_name": DIGITAL.seller_name[:4]}, DIGITAL)
    assert "相近" in explain(comparison, TEXTS).zh
    assert "<u>" not in near_text(TEXTS, Match(DIGITAL, comparison, 1.0)).zh


def test_the_differing_digits_are_underlined() -> None:
    match = Match(DIGITAL, compare({"number": "26110000482917073017", **REST}, DIGITAL), 1.0)
    assert "2611000048291<b><u>3</u></b>073017" in near_text(TEXTS, match).zh


def test_the_lines_of_a_list_show_what_sets_them_apart() -> None:
    other = replace(
        DIGITAL, key="digital:26110000482913073071", number="26110000482913073071", total=Decimal("1450.00")
    )
    matches = tuple(Match(one, compare({"seller_name": DIGITAL.seller_name}, one), 1.0) for one in (DIGITAL, other))
    text = list_message(TEXTS, LookupResult(None, matches), 1).text.zh
    assert "<b>¥1,280.00</b>" in text
    assert "261100004829130730<b>1</b><b>7</b>" in text
    assert "<b>2026-09-15</b>" not in text


digits = st.text("0123456789", min_size=8, max_size=20)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "number": digits | st.sampled_from([DIGITAL.number[:-1] + "8", DIGITAL.number[:-2], "13073017"]),
            "tail": st.text("0123456789", min_size=4, max_size=8),
            "code": st.text("0123456789", min_size=12, max_size=12) | st.just(CODE[:-1] + "2"),
            "issue_date": st.dates(date(2026, 9, 1), date(2026, 9, 30)).map(str),
            "amount": st.sampled_from(["1280.00", "1207.55", "1281.00", "12.80", "99.00"]),
            "seller_name": st.sampled_from(["虚构云杉酒店有限公司", "完全别家"]),
            "buyer_name": st.sampled_from(["青禾科技", "别的什么"]),
        },
    ),
    st.sampled_from([DIGITAL, LEGACY]),
)
def test_with_fewer_than_two_other_matches_no_value_is_told(facts: dict[str, str], invoice: Invoice) -> None:
    """Neither in the text, in either language, nor on a button."""
    comparison = compare(facts, invoice)
    match = Match(invoice, comparison, 1.0)
    listed = list_message(TEXTS, LookupResult(None, (match, match)), 1)
    labels = [button.label for row in listed.rows for button in row]
    said = "\n".join(
        plain(text[locale]) for text in (near_text(TEXTS, match), listed.text, *labels) for locale in Locale
    )
    for field, agreement in comparison.fields.items():
        own = {"number", "tail"} if field in ("number", "tail") else {field}
        agreeing = {name for name, one in comparison.fields.items() if one is not Agreement.DIFFERENT}
        others = {name.replace("tail", "number") for name in agreeing - own}
        is_called = agreement is Agreement.CLOSE and field in NAMES  # a short name was known already
        if agreement is Agreement.SAME or len(others) >= 2 or is_called:
            continue
        assert field in diagnose(comparison).hidden
        for value in values(field, invoice):
            assert value in "\n".join(facts.values()) or value not in said


def values(field: str, invoice: Invoice) -> list[str]:
    """What the field could be read off, as it is written anywhere."""
    assert invoice.issue_date is not None
    return {
        "number": [invoice.number, invoice.number[-4:]],
        "tail": [invoice.number, invoice.number[-4:]],
        "code": [invoice.code] if invoice.code else [],
        "issue_date": [str(invoice.issue_date)],
        "amount": ["1280", "1,280", "1207.55", "1,207"],
        "seller_name": [invoice.seller_name],
        "buyer_name": [invoice.buyer_name],
    }[field]
