"""How many invoices and how much money: by direction, tax status and month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from knowledge.invoices.flat import yuan
from knowledge.invoices.model import TaxStatus

Key = TypeVar("Key")
Month = tuple[int, int] | None  # year and month; None for invoices without a date
STATES = (*TaxStatus, "")


class Direction(StrEnum):
    """As the organization sees it: bought with, or sold with."""

    RECEIVED = "received"
    ISSUED = "issued"


@dataclass(frozen=True, slots=True)
class Sums:
    """Of some invoices; amounts in fen, tax included. `fen` has the red-letter ones in it, which are negative:
    `red_count` of them, `red_fen` together. `unpriced` have no known amount."""

    count: int = 0
    fen: int = 0
    red_count: int = 0
    red_fen: int = 0
    unpriced: int = 0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            self.count + other.count,
            self.fen + other.fen,
            self.red_count + other.red_count,
            self.red_fen + other.red_fen,
            self.unpriced + other.unpriced,
        )

    @property
    def yuan(self) -> Decimal:
        return yuan(self.fen)

    @property
    def red_yuan(self) -> Decimal:
        return yuan(self.red_fen)


@dataclass(frozen=True, slots=True)
class Tally:
    """The invoices of one day and tax status; `day` is None and `status` "" where it is not known."""

    day: date | None
    status: str
    sums: Sums

    @property
    def month(self) -> Month:
        return (self.day.year, self.day.month) if self.day else None

    @property
    def counted(self) -> Sums:
        """A void invoice is an invoice, but no money."""
        return Sums(self.sums.count) if self.status == TaxStatus.VOID else self.sums


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of one year, or of all if `year` is None: invoices without a date are in all only."""

    year: int | None
    tallies: Mapping[Direction, Sequence[Tally]]

    def total(self, direction: Direction) -> Sums:
        return sum((tally.counted for tally in self._of(direction)), Sums())

    def by_status(self, direction: Direction) -> Mapping[str, Sums]:
        """In the order of STATES, those that occur."""
        found = _grouped(self._of(direction), lambda tally: tally.status)
        return {status: found[status] for status in STATES if status in found}

    def by_month(self, direction: Direction) -> Mapping[Month, Sums]:
        """The months with invoices in their order, what has no date last."""
        found = _grouped(self._of(direction), lambda tally: tally.month)
        return {month: found[month] for month in sorted(found, key=_order)}

    @property
    def months(self) -> list[Month]:
        """Those in which anything was received or issued, in order."""
        return sorted({tally.month for direction in Direction for tally in self._of(direction)}, key=_order)

    @property
    def years(self) -> list[int]:
        """All years that have invoices, whatever `year` is, in order."""
        days = (tally.day for tallies in self.tallies.values() for tally in tallies)
        return sorted({day.year for day in days if day})

    def _of(self, direction: Direction) -> list[Tally]:
        """Without the others' years."""
        tallies = self.tallies[direction]
        return [one for one in tallies if self.year is None or (one.day is not None and one.day.year == self.year)]


def _grouped(tallies: Iterable[Tally], key: Callable[[Tally], Key]) -> dict[Key, Sums]:
    found: dict[Key, Sums] = {}
    for tally in tallies:
        found[key(tally)] = found.get(key(tally), Sums()) + tally.counted
    return found


def _order(month: Month) -> tuple[int, int]:
    return month or (9999, 12)
