"""Days, months and years out of their numbers, as readings; nothing for what does not exist."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from knowledge.invoices.query import DayReading, Reading, YearlessReading

FIRST_YEAR, LAST_YEAR = 1994, 2099  # before the first there were no VAT invoices
_NUMERALS = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True))
PARTS = {
    "初": (1, 10), "头": (1, 10), "上旬": (1, 10), "early": (1, 10), "beginning": (1, 10), "start": (1, 10),
    "中": (11, 20), "中旬": (11, 20), "mid": (11, 20), "middle": (11, 20),
    "底": (21, 31), "末": (21, 31), "尾": (21, 31), "下旬": (21, 31), "late": (21, 31), "end": (21, 31),
}  # fmt: skip


def numeral(word: str) -> int:
    """26, 二十六, 二〇二四."""
    if word.isdecimal():
        return int(word)
    if "十" not in word:
        return int("".join(_NUMERALS[c] for c in word))
    tens, _, ones = word.partition("十")
    return int(_NUMERALS.get(tens, "1") + _NUMERALS.get(ones, "0"))


def latest_day(reading: YearlessReading, today: date) -> DayReading | None:
    """The latest such day or month that has begun; None for 29 February of a common year."""
    month, day = reading.month, reading.day
    year = today.year - ((month, day or 1) > (today.month, today.day))
    found = day_reading(year, month, day, is_sure=False) if day else month_reading(year, month, is_sure=False)
    return found[0] if found else None


def compact_day(digits: str) -> tuple[Reading, ...]:
    """What 20241226, 241226, 202412, 1226 and 2024 may mean as a time."""
    size = len(digits)
    if size == 8:
        return day_reading(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if size == 6:
        return (*day_reading(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])), *_whole_month(digits))
    if size == 4:
        day = yearless(int(digits[:2]), int(digits[2:])) if digits[2:] != "00" else ()
        return (*day, *_whole_year(int(digits)))
    return ()


def _whole_month(digits: str) -> tuple[Reading, ...]:
    return month_reading(int(digits[:4]), int(digits[4:])) if digits.startswith(("19", "20")) else ()


def _whole_year(year: int) -> tuple[Reading, ...]:
    return months(year, 1, 12) if 2000 <= year <= LAST_YEAR else ()


def day_reading(year: int, month: int, day: int, *, is_sure: bool = True) -> tuple[DayReading, ...]:
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        return ()
    return (DayReading(date(year, month, day), date(year, month, day), is_sure),)


def yearless(month: int, day: int = 0) -> tuple[YearlessReading, ...]:
    fits = 1 <= month <= 12 and 0 <= day <= monthrange(2024, month)[1]
    return (YearlessReading(month, day),) if fits else ()


def months(year: int, first: int, last: int, *, is_sure: bool = True) -> tuple[DayReading, ...]:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return ()
    return (DayReading(date(year, first, 1), date(year, last, monthrange(year, last)[1]), is_sure),)


def month_reading(year: int, month: int, part: str = "", *, is_sure: bool = True) -> tuple[DayReading, ...]:
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12:
        return ()
    first, last = PARTS.get(part, (1, 31))
    size = monthrange(year, month)[1]
    return (DayReading(date(year, month, first), date(year, month, min(last, size)), is_sure),)


def month_back(today: date, back: int) -> tuple[int, int]:
    """(year, month)."""
    total = today.year * 12 + today.month - 1 - back
    return total // 12, total % 12 + 1


def latest_year(month: int, today: date) -> int:
    """The year of the latest such month that has begun."""
    return today.year - (month > today.month)
