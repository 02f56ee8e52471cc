"""How much speaks for each of many invoices: nats of evidence by column, after Fellegi and Sunter.

The weights are set by hand after measuring (docs/benchmarks.md). A row's evidence is the sum over the query's tokens of
the reading that suits the row best; what a row does not have says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from knowledge.invoices.compare import CONFUSED, RATES, Slip, edits_between
from knowledge.invoices.names import Said, alike
from knowledge.invoices.query import (
    AmountReading,
    AsideReading,
    CheckCodeReading,
    CodeReading,
    DayReading,
    GoodsReading,
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
from knowledge.invoices.rows import UNKNOWN, Nats, Party, Rows, digit_counts, distances_to, flattened, near_among

_NUMBER = np.array([22.0, 12.0, 6.0, -8.0], dtype=np.float32)  # by edits
_CODE = np.array([7.0, 4.0, 1.5, -6.0], dtype=np.float32)
_JOINED = np.array([26.0, 16.0, 10.0, -8.0], dtype=np.float32)
_TAX_ID = np.array([9.0, 6.0, 2.0, -6.0], dtype=np.float32)
_DIGIT = log(10)
_SLIPS = {Slip.CHANGED: -0.3, Slip.SWAPPED: 1.2, Slip.MISSING: 1.0, Slip.EXTRA: 1.0}
_LOOKS_ALIKE = 0.6
_DIGIT_GAPS = np.array(  # one digit changed, or two neighbours swapped; with an end that nothing is beyond
    sorted({d * 10**k * f for d in range(1, 10) for k in range(10) for f in (1, 9)} | {2**63 - 1}), dtype=np.int64
)
_MONTH, _DAY, _GOODS = 3.5, 6.5, 3.0
_DIGITS = NumberReading | JoinedReading | TailReading | HeadReading
_NAMED = 55.0  # below it, a name speaks against a row


@dataclass(frozen=True, slots=True)
class Evidence:
    """`by_reading`: for each token, for each of its readings, a value a row. `number`: what the digits alone say."""

    by_reading: tuple[Nats, ...]
    total: Nats
    against: npt.NDArray[np.int8]
    number: Nats

    def readings(self, query: Query, row: int) -> list[tuple[Reading, float]]:
        """The reading of each token that suits this row best, with its nats."""
        best = [values[:, row].argmax() for values in self.by_reading]
        pairs = zip(query.tokens, self.by_reading, best, strict=True)
        return [(token.readings[at], float(values[at, row])) for token, values, at in pairs]


def weigh(query: Query, rows: Rows) -> Evidence:
    by_reading = tuple(np.stack([nats(reading, rows) for reading in token.readings]) for token in query.tokens)
    total, number = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    against = np.zeros(len(rows), np.int8)
    for token, values in zip(query.tokens, by_reading, strict=True):
        best = values.max(axis=0)
        total += best
        against += best < 0
        if any(isinstance(reading, _DIGITS) for reading in token.readings):
            number = np.where(np.abs(best) > np.abs(number), best, number)
    return Evidence(by_reading, total, against, number)


def nats(reading: Reading, rows: Rows) -> Nats:  # noqa: C901 - one case a reading
    match reading:
        case NumberReading(digits):
            return _number(digits, rows)
        case TailReading(digits):
            return _tail(digits, rows)
        case HeadReading(digits):
            return _head(digits, rows)
        case CodeReading(digits):
            return rows.by_code(_edits(digits, rows.codes, _CODE))
        case JoinedReading(code, number):
            return _joined(code, number, rows)
        case DayReading():
            return _days(reading, rows)
        case YearlessReading():
            return _yearless(reading, rows)
        case AmountReading():
            return _amount(reading, rows)
        case NameReading(text, side):
            return rows.by_party(name_nats(text, rows), side)
        case GoodsReading(sold_by):
            return rows.by_party(_sold(sold_by, rows), "seller")
        case TaxIdReading(text, side):
            ids = [party.tax_id if party else "" for party in rows.parties]
            return rows.by_party(_edits(text, ids, _TAX_ID), side)
        case PairReading(first, amount):
            return nats(first, rows) + nats(amount, rows)
        case CheckCodeReading() | AsideReading():
            return np.zeros(len(rows), np.float32)  # not in the columns: compared in the invoice itself


def _edits(yours: str, theirs: Sequence[str], weights: Nats) -> Nats:
    found: Nats = weights[distances_to(yours, theirs)]
    return found


def _number(digits: str, rows: Rows) -> Nats:
    found = np.full(len(rows), _NUMBER[-1], dtype=np.float32)
    places, distances = rows.digits.near(digits)
    found[places] = _NUMBER[distances]
    for row, distance in zip(places.tolist(), distances.tolist(), strict=True):
        if distance:
            found[row] += likeness(digits, rows.numbers[row])
    if len(digits) <= 9:  # or the end of a longer one
        longer, ends = rows.ends
        places, distances = ends.near(digits[-8:])
        told = _DIGIT * min(len(digits), 8)
        weights = np.array([told, told - 9, -8], dtype=np.float32)
        found[longer[places]] = np.maximum(found[longer[places]], weights[distances])
    elif len(digits) < 18:
        for row in np.flatnonzero(rows.tails == int(digits[-8:])).tolist():
            if len(rows.numbers[row]) > len(digits) and rows.numbers[row].endswith(digits):
                found[row] = _NUMBER[0]
    return found


def likeness(yours: str, theirs: str) -> float:
    """Slips are not equally frequent: two neighbours swap in few ways and any digit changes into any other in many,
    so a swap, or a digit that looks alike, says more."""
    return sum(_of_slip(edit.slip, edit.yours, edit.theirs) for edit in edits_between(yours, theirs) or ())


def _of_slip(slip: Slip, yours: str, theirs: str) -> float:
    if slip is Slip.CHANGED and frozenset((yours, theirs)) in CONFUSED:
        return _LOOKS_ALIKE
    return _SLIPS[slip]


def _tail(digits: str, rows: Rows) -> Nats:
    same = rows.tails % 10 ** len(digits) == int(digits)
    return np.where(same, np.float32(_DIGIT * len(digits)), np.float32(-8))


def _head(digits: str, rows: Rows) -> Nats:
    """Numbers begin with the year and the province: it says the more, the fewer begin so."""
    same = np.array([number.startswith(digits) for number in rows.numbers], dtype=bool)
    same |= np.array([code.startswith(digits) for code in rows.codes], dtype=bool)[rows.code_at]
    told = max(log((len(same) + 1) / (same.sum() + 1)), len(digits) / 2)
    return np.where(same, np.float32(min(told, _DIGIT * len(digits))), np.float32(-8))


def _joined(code: str, number: str, rows: Rows) -> Nats:
    counts = rows.code_counts[:, rows.code_at] + rows.digits.counts - digit_counts([code + number])
    places, distances = near_among(code + number, np.abs(counts), lambda row: rows.code(row) + rows.numbers[row])
    found = np.full(len(rows), _JOINED[-1], dtype=np.float32)
    found[places] = _JOINED[distances]
    return found


# ── Days ──


def _days(reading: DayReading, rows: Rows) -> Nats:
    first, last = reading.first.toordinal(), reading.last.toordinal()
    inside = _DAY - log(last - first + 1) * (_DAY - _MONTH) / log(30)
    inside = inside if reading.is_sure else min(inside, 5.0)
    gap = np.maximum(np.maximum(first - rows.days, rows.days - last), 0)
    found = np.full(len(rows), -5.0, dtype=np.float32)
    found[gap <= 3] = 0.5
    found[gap == 1] = min(inside, 3.0)
    found[gap == 0] = max(inside, 0.5)
    if not reading.is_sure and first == last:  # the same day of another year
        months, days = rows.calendar
        same = (months == reading.first.month) & (days == reading.first.day)
        found[same] = np.maximum(found[same], 3.5)
    elif not reading.is_sure:
        found[gap == 0] = np.maximum(found[gap == 0], 3.5)
    found[rows.days == UNKNOWN] = 0
    return found


def _yearless(reading: YearlessReading, rows: Rows) -> Nats:
    months, days = rows.calendar
    if not reading.day:
        found = np.where(months == reading.month, _MONTH, -5.0)
    else:
        gap = np.where(months == reading.month, np.abs(days - reading.day), 99)
        found = np.select([gap == 0, gap == 1, gap <= 3], [5.0, 2.5, 0.5], -5.0)
    return np.where(rows.days == UNKNOWN, 0, found).astype(np.float32)


# ── Amounts ──


def _amount(reading: AmountReading, rows: Rows) -> Nats:
    found = np.maximum(_of_amount(reading, rows.totals, 8.0), _of_amount(reading, rows.nets, 7.0))
    without_net = rows.without_net
    if len(without_net):
        totals = rows.totals[without_net]
        is_it = without_net[np.isin(totals, totals_of_net(abs(reading.fen)))]
        found[is_it] = np.maximum(found[is_it], 6.0)
        found[without_net[totals == UNKNOWN]] = 0
    return found


def slipped(reading: AmountReading) -> list[int]:
    """Sums of which it is one digit away, or two neighbours swapped."""
    fen = abs(reading.fen)
    text = str(fen)
    places = range(len(text)) if reading.has_cents else range(len(text) - 2)
    changed = {fen + (digit - int(text[at])) * 10 ** (len(text) - 1 - at) for at in places for digit in range(10)}
    swaps = (text[:at] + text[at + 1] + text[at] + text[at + 2 :] for at in list(places)[:-1])
    return sorted((changed | {int(swap) for swap in swaps}) - {fen, 0})


def totals_of_net(fen: int) -> list[int]:
    """What a net amount becomes with tax, by the legal rates."""
    return [int(fen * (1 + rate) + delta) for rate in RATES for delta in (0, 1)] if fen else []


def _of_amount(reading: AmountReading, theirs: npt.NDArray[np.int64], same: float) -> Nats:
    gap = np.abs(theirs - abs(reading.fen))
    near, far = tolerance(reading)
    found = np.full(len(theirs), -5.0, dtype=np.float32)
    found[_DIGIT_GAPS[np.searchsorted(_DIGIT_GAPS, gap)] == gap] = 1.5
    found[gap <= far] = 2.0 if reading.is_about else -1.0
    found[gap <= near] = 4.0
    if not reading.has_cents:
        found[gap < 100] = same - 1
    found[gap == 0] = min(same, 6.0) if reading.is_about else same
    found[theirs == UNKNOWN] = -5.0
    return found


def tolerance(reading: AmountReading) -> tuple[int, int]:
    """Fen round a sum within which another one is what was meant, and within which it may be.

    Half a unit of a round figure (1280: 5 yuan, 1300: 50), never beyond 5 %; what is said to be about, a little more.
    """
    fen = abs(reading.fen)
    if reading.has_cents and not reading.is_about:
        return 0, 0
    digits = str(fen)
    unit = 10 ** (len(digits) - len(digits.rstrip("0")))
    near = max(min(unit // 2, fen // 20), 99 if fen else 0)
    return (max(near, fen // 50), fen // 10) if reading.is_about else (near, near)


# ── Names ──


def _sold(sold_by: str, rows: Rows) -> Nats:
    """A value for each party: by itself it is too little."""
    sells = [bool(party and re.search(sold_by, party.name)) for party in rows.parties]
    return np.array(sells, dtype=np.float32) * np.float32(_GOODS)


def name_nats(text: str, rows: Rows) -> Nats:
    """A value for each party."""
    scores = name_scores(text, rows)
    unknown = np.array([party is None for party in rows.parties], dtype=bool)
    found = np.where(scores >= _NAMED, 9 * (scores - _NAMED) / (100 - _NAMED), -6.0)
    return np.where(unknown, 0.0, found).astype(np.float32)


def alike_parties(text: str, parties: Sequence[Party], most: int, at_least: float) -> list[int]:
    """The ids of those whose names are most like it, the likest first."""
    if not parties:
        return []
    scores = _best(text, *flattened([party.said for party in parties]))
    order = np.argsort(-scores, kind="stable")[:most]
    return [parties[place].id for place in order if scores[place] >= at_least]


def name_scores(text: str, rows: Rows) -> npt.NDArray[np.float32]:
    """0 to 100 for each party."""
    return _best(text, *rows.names) if rows.parties else np.zeros(0, np.float32)


def _best(text: str, theirs: Sequence[Said], starts: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """The best of what each is called."""
    best: npt.NDArray[np.float32] = np.maximum.reduceat(alike(text, theirs), starts)
    return best
