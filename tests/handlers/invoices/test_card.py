"""How invoices look in the chat."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from handlers.invoices import card, near
from knowledge.articles.markup import markup_fault
from knowledge.invoices.model import Axis, Invoice, Kind
from knowledge.texts import Locale, Texts, plain
from storage.invoices import StatusChange
from tests.fixtures.invoices import build
from tests.knowledge.invoices.ranking import rank

TEXTS = Texts.load()
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
INVOICE = next(iter(build(1)))


def shown(invoice: Invoice, *changes: StatusChange, is_watched: bool = False) -> str:
    return plain(card.invoice_card(TEXTS, invoice, changes, ZONE, is_watched=is_watched).text.zh)


def change(old: str, new: str) -> StatusChange:
    return StatusChange("platform", "e", INVOICE.key, Axis.TAX_STATUS, old, new, "", "applied", NOW, NOW)


def test_states_that_nobody_reported_share_a_line() -> None:
    bare = replace(INVOICE, tax_status="normal", red_form="", usage="", review="approved", reimburse="")
    text = shown(bare)
    assert "• 发票状态：正常\n• 内部审核：已审核\n• 红字确认单、勾选/入账、报销：未知" in text
    assert text.count("未知") == 1


def test_what_is_not_known_is_a_dash() -> None:
    bare = Invoice(INVOICE.key, None, "", INVOICE.number, "", "", "", "", None, None, None, None)
    text = shown(bare)
    for words in ("发票\n", "开票日期 —", "销售方 —", "购买方 —", "价税合计 —"):
        assert words in text


@pytest.mark.parametrize(
    ("amount", "words"),
    [(Decimal(1280), "¥1,280.00"), (Decimal("-5309.73"), "-¥5,309.73"), (Decimal("0.5"), "¥0.50"), (None, "—")],
)
def test_money(amount: Decimal | None, words: str) -> None:
    assert card.money(amount) == words


def test_the_last_five_changes_are_shown() -> None:
    text = shown(INVOICE, *[change("normal", "red_pending"), change("red_pending", "normal")] * 4)
    assert text.count(" → ") == 5


def test_changes_bear_the_local_time_and_only_what_was_applied_is_one() -> None:
    refused = replace(change("normal", "void"), outcome="forbidden")
    text = shown(INVOICE, change("normal", "red_pending"), refused)
    assert "2026-11-24 16:00　发票状态：正常 → 红字待确认" in text
    assert "作废" not in text


def test_names_cannot_put_markup_into_it() -> None:
    hostile = "<b>A&B</b> <a href='x'>"
    invoice = replace(INVOICE, seller_name=hostile, buyer_name=hostile)
    for text in (
        card.invoice_card(TEXTS, invoice, (), ZONE, is_watched=False).text,
        card.invoice_line(TEXTS, invoice),
    ):
        for locale in Locale:
            assert markup_fault(text[locale]) is None
            assert hostile in plain(text[locale])


@pytest.mark.parametrize(("is_watched", "verb"), [(False, "watch"), (True, "unwatch")])
def test_buttons(is_watched: bool, verb: str) -> None:
    rows = card.invoice_card(TEXTS, INVOICE, (), ZONE, is_watched=is_watched).rows
    data = [button.data or button.copies for row in rows for button in row]
    assert data == [f"a:{verb}:{INVOICE.key}", f"i:problem:{INVOICE.key}", INVOICE.number]


def test_button_data_fits_into_64_bytes() -> None:
    longest = replace(INVOICE, key=f"legacy:{'9' * 12}:{'9' * 8}", kind=Kind.TOLL, number="9" * 8)
    rows = card.invoice_card(TEXTS, longest, (), ZONE, is_watched=True).rows
    rows += near.list_message(TEXTS, rank({"number": "9" * 8}, [longest, replace(longest, code="1")]), 10**18).rows
    assert max(len(button.data.encode()) for row in rows for button in row) <= 64
