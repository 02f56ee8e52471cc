"""Which invoices of too many to go over may be meant, by index: ids for the scoring to rank, never an answer."""

# ruff: noqa: S608 - nothing but question marks and names of ours is put into these statements

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from math import log
from typing import Any

from rapidfuzz.distance import OSA

from knowledge.invoices.days import day_reading, month_reading
from knowledge.invoices.names import query_grams
from knowledge.invoices.neighbours import LENGTH, near_tails, tail_range
from knowledge.invoices.query import (
    AmountReading,
    AsideReading,
    CodeReading,
    DayReading,
    HeadReading,
    JoinedReading,
    NameReading,
    NumberReading,
    PairReading,
    Query,
    Reading,
    TailReading,
    TaxIdReading,
    YearlessReading,
)
from knowledge.invoices.rows import Party
from knowledge.invoices.scoring import alike_parties, slipped, tolerance, totals_of_net
from storage.schema import PAPER_NUMBER

Run = Callable[..., list[Any]]  # SQL with question marks, their values
Ours = Collection[int] | None  # parties of the scope; None: everything

PROBES = 192  # keys a statement: one prepared statement serves all
_MOST = 3000  # ids a reading
_GRAMS, _POSTINGS = 24, 8_000  # the rarest of a name's grams: how many, and how many names they may have together
_LIKELIEST = f"""
WITH wanted (gram, weight) AS (VALUES {", ".join(["(CAST(? AS INTEGER), CAST(? AS REAL))"] * _GRAMS)})
SELECT party_id FROM wanted JOIN party_grams ON party_grams.gram = wanted.gram
GROUP BY party_id ORDER BY sum(weight) DESC, party_id LIMIT 80"""
_PARTIES, _MORE_PARTIES = 10, 48  # more, if a sum or a day tells which it is
_YEARS = range(2019, 2036)  # that a day without one may be of
_SPANS = 200  # of days a statement: SQLite's expressions are at most 1,000 deep
_ALIKE = 60.0


def padded_in(values: Iterable[Any], size: int) -> Iterator[tuple[str, list[Any]]]:
    """`(?, ?, …)` and its values in portions of one size, the last one filled up by repeating a value."""
    rest = iter(values)
    places = f"({', '.join('?' * size)})"
    while batch := list(islice(rest, size)):
        yield places, batch + batch[-1:] * (size - len(batch))


def candidates(run: Run, query: Query, ours: Ours) -> set[int]:
    readings = [one for token in query.tokens for reading in token.readings for one in _single(reading)]
    asides = {r for token in query.tokens if AsideReading() in token.readings for r in token.readings}
    days = [reading for reading in readings if isinstance(reading, DayReading | YearlessReading)]
    sums = [reading for reading in readings if isinstance(reading, AmountReading)]
    found = _by_digits(run, readings)
    found |= _within_codes(run, readings, found)
    is_alone = not sums and not days
    named = _parties(run, readings, _PARTIES if is_alone else _MORE_PARTIES)
    if is_alone:
        found |= _newest(run, named, 30 if len(query.tokens) == 1 else 300)
    of_parties = _of_parties(run, named, sums, days)
    if named and sums and not of_parties:
        of_parties = _with_a_slip(run, named[:_PARTIES], sums)
    found |= of_parties
    is_named = not all(reading in asides for reading in readings if isinstance(reading, NameReading))
    for reading in sums:
        found |= _by_amount(run, reading, days, ours, with_ranges=not (named and is_named))
    if not found or any(isinstance(reading, HeadReading) for reading in readings):
        found |= _by_beginning(run, readings, days)
    if not found and (sure := [day for day in days if isinstance(day, DayReading)]):
        found |= _by_day(run, sure[0], ours)
    return found


def _single(reading: Reading) -> Iterable[Reading]:
    return (reading.first, reading.amount) if isinstance(reading, PairReading) else (reading,)


def _ids(rows: Iterable[Any]) -> set[int]:
    return {row[0] for row in rows}


# ── Digits ──


def _by_digits(run: Run, readings: Sequence[Reading]) -> set[int]:
    found: set[int] = set()
    for reading in readings:
        match reading:
            case NumberReading(digits) | JoinedReading(_, digits):
                found |= _by_number(run, digits)
            case TailReading(digits):
                first, last = tail_range(digits)
                for column in ("rtail", "paper_rtail"):
                    sql = f"SELECT id FROM invoices WHERE {column} BETWEEN ? AND ? LIMIT {_MOST}"
                    found |= _ids(run(sql, (first, last)))
    return found


