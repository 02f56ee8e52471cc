"""Finding invoices: one call, whatever is asked, in the driver's own SQL.

A scope of up to LARGE invoices is kept in memory in columns and gone over as a whole; its parties' versions, which
every change of an invoice raises in its own transaction, tell whether it still holds. Larger scopes, and all invoices
at once, are asked for candidates by index. Who sees nothing takes the same way and gets nothing.

What is in memory and SMALL is looked up on the spot, in the event loop: the way to the connection's thread and back
takes longer. All else is done in that thread.
"""

# ruff: noqa: S608 - nothing but question marks and names of ours is put into these statements

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from random import Random
from threading import Lock
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.invoices.flat import NO_EXTRA, yuan
from knowledge.invoices.lookup import LookupResult, rank
from knowledge.invoices.model import Axis, Invoice, Kind
from knowledge.invoices.query import Query
from knowledge.invoices.rows import UNKNOWN, Party, Record, Rows
from storage import sqlite_driver
from storage.candidates import Run, candidates, padded_in
from storage.database import Database
from storage.replay import Replayed, replay
from storage.schema import PAPER_NUMBER
from storage.scope import Everything, Scope

LARGE = 100_000  # invoices of a scope that is no longer gone over as a whole
SMALL, FEW = 10_000, 1_000  # of one that is gone over in a millisecond or two, and its parties, whose names take longer
REMEMBERED = 200_000  # invoices in memory, of all scopes together

_ROW = f"""
SELECT id, number, CASE WHEN paper_rtail IS NOT NULL THEN {PAPER_NUMBER} END, code, issue_date, total_fen, net_fen,
       seller_id, buyer_id
FROM invoices WHERE"""
_FULL = f"""
SELECT i.id, i.key, i.kind, i.code, i.number, s.name, s.tax_id, b.name, b.tax_id, i.issue_date, i.net_fen, i.tax_fen,
       i.total_fen, {", ".join(f"i.{axis}" for axis in Axis)}, i.extra
FROM invoices i LEFT JOIN parties s ON s.id = i.seller_id LEFT JOIN parties b ON b.id = i.buyer_id WHERE i.id IN """

_KINDS = {"": None} | {kind.value: kind for kind in Kind}
T = TypeVar("T")
Versions = tuple[tuple[int, int], ...]  # ids of a scope's parties, and how often their invoices have changed


@dataclass(frozen=True, slots=True)
class _Scope:
    """`rows` is None if it is large."""

    versions: Versions
    rows: Rows | None


