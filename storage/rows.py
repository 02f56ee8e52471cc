"""Insert that tolerates a row which is there already, on both databases."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_id(connection: AsyncConnection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert one row; its id."""
    row_id: int = (
        await connection.execute(insert(connection, table).values(values).returning(table.c.id))
    ).scalar_one()
    return row_id


def insert_or_ignore(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that leaves an existing row as it is."""
    return insert(connection, table).on_conflict_do_nothing()


def upsert(
    connection: AsyncConnection, table: Table, values: Mapping[str, Any], *, key: Collection[str]
) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that overwrites the row with the same key."""
    changes = {name: value for name, value in values.items() if name not in key}
    return insert(connection, table).values(values).on_conflict_do_update(index_elements=list(key), set_=changes)


def insert(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what to do about a conflict."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
