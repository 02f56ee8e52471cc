"""Invoices in columns: what look-ups go over as a whole, and the counts of digits that spare them most of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.invoices.compare import MOST_EDITS
from knowledge.invoices.names import Said, called, warm
from knowledge.invoices.sounds import Sounded

Nats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]
Record = tuple[int, str, str, int, int, int, int, int]
UNKNOWN = -1  # in place of a day, an amount or a party


@dataclass(frozen=True, slots=True)
class Party:
    id: int
    tax_id: str
    name: str
    norm: str
    pinyin: str

    @property
    def said(self) -> tuple[Said, ...]:
        return _said(self.name, self.norm, self.pinyin)


@lru_cache(maxsize=20_000)  # 1 KB each; only look-ups by name need them
def _said(name: str, norm: str, pinyin: str) -> tuple[Said, ...]:
    return called(name, Sounded(norm, tuple(pinyin.split(" "))))


class Digits:
    """Strings of digits that are asked which of them are near to another one.

    An edit changes how often each digit is there by two at most, all digits together: so few need a closer look.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.counts = digit_counts(texts)

    def near(self, typed: str) -> tuple[Places, npt.NDArray[np.uint8]]:
        """The places of those within MOST_EDITS, and how many edits away they are."""
        return near_among(typed, np.abs(self.counts - digit_counts([typed])), self.texts.__getitem__)


def near_among(
    typed: str, gaps: npt.NDArray[np.int8], text: Callable[[int], str]
) -> tuple[Places, npt.NDArray[np.uint8]]:
    """Of the strings with these differences in how often each digit is there."""
    likely = np.flatnonzero(gaps.sum(axis=0, dtype=np.int16) <= 2 * MOST_EDITS)
    distances = distances_to(typed, [text(place) for place in likely.tolist()])
    is_near = distances <= MOST_EDITS
    return likely[is_near], distances[is_near]


def distances_to(yours: str, theirs: Sequence[str]) -> npt.NDArray[np.uint8]:
    """MOST_EDITS + 1 is any distance beyond it."""
    if not theirs:
        return np.zeros(0, np.uint8)
    found: npt.NDArray[np.uint8]
    (found,) = process.cdist([yours], theirs, scorer=OSA.distance, score_cutoff=MOST_EDITS, dtype=np.uint8)
    return found.clip(max=MOST_EDITS + 1, out=found)


def digit_counts(texts: Sequence[str]) -> npt.NDArray[np.int8]:
    """A row a digit, a column a text; what is no digit counts as one."""
    lengths = [len(text) for text in texts]
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32) % 10
    at = np.repeat(np.arange(len(texts)), lengths) + codes * len(texts)
    return np.bincount(at, minlength=10 * len(texts)).astype(np.int8).reshape(10, len(texts))


class Rows:
    """Invoices in columns: what a scope's look-ups go over, or the candidates of a larger one.

    A record: id, number, code, day (ordinal), total and net (fen, without sign), seller's and buyer's id.
    """

    def __init__(self, records: Sequence[Record], parties: Mapping[int, Party]) -> None:
        columns: Sequence[Sequence[Any]] = list(zip(*records, strict=True)) or [()] * 8
        self.ids = np.array(columns[0], dtype=np.int64)
        self.numbers: list[str] = list(columns[1])
        self.codes, self.code_at = _coded(columns[2])
        self.days = np.array(columns[3], dtype=np.int32)
        self.totals = np.array(columns[4], dtype=np.int64)
        self.nets = np.array(columns[5], dtype=np.int64)
        used, places = _coded([*columns[6], *columns[7]])
        self.parties = [parties.get(party_id) for party_id in used]
        self.sellers, self.buyers = places[: len(self.numbers)], places[len(self.numbers) :]

    def __len__(self) -> int:
        return len(self.numbers)

    def has_same(self, other: Rows | None) -> bool:
        """The same invoices with the same facts, whatever their parties are called."""
        if other is None or (self.numbers, self.codes) != (other.numbers, other.codes):
            return False
        columns = ((one.ids, one.code_at, one.days, one.totals, one.nets) for one in (self, other))
        return all(np.array_equal(mine, yours) for mine, yours in zip(*columns, strict=True))

    @cached_property
    def code_counts(self) -> npt.NDArray[np.int8]:
        return digit_counts(self.codes)

    def code(self, row: int) -> str:
        code: str = self.codes[self.code_at[row]]
        return code

    @cached_property
    def without_net(self) -> Places:
        return np.flatnonzero(self.nets == UNKNOWN)

    @cached_property
    def tails(self) -> npt.NDArray[np.int32]:
        return np.array([int(number[-8:] or 0) if number.isdecimal() else 0 for number in self.numbers], dtype=np.int32)

    @cached_property
    def digits(self) -> Digits:
        return Digits(self.numbers)

    @cached_property
    def ends(self) -> tuple[Places, Digits]:
        """The rows with longer numbers, and the last eight digits of each."""
        places = np.array([place for place, number in enumerate(self.numbers) if len(number) > 8], dtype=np.intp)
        return places, Digits([self.numbers[place][-8:] for place in places.tolist()])

    @cached_property
    def calendar(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Months, and days of the month."""
        since = self.days.astype("datetime64[D]") - 719163  # from ordinals to 1970
        months = since.astype("datetime64[M]")
        return (
            months.astype(np.int32) % 12 + 1,
            (since - months.astype("datetime64[D]")).astype(np.int32) + 1,
        )

    @cached_property
    def names(self) -> tuple[list[Said], npt.NDArray[np.int64]]:
        """All that the parties are called, and where each party's begin."""
        return flattened([party.said if party else (Said("", "", ""),) for party in self.parties])

    def prepare(self) -> None:
        """Work out now what look-ups work out when they first need it."""
        _ = self.digits, self.ends, self.tails, self.calendar, self.code_counts, self.without_net, self.names
        warm()

    def by_code(self, values: Nats) -> Nats:
        """From a value a code to one a row."""
        return values[self.code_at]

    def by_party(self, values: Nats, side: str) -> Nats:
        """From a value a party to one a row: the better of its parties, or that of one side."""
        if side:
            return values[self.sellers if side == "seller" else self.buyers]
        return np.maximum(values[self.sellers], values[self.buyers])


def flattened(spoken: Sequence[tuple[Said, ...]]) -> tuple[list[Said], npt.NDArray[np.int64]]:
    starts = np.cumsum([0, *(len(one) for one in spoken)])[:-1]
    return [one for many in spoken for one in many], starts


def _coded(values: Sequence[Any]) -> tuple[list[Any], npt.NDArray[np.int32]]:
    """The distinct values, and each one's place among them."""
    places: dict[Any, int] = {}
    at = [places.setdefault(value, len(places)) for value in values]
    return list(places), np.array(at, dtype=np.int32)
