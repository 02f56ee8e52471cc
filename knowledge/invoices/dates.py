"""Read an issue date the way people write one."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from knowledge.invoices.days import compact_day, numeral
from knowledge.invoices.digits import fold
from knowledge.invoices.model import Problem, Value
from knowledge.invoices.periods import find_days
from knowledge.invoices.query import DayReading, Reading, YearlessReading
from knowledge.invoices.rules import Limit, limit

_COMPACT = re.compile(r"(?<![0-9])(?:[0-9]{8}|[0-9]{6})(?![0-9])")
_NUMERAL = "[0-9]{1,2}|[〇零一二三四五六七八九十]{1,3}"
_WRITTEN = re.compile(  # what looks like a date, be there such a day or not
    rf"(?<![0-9])(?:(?P<y>[0-9]{{4}}|[〇零一二三四五六七八九]{{4}}|[0-9]{{2}}(?=年))\s*[-/.年]\s*)?"
    rf"(?P<m>{_NUMERAL})\s*[-/.月]\s*(?P<d>{_NUMERAL})(?![0-9])"
)
_RUN = re.compile(r"(?<![0-9])(?P<y>(?:19|20)[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?![0-9])")
_FIRST_VAT_INVOICE = date(1994, 1, 1)

_Parts = tuple[int, int, int]


def read_date(text: str, today: date) -> Value | Problem:
    """A day up to `today` (the person's local day). Without a year the latest such day that is not in the future."""
    folded = fold(text)
    if not folded:
        return Problem("invoice.date.empty")
    days = next(_days_within(folded, today), ())
    if len(days) > 1 and isinstance(days[0], DayReading) and days[0].is_sure:
        one, two = (day.first for day in days[:2] if isinstance(day, DayReading))
        return Problem("invoice.date.ambiguous", {"one": one.isoformat(), "two": two.isoformat()})
    if days:
        return _checked(_parts(days[0], today), today)
    if written := _WRITTEN.search(folded) or _RUN.search(folded):
        return _checked(_written_parts(written, today), today)
    return Problem("invoice.date.unreadable")


def _days_within(folded: str, today: date) -> Iterator[tuple[DayReading | YearlessReading, ...]]:
    """The single days that the text speaks of, each with its readings; months and weeks are none."""
    found = [(start, readings) for start, _, readings in find_days(folded, today)]
    found += [(match.start(), compact_day(match[0])) for match in _COMPACT.finditer(folded)]
    for _, readings in sorted(found, key=lambda piece: piece[0]):
        days = tuple(day for day in map(_as_day, readings) if day)
        past = tuple(day for day in days if isinstance(day, YearlessReading) or day.first <= today)
        if days:
            yield past or days


def _as_day(reading: Reading) -> DayReading | YearlessReading | None:
    if isinstance(reading, DayReading):
        return reading if reading.first == reading.last else None
    return reading if isinstance(reading, YearlessReading) and reading.day else None


def _parts(day: DayReading | YearlessReading, today: date) -> _Parts:
    if isinstance(day, YearlessReading):
        return _of_no_year(day.month, day.day, today)
    return day.first.year, day.first.month, day.first.day


def _of_no_year(month: int, day: int, today: date) -> _Parts:
    return (today.year - ((month, day) > (today.month, today.day))), month, day


def _written_parts(written: re.Match[str], today: date) -> _Parts:
    month, day = numeral(written["m"]), numeral(written["d"])
    if not written["y"]:
        return _of_no_year(month, day, today)
    year = numeral(written["y"])
    return (year + 2000 if year < 100 else year), month, day


def _checked(parts: _Parts, today: date) -> Value | Problem:
    year, month, day = parts
    if not 1 <= month <= 12:
        return Problem("invoice.date.month", {"month": month})
    if not 1 <= year <= 9999:
        return Problem("invoice.date.unreadable")
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        return Problem("invoice.date.day", {"year": year, "month": month, "day": day, "last": last})
    return _value(date(year, month, day), today)


def _value(day: date, today: date) -> Value | Problem:
    text = day.isoformat()
    if day > today:
        return Problem("invoice.date.future", {"date": text, "today": today.isoformat()})
    if day < _FIRST_VAT_INVOICE:
        return Problem("invoice.date.too_old", {"date": text})
    old = (Problem("invoice.date.over_five_years"),) if is_too_old_to_verify(day, today) else ()
    return Value(text, {"issue_date": text}, old)


def is_too_old_to_verify(day: date, today: date) -> bool:
    """The official 查验 answers for some years only."""
    years = limit(Limit.VERIFY_YEARS, today)
    return (today.year - day.year, (today.month, today.day) > (day.month, day.day)) >= (years, True)


def is_too_new_to_verify(day: date, today: date) -> bool:
    """What was issued today is usually known to the tax authority tomorrow."""
    return (today - day).days < limit(Limit.VERIFY_AFTER_DAYS, today)