def _by_beginning(run: Run, readings: Sequence[Reading], days: Sequence[Day]) -> set[int]:
    """The highest numbers of a beginning; which of them are of a day is looked at then."""
    starts = [f"legacy:{r.digits}:" for r in readings if isinstance(r, CodeReading)]
    heads = [r.digits for r in readings if isinstance(r, HeadReading)]
    starts += [f"{family}:{head}" for head in heads for family in ("digital", "legacy")]
    sql = "SELECT id, issue_date FROM invoices WHERE key BETWEEN ? AND ? ORDER BY key DESC LIMIT ?"
    if days:
        sql = f"SELECT id FROM ({sql}) AS begun WHERE {_on(days)}"
    values = [_MOST if days else 200, *_values(days)]
    return {one for start in starts for one in _ids(run(sql, (start, f"{start};", *values)))}


def _within_codes(run: Run, readings: Sequence[Reading], found: Collection[int]) -> set[int]:
    """With two slips in the number, when the code is right: neighbours of other codes are nearer."""
    codes = {r.digits for r in readings if isinstance(r, CodeReading) and len(r.digits) in {10, 12}}
    numbers = [r.digits for r in readings if isinstance(r, NumberReading) and len(r.digits) <= LENGTH + 2]
    if not codes or not numbers or any(_are_of(run, found, code) for code in codes):
        return set()
    sql = f"SELECT id, number FROM invoices WHERE key BETWEEN ? AND ? LIMIT {_MOST}"
    near = (one for code in codes for one in run(sql, (f"legacy:{code}:", f"legacy:{code};")))
    return {one for one, number in near if any(OSA.distance(d, number, score_cutoff=2) <= 2 for d in numbers)}


def _are_of(run: Run, ids: Collection[int], code: str) -> bool:
    sql = "SELECT 1 FROM invoices WHERE code = ? AND id IN"
    return any(run(f"{sql} {places} LIMIT 1", [code, *batch]) for places, batch in padded_in(ids, 64))


def _by_number(run: Run, digits: str) -> set[int]:
    """Within one edit; within two only if there is nothing nearer, because that takes thousands of probes."""
    tails = near_tails(digits, 1)
    near = _probe(run, tails)
    if len(digits) <= LENGTH + 1:
        near += _probe(run, tails, "paper_rtail", PAPER_NUMBER)
    if any(_is_near(digits, number) for _id, number in near):
        return _ids(near)
    return _ids(near) | _ids(_probe(run, near_tails(digits, 2)))


def _is_near(digits: str, number: str) -> bool:
    return OSA.distance(digits, number, score_cutoff=1) <= 1 or (len(digits) <= LENGTH and number.endswith(digits))


def _probe(run: Run, tails: Collection[int], column: str = "rtail", number: str = "number") -> list[Any]:
    found: list[Any] = []
    for places, batch in padded_in(tails, PROBES):
        found += run(f"SELECT id, {number} FROM invoices WHERE {column} IN {places}", batch)
    return found


# ── Amounts and days ──


def _by_amount(run: Run, reading: AmountReading, days: Sequence[Day], ours: Ours, *, with_ranges: bool) -> set[int]:
    """Of one day, also those with a slip in the sum, if none has it exactly."""
    exactly, ranges = _wanted(reading)
    if ours is not None:
        return _of_parties(run, ours, [reading], days)
    same: list[Any] = []
    for places, batch in padded_in(exactly, 32):
        same += run(f"SELECT id, issue_date FROM invoices WHERE total_fen IN {places} LIMIT {_MOST}", batch)
    found = _ids(same)
    on, values = (f"AND {_on(days)}", _values(days)) if days else ("", [])
    if days and len(found) >= _MOST:
        for places, batch in padded_in(exactly, 32):
            sql = f"SELECT id FROM invoices WHERE total_fen IN {places} {on} LIMIT {_MOST}"
            found |= _ids(run(sql, [*batch, *values]))
    for first, last in ranges if with_ranges else ():
        sql = f"SELECT id FROM invoices WHERE total_fen BETWEEN ? AND ? {on} LIMIT {_MOST}"
        found |= _ids(run(sql, [first, last, *values]))
    if with_ranges and any(_is_one_day(day) for day in days) and not _is_any_of(same, values):
        for places, batch in padded_in(slipped(reading), PROBES):
            sql = f"SELECT id FROM invoices WHERE total_fen IN {places} {on} LIMIT {_MOST}"
            found |= _ids(run(sql, [*batch, *values]))
    return found


Day = DayReading | YearlessReading


def _is_one_day(day: Day) -> bool:
    return bool(day.day) if isinstance(day, YearlessReading) else day.first == day.last


def _is_any_of(rows: Iterable[Any], values: Sequence[date]) -> bool:
    spans = [(first.isoformat(), last.isoformat()) for first, last in zip(values[::2], values[1::2], strict=True)]
    return any(first <= str(issued) <= last for _id, issued in rows for first, last in spans)


def _on(days: Sequence[Day]) -> str:
    return f"({' OR '.join(['issue_date BETWEEN ? AND ?'] * (len(_values(days)) // 2))})"


def _values(days: Sequence[Day]) -> list[date]:
    """From when to when, of each; a day of any year in each of those that may be."""
    spans = dict.fromkeys(span for reading in days for span in _spans(reading))
    return [day for span in islice(spans, _SPANS) for day in span]


