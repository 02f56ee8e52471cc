"""Invoices, their status changes, and who watches them. Reading takes the tax ids that the asker may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, insert, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.invoices.flat import fen, yuan
from knowledge.invoices.model import Axis, Invoice, Kind
from knowledge.invoices.statistics import Direction, Sums, Tally
from storage.invoice_pages import Part, Place, page_ids, tallies
from storage.parties import Parties, Party
from storage.rows import insert_new, with_conflict
from storage.schema import invoices, parties, status_changes
from storage.scope import Everything, Scope
from storage.sqlite_driver import LONG

_SELLER, _BUYER = parties.alias("seller"), parties.alias("buyer")
_NAMED = (
    select(
        invoices,
        _SELLER.c.tax_id.label("seller_tax_id"),
        _SELLER.c.name.label("seller_name"),
        _BUYER.c.tax_id.label("buyer_tax_id"),
        _BUYER.c.name.label("buyer_name"),
    )
    .outerjoin(_SELLER, invoices.c.seller_id == _SELLER.c.id)
    .outerjoin(_BUYER, invoices.c.buyer_id == _BUYER.c.id)
)
_NEXT = select(func.min(invoices.c.key)).where(invoices.c.key >= bindparam("sought")).scalar_subquery()
_LAST = select(func.max(invoices.c.key)).scalar_subquery()
_AT_OR_BESIDE = _NAMED.where(invoices.c.key == func.coalesce(_NEXT, _LAST))


@dataclass(frozen=True, slots=True)
class Stored:
    """An invoice as it stands; `version` grows with each applied change."""

    invoice: Invoice
    version: int


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What a platform reported. `outcome`: applied, same, late or refused; `occurred_at` is the platform's time."""

    provider: str
    event_id: str
    invoice_key: str
    axis: Axis
    old: str
    new: str
    reason: str
    outcome: str
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Placed:
    """An invoice of a page; the page goes on from its place."""

    place: Place
    invoice: Invoice


