"""Read an issue date the way people write one."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from knowledge.invoices.digits import fold
from knowledge.invoices.model import Problem, Value

_WORDS = {
    "今天": 0, "今日": 0, "当天": 0, "today": 0, "昨天": 1, "昨日": 1, "yesterday": 1, "前天": 2, "大前天": 3,
}  # fmt: skip
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMERALS = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True))
_CHINESE = re.compile(r"[〇零一二三四五六七八九十]+(?=[年月日号])|(?<=月)[一二三四五六七八九十]+")
_CLOCK = re.compile(r"[\st]+[0-9]{1,2}[:时点][0-9]{1,2}.*$")
_FIRST_VAT_INVOICE = date(1994, 1, 1)
_VERIFIABLE_YEARS = 5

_Parts = tuple[int, int, int]


def read_date(text: str, today: date) -> Value | Problem:
    """A day up to `today` (the person's local day). Without a year the latest such day that is not in the future."""
    folded = _CLOCK.sub("", _spell_out(fold(text).lower()))
    if not folded:
        return Problem("invoice.date.empty")
    for pattern, parts in _SHAPES:
        if found := pattern.search(folded):
            return _checked(parts(found, today), today)
    if (back := _days_back(folded)) is not None:
        return _value(today - timedelta(days=back), today)
    return _slashes(folded, today)


def _spell_out(folded: str) -> str:
    return _CHINESE.sub(lambda found: _numeral(found[0]), folded)


def _numeral(word: str) -> str:
    """二十六 → 26, 二〇二四 → 2024."""
    if "十" not in word:
        return "".join(_NUMERALS[c] for c in word)
    tens, _, ones = word.partition("十")
    digits = (_NUMERALS.get(tens, "1"), _NUMERALS.get(ones, "0"))
    return "".join(digits)


def _days_back(folded: str) -> int | None:
    if found := re.search(r"([0-9]{1,3})\s*(?:天前|days? ago)", folded):
        return int(found[1])
    return next((_WORDS[word] for word in sorted(_WORDS, key=len, reverse=True) if word in folded), None)


def _full(found: re.Match[str], _today: date) -> _Parts:
    return int(found["y"]), int(found["m"]), int(found["d"])


def _short_year(found: re.Match[str], _today: date) -> _Parts:
    return 2000 + int(found["y"]), int(found["m"]), int(found["d"])


def _no_year(found: re.Match[str], today: date) -> _Parts:
    month, day = int(found["m"]), int(found["d"])
    return (today.year - ((month, day) > (today.month, today.day))), month, day


def _only_day(found: re.Match[str], today: date) -> _Parts:
    day = int(found["d"])
    earlier = today.replace(day=1) - timedelta(days=1)
    month = today if day <= today.day else earlier
    return month.year, month.month, day


def _month_before(found: re.Match[str], today: date) -> _Parts:
    earlier = today.replace(day=1) - timedelta(days=1)
    return earlier.year, earlier.month, int(found["d"])


def _english(found: re.Match[str], today: date) -> _Parts:
    month, day = _MONTHS.index(found["name"][:3]) + 1, int(found["d"])
    if found["y"]:
        return int(found["y"]), month, day
    return (today.year - ((month, day) > (today.month, today.day))), month, day


_NAME = rf"(?P<name>(?:{'|'.join(_MONTHS)})[a-z]*)\.?"
_DAY = r"(?P<d>[0-9]{1,2})"
_YEAR = r"(?P<y>[0-9]{4})"
_Read = Callable[["re.Match[str]", date], _Parts]
_SHAPES: tuple[tuple[re.Pattern[str], _Read], ...] = (
    (re.compile(rf"(?<![0-9]){_YEAR}\s*[-/.年]\s*(?P<m>[0-9]{{1,2}})\s*[-/.月]\s*{_DAY}(?![0-9])"), _full),
    (re.compile(rf"(?<![0-9]){_YEAR}(?P<m>[0-9]{{2}})(?P<d>[0-9]{{2}})(?![0-9])"), _full),
    (re.compile(rf"(?<![0-9])(?P<y>[0-9]{{2}})年\s*(?P<m>[0-9]{{1,2}})月\s*{_DAY}(?![0-9])"), _short_year),
    (re.compile(r"(?<![0-9])(?P<y>[0-9]{2})(?P<m>[0-9]{2})(?P<d>[0-9]{2})(?![0-9])"), _short_year),
    (re.compile(rf"上个?月\s*{_DAY}[日号]?(?![0-9])"), _month_before),
    (re.compile(rf"(?<![0-9])(?P<m>[0-9]{{1,2}})月\s*{_DAY}(?![0-9])"), _no_year),
    (re.compile(rf"^(?P<m>[0-9]{{1,2}})[-/.]{_DAY}$"), _no_year),
    (re.compile(rf"{_NAME}\s+{_DAY}(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?(?![0-9])"), _english),
    (re.compile(rf"(?<![0-9]){_DAY}(?:st|nd|rd|th)?\s+(?:of\s+)?{_NAME}(?:,?\s+{_YEAR})?(?![0-9])"), _english),
    (re.compile(rf"(?<![0-9]){_DAY}[日号]"), _only_day),
)  # fmt: skip


def _slashes(folded: str, today: date) -> Value | Problem:
    """26/12/2024 and 12/26/2024 are clear; 03/04/2024 could be either."""
    found = re.search(r"(?<![0-9])([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})(?![0-9])", folded)
    if found is None:
        return Problem("invoice.date.unreadable")
    first, second, year = (int(part) for part in found.groups())
    if first == second or second > 12:
        return _checked((year, first, second), today)
    if first > 12:
        return _checked((year, second, first), today)
    readings = {"one": f"{year}-{first:02}-{second:02}", "two": f"{year}-{second:02}-{first:02}"}
    return Problem("invoice.date.ambiguous", readings)


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
    """The official 查验 answers for five years."""
    return (today.year - day.year, (today.month, today.day) > (day.month, day.day)) >= (_VERIFIABLE_YEARS, True)
