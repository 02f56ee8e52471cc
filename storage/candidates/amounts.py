"""By amounts and days."""

# ruff: noqa: S608 - nothing but question marks and names of ours is put into these statements

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from knowledge.invoices.days import day_reading, month_reading
from knowledge.invoices.query import AmountReading, DayReading, YearlessReading
from knowledge.invoices.scoring import slipped, tolerance, totals_of_net
from storage.candidates.statements import MOST, PROBES, Run, ids_of, padded_in

Day = DayReading | YearlessReading

_FEW = 300  # ids, where others are surer
_YEARS = range(2019, 2036)  # that a day without one may be of
_SPANS = 200  # of days a statement: SQLite's expressions are at most 1,000 deep


def by_amount(
    run: Run, reading: AmountReading, days: Sequence[Day], sure: Sequence[Day], *, is_named: bool
) -> set[int]:
    """Of a day and those beside it, if one was surely said: any other contradicts as much as a sum can say. What comes
    near to the sum, if of what may be its day; with a slip in the sum, if of one day and none has it exactly. Where a
    name was said, only a few that have it exactly."""
    exactly, ranges = wanted(reading)
    most = _FEW if is_named else MOST
    same: list[Any] = []
    beside, near = (f"AND ({on_days(sure, 3)} OR issue_date IS NULL)", values_of(sure, 3)) if sure else ("", [])
    for places, batch in padded_in(exactly, 32):
        sql = f"SELECT id, issue_date FROM invoices WHERE total_fen IN {places} {beside} LIMIT {most}"
        same += run(sql, [*batch, *near])
    found = ids_of(same)
    if is_named:
        return found
    on, values = (f"AND {on_days(days)}", values_of(days)) if days else ("", [])
    for first, last in ranges:
        sql = f"SELECT id FROM invoices WHERE total_fen BETWEEN ? AND ? {on} LIMIT {MOST}"
        found |= ids_of(run(sql, [first, last, *values]))
    if any(_is_one_day(day) for day in days) and not _is_any_of(same, values):
        for places, batch in padded_in(slipped(reading), PROBES):
            sql = f"SELECT id FROM invoices WHERE total_fen IN {places} {on} LIMIT {MOST}"
            found |= ids_of(run(sql, [*batch, *values]))
    return found


def _is_one_day(day: Day) -> bool:
    return bool(day.day) if isinstance(day, YearlessReading) else day.first == day.last


def _is_any_of(rows: Iterable[Any], values: Sequence[date]) -> bool:
    spans = [(first.isoformat(), last.isoformat()) for first, last in zip(values[::2], values[1::2], strict=True)]
    return any(first <= str(issued) <= last for _id, issued in rows for first, last in spans)


def on_days(days: Sequence[Day], around: int = 0) -> str:
    return f"({' OR '.join(['issue_date BETWEEN ? AND ?'] * (len(values_of(days, around)) // 2))})"


def values_of(days: Sequence[Day], around: int = 0) -> list[date]:
    """From when to when, of each, and as many days around it; a day of any year in each of those that may be."""
    more, spans = timedelta(around), dict.fromkeys(span for reading in days for span in _spans(reading))
    return [day for first, last in islice(spans, _SPANS) for day in (first - more, last + more)]


@lru_cache(maxsize=512)
def _spans(reading: Day) -> tuple[tuple[date, date], ...]:
    own: tuple[tuple[date, date], ...] = ()
    if isinstance(reading, DayReading):
        own = ((reading.first, reading.last),)
        if reading.is_sure or reading.first != reading.last:
            return own
        reading = YearlessReading(reading.first.month, reading.first.day)
    return (*own, *((found.first, found.last) for year in _YEARS for found in _in_year(reading, year)))


def _in_year(reading: YearlessReading, year: int) -> tuple[DayReading, ...]:
    if reading.day:
        return day_reading(year, reading.month, reading.day)
    return month_reading(year, reading.month)


def wanted(reading: AmountReading) -> tuple[list[int], list[tuple[int, int]]]:
    """Totals that would be it exactly (or its total, if it was net), and ranges of those that nearly would."""
    fen = abs(reading.fen)
    exactly = sorted({sign * total for total in (fen, *totals_of_net(fen)) for sign in (1, -1)})
    near, _far = tolerance(reading)
    return exactly, [(fen - near, fen + near), (-fen - near, near - fen)] if near else []


def by_day(run: Run, day: DayReading) -> set[int]:
    sql = "SELECT id FROM invoices WHERE issue_date BETWEEN ? AND ? LIMIT 200"
    return ids_of(run(sql, (day.first, day.last)))