class InvoiceFinder:
    def __init__(self, database: Database, *, large: int = LARGE, remembered: int = REMEMBERED) -> None:
        self._database, self._large, self._most = database, large, remembered
        self._scopes: OrderedDict[tuple[str, ...], _Scope] = OrderedDict()
        self._lock = Lock()  # readers have a thread each

    async def find(self, query: Query, tax_ids: Scope) -> LookupResult:
        """Only invoices of which one of these tax ids is a party.

        Sees what is committed.
        """
        async with self._database.read() as connection:
            if not self._database.is_sqlite:
                return await connection.run_sync(lambda sync: self._find(_runner(sync), query, tax_ids))
            driver = await _driver(connection)
            at_once = driver.here(lambda sqlite: self._find_at_once(_run(sqlite), query, tax_ids))
            if at_once is not None:
                return at_once
            return await driver.hop(lambda sqlite: self._find(_run(sqlite), query, tax_ids))

    async def prepare(self, tax_ids: Collection[str]) -> None:
        """Take their invoices into memory now, so that the first look-up needn't."""
        await self._call(lambda run: self._scope(run, _sorted(tax_ids)))

    async def replay(self, chance: Random, most: int = 1000) -> Replayed:
        """Look as many invoices up again, and compare all scopes in memory with the database."""
        invoices, missed, unnamed = await self._call(lambda run: replay(run, chance, most))
        return Replayed(invoices, missed, unnamed, await self._call(self._drifted))

    async def _call(self, call: Callable[[Run], T]) -> T:
        """In the connection's thread."""
        async with self._database.read() as connection:
            if not self._database.is_sqlite:
                return await connection.run_sync(lambda sync: call(_runner(sync)))
            return await (await _driver(connection)).hop(lambda sqlite: call(_run(sqlite)))

    def _find_at_once(self, run: Run, query: Query, tax_ids: Scope) -> LookupResult | None:
        """None if that is not possible."""
        if isinstance(tax_ids, Everything):
            return None
        scope = _sorted(tax_ids)
        known = self._remembered(scope, _versions(run, scope))
        if known is None or known.rows is None or len(known.rows) > SMALL or len(known.rows.parties) > FEW:
            return None
        return rank(query, known.rows, lambda ids: _within(_read(run, ids), scope))

    def _find(self, run: Run, query: Query, tax_ids: Scope) -> LookupResult:
        if isinstance(tax_ids, Everything):
            rows = _with_parties(run, _rows(run, candidates(run, query, None)))
            return rank(query, rows, lambda ids: _read(run, ids))
        scope = _sorted(tax_ids)
        rows = self._rows_of(run, scope, query)
        return rank(query, rows, lambda ids: _within(_read(run, ids), scope))

    def _rows_of(self, run: Run, scope: tuple[str, ...], query: Query) -> Rows:
        known = self._scope(run, scope)
        if known.rows is not None:
            return known.rows
        ours = [party_id for party_id, _version in known.versions]
        found = _rows(run, candidates(run, query, ours))
        return _with_parties(run, [r for r in found if r[6] in ours or r[7] in ours])

    def _scope(self, run: Run, scope: tuple[str, ...]) -> _Scope:
        versions = _versions(run, scope)
        return self._remembered(scope, versions) or self._load(run, scope, versions)

    def _remembered(self, scope: tuple[str, ...], versions: Versions) -> _Scope | None:
        with self._lock:
            known = self._scopes.get(scope)
            if known is None or known.versions != versions:
                return None
            self._scopes.move_to_end(scope)
            return known

    def _load(self, run: Run, scope: tuple[str, ...], versions: Versions) -> _Scope:
        loaded = self._read_scope(run, versions)
        with self._lock:
            self._scopes[scope] = loaded
            self._scopes.move_to_end(scope)
            while sum(_size(one) for one in self._scopes.values()) > self._most and len(self._scopes) > 1:
                self._scopes.popitem(last=False)
        return loaded

    def _read_scope(self, run: Run, versions: Versions) -> _Scope:
        """The versions were read before the rows: what has changed between shows as a change the next time. All that
        look-ups need of the rows is worked out here, in the connection's thread."""
        ours = [party_id for party_id, _version in versions]
        rows: dict[int, Any] = {}
        for side in ("seller_id", "buyer_id"):
            for places, batch in padded_in(ours, 8):
                rows |= {row[0]: row for row in run(f"{_ROW} {side} IN {places} LIMIT {self._large + 1}", batch)}
        if len(rows) > self._large:
            return _Scope(versions, None)
        read = _with_parties(run, _records(rows[row_id] for row_id in sorted(rows)))
        read.prepare()
        return _Scope(versions, read)

    def _drifted(self, run: Run) -> int:
        """Forget the scopes that hold something else than the database, though nothing told that they have changed."""
        with self._lock:
            scopes = list(self._scopes)
        return sum(self._has_drifted(run, scope) for scope in scopes)

    def _has_drifted(self, run: Run, scope: tuple[str, ...]) -> bool:
        known = self._remembered(scope, versions := _versions(run, scope))
        if known is None or known.rows is None:
            return False
        fresh = self._read_scope(run, versions).rows
        if known.rows.has_same(fresh) or _versions(run, scope) != versions:
            return False
        with self._lock:
            self._scopes.pop(scope, None)
        return True


