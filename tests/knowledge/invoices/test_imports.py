from __future__ import annotations

import io
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.invoices import cells, imports
from knowledge.invoices.flat import Flat, whole
from knowledge.invoices.imports import RowProblem, read_invoices, read_row, row_warnings
from knowledge.invoices.model import Invoice, Kind, TaxStatus
from knowledge.invoices.tax_ids import is_valid_tax_id
from knowledge.tables import Row, TableError, read_table
from knowledge.texts import Texts
from tests.fixtures.invoices import build, to_csv

NUMBER = "26110000482913073017"
GOOD = {"number": NUMBER, "issue_date": "2026-09-15", "total": "1280"}


def read(**values: str) -> Invoice:
    invoice = read_row(Row(2, {**GOOD, **values}))
    assert isinstance(invoice, Flat), invoice
    return whole(invoice)


def refused(**values: str) -> RowProblem:
    problem = read_row(Row(7, {**GOOD, **values}))
    assert isinstance(problem, RowProblem), problem
    assert problem.line == 7
    return problem


@given(st.integers(1, 60), st.integers(0, 2**32))
def test_what_was_exported_is_imported_again(count: int, seed: int) -> None:
    invoices = build(count, seed=seed)
    rows = read_table("x.csv", io.BytesIO(to_csv(invoices))).rows
    assert [whole(row) for row in read_invoices(rows) if isinstance(row, Flat)] == invoices


def test_the_demo_data() -> None:
    content = files("knowledge.invoices").joinpath("data/demo.csv").read_bytes()
    rows = list(read_table("demo.csv", io.BytesIO(content)).rows)
    invoices = [invoice for invoice in map(read_row, rows) if isinstance(invoice, Flat)]
    assert len(invoices) == len(rows) == len({invoice.key for invoice in invoices})
    assert [w for row, invoice in zip(rows, invoices, strict=True) for w in row_warnings(row, invoice)] == []
    assert all(is_valid_tax_id(i.seller_tax_id) and is_valid_tax_id(i.buyer_tax_id) for i in invoices)
    assert len({invoice.kind for invoice in invoices}) >= 8
    assert set(Counter(invoice.tax_status for invoice in invoices)) == set(TaxStatus)
    assert all("2026-09-01" <= i.issue_date <= "2026-11-24" for i in invoices if i.issue_date)


def test_a_row_of_an_export() -> None:
    invoice = read(
        kind="数电发票（普通发票）", seller_name="甲", net="1,207.55", tax="72.45", total="￥1280.00", status="正常",
        issue_date="2026-09-15 10:20:30", source="电子发票服务平台", 自定义="x",
    )  # fmt: skip
    assert (invoice.key, invoice.kind) == (f"digital:{NUMBER}", Kind.D_NORMAL)
    assert invoice.issue_date == date(2026, 9, 15)
    assert (invoice.net, invoice.tax, invoice.total) == (Decimal("1207.55"), Decimal("72.45"), Decimal("1280.00"))
    assert invoice.extra == {"source": "电子发票服务平台", "自定义": "x"}


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [
        ("增值税专用发票", "", Kind.D_SPECIAL),
        ("增值税专用发票", "031002600106", Kind.D_PAPER_SPECIAL),
        ("数电发票（铁路电子客票）", "", Kind.RAIL),
        ("全电纸质发票（普通发票）", "031002600106", Kind.D_PAPER_NORMAL),
        ("数电发票（通行费发票）", "", Kind.TOLL),
        ("d_normal", "", Kind.D_NORMAL),
        ("81", "", Kind.D_SPECIAL),
        ("某种新票", "", None),
    ],
)
def test_kinds(kind: str, code: str, expected: Kind | None) -> None:
    invoice = read(kind=kind, code=code)
    assert invoice.kind is expected
    assert invoice.extra.get("kind") == (None if expected else kind)


def test_a_digital_paper_invoice_keeps_its_paper_number() -> None:
    invoice = read(digital_no=NUMBER, number="77120934", code="031002600106", kind="增值税专用发票")
    assert (invoice.number, invoice.code) == (NUMBER, "031002600106")
    assert invoice.extra == {"paper_number": "77120934"}


def test_lost_zeros_come_back_with_a_warning() -> None:
    row = Row(2, {**GOOD, "number": "8006.0", "code": "011002600111"})
    invoice = read_row(row)
    assert isinstance(invoice, Flat)
    assert (invoice.number, invoice.kind) == ("00008006", Kind.E_NORMAL)
    assert [warning.key for warning in row_warnings(row, invoice)] == ["import.padded"]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, ""),
        ({"status": "正常"}, "normal"),
        ({"status": "正常", "is_positive": "否"}, "red"),
        ({"total": "-1280"}, "red"),
        ({"status": "已作废", "total": "-1280"}, "void"),
        ({"status": "已红冲-部分"}, "partly_red"),
        ({"status": "失控"}, ""),
        ({"status": "fully_red"}, "fully_red"),
    ],
)
def test_statuses(values: dict[str, str], status: str) -> None:
    assert read(**values).tax_status == status


