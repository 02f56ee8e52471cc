"""Days, months and other stretches of time inside a text, as people say them: 12月26日, 上月底, 上周三, Q3."""

from __future__ import annotations

import re
from datetime import date, timedelta

from knowledge.invoices.days import latest_day
from knowledge.invoices.periods.festivals import A_FEAST, FEASTS
from knowledge.invoices.periods.patterns import Shape, is_english
from knowledge.invoices.periods.relative import RELATIVE
from knowledge.invoices.periods.stretches import STRETCHES
from knowledge.invoices.periods.written import DATES, LOOSE
from knowledge.invoices.query import DayReading, Reading, YearlessReading

Found = tuple[int, int, tuple[Reading, ...]]  # from, to, the readings
_TO = re.compile(r"\s*(?:到|至|[-~]|to|until|till|through|and|和)\s*", re.IGNORECASE)
_BEFORE = re.compile(
    r"(?<!asked )(?<!what )(?<!how )(?<![a-z])(before|until|till|since|after|around|about|circa)(?: the)?\s*$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\s?(?:[之以]前|前(?!后|[台进期程面])|[之以]后|以来|后(?![台来面])|起|至今|前后|左右|上下)")
_ENDS_SO = re.compile("[前后]$|ago$")
_TILL = {"before", "until", "till", "之前", "以前", "前"}
_SINCE = {"since", "after", "之后", "以后", "以来", "后", "起", "至今"}
_LONG, _SHORT = timedelta(365), timedelta(3)
_LETTERS = re.compile("[a-z]{3}", re.IGNORECASE)


def _shapes(*, letters: bool, feasts: bool) -> tuple[Shape, ...]:
    """The surest first; without those that want letters or a feast, and that is half of them."""
    all_ = (*DATES, *(FEASTS if feasts else ()), *STRETCHES, *RELATIVE, *LOOSE)
    return tuple(one for one in all_ if letters or not is_english(one))


_SHAPES = {(a, b): _shapes(letters=a, feasts=b) for a in (False, True) for b in (False, True)}


def find_days(text: str, today: date) -> list[Found]:
    """What stands for a time, in the text's order and without overlaps. What names no real day is passed over."""
    taken = bytearray(len(text))
    found: list[Found] = []
    for pattern, read in _SHAPES[_LETTERS.search(text) is not None, A_FEAST.search(text) is not None]:
        for match in pattern.finditer(text):
            start, end = match.span()
            if not any(taken[start:end]) and (readings := read(match, today)):
                taken[start:end] = b"\1" * (end - start)
                found.append((start, end, readings))
    ranges = _ranges(sorted(found, key=lambda piece: piece[0]), text, today)
    return [_open(piece, text, today) for piece in ranges]


def _ranges(found: list[Found], text: str, today: date) -> list[Found]:
    """Two days with 到 or to between them are all the days from the one to the other."""
    joined: list[Found] = []
    for piece in found:
        if joined and _TO.fullmatch(text, joined[-1][1], piece[0]) and (days := _range(joined[-1], piece, today)):
            joined[-1] = (joined[-1][0], piece[1], (days,))
        else:
            joined.append(piece)
    return joined


def _range(one: Found, two: Found, today: date) -> DayReading | None:
    first, last = _as_days(one[2][0], today), _as_days(two[2][0], today)
    if not first or not last or first.first > last.last:
        return None
    return DayReading(first.first, last.last, first.is_sure and last.is_sure)


def _as_days(reading: Reading, today: date) -> DayReading | None:
    if isinstance(reading, DayReading):
        return reading
    return latest_day(reading, today) if isinstance(reading, YearlessReading) else None


def _open(piece: Found, text: str, today: date) -> Found:
    """Before, since or round a day: 9月20日之前, since October, 5号左右."""
    start, end, readings = piece
    days = _as_days(readings[0], today)
    ahead, behind = _BEFORE.search(text, max(0, start - 20), start), _AFTER.match(text, end)
    if not days or not (ahead or behind) or _ENDS_SO.search(text[start:end]):
        return piece
    word = (ahead[1] if ahead else "").lower() or (behind[0].strip() if behind else "")
    return (ahead.start() if ahead else start), (behind.end() if behind else end), (_opened(days, word, today),)


def _opened(days: DayReading, word: str, today: date) -> DayReading:
    if word in _TILL:
        last = days.first - timedelta(days.first != days.last)
        return DayReading(days.first - _LONG, last, is_sure=False)
    if word in _SINCE:
        return DayReading(days.first, max(today, days.last), is_sure=False)
    return DayReading(days.first - _SHORT, days.last + _SHORT, is_sure=False)
