"""What a person is looking at among an organization's invoices, as a button carries it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from knowledge.invoices.statistics import STATES, Direction, Month
from storage.invoice_pages import Part, Place

OPEN, HOME = "b:open", "b:home"  # as a new message; in place: which organization
DATA = (
    r"^b:(?:open|home"
    r"|(?:year|states):[0-9]{1,18}:(?:[12][0-9]{3}(?:0[1-9]|1[0-2])?|0)?:[aio][0-6*]:"
    r"|list:[0-9]{1,18}:(?:[12][0-9]{3}(?:0[1-9]|1[0-2])|0):[aio][0-6*]:(?:[on][0-9]{1,2}\.[0-9]{1,18})?)$"
)
_DIRECTIONS = {None: "a", Direction.RECEIVED: "i", Direction.ISSUED: "o"}
_UNDATED, _ANY = "0", "*"


@dataclass(frozen=True, slots=True)
class View:
    """`period` is a year, a year and month, "0" for what has no date, or "" for the latest year.

    A page of a list goes on from a place: older ones (`is_older`) or newer ones.
    """

    org_id: int
    period: str = ""
    direction: Direction | None = None
    status: str | None = None
    place: Place | None = None
    is_older: bool = True

    @property
    def year(self) -> int | None:
        return int(self.period[:4]) if len(self.period) >= 4 else None

    @property
    def month(self) -> Month:
        return (int(self.period[:4]), int(self.period[4:])) if len(self.period) == 6 else None

    @property
    def is_list(self) -> bool:
        return self.period == _UNDATED or self.month is not None

    @property
    def part(self) -> Part:
        if self.month is None:
            return Part(last=None, direction=self.direction, status=self.status)
        year, month = self.month
        last = date(year, month, monthrange(year, month)[1])
        return Part(date(year, month, 1), last, self.direction, self.status)

    def data(self, verb: str) -> str:
        status = _ANY if self.status is None else str(STATES.index(self.status))
        return f"b:{verb}:{self.org_id}:{self.period}:{_DIRECTIONS[self.direction]}{status}:{self._cursor()}"

    def _cursor(self) -> str:
        if self.place is None:
            return ""
        day = self.place.day.day if self.place.day else 0
        return f"{'o' if self.is_older else 'n'}{day}.{self.place.row_id}"


def period_of(month: Month) -> str:
    return f"{month[0]:04}{month[1]:02}" if month else _UNDATED


def parse(words: tuple[str, ...]) -> View:
    """Back from a button's data after its verb, which DATA has let through. A day that the month lacks is its first."""
    org_id, period, filters, cursor = words
    direction = next(direction for direction, letter in _DIRECTIONS.items() if letter == filters[0])
    status = None if filters[1] == _ANY else STATES[int(filters[1])]
    view = View(int(org_id), period, direction, status)
    if not cursor:
        return view
    day, row_id = cursor[1:].split(".")
    place = Place(_day(view.month, int(day)), int(row_id))
    return View(view.org_id, period, direction, status, place, cursor[0] == "o")


def _day(month: Month, day: int) -> date | None:
    if month is None:
        return None
    return date(*month, day if 1 <= day <= monthrange(*month)[1] else 1)
