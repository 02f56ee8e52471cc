"""POST /api/v1/invoices/import?filename=…"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.fixtures.demo import demo_csv
from tests.fixtures.invoices import build, to_csv
from tests.fixtures.services import Office

PATH = "/api/v1/invoices/import"


async def test_a_file_is_imported_and_told_about(here: Office) -> None:
    invoices = build(3)
    response = await here.post(f"{PATH}?filename=a.csv", to_csv(invoices))
    assert response.status_code == 200
    answer = response.json()
    assert {name: answer[name] for name in ("added", "changed", "same", "status_changed", "refused")} == {
        "added": 3, "changed": 0, "same": 0, "status_changed": 0, "refused": 0,
    }  # fmt: skip
    first = invoices[0]
    assert answer["invoices"][0] == {
        "key": first.key,
        "kind": first.kind,
        "code": first.code,
        "number": first.number,
        "seller_name": first.seller_name,
        "buyer_name": first.buyer_name,
        "issue_date": str(first.issue_date),
        "total": str(first.total),
        "tax_status": "normal",
    }


async def test_again_it_changes_nothing(here: Office) -> None:
    answer = (await here.post(f"{PATH}?filename=demo.csv", demo_csv())).json()
    assert (answer["added"], answer["changed"]) == (0, 0)


async def test_refused_rows_say_why_in_both_languages(here: Office) -> None:
    rows = to_csv(build(1)).decode().splitlines()
    broken = rows[1].replace(build(1)[0].number, "<b>12&3</b>", 1)
    answer = (await here.post(f"{PATH}?filename=a.csv", "\n".join([rows[0], broken]).encode())).json()
    assert answer["rejected_total"] == 1
    refused = answer["rejected"][0]
    assert (refused["line"], refused["field"]) == (2, "number")
    for language in ("zh-CN", "en"):
        assert "&lt;" not in refused["message"][language]
        assert refused["message"][language]


async def test_what_is_odd_is_listed_and_counted(here: Office) -> None:
    """The first two hundred of it."""
    odd = [replace(invoice, total=(invoice.total or 0) + Decimal("5.00")) for invoice in build(201)]
    answer = (await here.post(f"{PATH}?filename=a.csv", to_csv(odd))).json()
    assert (answer["added"], answer["rejected_total"]) == (201, 0)
    assert (answer["warnings_total"] >= 201, len(answer["warnings"])) == (True, 200)
    assert set(answer["warnings"][0]["message"]) == {"zh-CN", "en"}


@pytest.mark.parametrize("query", ["?filename=a.pdf", "?filename=", ""])
async def test_a_file_that_cannot_be_read(here: Office, query: str) -> None:
    response = await here.post(PATH + query, b"%PDF-1.7 hello")
    assert response.status_code == 400
    assert response.json()["key"].startswith("table.")


async def test_only_signed(here: Office) -> None:
    response = await here.post(f"{PATH}?filename=a.csv", to_csv(build(1)), secret="a-secret-that-nobody-has")
    assert response.status_code == 401