class Invoices:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def unscoped(self, key: str) -> Stored | None:
        """Whosever it is: for the platforms' reports only, which nobody reads."""
        row = (await self._connection.execute(_NAMED.where(invoices.c.key == key))).one_or_none()
        return _stored(row) if row else None

    async def unscoped_many(self, keys: Collection[str]) -> dict[str, Stored]:
        """Whosever they are: for imports only, which merge them and show nothing of them."""
        rows = await self._connection.execute(_NAMED.where(invoices.c.key.in_(keys)))
        return {row.key: _stored(row) for row in rows}

    async def at_or_beside(self, key: str) -> Invoice | None:
        """Whosever it is: for the public verification only, which tells strangers nothing of it.

        If there is no such invoice, another one, which takes as long to read and compare; None if there are none.
        """
        row = (await self._connection.execute(_AT_OR_BESIDE, {"sought": key})).one_or_none()
        return _invoice(row) if row else None

    async def visible(self, key: str, tax_ids: Collection[str]) -> Stored | None:
        """The invoice, if one of these tax ids is its buyer's or seller's."""
        query = _NAMED.where(invoices.c.key == key, _in_scope(tax_ids))
        row = (await self._connection.execute(query)).one_or_none()
        return _stored(row) if row else None

    async def scope(self, tax_ids: Scope, *, limit: int = 20_000) -> list[Invoice]:
        """All invoices of these organizations, newest first."""
        query = _NAMED if isinstance(tax_ids, Everything) else _NAMED.where(_in_scope(tax_ids))
        query = query.order_by(invoices.c.issue_date.desc(), invoices.c.id).prefix_with(LONG)
        return [_invoice(row) for row in await self._connection.execute(query.limit(limit))]

    async def save(self, batch: Sequence[Invoice], now: datetime) -> None:
        """Write these invoices with all their fields: new ones as version 1, known ones as their next version."""
        if not batch:
            return
        ids = await Parties(self._connection).ids(_parties(batch))
        await self._touch([invoice.key for invoice in batch], ids.values())
        rows = [_values(invoice, ids) | {"version": 1, "updated_at": now} for invoice in batch]
        statement = with_conflict(self._connection, invoices)
        changes: dict[str, Any] = {name: statement.excluded[name] for name in rows[0] if name != "key"}
        changes["version"] = invoices.c.version + 1
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=changes), rows)

    async def _touch(self, keys: Collection[str], new: Collection[int]) -> None:
        """Their parties of before and of now: what is remembered of either's invoices no longer holds."""
        stored = invoices.c.key.in_(keys)
        old = union(select(invoices.c.seller_id).where(stored), select(invoices.c.buyer_id).where(stored))
        before = {row[0] for row in await self._connection.execute(old)} - {None}
        await Parties(self._connection).touch(before | set(new))

    async def set_state(self, key: str, axis: Axis, value: str, now: datetime) -> int:
        """Apply a change to one axis; the new version."""
        values = {axis.value: value, "version": invoices.c.version + 1, "updated_at": now}
        statement = update(invoices).where(invoices.c.key == key).values(values).returning(invoices.c.version)
        version: int = (await self._connection.execute(statement)).scalar_one()
        return version

    async def set_states(self, changes: Sequence[StatusChange], now: datetime) -> None:
        """Apply thousands of changes; each is its invoice's next version."""
        for axis in Axis:
            values: dict[str, Any] = {axis.value: bindparam("to"), "version": invoices.c.version + 1, "updated_at": now}
            statement = update(invoices).where(invoices.c.key == bindparam("of")).values(values)
            rows = [{"of": change.invoice_key, "to": change.new} for change in changes if change.axis is axis]
            if rows:
                await self._connection.execute(statement, rows)

    async def record(self, change: StatusChange) -> bool:
        """Remember what was reported; False if this provider sent this event before."""
        return await insert_new(self._connection, status_changes, asdict(change))

    async def record_all(self, changes: Sequence[StatusChange]) -> None:
        """Remember thousands, none of which was sent before."""
        if changes:
            await self._connection.execute(insert(status_changes), [asdict(change) for change in changes])

    async def events(self, provider: str, event_ids: Collection[str]) -> set[str]:
        """Which of thousands this provider sent before."""
        where = (status_changes.c.provider == provider) & status_changes.c.event_id.in_(event_ids)
        query = select(status_changes.c.event_id).where(where).prefix_with(LONG)
        return set((await self._connection.execute(query)).scalars())

    async def has_event(self, provider: str, event_id: str) -> bool:
        where = (status_changes.c.provider == provider) & (status_changes.c.event_id == event_id)
        return await self._connection.scalar(select(status_changes.c.id).where(where)) is not None

    async def changes(self, key: str, tax_ids: Collection[str]) -> list[StatusChange]:
        """The invoice's timeline, in the order things happened; empty if it is none of theirs."""
        query = select(status_changes).join(invoices, invoices.c.key == status_changes.c.invoice_key)
        query = query.where(status_changes.c.invoice_key == key, _in_scope(tax_ids))
        rows = await self._connection.execute(query.order_by(status_changes.c.occurred_at, status_changes.c.id))
        return [_change(row) for row in rows]

    async def last_change(self, key: str, axis: Axis) -> StatusChange | None:
        """The newest change of this axis that was applied: for the platforms' reports only."""
        where = (
            (status_changes.c.invoice_key == key)
            & (status_changes.c.axis == axis)
            & (status_changes.c.outcome == "applied")
        )
        query = select(status_changes).where(where).order_by(status_changes.c.occurred_at.desc()).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        return _change(row) if row else None

    async def last_changes(self, keys: Collection[str]) -> dict[tuple[str, Axis], datetime]:
        """When the axes of thousands of invoices last changed."""
        key, axis = status_changes.c.invoice_key, status_changes.c.axis
        where = key.in_(keys) & (status_changes.c.outcome == "applied")
        query = select(key, axis, func.max(status_changes.c.occurred_at)).where(where).group_by(key, axis)
        rows = await self._connection.execute(query.prefix_with(LONG))
        return {(found, Axis(name)): moment for found, name, moment in rows}

    async def count(self) -> int:
        return await self._connection.scalar(select(func.count()).select_from(invoices)) or 0

    # By day; big reads, for `Storage.read`.

    async def page(
        self, tax_ids: Collection[str], part: Part, *, limit: int, place: Place | None = None, older: bool = True
    ) -> list[Placed]:
        """Invoices beyond a place (older ones, or newer ones), always newest first; without a place, from the end."""
        ours = await self._party_ids(tax_ids)
        query = page_ids(ours, part, place, older=older, limit=limit).prefix_with(LONG)
        ids = [row.id for row in await self._connection.execute(query)]
        rows = await self._connection.execute(_NAMED.where(invoices.c.id.in_(ids), _in_scope(tax_ids)))
        found = {row.id: Placed(Place(row.issue_date, row.id), _invoice(row)) for row in rows}
        return [found[row_id] for row_id in (ids if older else reversed(ids)) if row_id in found]

    async def tallies(self, tax_ids: Collection[str], direction: Direction) -> list[Tally]:
        """Counts and sums by day and tax status."""
        return await self._tallies(tallies(await self._party_ids(tax_ids), direction))

    async def tallies_of_all(self, tax_ids: Collection[str]) -> list[Tally]:
        """Received and issued together; what these tax ids have issued to each other counts once."""
        ours = await self._party_ids(tax_ids)
        issued = await self._tallies(tallies(ours, Direction.ISSUED, but_between_us=True))
        return await self._tallies(tallies(ours, Direction.RECEIVED)) + issued

    async def _tallies(self, query: Select[Any]) -> list[Tally]:
        rows = await self._connection.execute(query.prefix_with(LONG))
        return [Tally(day, status, Sums(*map(int, sums))) for day, status, *sums in rows]

    async def _party_ids(self, tax_ids: Collection[str]) -> list[int]:
        query = select(parties.c.id).where(parties.c.tax_id.in_(set(tax_ids) - {""}))
        return sorted(row.id for row in await self._connection.execute(query))


