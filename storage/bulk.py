"""Invoices by the thousand, for imports: read and written as plain rows, on SQLite straight on the driver.

What SQLAlchemy does for a row (types, parameters by name) takes longer than SQLite takes for it, and its INSERT … ON
CONFLICT twice as long as an INSERT. Each index is kept in the row's own transaction, as always. Other databases take
the ordinary way of storage/invoices.py.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.invoices.flat import Flat, flat, whole
from knowledge.invoices.named import Named
from storage.invoices import Invoices
from storage.parties import NOBODY, Parties, Party
from storage.rows import fetch_in

_OF_PARTIES = {
    "seller_name": "ifnull(seller.name, '')",
    "seller_tax_id": "ifnull(seller.tax_id, '')",
    "buyer_name": "ifnull(buyer.name, '')",
    "buyer_tax_id": "ifnull(buyer.tax_id, '')",
}
_FOUND = ", ".join(_OF_PARTIES.get(name, f"i.{name}") for name in Flat._fields)
_SELECT = (
    f"SELECT {_FOUND} FROM invoices i"  # noqa: S608 - names of our schema
    " LEFT JOIN parties seller ON seller.id = i.seller_id LEFT JOIN parties buyer ON buyer.id = i.buyer_id"
    " WHERE i.key IN ({places})"
)
_THERE = "SELECT key FROM invoices WHERE key IN ({places})"  # from the key's index alone
_PARTIES = (
    "SELECT seller_id FROM invoices WHERE key IN ({places}) UNION SELECT buyer_id FROM invoices WHERE key IN ({places})"
)
_WRITTEN = (*(n for n in Flat._fields if n not in _OF_PARTIES), "seller_id", "buyer_id", "updated_at", "version")
_INSERT = f"INSERT INTO invoices ({', '.join(_WRITTEN)}) VALUES ({', '.join('?' * (len(_WRITTEN) - 1))}, 1)"  # noqa: S608
_UPDATE = (
    "UPDATE invoices SET "  # noqa: S608
    + ", ".join(f"{name} = ?{n}" for n, name in enumerate(_WRITTEN[:-1], 1) if name != "key")
    + ", version = version + 1 WHERE key = ?1"
)
_SELLER, _BUYER = (
    itemgetter(Flat._fields.index(f"{side}_tax_id"), Flat._fields.index(f"{side}_name")) for side in ("seller", "buyer")
)
_TOUCH = "UPDATE parties SET version = version + 1 WHERE id = ?"


class Bulk:
    """One transaction's invoices. `ids` remembers the parties from one transaction of an import to the next; if one of
    these fails, so must the import."""

    def __init__(self, connection: AsyncConnection, ids: dict[Party, int]) -> None:
        self._connection, self._ids = connection, ids
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._touched: set[int | None] = set()

    async def cache(self, kib: int) -> None:
        """What SQLite may hold of the database in memory, from now on."""
        if self._is_sqlite:
            await self._connection.exec_driver_sql(f"PRAGMA cache_size=-{kib}")

    async def known(self, keys: Sequence[str]) -> dict[str, Flat]:
        """Those that there are, whoever asks."""
        if not self._is_sqlite:
            return {
                key: flat(stored.invoice)
                for key, stored in (await Invoices(self._connection).unscoped_many(keys)).items()
            }
        there = await fetch_in(self._connection, _THERE, [(key,) for key in sorted(keys)])
        rows = await fetch_in(self._connection, _SELECT, there)
        return {row[0]: Flat._make(row) for row in rows}

    async def write(
        self, new: Sequence[Flat], changed: Sequence[Flat], sounds: Mapping[str, Named], now: datetime
    ) -> None:
        """Write these with all their fields: new ones as version 1, changed ones as their next version."""
        if not self._is_sqlite:
            await Invoices(self._connection).save([whole(row) for row in (*new, *changed)], now)
            return
        await self._name((*new, *changed), sounds)
        moment = now.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        if new:
            await self._connection.exec_driver_sql(_INSERT, [self._values(row, moment) for row in new])
        if changed:
            await self._forget([row.key for row in changed])
            await self._connection.exec_driver_sql(_UPDATE, [self._values(row, moment) for row in changed])

    async def _name(self, batch: Sequence[Flat], sounds: Mapping[str, Named]) -> None:
        """Their parties, from now on, have ids; they are touched."""
        wanted: set[Party] = {*map(_SELLER, batch), *map(_BUYER, batch)} - {NOBODY}
        if new := {party for party in wanted if party not in self._ids}:
            self._ids |= await Parties(self._connection).ids(new, sounds)
        self._touched.update(self._ids[party] for party in wanted)

    async def _forget(self, keys: Collection[str]) -> None:
        """The parties of before."""
        rows = await fetch_in(self._connection, _PARTIES, [(key,) for key in keys])
        self._touched.update(row[0] for row in rows)

    def _values(self, row: Flat, moment: str) -> tuple[Any, ...]:
        return (*row[:4], *row[8:], self._ids.get(_SELLER(row)), self._ids.get(_BUYER(row)), moment)

    async def finish(self) -> None:
        """Before the commit: what is remembered of the invoices of these parties no longer holds."""
        ids = sorted(party_id for party_id in self._touched if party_id is not None)
        if ids:
            await self._connection.exec_driver_sql(_TOUCH, [(party_id,) for party_id in ids])
