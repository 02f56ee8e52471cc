"""Parties: once each, found by their names' grams from the transaction on that first writes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from alembic import command
from sqlalchemy import Connection, select, text

from knowledge.invoices.model import Invoice
from knowledge.invoices.sounds import index_grams, sounded
from storage.database import Database
from storage.migrate import _scripts, migrate
from storage.parties import Parties
from storage.schema import gram_counts, invoices, parties, party_grams
from storage.unit_of_work import Storage, UnitOfWork
from tests.fixtures.invoices import build
from tests.storage.conftest import NOW

ONE, OTHER = ("91000000MA0000111G", "华信（北京）科技有限公司"), ("", "张三")


async def _postings(work: UnitOfWork) -> set[tuple[int, int]]:
    return {(row.gram, row.party_id) for row in await work.connection.execute(select(party_grams))}


async def test_a_party_is_written_once_with_its_grams(work: UnitOfWork) -> None:
    ids = await Parties(work.connection).ids([ONE, OTHER, ("", "")])
    assert ids.keys() == {ONE, OTHER}
    assert await Parties(work.connection).ids([OTHER, ONE]) == ids
    expected = {(gram, ids[party]) for party in ids for gram in index_grams(party[1], sounded(party[1]))}
    assert await _postings(work) == expected
    counts = {row.gram: row.n for row in await work.connection.execute(select(gram_counts))}
    assert counts == {gram: sum(g == gram for g, _party in expected) for gram, _party in expected}


async def test_a_change_of_an_invoice_is_told_to_its_parties_of_before_and_of_now(work: UnitOfWork) -> None:
    first, second = build(2)
    await work.invoices.save([first, second], NOW)
    before = await _versions(work)
    await work.invoices.save([replace(first, seller_name="改名后的虚构公司")], NOW)
    after = await _versions(work)
    changed = {party for party, version in after.items() if version != before.get(party)}
    buyer = (first.buyer_tax_id, first.buyer_name)
    assert changed == {
        (first.seller_tax_id, first.seller_name),
        (first.seller_tax_id, "改名后的虚构公司"),
        buyer,
    }


async def _versions(work: UnitOfWork) -> dict[tuple[str, str], int]:
    return {(row.tax_id, row.name): row.version for row in await work.connection.execute(select(parties))}


async def test_what_is_rolled_back_leaves_no_trace(storage: Storage) -> None:
    async with storage.begin() as work:
        await work.invoices.save(build(5), NOW)
    async with storage.read() as work:
        before = await _versions(work), await _postings(work), await work.invoices.count()

    async def fail() -> None:
        async with storage.begin() as work:
            await work.invoices.save([replace(one, seller_name="另一家虚构公司") for one in build(9)], NOW)
            raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"):
        await fail()
    async with storage.read() as work:
        assert (await _versions(work), await _postings(work), await work.invoices.count()) == before


async def test_the_tail_is_kept_by_the_database(work: UnitOfWork) -> None:
    numbers = ["26110000482913073017", "00008006", "12345670"]
    await work.invoices.save([Invoice(f"digital:{n}", None, "", n) for n in numbers], NOW)
    rows = await work.connection.execute(select(invoices.c.number, invoices.c.rtail))
    assert {row.number: row.rtail for row in rows} == {n: int(n[-8:][::-1]) for n in numbers}


async def test_existing_invoices_keep_their_parties(empty_url: str) -> None:
    database = Database(empty_url)
    async with database.write() as connection:
        await connection.run_sync(_before)
        for row in OLD:
            await connection.execute(text(f"INSERT INTO invoices ({', '.join(row)}) VALUES ({_places(row)})"), row)
    assert await migrate(database)
    async with Storage(database).read() as work:
        found = await work.invoices.unscoped_many([str(row["key"]) for row in OLD])
        assert {
            k: (s.invoice.seller_tax_id, s.invoice.seller_name, s.invoice.buyer_name) for k, s in found.items()
        } == {row["key"]: (row["seller_tax_id"], row["seller_name"], row["buyer_name"]) for row in OLD}
        ids = await Parties(work.connection).ids([ONE, OTHER])
        assert {party for _gram, party in await _postings(work)} == set(ids.values())
        rtails = (await work.connection.execute(select(invoices.c.rtail))).scalars().all()
        assert sorted(rtails) == sorted(int(str(row["number"])[-8:][::-1]) for row in OLD)
    async with Storage(database).begin() as work:
        await work.invoices.save(build(1), NOW)
    await database.close()


def _before(connection: Connection) -> None:
    with _scripts() as (config, _directory):
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")


def _places(row: dict[str, object]) -> str:
    return ", ".join(f":{name}" for name in row)


_EMPTY = dict.fromkeys(("kind", "code", "tax_status", "red_form", "usage", "review", "reimburse"), "")
_SAME = {**_EMPTY, "extra": "{}", "version": 1, "updated_at": NOW.replace(tzinfo=None), "issue_date": date(2026, 9, 1)}
OLD: list[dict[str, object]] = [
    {
        **_SAME,
        "key": f"digital:2611000048291307301{i}",
        "number": f"2611000048291307301{i}",
        "seller_tax_id": seller[0],
        "seller_name": seller[1],
        "buyer_tax_id": buyer[0],
        "buyer_name": buyer[1],
    }
    for i, (seller, buyer) in enumerate([(ONE, OTHER), (OTHER, ONE), (ONE, ("", ""))])
]
