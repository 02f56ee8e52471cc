"""Invoices: whole and within a scope, their versions, and what was reported about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from knowledge.invoices.model import Axis, Invoice, TaxStatus, Usage
from storage.invoices import StatusChange, Stored
from storage.scope import EVERYTHING
from storage.unit_of_work import UnitOfWork
from tests.fixtures.invoices import build, uscc
from tests.storage.conftest import NOW

KEY = "digital:26110000482913073017"


def change(event_id: str, **fields: object) -> StatusChange:
    base = StatusChange("platform", event_id, KEY, Axis.TAX_STATUS, "normal", "red_pending", "", "applied", NOW, NOW)
    return replace(base, **fields)  # type: ignore[arg-type]  # by name, each of its own type


async def test_every_field_comes_back(work: UnitOfWork) -> None:
    invoices = [replace(invoice, extra={"开票人": "示例", "备注": "“引号”"}) for invoice in build(60)]
    await work.invoices.save(invoices, NOW)
    assert await work.invoices.unscoped_many([invoice.key for invoice in invoices]) == {
        invoice.key: Stored(invoice, 1) for invoice in invoices
    }
    assert await work.invoices.count() == 60


@pytest.mark.parametrize("amount", ["0.00", "-1280.00", "0.01", "99999999999.99"])
async def test_amounts_are_exact(work: UnitOfWork, amount: str) -> None:
    invoice = Invoice(KEY, None, "", KEY[-20:], total=Decimal(amount))
    await work.invoices.save([invoice], NOW)
    assert await work.invoices.unscoped(KEY) == Stored(invoice, 1)


async def test_an_invoice_of_which_nothing_is_known(work: UnitOfWork) -> None:
    invoice = Invoice(KEY, None, "", KEY[-20:])
    await work.invoices.save([invoice], NOW)
    assert await work.invoices.unscoped(KEY) == Stored(invoice, 1)
    assert await work.invoices.unscoped("digital:" + "0" * 20) is None


async def test_saved_again_it_is_the_next_version(work: UnitOfWork) -> None:
    first, second = build(2)
    await work.invoices.save([first], NOW)
    renamed = replace(first, seller_name="改名后的虚构公司")
    await work.invoices.save([renamed, second], NOW)
    assert await work.invoices.unscoped_many([first.key, second.key]) == {
        first.key: Stored(renamed, 2),
        second.key: Stored(second, 1),
    }


async def test_nothing_to_save(work: UnitOfWork) -> None:
    await work.invoices.save([], NOW)
    assert await work.invoices.count() == 0


async def test_only_the_parties_see_an_invoice(work: UnitOfWork) -> None:
    invoice = build(1)[0]
    await work.invoices.save([invoice], NOW)
    assert await work.invoices.visible(invoice.key, [invoice.buyer_tax_id]) == Stored(invoice, 1)
    assert await work.invoices.visible(invoice.key, [invoice.seller_tax_id, "x"]) == Stored(invoice, 1)
    assert await work.invoices.visible(invoice.key, [uscc(999)]) is None
    assert await work.invoices.visible(invoice.key, []) is None


async def test_a_scope_holds_its_own_invoices_newest_first(work: UnitOfWork) -> None:
    invoices = build(80)
    await work.invoices.save(invoices, NOW)
    scope = [uscc(1), uscc(2)]
    found = await work.invoices.scope(scope)
    expected = [i for i in invoices if i.buyer_tax_id in scope or i.seller_tax_id in scope]
    assert sorted(found, key=lambda i: i.key) == sorted(expected, key=lambda i: i.key)
    days = [i.issue_date for i in found if i.issue_date]
    assert days == sorted(days, reverse=True)
    assert len(await work.invoices.scope(scope, limit=3)) == 3
    assert await work.invoices.scope([]) == []
    assert len(await work.invoices.scope(EVERYTHING)) == 80


async def test_no_scope_at_all_is_not_everything(work: UnitOfWork) -> None:
    await work.invoices.save(build(1), NOW)
    with pytest.raises(TypeError):
        await work.invoices.scope(None)  # type: ignore[arg-type]


async def test_one_axis_changes_and_nothing_else(work: UnitOfWork) -> None:
    invoice = build(1)[0]
    await work.invoices.save([invoice], NOW)
    assert await work.invoices.set_state(invoice.key, Axis.USAGE, Usage.SELECTED, NOW) == 2
    assert await work.invoices.set_state(invoice.key, Axis.TAX_STATUS, TaxStatus.RED_PENDING, NOW) == 3
    expected = replace(invoice, usage=Usage.SELECTED, tax_status=TaxStatus.RED_PENDING)
    assert await work.invoices.unscoped(invoice.key) == Stored(expected, 3)


async def test_an_event_of_a_provider_is_recorded_once(work: UnitOfWork) -> None:
    assert await work.invoices.record(change("1")) is True
    assert await work.invoices.record(change("1", new="fully_red")) is False
    assert await work.invoices.record(change("1", provider="another")) is True
    assert await work.invoices.has_event("platform", "1") is True
    assert await work.invoices.has_event("platform", "2") is False


async def test_the_timeline_is_in_the_order_things_happened(work: UnitOfWork) -> None:
    await work.invoices.save([Invoice(KEY, None, "", KEY[-20:], buyer_tax_id=uscc(1))], NOW)
    late = change("2", occurred_at=NOW - timedelta(hours=1), outcome="late")
    other = change("3", invoice_key="digital:" + "1" * 20)
    for one in (change("1"), late, other):
        await work.invoices.record(one)
    assert await work.invoices.changes(KEY, [uscc(1), uscc(2)]) == [late, change("1")]
    assert await work.invoices.changes(KEY, [uscc(2)]) == []
    assert await work.invoices.changes(KEY, []) == []


async def test_the_last_change_is_one_that_was_applied(work: UnitOfWork) -> None:
    for one in (
        change("1"),
        change("2", occurred_at=NOW + timedelta(hours=1), outcome="forbidden"),
        change("3", occurred_at=NOW + timedelta(hours=1), axis=Axis.USAGE),
    ):
        await work.invoices.record(one)
    assert await work.invoices.last_change(KEY, Axis.TAX_STATUS) == change("1")
    assert await work.invoices.last_change(KEY, Axis.REVIEW) is None
