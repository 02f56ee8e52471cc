"""Migrations: from nothing to the newest revision in one transaction, equal to the declared tables."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from knowledge.invoices.named import named
from storage.database import Database
from storage.migrate import NewerDatabaseError, UnusableDatabaseError, _scripts, is_current, migrate, revision
from storage.schema import metadata
from storage.unit_of_work import Storage


async def tables(database: Database) -> set[str]:
    async with database.read() as connection:
        return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def test_an_empty_database_has_no_revision(empty_url: str) -> None:
    database = Database(empty_url)
    assert await revision(database) is None
    assert await tables(database) == set()
    await database.close()


# PostgreSQL gives the computed column's expression back in words of its own.
@pytest.mark.filterwarnings("ignore:Computed default on invoices.\\w*rtail")
async def test_a_fresh_database_gets_the_declared_tables(empty_url: str) -> None:
    database = Database(empty_url)
    assert await migrate(database) is True
    assert is_current(await revision(database))
    async with database.read() as connection:
        assert await connection.run_sync(_differences) == []
    await database.close()


def _differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_a_second_time_changes_nothing(database: Database) -> None:
    before = await tables(database)
    assert await migrate(database) is False
    assert await tables(database) == before


async def test_two_starts_at_once_make_one_database(empty_url: str) -> None:
    first, second = Database(empty_url), Database(empty_url)
    if not first.is_sqlite:
        pytest.skip("PostgreSQL: two first starts at once are not supported; start one process first")
    assert sorted(await asyncio.gather(migrate(first), migrate(second))) == [False, True]
    await first.close()
    await second.close()


async def test_a_newer_database_is_refused_and_left_alone(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabaseError, match="9999"):
        await migrate(database)
    assert await revision(database) == "9999"


async def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_text("A letter, not a database. " * 100)
    database = Database(f"sqlite+aiosqlite:///{path}")
    with pytest.raises(UnusableDatabaseError, match=rf"{path} cannot be used: file is not a database"):
        await migrate(database)
    await database.close()


async def test_no_server_and_no_password_in_the_message() -> None:
    pytest.importorskip("asyncpg")
    database = Database("postgresql+asyncpg://bot:a-password@127.0.0.1:1/bot")
    with pytest.raises(UnusableDatabaseError, match="Connect") as caught:
        await revision(database)
    assert "a-password" not in str(caught.value)
    await database.close()


def test_other_revisions_are_not_current() -> None:
    assert not is_current(None)
    assert not is_current("9999")


async def test_a_migration_that_fails_leaves_nothing(empty_url: str) -> None:
    """One transaction: a table in the way of the last steps takes back the first ones too."""
    database = Database(empty_url)
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE ticket_messages (stranger INTEGER)"))
    with pytest.raises(Exception, match="ticket_messages"):
        await migrate(database)
    assert await tables(database) == {"ticket_messages"}
    assert await revision(database) is None
    await database.close()


async def test_organizations_of_before_are_known_by_their_tax_ids(empty_url: str) -> None:
    """Their members keep what they may see."""
    tax_id = "91000000MA00000157"
    database = Database(empty_url)
    async with database.write() as connection:
        await connection.run_sync(_before, "0007")
        await connection.execute(
            text("INSERT INTO organizations (tax_id, name, created_at) VALUES (:tax_id, '公司', '2026-11-24')"),
            {"tax_id": tax_id},
        )
    assert await migrate(database) is True
    async with Storage(database).read() as work:
        known = await work.organizations.by_tax_id(tax_id)
    assert known is not None
    assert (known.tax_ids, known.version) == ((tax_id,), 1)
    await database.close()


async def test_names_of_before_are_indexed_as_new_ones(empty_url: str) -> None:
    database = Database(empty_url)
    async with database.write() as connection:
        await connection.run_sync(_before, "0015")
        await connection.execute(
            text("INSERT INTO parties (tax_id, name, norm, pinyin, version) VALUES (:id, :name, '?', 'wen hao', 3)"),
            [
                {"id": "91000000MA00000157", "name": "示例商贸（上海）有限公司"},
                {"id": "91000000MA00000234", "name": ""},
            ],
        )
        await connection.execute(text("INSERT INTO party_grams (gram, party_id) VALUES (7, 1)"))
        await connection.execute(text("INSERT INTO gram_counts (gram, n) VALUES (7, 1)"))
    assert await migrate(database) is True
    one = named("示例商贸（上海）有限公司")
    async with database.read() as connection:
        kept = await connection.execute(text("SELECT norm, pinyin, version FROM parties ORDER BY id"))
        assert [tuple(row) for row in kept] == [(one.norm, one.pinyin, 3), ("", "", 3)]
        grams = await connection.execute(text("SELECT gram, party_id FROM party_grams"))
        assert {tuple(row) for row in grams} == {(gram, 1) for gram in one.grams}
        counts = await connection.execute(text("SELECT gram, n FROM gram_counts"))
        assert {tuple(row) for row in counts} == {(gram, 1) for gram in one.grams}
    await database.close()


def _before(connection: Connection, revision: str) -> None:
    """As the last version without this revision left it."""
    with _scripts() as (config, scripts):
        config.attributes["connection"] = connection
        command.upgrade(config, str(scripts.get_revision(revision).down_revision))
