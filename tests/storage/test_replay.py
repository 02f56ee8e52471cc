"""The look-up's own test: silent while all is well, and loud about each sort of damage."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from knowledge.invoices.lookup import query_of
from storage.database import Database
from storage.migrate import migrate
from storage.replay import Replayed
from storage.unit_of_work import Storage
from tests.benchmarks import invoices as synthetic
from tests.storage.conftest import NOW

SOME = list({one.key: one for one in islice(synthetic.invoices(400), 400)}.values())
ALL = len(SOME)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    await migrate(database)
    async with Storage(database).begin() as work:
        await work.invoices.save(SOME[: ALL // 2], NOW)
    yield Storage(database)
    await database.close()


@contextmanager
def raw(folder: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(folder / "bot.db")
    try:
        with connection:
            yield connection
    finally:
        connection.close()


async def replayed(storage: Storage) -> Replayed:
    return await storage.finder.replay(Random(3), ALL)


async def test_nothing_is_missed(storage: Storage) -> None:
    await storage.finder.prepare([SOME[0].seller_tax_id])
    assert await replayed(storage) == Replayed(ALL // 2, frozenset(), frozenset(), 0)


async def test_nothing_is_missed_where_nothing_is(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    await migrate(database)
    assert (await replayed(Storage(database))).is_whole
    await database.close()


async def test_rows_that_their_index_does_not_know(storage: Storage, tmp_path: Path) -> None:
    """While the file says that the index is of other rows only, those that come are left out."""
    whole = "CREATE INDEX ix_invoices_rtail ON invoices (rtail)"
    for sql, then in ((f"{whole} WHERE id < 0", SOME[ALL // 2 :]), (whole, [])):
        with raw(tmp_path) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'ix_invoices_rtail'", (sql,))
        late = Database(f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
        async with Storage(late).begin() as work:
            await work.invoices.save(then, NOW)
        found = await replayed(Storage(late))
        await late.close()
    assert len(found.missed) == ALL - ALL // 2
    with raw(tmp_path) as connection:
        connection.execute("REINDEX")
    assert (await replayed(storage)).is_whole


async def test_a_party_that_its_grams_do_not_lead_to(storage: Storage, tmp_path: Path) -> None:
    with raw(tmp_path) as connection:
        connection.execute("DELETE FROM party_grams WHERE party_id = 1 AND gram = (SELECT max(gram) FROM party_grams)")
        connection.execute("DELETE FROM party_grams WHERE party_id = 2")
    found = await replayed(storage)
    assert 2 in found.unnamed
    assert not found.missed


async def test_a_scope_that_has_drifted_is_forgotten(storage: Storage, tmp_path: Path) -> None:
    wanted = SOME[0]
    scope, query = [wanted.seller_tax_id], query_of({"number": wanted.number})
    assert (await storage.finder.find(query, scope)).exact == wanted
    with raw(tmp_path) as connection:
        connection.execute("UPDATE invoices SET number = '99999999' WHERE key = ?", (wanted.key,))
    assert (await replayed(storage)).drifted == 1
    assert (await storage.finder.find(query, scope)).exact is None
    assert (await replayed(storage)).drifted == 0