def test_other_axes() -> None:
    invoice = read(deduct_flag="是", reimburse="报销中", review="待审核", red_form="02")
    assert (invoice.usage, invoice.reimburse, invoice.review, invoice.red_form) == (
        "selected", "lock", "pending", "wait_buyer",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026/9/5", date(2026, 9, 5)),
        ("20260905", date(2026, 9, 5)),
        ("20260905101112", date(2026, 9, 5)),
        ("2026年09月05日", date(2026, 9, 5)),
        ("2026-09-05T10:11:12", date(2026, 9, 5)),
        ("46270", date(2026, 9, 5)),
        ("", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    assert read(issue_date=text).issue_date == day


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        (
            {"number": "2.43220000004891e+19"},
            "number",
            "“2.43220000004891e+19”：号码被 Excel 改成科学计数，请把该列设为文本后重新导出。",
        ),
        ({"number": ""}, "number", "没有发票号码。"),
        ({"number": NUMBER[:-1]}, "number", f"号码“{NUMBER[:-1]}”是 19 位；应是 20 位，或 8 位加发票代码。"),
        ({"number": "00008006"}, "code", "8 位号码“00008006”缺少发票代码（10 或 12 位）。"),
        ({"number": "00008006", "code": "0110"}, "code", "发票代码“0110”应是 10 或 12 位数字。"),
        ({"number": NUMBER[:-1] + "O"}, "number", f"“{NUMBER[:-1]}O”里有不是数字的字符。"),
        ({"issue_date": "2026-02-30"}, "issue_date", "“2026-02-30”不是有效的日期。"),
        ({"total": "一千"}, "total", "“一千”不是有效的金额。"),
        ({"total": "NaN"}, "total", "“NaN”不是有效的金额。"),
        ({"total": "1e99"}, "total", "“1e99”不是有效的金额。"),
        ({"status": "飞走了"}, "status", "不认识的状态“飞走了”。"),
    ],
)
def test_damaged_cells(values: dict[str, str], field: str, sentence: str, texts: Texts) -> None:
    problem = refused(**values)
    assert (problem.field, problem.text(texts).zh) == (field, sentence)


def test_what_is_odd_but_imported(texts: Texts) -> None:
    row = Row(2, {**GOOD, "issue_date": "2025-09-15", "net": "1000", "tax": "1", "seller_tax_id": "91000000MA00000150"})
    invoice = read_row(row)
    assert isinstance(invoice, Flat)
    warnings = row_warnings(row, invoice)
    assert [w.key for w in warnings] == ["import.year", "import.arithmetic", "import.tax_id"]
    assert all(w.text(texts).en for w in warnings)


def test_tax_that_is_no_number_is_unknown() -> None:
    assert read(tax="*", net="100").tax is None
    assert read(tax="免税").tax is None


def test_line_items_are_added_up() -> None:
    rows = [
        Row(2, {"number": NUMBER, "item_name": "笔", "net": "100", "tax": "13", "total": "113"}),
        Row(3, {"number": NUMBER[:-1] + "8", "item_name": "纸", "net": "1", "tax": "0.13", "total": "1.13"}),
        Row(4, {"number": "坏", "item_name": "纸"}),
        Row(5, {"number": NUMBER, "item_name": "纸", "net": "10", "tax": "*", "total": "10"}),
    ]
    problem, first, second = read_invoices(rows)
    assert isinstance(problem, RowProblem)
    assert problem.line == 4
    assert isinstance(first, Flat)
    assert (first.net_fen, first.tax_fen, first.total_fen) == (11000, 1300, 12300)
    assert isinstance(second, Flat)


def test_a_discount_in_the_first_line_makes_no_red_letter_invoice() -> None:
    lines = [("2", "-10"), ("3", "100")]
    rows = [Row(int(n), {"number": NUMBER, "item_name": "x", "status": "正常", "total": total}) for n, total in lines]
    (invoice,) = read_invoices(rows)
    assert isinstance(invoice, Flat)
    assert (invoice.tax_status, invoice.total_fen) == ("normal", 9000)
    (invoice,) = read_invoices(rows[:1])
    assert isinstance(invoice, Flat)
    assert invoice.tax_status == "red"


def test_more_invoices_of_several_rows_than_can_be_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "ITEMIZED", 2)
    rows = [Row(n, {"number": f"2611000048291307301{n}", "item_name": "笔"}) for n in range(2, 5)]
    with pytest.raises(TableError, match="too_many_items"):
        list(read_invoices(rows))


COLUMNS = [
    "number",
    "code",
    "digital_no",
    "issue_date",
    "net",
    "tax",
    "total",
    "status",
    "kind",
    "usage",
    "is_positive",
    "seller_tax_id",
]


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=30)))
def test_any_row_is_read_or_refused(values: dict[str, str]) -> None:
    row = Row(2, values)
    invoice = read_row(row)
    if isinstance(invoice, Flat):
        row_warnings(row, invoice)


# What clean cells look like, and what is almost one.
_almost = st.one_of(
    st.from_regex(r"-?[0-9]{1,13}(\.[0-9]{0,3})?", fullmatch=True),
    st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?", fullmatch=True),
    st.from_regex(r"[0-9]{7,21}", fullmatch=True),
    st.dates().map(str),
    st.datetimes().map(str),
    st.sampled_from(
        ["011002600111", NUMBER, "04417523", "正常", "红冲", "d_normal", "数电发票（普通发票）", "否", "是", "01", "*"]
    ),
    st.text(max_size=12),
)


@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), _almost), max_size=8))
def test_short_cuts_change_nothing(table: list[dict[str, str]]) -> None:
    """Clean cells are read by a short cut; without any, every row comes out the same."""
    rows = [Row(n, values) for n, values in enumerate(table, 2)]
    fast = list(read_invoices(rows))
    never = re.compile("(?!)")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_CLEAN_DIGITS", "_CLEAN_AMOUNT", "_CLEAN_DAY"):
            patch.setattr(cells, name, never)
        assert list(read_invoices(rows)) == fast
