"""Finding invoices in a real database: nothing within reach is missed, nothing outside the scope is shown."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random
from threading import get_ident
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from knowledge.invoices.lookup import LookupResult, query_of, rank
from knowledge.invoices.model import Invoice
from knowledge.invoices.queries import understand
from knowledge.invoices.query import AmountReading, NameReading, NumberReading, Query, Token, YearlessReading
from storage.candidates import candidates
from storage.database import Database
from storage.lookup import InvoiceFinder
from storage.migrate import migrate
from storage.scope import EVERYTHING, Scope
from storage.unit_of_work import Storage
from tests.benchmarks import invoices as synthetic
from tests.benchmarks import slips
from tests.fixtures.invoices import build
from tests.storage.conftest import NOW

TODAY = date(2026, 11, 24)
Slips = tuple[slips.Slip, slips.Slip]
SOME = list({one.key: one for one in islice(synthetic.invoices(1500), 1500)}.values())
TAX_IDS = sorted({tax_id for one in SOME for tax_id in (one.seller_tax_id, one.buyer_tax_id)})
NUMBERS = [one.number for one in SOME]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lookup") / "bot.db"

    async def fill() -> None:
        database = Database(f"sqlite+aiosqlite:///{path}")
        await migrate(database)
        async with Storage(database).begin() as work:
            await work.invoices.save(SOME, NOW)
        await database.close()

    asyncio.run(fill())
    return path


@pytest.fixture(scope="module")
def sqlite(file: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(file)
    yield connection
    connection.close()


def runner(connection: sqlite3.Connection) -> Any:
    return lambda sql, values=(): connection.execute(sql, values).fetchall()


def a_number(digits: str) -> Query:
    return Query(digits, (Token(digits, (NumberReading(digits),)),))


def within(digits: str, edits: int) -> set[str]:
    return {number for number in NUMBERS if OSA.distance(digits, number, score_cutoff=edits) <= edits}


def numbers_of(sqlite: sqlite3.Connection, ids: set[int]) -> set[str]:
    return {number for i, number in sqlite.execute("SELECT id, number FROM invoices") if i in ids}


some_invoice = st.sampled_from(SOME)
chance = st.integers(0, 2**32).map(Random)
one_slip = st.sampled_from([*slips.ONE.values()][3:])


@given(some_invoice, one_slip, chance)
@settings(max_examples=100, deadline=None)
def test_all_within_one_edit_are_candidates(
    sqlite: sqlite3.Connection, invoice: Invoice, slip: slips.Slip, random: Random
) -> None:
    typed = slip(random, invoice.number)
    found = candidates(runner(sqlite), a_number(typed), None)
    assert within(typed, 1) <= numbers_of(sqlite, found)


@given(some_invoice, one_slip, one_slip, chance)
@settings(max_examples=15, deadline=None)
def test_all_within_two_edits_are_if_none_is_nearer(
    sqlite: sqlite3.Connection, invoice: Invoice, slip: slips.Slip, other: slips.Slip, random: Random
) -> None:
    typed = other(random, slip(random, invoice.number))
    assume(not within(typed, 1))
    found = candidates(runner(sqlite), a_number(typed), None)
    assert within(typed, 2) <= numbers_of(sqlite, found)


def find(
    finder: InvoiceFinder, sqlite: sqlite3.Connection, query: Query, scope: Scope
) -> tuple[LookupResult, list[Invoice]]:
    result = finder._find(runner(sqlite), query, scope)
    return result, [*([result.exact] if result.exact else []), *(match.invoice for match in result.near)]


@pytest.fixture(scope="module", params=[40_000, 0], ids=["in memory", "by index"])
def finder(request: pytest.FixtureRequest, file: Path) -> InvoiceFinder:
    return InvoiceFinder(Database(f"sqlite+aiosqlite:///{file}"), large=request.param, remembered=100)


@given(some_invoice, st.tuples(one_slip, one_slip), chance)
@settings(max_examples=30, deadline=None)
def test_two_edits_are_found_in_the_scope(
    sqlite: sqlite3.Connection, finder: InvoiceFinder, invoice: Invoice, both: Slips, random: Random
) -> None:
    typed = both[1](random, both[0](random, invoice.number))
    scope = [invoice.buyer_tax_id]
    ours = [one for one in SOME if invoice.buyer_tax_id in (one.seller_tax_id, one.buyer_tax_id)]
    near = [one for one in ours if OSA.distance(typed, one.number, score_cutoff=2) <= 2]
    assume(invoice in near and len(near) <= 5)
    assume(finder._large or not any(OSA.distance(typed, one.number) <= 1 for one in SOME if one != invoice))
    _result, found = find(finder, sqlite, a_number(typed), scope)
    assert invoice in found


@given(st.lists(st.sampled_from(TAX_IDS), max_size=3), some_invoice, chance)
@settings(max_examples=40, deadline=None)
def test_the_scope_is_never_crossed(
    sqlite: sqlite3.Connection, finder: InvoiceFinder, scope: list[str], invoice: Invoice, random: Random
) -> None:
    said = {
        **slips.numbers(random, invoice),
        **slips.names(invoice.seller_name),
        **slips.fields(random, invoice, invoice.seller_name),
    }
    text = random.choice(list(said.values()))
    _result, found = find(finder, sqlite, understand(text, TODAY), scope)
    assert all({one.seller_tax_id, one.buyer_tax_id} & set(scope) for one in found)


@pytest.mark.parametrize("scope", [[], [""], ["nobody"], ["x" * 300]])
def test_who_sees_nothing_finds_nothing(sqlite: sqlite3.Connection, finder: InvoiceFinder, scope: list[str]) -> None:
    for invoice in SOME[:20]:
        result, found = find(finder, sqlite, understand(f"{invoice.number} {invoice.total}元", TODAY), scope)
        assert (found, result.winner, result.ask) == ([], None, "")


@pytest.mark.parametrize("kind", ["date+amount", "name+amount", "tail4+amount", "tail4+date", "net+date"])
def test_fields_find_an_invoice_among_all(sqlite: sqlite3.Connection, finder: InvoiceFinder, kind: str) -> None:
    random = Random(3)
    for invoice in SOME[:15]:
        _result, found = find(
            finder, sqlite, understand(slips.fields(random, invoice, invoice.seller_name)[kind], TODAY), EVERYTHING
        )
        assert invoice in found, (slips.fields(random, invoice, invoice.seller_name)[kind], invoice)


WAYS = (
    "{name} {day:%Y%m%d}",  # or that many yuan
    "{name} {day.month}.{day.day:02}",
    "{day.month}月{day.day}号 {name}",
    "{name} {slipped}",  # a digit of the sum
    "{day} {slipped}",
    "{head}开头 {total}元",
    "{head}开头 {day}",
    "{code}/{twice}",
)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_ambiguous_or_slipped_is_found_among_all(
    sqlite: sqlite3.Connection, finder: InvoiceFinder, way: str
) -> None:
    for invoice in SOME[:200:9] if "twice" not in way else [one for one in SOME if one.code][:20]:
        assert invoice.issue_date
        cents = f"{invoice.total:.2f}"
        said = way.format(
            name=invoice.seller_name,
            day=invoice.issue_date,
            total=cents,
            slipped=f"{cents[:-1]}{(int(cents[-1]) + 1) % 10}",
            head=invoice.number[: 9 if len(invoice.number) == 20 else 5],
            code=invoice.code,
            twice="".join(str(9 - int(digit)) if at in {2, 5} else digit for at, digit in enumerate(invoice.number)),
        )
        _result, found = find(finder, sqlite, understand(said, TODAY), EVERYTHING)
        assert invoice in found, (said, invoice)


def test_a_line_of_many_days_is_answered(sqlite: sqlite3.Connection, finder: InvoiceFinder) -> None:
    days = [YearlessReading(month, day) for month in range(1, 13) for day in range(1, 13)]
    tokens = (Token("1280", (AmountReading(128000),)), Token("虚构", (NameReading("虚构"),)), Token("", tuple(days)))
    assert find(finder, sqlite, Query("", tokens), EVERYTHING)


@pytest.mark.parametrize("kind", ["full", "short", "region+core", "traditional", "pinyin"])
def test_names_find_their_party_among_all(sqlite: sqlite3.Connection, finder: InvoiceFinder, kind: str) -> None:
    for invoice in SOME[:15]:
        said = slips.names(invoice.seller_name)[kind]
        _result, found = find(finder, sqlite, understand(said, TODAY), EVERYTHING)
        assert found, (said, invoice.seller_name)


async def test_what_is_in_memory_stays_right(storage: Storage) -> None:
    first, second = build(2)
    query = query_of({"number": first.number})
    scope = [first.buyer_tax_id]
    assert (await storage.finder.find(query, scope)).exact is None
    async with storage.begin() as work:
        await work.invoices.save([first], NOW)
    assert (await storage.finder.find(query, scope)).exact == first
    moved = replace(first, buyer_tax_id="91000000MA0000999X", buyer_name="另一家虚构公司")
    async with storage.begin() as work:
        await work.invoices.save([moved, second], NOW)
    assert (await storage.finder.find(query, scope)).exact is None
    assert (await storage.finder.find(query, [moved.buyer_tax_id])).exact == moved


async def test_what_is_not_committed_is_not_found(storage: Storage) -> None:
    (invoice,) = build(1)
    query, scope = query_of({"number": invoice.number}), [invoice.seller_tax_id]

    async def fail() -> None:
        async with storage.begin() as work:
            await work.invoices.save([invoice], NOW)
            raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"):
        await fail()
    assert (await storage.finder.find(query, scope)).exact is None


def test_memory_is_bounded(sqlite: sqlite3.Connection, file: Path) -> None:
    finder = InvoiceFinder(Database(f"sqlite+aiosqlite:///{file}"), remembered=200)
    for tax_id in TAX_IDS[:50]:
        find(finder, sqlite, a_number("1" * 20), [tax_id])
    assert sum(len(scope.rows or ()) for scope in finder._scopes.values()) <= 200


PAPER = "77120934"


@pytest.mark.parametrize("large", [40_000, 0], ids=["in memory", "by index"])
@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize(
    ("typed", "is_exact"),
    [(PAPER, True), (f"031002600106 {PAPER}", True), ("77120943", False), ("7712934", False), ("尾号0934", False)],
)
async def test_an_invoice_is_found_by_its_number_on_paper(
    storage: Storage, large: int, everything: bool, typed: str, is_exact: bool
) -> None:
    first, *others = build(5)
    twice = replace(first, code="031002600106", extra={"paper_number": PAPER})
    async with storage.begin() as work:
        await work.invoices.save([twice, *others], NOW)
    finder = InvoiceFinder(storage.finder._database, large=large)
    query, ours = understand(typed, TODAY), EVERYTHING if everything else [first.buyer_tax_id]

    result = await finder.find(query, ours)

    assert (result.exact == twice) is is_exact
    assert [twice] == [result.exact or result.near[0].invoice]
    assert twice.number not in [match.invoice.number for match in result.near if is_exact]
    assert (await finder.find(query, ["nobody"])).exact is None


async def test_few_invoices_in_memory_are_looked_up_on_the_spot(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And all that takes longer in a thread: taking them there, many of them, or everything."""
    ran: list[bool] = []

    def noting(*given: Any) -> LookupResult:
        ran.append(get_ident() == here)
        return rank(*given)

    here = get_ident()
    monkeypatch.setattr("storage.lookup.rank", noting)
    finder, query = InvoiceFinder(Database(f"sqlite+aiosqlite:///{file}")), understand(SOME[0].number, TODAY)
    scope = [SOME[0].seller_tax_id]
    for one in (scope, scope, EVERYTHING):
        assert (await finder.find(query, one)).exact == SOME[0]
    monkeypatch.setattr("storage.lookup.SMALL", 0)
    assert (await finder.find(query, scope)).exact == SOME[0]
    assert ran == [False, True, False, False]