def _in_scope(tax_ids: Collection[str]) -> ColumnElement[bool]:
    """A party whose tax id is not known ("") is nobody's."""
    ours = select(parties.c.id).where(parties.c.tax_id.in_(set(tax_ids) - {""}))
    return or_(invoices.c.seller_id.in_(ours), invoices.c.buyer_id.in_(ours))


def _parties(batch: Sequence[Invoice]) -> set[Party]:
    return {party for invoice in batch for party in (_seller(invoice), _buyer(invoice))}


def _seller(invoice: Invoice) -> Party:
    return invoice.seller_tax_id, invoice.seller_name


def _buyer(invoice: Invoice) -> Party:
    return invoice.buyer_tax_id, invoice.buyer_name


def _values(invoice: Invoice, ids: Mapping[Party, int]) -> dict[str, Any]:
    return {
        "key": invoice.key,
        "kind": invoice.kind or "",
        "code": invoice.code,
        "number": invoice.number,
        "seller_id": ids.get(_seller(invoice)),
        "buyer_id": ids.get(_buyer(invoice)),
        "issue_date": invoice.issue_date,
        "net_fen": fen(invoice.net),
        "tax_fen": fen(invoice.tax),
        "total_fen": fen(invoice.total),
        "extra": dict(invoice.extra),
    } | {axis.value: invoice.state(axis) for axis in Axis}


def _stored(row: Row[Any]) -> Stored:
    return Stored(_invoice(row), row.version)


def _invoice(row: Row[Any]) -> Invoice:
    return Invoice(
        key=row.key,
        kind=Kind(row.kind) if row.kind else None,
        code=row.code,
        number=row.number,
        seller_name=row.seller_name or "",
        seller_tax_id=row.seller_tax_id or "",
        buyer_name=row.buyer_name or "",
        buyer_tax_id=row.buyer_tax_id or "",
        issue_date=row.issue_date,
        net=yuan(row.net_fen),
        tax=yuan(row.tax_fen),
        total=yuan(row.total_fen),
        tax_status=row.tax_status,
        red_form=row.red_form,
        usage=row.usage,
        review=row.review,
        reimburse=row.reimburse,
        extra=row.extra,
    )


def _change(row: Row[Any]) -> StatusChange:
    return StatusChange(
        row.provider,
        row.event_id,
        row.invoice_key,
        Axis(row.axis),
        row.old,
        row.new,
        row.reason,
        row.outcome,
        row.occurred_at,
        row.received_at,
    )