@lru_cache(maxsize=512)
def _spans(reading: Day) -> tuple[tuple[date, date], ...]:
    if isinstance(reading, DayReading):
        return ((reading.first, reading.last),)
    return tuple((found.first, found.last) for year in _YEARS for found in _in_year(reading, year))


def _in_year(reading: YearlessReading, year: int) -> tuple[DayReading, ...]:
    if reading.day:
        return day_reading(year, reading.month, reading.day)
    return month_reading(year, reading.month)


def _wanted(reading: AmountReading) -> tuple[list[int], list[tuple[int, int]]]:
    """Totals that would be it exactly (or its total, if it was net), and ranges of those that nearly would."""
    fen = abs(reading.fen)
    exactly = sorted({sign * total for total in (fen, *totals_of_net(fen)) for sign in (1, -1)})
    near, _far = tolerance(reading)
    return exactly, [(fen - near, fen + near), (-fen - near, near - fen)] if near else []


def _by_day(run: Run, day: DayReading, ours: Ours) -> set[int]:
    span = [day.first, day.last]
    if ours is None:
        return _ids(run("SELECT id FROM invoices WHERE issue_date BETWEEN ? AND ? LIMIT 200", span))
    return _of_parties(run, ours, [], [day])


# ── Parties ──


def _of_parties(run: Run, parties: Iterable[int], sums: Sequence[AmountReading], days: Sequence[Day]) -> set[int]:
    """Those of a sum or of a day that was said. What may be either is both."""
    found: set[int] = set()
    for ours, batch in padded_in(parties, 16):
        for reading in sums:
            exactly, ranges = _wanted(reading)
            found |= _on_either_side(run, ours, batch, "total_fen IN", exactly)
            for span in ranges:
                found |= _ids_of(run, ours, batch, "total_fen BETWEEN ? AND ?", span)
        if days:
            found |= _ids_of(run, ours, batch, _on(days), _values(days))
    return found


def _with_a_slip(run: Run, parties: Iterable[int], sums: Sequence[AmountReading]) -> set[int]:
    found: set[int] = set()
    for ours, batch in padded_in(parties, 16):
        for reading in sums:
            found |= _on_either_side(run, ours, batch, "total_fen IN", slipped(reading))
    return found


def _on_either_side(run: Run, ours: str, batch: list[Any], is_in: str, values: Sequence[Any]) -> set[int]:
    """Among many values."""
    found: set[int] = set()
    for places, some in padded_in(values, 32):
        found |= _ids_of(run, ours, batch, f"{is_in} {places}", some)
    return found


def _ids_of(run: Run, ours: str, batch: list[Any], condition: str, values: Sequence[Any]) -> set[int]:
    found: set[int] = set()
    for side in ("seller_id", "buyer_id"):
        sql = f"SELECT id FROM invoices WHERE {side} IN {ours} AND {condition} LIMIT {_MOST}"
        found |= _ids(run(sql, [*batch, *values]))
    return found


def _newest(run: Run, parties: Iterable[int], most: int) -> set[int]:
    found: set[int] = set()
    for party_id in parties:
        for side in ("seller_id", "buyer_id"):
            sql = f"SELECT id FROM invoices WHERE {side} = ? ORDER BY issue_date DESC LIMIT ?"
            found |= _ids(run(sql, (party_id, most)))
    return found


def _parties(run: Run, readings: Sequence[Reading], most: int) -> list[int]:
    found: dict[int, None] = {}
    for reading in readings:
        if isinstance(reading, TaxIdReading):
            found |= dict.fromkeys(_ids(run("SELECT id FROM parties WHERE tax_id = ?", (reading.text,))))
        elif isinstance(reading, NameReading):
            found |= dict.fromkeys(_named(run, reading.text, most))
    return list(found)


def _named(run: Run, text: str, most: int) -> list[int]:
    """By the rarest of its grams, then by how much the names are alike."""
    grams = query_grams(text)
    counts = {
        gram: n
        for places, batch in padded_in(grams, 16)
        for gram, n in run(f"SELECT gram, n FROM gram_counts WHERE gram IN {places}", batch)
    }
    rarest: list[Any] = []
    read = 0
    for gram in sorted(counts, key=lambda gram: counts[gram])[:_GRAMS]:
        read += counts[gram]
        if rarest and read > _POSTINGS:
            break
        rarest += (gram, grams[gram] * log(1_000_000 / counts[gram]))
    likeliest = run(_LIKELIEST, rarest + [None, 0] * (_GRAMS - len(rarest) // 2))
    parties = [
        Party(*row)
        for places, batch in padded_in((row[0] for row in likeliest), 16)
        for row in run(f"SELECT id, tax_id, name, norm, pinyin FROM parties WHERE id IN {places}", batch)
    ]
    return alike_parties(text, parties, most, _ALIKE)
