"""Finding an invoice on either database, within a scope and everywhere."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.invoices.queries import understand
from storage.scope import EVERYTHING
from storage.unit_of_work import Storage
from tests.fixtures.invoices import build
from tests.storage.conftest import NOW

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("is_everywhere", [False, True])
async def test_an_invoice_is_found_by_what_is_known_of_it(storage: Storage, is_everywhere: bool) -> None:
    invoices = build(200)
    async with storage.begin() as work:
        await work.invoices.save(invoices, NOW)
    wanted = next(one for one in invoices if len(one.number) == 20)
    slip = wanted.number[:-1] + ("1" if wanted.number[-1] != "1" else "2")
    scope = EVERYTHING if is_everywhere else [wanted.buyer_tax_id]
    exact = await storage.finder.find(understand(wanted.number, TODAY), scope)
    assert exact.exact == wanted
    for text in (slip, f"{wanted.number[-6:]} {wanted.total}", f"{wanted.seller_name} {wanted.issue_date}"):
        found = await storage.finder.find(understand(text, TODAY), scope)
        assert wanted in [found.exact, *(match.invoice for match in found.near)], text
    elsewhere = await storage.finder.find(understand(wanted.number, TODAY), ["91000000MA00000312"])
    assert (elsewhere.exact, elsewhere.near) == (None, ())
