"""Which invoices of too many to go over may be meant, by index: ids for the scoring to rank, never an answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from knowledge.invoices.query import (
    AmountReading,
    AsideReading,
    DayReading,
    HeadReading,
    NameReading,
    PairReading,
    Query,
    Reading,
    YearlessReading,
)
from storage.candidates.amounts import Day, by_amount, by_day
from storage.candidates.digits import by_beginning, by_digits, finds_all, within_codes
from storage.candidates.parties import MORE_PARTIES, NEWEST, PARTIES, named_parties, newest_of, of_parties, with_a_slip
from storage.candidates.statements import Run, padded_in

__all__ = ["Run", "candidates", "padded_in"]

Ours = Collection[int] | None  # parties of the scope; None: everything


def candidates(run: Run, query: Query, ours: Ours) -> set[int]:
    tokens = [[one for reading in token.readings for one in _single(reading)] for token in query.tokens]
    readings = [reading for token in tokens for reading in token]
    asides = {r for token in query.tokens if AsideReading() in token.readings for r in token.readings}
    days = [reading for reading in readings if isinstance(reading, DayReading | YearlessReading)]
    sums = [reading for reading in readings if isinstance(reading, AmountReading)]
    found, is_whole = by_digits(run, tokens)
    if is_whole and len(tokens) == 1:  # whatever else it may be says less
        return found
    found |= within_codes(run, readings, found)
    is_alone = not sums and not days
    named = named_parties(run, readings, PARTIES if is_alone else MORE_PARTIES)
    if is_alone:
        found |= newest_of(run, named, NEWEST if len(tokens) == 1 else 300)
    theirs = of_parties(run, named, sums, days)
    if named and sums and not theirs:
        theirs = with_a_slip(run, named[:PARTIES], sums)
    found |= theirs
    is_named = bool(named) and not all(r in asides for r in readings if isinstance(r, NameReading))
    if not (is_named and theirs):  # a sum of somebody else is not meant
        found |= _by_sums(run, tokens, ours, is_named=is_named)
    if not found or any(isinstance(reading, HeadReading) for reading in readings):
        found |= by_beginning(run, readings, days)
    if not found and (sure := [day for day in days if isinstance(day, DayReading)]):
        found |= by_day(run, sure[0]) if ours is None else of_parties(run, ours, [], sure[:1])
    return found


def _single(reading: Reading) -> Iterable[Reading]:
    return (reading.first, reading.amount) if isinstance(reading, PairReading) else (reading,)


def _by_sums(run: Run, tokens: Sequence[Sequence[Reading]], ours: Ours, *, is_named: bool) -> set[int]:
    """Each sum on the days that other tokens say: what may be a day or a sum is not both at once. Where others are
    digits that find all there is of them, a sum has nothing to add."""
    found: set[int] = set()
    for at, token in enumerate(tokens):
        others = [*tokens[:at], *tokens[at + 1 :]]
        if any(all(map(finds_all, other)) for other in others):
            continue
        days = [reading for other in others for reading in other if isinstance(reading, Day)]
        sure = [day for other in others for day in _only_days(other)]
        for reading in token:
            if isinstance(reading, AmountReading) and ours is None:
                found |= by_amount(run, reading, days, sure, is_named=is_named)
            elif isinstance(reading, AmountReading) and ours is not None:
                found |= of_parties(run, ours, [reading], days)
    return found


def _only_days(token: Sequence[Reading]) -> Sequence[Day]:
    """Nothing if the token may be something else."""
    days = [reading for reading in token if isinstance(reading, Day)]
    return days if len(days) == len(token) else []
