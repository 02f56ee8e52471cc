"""Workbooks: long numbers stay whole, amounts are numbers, and nothing becomes a formula."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from knowledge.invoices.workbook import Cell, Column, Sheet, write_workbook


def written(column: Column, value: Cell) -> Any:
    content = write_workbook([Sheet("明细", ["=头"], [column], [[value]])])
    sheet = openpyxl.load_workbook(io.BytesIO(content))["明细"]
    assert (sheet["A1"].value, sheet["A1"].data_type) == ("=头", "s")
    return sheet["A2"]


@pytest.mark.parametrize(
    "text", ["26110000482913073017", "00008006", "=1+1", "+1", "-1", "@SUM(A1)", "'=1", "\t=1", ""]
)
def test_text_stays_text(text: str) -> None:
    cell = written(Column.TEXT, text)
    assert cell.value == (text or None)
    assert cell.data_type == ("s" if text else "n")
    assert cell.number_format == "@"
    assert cell.quotePrefix == text.startswith(("=", "+", "-", "@", "\t"))


def test_characters_that_xml_has_not_are_left_out() -> None:
    assert written(Column.TEXT, "甲\x00乙\x1f").value == "甲乙"


@pytest.mark.parametrize(
    ("column", "value", "expected", "number_format"),
    [
        (Column.MONEY, -5999.99, -5999.99, "#,##0.00;[Red]-#,##0.00"),
        (Column.COUNT, 12, 12, "#,##0"),
        (Column.DAY, "2026-09-15", datetime(2026, 9, 15), "yyyy-mm-dd"),  # noqa: DTZ001 - a day has no zone
        (Column.DAY, None, None, "yyyy-mm-dd"),
        (Column.MONEY, None, None, "#,##0.00;[Red]-#,##0.00"),
    ],
)
def test_numbers_and_days_are_what_they_are(column: Column, value: Cell, expected: object, number_format: str) -> None:
    cell = written(column, value)
    assert (cell.value, cell.number_format) == (expected, number_format)


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    """Of a header or a cell; a spreadsheet fills an amount that doesn't fit with ####."""
    columns = (Column.TEXT, Column.COUNT, Column.MONEY, Column.TEXT)
    rows: list[list[Cell]] = [["26110000482913073017", 3, -1234567.5, "票" * 60], ["1", None, None, None]]
    content = write_workbook([Sheet("一", ["号码", "其中红字张数", "金额", "名"], columns, rows)])
    sheet = openpyxl.load_workbook(io.BytesIO(content))["一"]
    assert [sheet.column_dimensions[letter].width for letter in "ABCD"] == [23, 15, 16, 44]
    assert sheet.auto_filter.ref == "A1:D3"
