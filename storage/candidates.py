"""Which invoices of too many to go over may be meant, by index: ids for the scoring to rank, never an answer."""

# ruff: noqa: S608 - nothing but question marks and names of ours is put into these statements

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from math import log
from typing import Any

from rapidfuzz.distance import OSA

from knowledge.invoices.names import query_grams
from knowledge.invoices.neighbours import LENGTH, near_tails, tail_range
from knowledge.invoices.query import (
    AmountReading,
    CodeReading,
    DayReading,
    JoinedReading,
    NameReading,
    NumberReading,
    PairReading,
    Query,
    Reading,
    TailReading,
    TaxIdReading,
)
from knowledge.invoices.rows import Party
from knowledge.invoices.scoring import alike_parties, tolerance, totals_of_net
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
_PARTIES = 10
_ALIKE = 60.0


def padded_in(values: Iterable[Any], size: int) -> Iterator[tuple[str, list[Any]]]:
    """`(?, ?, …)` and its values in portions of one size, the last one filled up by repeating a value."""
    rest = iter(values)
    places = f"({', '.join('?' * size)})"
    while batch := list(islice(rest, size)):
        yield places, batch + batch[-1:] * (size - len(batch))


def candidates(run: Run, query: Query, ours: Ours) -> set[int]:
    readings = [one for token in query.tokens for reading in token.readings for one in _single(reading)]
    days = [reading for reading in readings if isinstance(reading, DayReading)]
    sums = [reading for reading in readings if isinstance(reading, AmountReading)]
    found = _by_digits(run, readings)
    named = _parties(run, readings)
    for party_id in named:
        found |= _of_party(run, party_id, sums, days, newest=30 if len(query.tokens) == 1 else 300)
    for reading in sums:
        found |= _by_amount(run, reading, days, ours, with_ranges=not named)
    if not found:
        found |= _by_code(run, readings)
    if not found and days:
        found |= _by_day(run, days[0], ours)
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


def _by_code(run: Run, readings: Sequence[Reading]) -> set[int]:
    keys = [(f"legacy:{r.digits}:", f"legacy:{r.digits};") for r in readings if isinstance(r, CodeReading)]
    sql = "SELECT id FROM invoices WHERE key BETWEEN ? AND ? LIMIT 200"
    return {one for pair in keys for one in _ids(run(sql, pair))}


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


def _by_amount(
    run: Run, reading: AmountReading, days: Sequence[DayReading], ours: Ours, *, with_ranges: bool
) -> set[int]:
    exactly, ranges = _wanted(reading)
    if ours is not None:
        return {one for party_id in ours for one in _of_party(run, party_id, [reading], days)}
    found: set[int] = set()
    for places, batch in padded_in(exactly, 32):
        found |= _ids(run(f"SELECT id FROM invoices WHERE total_fen IN {places} LIMIT {_MOST}", batch))
    for first, last in ranges if with_ranges else ():
        sql, values = "SELECT id FROM invoices WHERE total_fen BETWEEN ? AND ?", [first, last]
        found |= _ids(run(f"{sql} {_ON if days else ''} LIMIT {_MOST}", [*values, *_span(days)]))
    return found


_ON = "AND issue_date BETWEEN ? AND ?"


def _span(days: Sequence[DayReading]) -> list[date]:
    return [min(day.first for day in days), max(day.last for day in days)] if days else []


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
    return {one for party_id in ours for one in _of_party(run, party_id, [], [day])}


# ── Parties ──


def _of_party(
    run: Run, party_id: int, sums: Sequence[AmountReading], days: Sequence[DayReading], newest: int = 300
) -> set[int]:
    """The newest ones if neither a sum nor a day was said."""
    found: set[int] = set()
    for side in ("seller_id", "buyer_id"):
        for reading in sums:
            exactly, ranges = _wanted(reading)
            for places, batch in padded_in(exactly, 32):
                sql = f"SELECT id FROM invoices WHERE {side} = ? AND total_fen IN {places} LIMIT {_MOST}"
                found |= _ids(run(sql, (party_id, *batch)))
            for first, last in ranges:
                sql = f"SELECT id FROM invoices WHERE {side} = ? AND total_fen BETWEEN ? AND ? LIMIT {_MOST}"
                found |= _ids(run(sql, (party_id, first, last)))
        if days and not sums:
            sql = f"SELECT id FROM invoices WHERE {side} = ? {_ON} LIMIT {_MOST}"
            found |= _ids(run(sql, (party_id, *_span(days))))
        if not sums and not days:
            sql = f"SELECT id FROM invoices WHERE {side} = ? ORDER BY issue_date DESC LIMIT ?"
            found |= _ids(run(sql, (party_id, newest)))
    return found


def _parties(run: Run, readings: Sequence[Reading]) -> list[int]:
    found: dict[int, None] = {}
    for reading in readings:
        if isinstance(reading, TaxIdReading):
            found |= dict.fromkeys(_ids(run("SELECT id FROM parties WHERE tax_id = ?", (reading.text,))))
        elif isinstance(reading, NameReading):
            found |= dict.fromkeys(_named(run, reading.text))
    return list(found)


def _named(run: Run, text: str) -> list[int]:
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
    return alike_parties(text, parties, _PARTIES, _ALIKE)
