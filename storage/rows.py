"""INSERTs that SQLite and PostgreSQL share, each rendered once.

SQLAlchemy's own ON CONFLICT belongs to a dialect and is compiled anew by every call, for 150 to 300 µs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, cast

from sqlalchemy import Insert, Table, TextClause, bindparam, insert, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.sqlite_driver import Connection

_AT_ONCE = 500


async def insert_id(connection: AsyncConnection, table: Table, values: Mapping[str, Any]) -> int:
    """Insert one row; its id."""
    row_id: int = (await connection.execute(_returning_id(table), dict(values))).scalar_one()
    return row_id


async def insert_new(connection: AsyncConnection, table: Table, values: Mapping[str, Any]) -> bool:
    """False, and nothing is written, if there is a row with one of its unique keys."""
    statement = _on_conflict(table, tuple(values), "DO NOTHING")
    return (await connection.execute(statement, dict(values))).rowcount == 1


async def insert_new_id(connection: AsyncConnection, table: Table, values: Mapping[str, Any]) -> int | None:
    """As `insert_new`, with the new row's id or None."""
    row_id: int | None = await connection.scalar(
        _on_conflict(table, tuple(values), "DO NOTHING RETURNING id"), dict(values)
    )
    return row_id


async def upsert(connection: AsyncConnection, table: Table, values: Mapping[str, Any], *, key: tuple[str, ...]) -> None:
    """Insert a row, or overwrite the one with the same key."""
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in values if name not in key)
    await connection.execute(
        _on_conflict(table, tuple(values), f"({_quoted(key)}) DO UPDATE SET {changes}"), dict(values)
    )


async def insert_many(
    connection: AsyncConnection, table: Table, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert thousands of rows of plain text and numbers, on SQLite straight on the driver."""
    if connection.dialect.name == "sqlite":
        sql = f'INSERT INTO "{table.name}" ({_quoted(names)}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608 - names of our schema
        await connection.exec_driver_sql(sql, list(rows))
    else:
        await connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


@cache
def _with_places(sql: str, width: int) -> str:
    numbers = (", ".join(f"?{n}" for n in range(at + 1, at + width + 1)) for at in range(0, width * _AT_ONCE, width))
    return sql.format(places=", ".join(numbers if width == 1 else (f"({place})" for place in numbers)))


async def fetch_in(connection: AsyncConnection, sql: str, sought: Collection[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows for thousands of values, each in the place of one of `{places}`, straight from SQLite's driver.

    One prepared statement serves all, at last filled up by repeating a value: the driver keeps what it prepared,
    and one of each length would take megabytes.
    """
    if not sought:
        return []
    statement = _with_places(sql, len(next(iter(sought))))

    def fetch(driver: sqlite3.Connection) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        rest = iter(sought)
        while batch := list(islice(rest, _AT_ONCE)):
            batch += batch[-1:] * (_AT_ONCE - len(batch))
            found += driver.execute(statement, [value for each in batch for value in each]).fetchall()
        return found

    raw = await connection.get_raw_connection()
    return await cast("Connection", raw.driver_connection).hop(fetch)


def with_conflict(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """SQLAlchemy's own INSERT … ON CONFLICT, for what can bear a compilation: thousands of rows at once."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


@cache
def _returning_id(table: Table) -> Insert:
    return insert(table).returning(table.c.id)


@cache
def _on_conflict(table: Table, names: tuple[str, ...], action: str) -> TextClause:
    places = ", ".join(f":{name}" for name in names)
    sql = f'INSERT INTO "{table.name}" ({_quoted(names)}) VALUES ({places}) ON CONFLICT {action}'  # noqa: S608 - names of our schema
    return text(sql).bindparams(*(bindparam(name, type_=table.c[name].type) for name in names))


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)