def _sorted(tax_ids: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({tax_id for tax_id in tax_ids if tax_id}))


def _size(scope: _Scope) -> int:
    return 50 + (len(scope.rows) if scope.rows is not None else 0)


async def _driver(connection: AsyncConnection) -> sqlite_driver.Connection:
    return cast("sqlite_driver.Connection", (await connection.get_raw_connection()).driver_connection)


def _run(sqlite: sqlite3.Connection) -> Run:
    return lambda sql, values=(): sqlite.execute(sql, values).fetchall()


def _runner(connection: Connection) -> Run:
    """For a database with named parameters only."""

    def run(sql: str, values: Sequence[Any] = ()) -> list[Any]:
        pieces = sql.split("?")
        named = "".join(f"{piece}:p{i}" for i, piece in enumerate(pieces[:-1])) + pieces[-1]
        return list(connection.execute(text(named), {f"p{i}": value for i, value in enumerate(values)}))

    return run


def _versions(run: Run, scope: tuple[str, ...]) -> Versions:
    found: list[tuple[int, int]] = []
    for places, batch in padded_in(scope, 4):
        found += map(tuple, run(f"SELECT id, version FROM parties WHERE tax_id IN {places}", batch))
    return tuple(sorted(found))


def _rows(run: Run, ids: Collection[int]) -> list[Record]:
    found: dict[int, Any] = {}
    for places, batch in padded_in(ids, 64):
        found |= {row[0]: row for row in run(f"{_ROW} id IN {places}", batch)}
    return _records(found.values())


def _with_parties(run: Run, records: Sequence[Record]) -> Rows:
    ids = {party_id for record in records for party_id in record[6:]} - {UNKNOWN}
    parties = [
        Party(*row)
        for places, batch in padded_in(ids, 64)
        for row in run(f"SELECT id, tax_id, name, norm, pinyin FROM parties WHERE id IN {places}", batch)
    ]
    return Rows(records, {party.id: party for party in parties})


def _records(rows: Iterable[Any]) -> list[Record]:
    """One for each number that an invoice has."""
    found: list[Record] = []
    for invoice_id, number, on_paper, code, issued, total, net, seller_id, buyer_id in rows:
        rest = (
            code,
            UNKNOWN if issued is None else _ordinal(issued),
            UNKNOWN if total is None else abs(total),
            UNKNOWN if net is None else abs(net),
            UNKNOWN if seller_id is None else seller_id,
            UNKNOWN if buyer_id is None else buyer_id,
        )
        found.append((invoice_id, number, *rest))
        if on_paper:
            found.append((invoice_id, on_paper, *rest))
    return found


@lru_cache(maxsize=10_000)
def _date(value: str | date) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


@lru_cache(maxsize=10_000)
def _ordinal(value: str | date) -> int:
    return _date(value).toordinal()


def _read(run: Run, ids: Sequence[int]) -> dict[int, Invoice]:
    return {row[0]: _invoice(row) for places, batch in padded_in(ids, 10) for row in run(_FULL + places, batch)}


def _within(found: dict[int, Invoice], scope: Collection[str]) -> dict[int, Invoice]:
    """An invoice may have got other parties since its scope was read."""
    return {i: one for i, one in found.items() if one.seller_tax_id in scope or one.buyer_tax_id in scope}


def _invoice(row: Any) -> Invoice:
    _id, key, kind, code, number, seller, seller_id, buyer, buyer_id, issued, net, tax, total, *states, extra = row
    tax_status, red_form, usage, review, reimburse = states
    return Invoice(
        key,
        _KINDS[kind],
        code,
        number,
        seller or "",
        seller_id or "",
        buyer or "",
        buyer_id or "",
        None if issued is None else _date(issued),
        yuan(net),
        yuan(tax),
        yuan(total),
        tax_status,
        red_form,
        usage,
        review,
        reimburse,
        {} if extra == NO_EXTRA else json.loads(extra) if isinstance(extra, str) else extra,
    )
