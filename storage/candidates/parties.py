"""By parties: who is meant by a name, and which of their invoices."""

# ruff: noqa: S608 - nothing but question marks and names of ours is put into these statements

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log
from typing import Any

from knowledge.invoices.names import query_grams
from knowledge.invoices.query import AmountReading, NameReading, Reading, TaxIdReading
from knowledge.invoices.rows import Party
from knowledge.invoices.scoring import alike_parties, slipped
from storage.candidates.amounts import Day, on_days, values_of, wanted
from storage.candidates.statements import MOST, Run, ids_of, padded_in

PARTIES, MORE_PARTIES = 10, 48  # more, if a sum or a day tells which it is
NEWEST = 6  # of each, if nothing but a name was said: as many as are read
_GRAMS, _POSTINGS = 24, 3_000  # the rarest of a name's grams: how many, and how many names they may have together
_LIKELIEST = f"""
WITH wanted (gram, weight) AS (VALUES {", ".join(["(CAST(? AS INTEGER), CAST(? AS REAL))"] * _GRAMS)})
SELECT party_id FROM wanted JOIN party_grams ON party_grams.gram = wanted.gram
GROUP BY party_id ORDER BY sum(weight) DESC, party_id LIMIT ?"""
_ALIKE = 60.0


def named_parties(run: Run, readings: Sequence[Reading], most: int) -> list[int]:
    found: dict[int, None] = {}
    for reading in readings:
        if isinstance(reading, TaxIdReading):
            found |= dict.fromkeys(ids_of(run("SELECT id FROM parties WHERE tax_id = ?", (reading.text,))))
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
    likeliest = run(_LIKELIEST, [*rarest, *[None, 0] * (_GRAMS - len(rarest) // 2), 30 + most])
    parties = [
        Party(*row)
        for places, batch in padded_in((row[0] for row in likeliest), 16)
        for row in run(f"SELECT id, tax_id, name, norm, pinyin FROM parties WHERE id IN {places}", batch)
    ]
    return alike_parties(text, parties, most, _ALIKE)


def of_parties(run: Run, parties: Iterable[int], sums: Sequence[AmountReading], days: Sequence[Day]) -> set[int]:
    """Those of a sum or of a day that was said. What may be either is both."""
    found: set[int] = set()
    for ours, batch in padded_in(parties, 16):
        for reading in sums:
            exactly, ranges = wanted(reading)
            found |= _on_either_side(run, ours, batch, "total_fen IN", exactly)
            for span in ranges:
                found |= _in_parties(run, ours, batch, "total_fen BETWEEN ? AND ?", span)
        if days:
            found |= _in_parties(run, ours, batch, on_days(days), values_of(days))
    return found


def with_a_slip(run: Run, parties: Iterable[int], sums: Sequence[AmountReading]) -> set[int]:
    found: set[int] = set()
    for ours, batch in padded_in(parties, 16):
        for reading in sums:
            found |= _on_either_side(run, ours, batch, "total_fen IN", slipped(reading))
    return found


def _on_either_side(run: Run, ours: str, batch: list[Any], is_in: str, values: Sequence[Any]) -> set[int]:
    """Among many values."""
    found: set[int] = set()
    for places, some in padded_in(values, 32):
        found |= _in_parties(run, ours, batch, f"{is_in} {places}", some)
    return found


def _in_parties(run: Run, ours: str, batch: list[Any], condition: str, values: Sequence[Any]) -> set[int]:
    found: set[int] = set()
    for side in ("seller_id", "buyer_id"):
        sql = f"SELECT id FROM invoices WHERE {side} IN {ours} AND {condition} LIMIT {MOST}"
        found |= ids_of(run(sql, [*batch, *values]))
    return found


def newest_of(run: Run, parties: Iterable[int], most: int) -> set[int]:
    found: set[int] = set()
    for party_id in parties:
        for side in ("seller_id", "buyer_id"):
            sql = f"SELECT id FROM invoices WHERE {side} = ? ORDER BY issue_date DESC LIMIT ?"
            found |= ids_of(run(sql, (party_id, most)))
    return found
