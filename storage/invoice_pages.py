"""An organization's invoices by day, a page at a time: the selects, each answered from one index a side.

`ix_invoices_seller_date` and `…_buyer_date` hold all that these look at. Parties are given by id: there is one for
each name that a tax id goes by, mostly one, and then the index gives its rows in the order of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, case, func, or_, select, true, union

from knowledge.invoices.statistics import Direction
from storage.schema import invoices

_SIDES: dict[Direction, Column[Any]] = {
    Direction.RECEIVED: invoices.c.buyer_id,
    Direction.ISSUED: invoices.c.seller_id,
}


@dataclass(frozen=True, slots=True)
class Part:
    """Which invoices: from `first` to `last` day, or those without a date if `last` is None; None is any."""

    first: date = date.min
    last: date | None = date.max
    direction: Direction | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an invoice stands in the order, newest first: its day, and its row among those of the day."""

    day: date | None
    row_id: int


def page_ids(ours: Sequence[int], part: Part, place: Place | None, *, older: bool, limit: int) -> Select[Any]:
    """Rows (issue_date, id) beyond a place, nearest first: older ones, or newer ones. An invoice between two of
    ours is there once."""
    sides = [part.direction] if part.direction else list(Direction)
    order = [column.desc() if older else column for column in (invoices.c.issue_date, invoices.c.id)]
    near = [
        select(invoices.c.issue_date, invoices.c.id)
        .where(_SIDES[side].in_(ours), _within(part, place, older=older))
        .order_by(*order)
        .limit(limit)
        .subquery()
        for side in sides
    ]
    both = union(*(select(one) for one in near)).subquery()
    columns = [both.c.issue_date, both.c.id]
    return select(*columns).order_by(*(c.desc() if older else c for c in columns)).limit(limit)


def _within(part: Part, place: Place | None, *, older: bool) -> ColumnElement[bool]:
    status = invoices.c.tax_status == part.status if part.status is not None else true()
    row, day = invoices.c.id, invoices.c.issue_date
    if part.last is None:
        beyond = true() if place is None else (row < place.row_id if older else row > place.row_id)
        return and_(day.is_(None), status, beyond)
    if place is None or place.day is None:
        return and_(day.between(part.first, part.last), status)
    if older:
        beyond = or_(day < place.day, row < place.row_id)
        return and_(day.between(part.first, min(place.day, part.last)), status, beyond)
    beyond = or_(day > place.day, row > place.row_id)
    return and_(day.between(max(place.day, part.first), part.last), status, beyond)


def tallies(ours: Sequence[int], direction: Direction, *, but_between_us: bool = False) -> Select[Any]:
    """Rows (day, status, and the fields of Sums). `but_between_us`: without what another of ours is the buyer of."""
    total = invoices.c.total_fen
    red = case((total < 0, total))
    query = select(
        invoices.c.issue_date,
        invoices.c.tax_status,
        func.count(),
        func.coalesce(func.sum(total), 0),
        func.count(red),
        func.coalesce(func.sum(red), 0),
        func.count() - func.count(total),
    ).where(_SIDES[direction].in_(ours))
    if but_between_us:
        query = query.where(or_(invoices.c.buyer_id.is_(None), invoices.c.buyer_id.not_in(ours)))
    return query.group_by(invoices.c.issue_date, invoices.c.tax_status)
