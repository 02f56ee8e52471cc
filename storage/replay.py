"""Does the look-up still find what there is? Invoices drawn by chance, typed rightly and with a slip, beside an oracle
that compares all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.invoices.lookup import query_of
from knowledge.invoices.named import named
from storage.candidates import Run, candidates, padded_in
from storage.schema import PAPER_NUMBER


@dataclass(frozen=True, slots=True)
class Replayed:
    """`missed` and `unnamed`: ids of invoices that their numbers, and of parties that their names do not lead to."""

    invoices: int
    missed: frozenset[int]
    unnamed: frozenset[int]
    drifted: int  # scopes in memory that said something else than the database; they are forgotten now

    @property
    def is_whole(self) -> bool:
        return not (self.missed or self.unnamed or self.drifted)


def replay(run: Run, chance: Random, most: int) -> tuple[int, frozenset[int], frozenset[int]]:
    """How many invoices were drawn, the ids of those that were missed, and of parties."""
    ((highest,),) = run("SELECT max(id) FROM invoices")
    ids = chance.sample(range(1, (highest or 0) + 1), min(most, highest or 0))
    sql = f"SELECT id, number, {PAPER_NUMBER}, seller_id, buyer_id FROM invoices WHERE id IN"  # noqa: S608 - our names
    rows = [row for places, batch in padded_in(ids, 64) for row in set(run(f"{sql} {places}", batch))]
    numbers = [(row[0], number) for row in rows for number in row[1:3] if number]
    parties = {party_id for row in rows for party_id in row[3:]} - {None}
    return len(rows), _missed(run, numbers, chance), _unnamed(run, sorted(parties))


def _missed(run: Run, numbers: Sequence[tuple[int, str]], chance: Random) -> frozenset[int]:
    """Of those that the oracle finds within one edit."""
    typed = [text for _id, number in numbers for text in (number, _with_a_slip(number, chance))]
    known, missed = [number for _id, number in numbers], set[int]()
    for text in typed:
        distances = process.cdist([text], known, scorer=OSA.distance, score_cutoff=1)[0]
        oracle = {numbers[place][0] for place in np.flatnonzero(distances <= 1).tolist()}
        missed |= oracle - candidates(run, query_of({"number": text}), None)
    return frozenset(missed)


def _with_a_slip(number: str, chance: Random) -> str:
    at, digit = chance.randrange(len(number)), str(chance.randrange(10))
    before, here, after = number[:at], number[at], number[at + 1 :]
    return chance.choice((before + digit + after, before + after, before + digit + here + after, _swapped(number, at)))


def _swapped(number: str, at: int) -> str:
    return number[:at] + number[at : at + 2][::-1] + number[at + 2 :]


def _unnamed(run: Run, parties: Collection[int]) -> frozenset[int]:
    names: list[tuple[Any, ...]] = []
    for places, batch in padded_in(parties, 64):
        names += set(run(f"SELECT id, name FROM parties WHERE id IN {places}", batch))  # noqa: S608 - question marks
    return frozenset(party_id for party_id, name in names if not _is_indexed(run, party_id, name))


def _is_indexed(run: Run, party_id: int, name: str) -> bool:
    grams, found = set(named(name).grams), set[int]()
    for places, batch in padded_in(grams, 16):
        sql = f"SELECT gram FROM party_grams WHERE party_id = ? AND gram IN {places}"  # noqa: S608 - question marks
        found |= {row[0] for row in run(sql, [party_id, *batch])}
    return found == grams
