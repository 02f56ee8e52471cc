"""A few hundred of the hostile queries, on each way; and that a hole would be seen."""

from __future__ import annotations

import io
import re
from pathlib import Path
from random import Random

import pytest
from openpyxl import Workbook

from knowledge.invoices.model import Invoice
from storage.invoices import Invoices, Stored
from tests.benchmarks.scope import BATCH, FINDER, INLINE_SERVICE, Figures, Shares, measure
from tests.benchmarks.scope_forging import FORGERIES, MOST_BYTES, Pool, cut, of_pattern
from tests.benchmarks.scope_markers import Markers, Typed
from tests.fixtures.invoices import build, uscc

(ONE,) = build(1)
NOBODY = (uscc(999),)


def leaks(text: str, *typed: str, invoice: Invoice = ONE) -> set[str]:
    markers, said = Markers([invoice]), Typed()
    for one in typed:
        said.add(one)
    return markers.foreign(markers.in_text(text), NOBODY, said)


@pytest.mark.parametrize(
    "text",
    [
        f"号码 {ONE.number}",
        f"<u>{ONE.number[:3]}</u>{ONE.number[3:]}",
        f"i:show:{ONE.key}",
        f"…{ONE.number[-4:]}",
        f"销方{ONE.seller_name}的",
        f"¥{ONE.total:,.2f}",
        f"{ONE.net}元",
        ONE.buyer_tax_id,
    ],
)
def test_each_value_gives_an_invoice_away(text: str) -> None:
    assert leaks(text)
    assert not leaks(text, text, f"{ONE.number} {ONE.total} {ONE.net}")
    assert not Markers([ONE]).foreign(Markers([ONE]).in_text(text), [ONE.buyer_tax_id])


def test_what_was_typed_in_another_shape_may_be_said_back() -> None:
    assert not leaks(ONE.number, " ".join(ONE.number).replace("0", "O"))
    assert leaks(ONE.number, ONE.number[:-1])
    assert leaks(f"{ONE.number} {ONE.seller_name}", ONE.number) == {ONE.seller_name}


def test_a_workbook_is_looked_into() -> None:
    book, file = Workbook(), io.BytesIO()
    book.active.append([float(ONE.total or 0), ONE.seller_name])  # type: ignore[union-attr]
    book.save(file)
    markers = Markers([ONE])
    assert markers.in_file(file.getvalue()) == {ONE.seller_name, f"¥{int((ONE.total or 0) * 100)}"}


def test_forgeries_fit_into_a_button() -> None:
    random, pool = Random(1), Pool(ids=("12",), keys=(ONE.key,), words=("claim",))
    for forge in FORGERIES.values():
        assert len(cut(forge(random, f"i:show:{ONE.key}", pool)).encode()) <= MOST_BYTES
    pattern = re.compile(r"^t:[0-9]{1,18}:(?!closed$)[a-z]+:[0-9]{1,18}$")
    assert all(pattern.match(of_pattern(random, pattern, pool)) for _ in range(20))


async def test_nothing_leaves_its_scope(tmp_path: Path) -> None:
    ways: list[str] = []
    figures = Figures()
    await measure(tmp_path, 1_500, Shares(20, 150, 150, 50, 50), 5, ways.append, figures)
    assert figures.leaks == []
    assert len(ways) == 420
    assert (figures.done[FINDER], figures.done[BATCH], figures.done[INLINE_SERVICE]) == (150, 50, 50)
    assert figures.telling.total() > 100


async def test_a_hole_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def visible(self: Invoices, key: str, _tax_ids: object) -> Stored | None:
        return await self.unscoped(key)

    monkeypatch.setattr(Invoices, "visible", visible)
    monkeypatch.setattr("handlers.invoices.service.allowed", lambda *_asked: True)
    figures = Figures()
    await measure(tmp_path, 2_000, Shares(0, 240, 0, 0, 0), 5, lambda _way: None, figures)
    assert {leak.act.kind for leak in figures.leaks} >= {"buttons of every pattern"}
