"""Invoices by day: every one is on exactly one page, counts agree with pages, and one index answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite as sqlite_dialect

from knowledge.invoices.model import Invoice, TaxStatus
from knowledge.invoices.statistics import Direction, Sums, Tally
from storage.database import Database
from storage.invoice_pages import Part, Place, page_ids, tallies
from storage.unit_of_work import UnitOfWork
from tests.fixtures.invoices import build, uscc
from tests.storage.conftest import NOW

OURS = (uscc(1), uscc(2))  # two organizations' ids: some invoices are between them
SEPTEMBER = Part(date(2026, 9, 1), date(2026, 9, 30))


@pytest.fixture
async def some(work: UnitOfWork) -> list[Invoice]:
    random, made = Random(5), build(400)
    states = [*TaxStatus, ""]
    changed = [replace(invoice, tax_status=random.choice(states)) for invoice in made]
    changed[::9] = [replace(invoice, issue_date=None) for invoice in changed[::9]]
    changed[::7] = [replace(invoice, total=None) for invoice in changed[::7]]
    changed[::5] = [replace(i, total=i.total and -i.total, net=i.net and -i.net) for i in changed[::5]]
    await work.invoices.save(changed, NOW)
    return [invoice for invoice in changed if {invoice.buyer_tax_id, invoice.seller_tax_id} & set(OURS)]


def belongs(invoice: Invoice, part: Part) -> bool:
    day = invoice.issue_date
    is_then = day is None if part.last is None else day is not None and part.first <= day <= part.last
    sides = {Direction.RECEIVED: invoice.buyer_tax_id, Direction.ISSUED: invoice.seller_tax_id}
    is_ours = bool(set(sides.values() if part.direction is None else [sides[part.direction]]) & set(OURS))
    return is_then and is_ours and part.status in (None, invoice.tax_status)


PARTS = [
    Part(),
    SEPTEMBER,
    Part(last=None),
    replace(SEPTEMBER, direction=Direction.RECEIVED),
    replace(SEPTEMBER, direction=Direction.ISSUED, status=TaxStatus.NORMAL),
    Part(status=""),
    Part(date(2020, 1, 1), date(2020, 12, 31)),
]


@pytest.mark.parametrize("part", PARTS)
async def test_every_invoice_is_on_one_page(work: UnitOfWork, some: list[Invoice], part: Part) -> None:
    """Forward to the end, and back again by the same pages."""
    expected = {invoice.key for invoice in some if belongs(invoice, part)}
    pages, place = [], None
    while page := await work.invoices.page(OURS, part, limit=7, place=place):
        pages.append(page)
        place = page[-1].place
    seen = [one.invoice for page in pages for one in page]
    assert Counter(invoice.key for invoice in seen) == Counter(expected)
    days = [invoice.issue_date or date.min for invoice in seen]
    assert days == sorted(days, reverse=True)
    for before, after in pairwise(pages):
        back = await work.invoices.page(OURS, part, limit=7, place=after[0].place, older=False)
        assert back == before


async def test_a_place_that_is_none_shows_nothing_of_others(work: UnitOfWork, some: list[Invoice]) -> None:
    for place in (Place(date(2026, 9, 15), 10**18), Place(None, 1), Place(date(1, 1, 1), 1), Place(date.max, 0)):
        for older in (True, False):
            page = await work.invoices.page(OURS, SEPTEMBER, limit=50, place=place, older=older)
            assert {one.invoice.key for one in page} <= {i.key for i in some if belongs(i, SEPTEMBER)}
    assert await work.invoices.page([], Part(), limit=50) == []
    assert await work.invoices.page([""], Part(), limit=50) == []


def summed(found: Sequence[Tally]) -> Sums:
    return sum((tally.sums for tally in found), Sums())


def counted(invoices: Sequence[Invoice]) -> Sums:
    fen = [int(i.total * 100) for i in invoices if i.total is not None]
    red = [one for one in fen if one < 0]
    return Sums(len(invoices), sum(fen), len(red), sum(red), len(invoices) - len(fen))


async def test_sums_are_those_of_the_invoices(work: UnitOfWork, some: list[Invoice]) -> None:
    assert any(set(OURS) == {i.buyer_tax_id, i.seller_tax_id} for i in some)
    for direction in Direction:
        mine = [
            i for i in some if belongs(i, Part(direction=direction)) or belongs(i, Part(last=None, direction=direction))
        ]
        found = await work.invoices.tallies(OURS, direction)
        assert summed(found) == counted(mine)
        assert len(found) == len({(i.issue_date, i.tax_status) for i in mine})
    assert summed(await work.invoices.tallies_of_all(OURS)) == counted(some)
    assert await work.invoices.tallies([""], Direction.ISSUED) == []


async def test_one_index_answers(sqlite: Database) -> None:
    """A page of a month and the sums of an organization with ten thousands of invoices read no row."""
    async with sqlite.read() as connection:
        for select in (
            page_ids([1], SEPTEMBER, Place(date(2026, 9, 9), 5), older=True, limit=9),
            page_ids([1], replace(SEPTEMBER, status=TaxStatus.VOID), None, older=False, limit=9),
            tallies([1], Direction.RECEIVED),
            tallies([1], Direction.ISSUED),
            tallies([1], Direction.ISSUED, but_between_us=True),
        ):
            options: Any = {"dialect": sqlite_dialect.dialect(), "compile_kwargs": {"literal_binds": True}}
            plan = await connection.execute(text(f"EXPLAIN QUERY PLAN {select.compile(**options)}"))
            steps = [row.detail for row in plan if "invoices" in row.detail]
            assert steps
            assert all("SEARCH" in step and "COVERING INDEX ix_invoices_" in step for step in steps), steps


async def test_amounts_keep_their_cents(work: UnitOfWork) -> None:
    (invoice,) = build(1)
    await work.invoices.save([replace(invoice, total=Decimal("-0.01"), tax_status="normal")], NOW)
    (found,) = await work.invoices.tallies([invoice.buyer_tax_id], Direction.RECEIVED)
    assert found == Tally(invoice.issue_date, "normal", Sums(1, -1, 1, -1, 0))
