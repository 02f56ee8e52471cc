"""By digits: whole numbers with slips, ends, beginnings, codes."""

# ruff: noqa: S608 - nothing but question marks and names of ours is put into these statements

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from rapidfuzz.distance import OSA

from knowledge.invoices.neighbours import LENGTH, near_tails, tail_range
from knowledge.invoices.query import CodeReading, HeadReading, JoinedReading, NumberReading, Reading, TailReading
from storage.candidates.amounts import Day, on_days, values_of
from storage.candidates.statements import MOST, PROBES, Run, ids_of, padded_in
from storage.schema import PAPER_NUMBER

_FEW_END_SO, _HARDLY_ANY = 4, 6  # digits of an end
_NUMBERED = NumberReading | JoinedReading


def by_digits(run: Run, tokens: Iterable[Sequence[Reading]]) -> tuple[set[int], bool]:
    """Whether one of them is nearly a whole number, too."""
    found, is_whole = set[int](), False
    for token in tokens:
        numbers = [r.digits if isinstance(r, NumberReading) else r.number for r in token if isinstance(r, _NUMBERED)]
        is_near = False
        for digits in sorted(set(numbers), key=len, reverse=True):
            if not is_near:  # shorter ones are parts of it, and would be sought far and wide
                near, is_near = _by_number(run, digits)
                found |= near
        for reading in token:
            if isinstance(reading, TailReading) and (not is_near or len(reading.digits) >= _HARDLY_ANY):
                found |= _by_tail(run, reading.digits)
        is_whole |= is_near
    return found, is_whole


def finds_all(reading: Reading) -> bool:
    """Digits that rule out what they do not find, and find few enough to have them all."""
    return isinstance(reading, _NUMBERED) or (isinstance(reading, TailReading) and len(reading.digits) >= _FEW_END_SO)


def _by_tail(run: Run, digits: str) -> set[int]:
    first, last = tail_range(digits)
    found: set[int] = set()
    for column in ("rtail", "paper_rtail"):
        found |= ids_of(run(f"SELECT id FROM invoices WHERE {column} BETWEEN ? AND ? LIMIT {MOST}", (first, last)))
    return found


def by_beginning(run: Run, readings: Sequence[Reading], days: Sequence[Day]) -> set[int]:
    """The highest numbers of a beginning; which of them are of a day is looked at then."""
    starts = [f"legacy:{r.digits}:" for r in readings if isinstance(r, CodeReading)]
    heads = [r.digits for r in readings if isinstance(r, HeadReading)]
    starts += [f"{family}:{head}" for head in heads for family in ("digital", "legacy")]
    sql = "SELECT id, issue_date FROM invoices WHERE key BETWEEN ? AND ? ORDER BY key DESC LIMIT ?"
    if days:
        sql = f"SELECT id FROM ({sql}) AS begun WHERE {on_days(days)}"
    values = [MOST if days else 200, *values_of(days)]
    return {one for start in starts for one in ids_of(run(sql, (start, f"{start};", *values)))}


def within_codes(run: Run, readings: Sequence[Reading], found: Collection[int]) -> set[int]:
    """With two slips in the number, when the code is right: neighbours of other codes are nearer."""
    codes = {r.digits for r in readings if isinstance(r, CodeReading) and len(r.digits) in {10, 12}}
    numbers = [r.digits for r in readings if isinstance(r, NumberReading) and len(r.digits) <= LENGTH + 2]
    if not codes or not numbers or any(_are_of(run, found, code) for code in codes):
        return set()
    sql = f"SELECT id, number FROM invoices WHERE key BETWEEN ? AND ? LIMIT {MOST}"
    near = (one for code in codes for one in run(sql, (f"legacy:{code}:", f"legacy:{code};")))
    return {one for one, number in near if any(OSA.distance(d, number, score_cutoff=2) <= 2 for d in numbers)}


def _are_of(run: Run, ids: Collection[int], code: str) -> bool:
    sql = "SELECT 1 FROM invoices WHERE code = ? AND id IN"
    return any(run(f"{sql} {places} LIMIT 1", [code, *batch]) for places, batch in padded_in(ids, 64))


def _by_number(run: Run, digits: str) -> tuple[set[int], bool]:
    """Within one edit, and whether there is any; within two only if not, because that takes thousands of probes."""
    tails = near_tails(digits, 1)
    near = _probe(run, tails)
    if len(digits) <= LENGTH + 1:
        near += _probe(run, tails, "paper_rtail", PAPER_NUMBER)
    if any(_is_near(digits, number) for _id, number in near):
        return ids_of(near), True
    return ids_of(near) | ids_of(_probe(run, near_tails(digits, 2))), False


def _is_near(digits: str, number: str) -> bool:
    return OSA.distance(digits, number, score_cutoff=1) <= 1 or (len(digits) <= LENGTH and number.endswith(digits))


def _probe(run: Run, tails: Collection[int], column: str = "rtail", number: str = "number") -> list[Any]:
    found: list[Any] = []
    for places, batch in padded_in(tails, PROBES):
        found += run(f"SELECT id, {number} FROM invoices WHERE {column} IN {places}", batch)
    return found
