"""Days and months as they are written down: 2026-11-03, 12月26日, 26 Dec 2026, 12.26."""

from __future__ import annotations

from datetime import date

from knowledge.invoices.days import day_reading, latest_year, month_back, month_reading, numeral, yearless
from knowledge.invoices.periods.patterns import (
    DAY,
    ENGLISH_DAY,
    ENGLISH_PART,
    ENGLISH_YEAR,
    FOUR,
    HAN,
    MONTH,
    MONTH_NAME,
    PART,
    TH,
    YEAR,
    Said,
    Shape,
    shape,
    year_of,
)
from knowledge.invoices.query import AmountReading, DayReading, Reading

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BARE_D = rf"(?:3[01]|[12][0-9]|0?[1-9]|三十一|二十{HAN}|十{HAN})"  # without 日: no 三月三, no 上个月三星
_NO_SUM = r"(?![0-9.,十]|\s*[元块万张百千])"  # 12月80元 is no 80th
_CLOCK = r"(?:[ t]+[0-9]{1,2}[:时点][0-9]{1,2}(?:[:分][0-9]{1,2}(?:\.[0-9]+)?)?秒?(?:z|\+08:?00)?)?"


def _full(match: Said, _today: date) -> tuple[Reading, ...]:
    return day_reading(int(match["y"]), int(match["m"]), int(match["d"]))


def _short(match: Said, _today: date) -> tuple[Reading, ...]:
    """24-12-26; or 26-12-24, when that is what it can be as well."""
    one, two, three = int(match["y"]), int(match["m"]), int(match["d"])
    if two > 12:  # 12/26/24
        return day_reading(2000 + three, one, two)
    return tuple(dict.fromkeys((*day_reading(2000 + one, two, three), *day_reading(2000 + three, two, one))))


def _slashes(match: Said, _today: date) -> tuple[Reading, ...]:
    """26/12/2024, 12/26/2024; 03/04/2024 is either."""
    one, two, year = int(match["m"]), int(match["d"]), int(match["y"])
    return tuple(dict.fromkeys((*day_reading(year, one, two), *day_reading(year, two, one))))


def _year_month(match: Said, today: date) -> tuple[Reading, ...]:
    """With or without the year, the day, the part of the month: 去年12月26日, 12月底, 9月."""
    year, month, part = year_of(match, today), numeral(match["m"]), match["part"] or ""
    day = numeral(match["d"]) if match["d"] else 0
    if year is not None:
        return day_reading(year, month, day) if day else month_reading(year, month, part)
    if part and 1 <= month <= 12:
        return (*month_reading(latest_year(month, today), month, part, is_sure=False), *yearless(month))
    return yearless(month, day)


def _some_days(match: Said, today: date) -> tuple[Reading, ...]:
    """9月5日到15日."""
    month, year = numeral(match["m"]), year_of(match, today)
    first, last = (day_reading(year or latest_year(month, today), month, numeral(match[n])) for n in "de")
    if not first or not last or first[0].first > last[0].first:
        return ()
    return (DayReading(first[0].first, last[0].first, is_sure=year is not None),)


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1


def _english(match: Said, today: date) -> tuple[Reading, ...]:
    month = _month(match["name"])
    if match["d"] and not match["y"]:
        return yearless(month, int(match["d"]))
    if match["y"]:
        year = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0)
        return (
            day_reading(year, month, int(match["d"]))
            if match["d"]
            else month_reading(year, month, (match["part"] or "").lower())
        )
    if match["part"]:
        return (
            *month_reading(latest_year(month, today), month, match["part"].lower(), is_sure=False),
            *yearless(month),
        )
    return yearless(month)


def _last_named(match: Said, today: date) -> tuple[Reading, ...]:
    """last May: the latest, or that of last year; May last year."""
    month = _month(match["name"])
    years = (today.year - 1,) if match["year"] else dict.fromkeys((latest_year(month, today), today.year - 1))
    return tuple(r for year in years for r in month_reading(year, month, is_sure=len(years) == 1))


def _month_day(match: Said, _today: date) -> tuple[Reading, ...]:
    """12-26 and 26/12; 12.26 is an amount as well, and 2-digit 24.12 a month."""
    one, two = int(match["m"]), int(match["d"])
    times = (*yearless(one, two), *(yearless(two, one) if two != one and two > 0 else ()))
    if "." in match[0]:
        return (*times, AmountReading(one * 100 + two * (1 if len(match["d"]) == 2 else 10)))
    return times


def _dotted_month(match: Said, _today: date) -> tuple[Reading, ...]:
    month = month_reading(int(match["y"]), int(match["m"]))
    if "." not in match[0]:
        return month
    return (*month, AmountReading(int(match["y"]) * 100 + int(match["m"]) * (1 if len(match["m"]) == 2 else 10)))


def _only_day(match: Said, today: date) -> tuple[Reading, ...]:
    """26号: the latest, and the one before."""
    day = numeral(match["d"])
    backs = range(0 if day <= today.day else 1, 4)
    days = (r for back in backs for r in day_reading(*month_back(today, back), day, is_sure=False))
    return tuple(days)[:2]


DATES: tuple[Shape, ...] = (
    shape(
        _full,
        rf"(?<![0-9])(?P<y>{FOUR})\s?(?P<s>[-/.])\s?(?P<m>[0-9]{{1,2}})\s?(?P=s)\s?(?P<d>[0-9]{{1,2}})(?![0-9])",
        _CLOCK,
    ),
    shape(
        _full,
        rf"(?<![0-9] )(?<![0-9])(?P<y>{FOUR}) (?P<m>1[0-2]|0?[1-9]) (?P<d>3[01]|[12][0-9]|0?[1-9])(?![0-9.]| ?[0-9])",
    ),
    shape(_slashes, rf"(?<![0-9./-])(?P<m>[0-9]{{1,2}})[-/.](?P<d>[0-9]{{1,2}})[-/.](?P<y>{FOUR})(?![0-9])"),
    shape(
        _short,
        r"(?<![0-9./-])(?P<y>[0-9]{2})(?P<s>[-/.])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})(?![0-9./-])",
    ),
    shape(
        _some_days,
        rf"(?:{YEAR}\s*年?\s*的?)?\s*(?<![0-9一二三四五六七八九十个])(?P<m>{MONTH})\s*月(?P<d>{DAY})\s*[日号]?",
        rf"\s*(?:到|至|[-~])\s*(?P<e>{DAY})\s*[日号](?!码)",
    ),
    shape(
        _year_month,
        rf"(?:{YEAR}\s*年?\s*的?)?\s*(?<![0-9一二三四五六七八九十个])(?P<m>{MONTH})\s*月份?的?\s*",
        rf"(?:(?P<d>{DAY}(?=\s*[日号])|{_BARE_D}(?=[日号\s]|{_NO_SUM}))(?:\s*[日号](?!码)|{_NO_SUM})|{PART})?",
        _CLOCK,
    ),
    shape(_last_named, rf"(?<![a-z])(?:last|this|previous) {MONTH_NAME}(?P<year>)"),
    shape(_last_named, rf"{MONTH_NAME}(?P<year>,? (?:of )?last year)"),
)
LOOSE: tuple[Shape, ...] = (  # tried when all else is taken
    shape(_english, rf"(?<![0-9]){ENGLISH_YEAR}[ ,-]*{MONTH_NAME}[ -]*{ENGLISH_DAY}(?![0-9])(?P<part>)"),
    shape(_english, rf"(?<![0-9]){ENGLISH_DAY}[-/]{MONTH_NAME}[-/](?P<y>[0-9]{{2}})(?![0-9])(?P<part>)"),
    shape(
        _english,
        rf"{MONTH_NAME}[ -]*{ENGLISH_DAY}(?![0-9]|\.[0-9]|,[0-9]{{3}}(?![0-9]))",
        rf"(?:,?\s*{ENGLISH_YEAR}(?!\.[0-9]))?(?P<part>)",
    ),
    shape(
        _english, rf"(?<![0-9])(?<![0-9]\.){ENGLISH_DAY}[ -]?(?:of )?{MONTH_NAME}(?:,?[ -]*{ENGLISH_YEAR})?(?P<part>)"
    ),
    shape(_english, rf"(?:(?P<part>{ENGLISH_PART})[ -](?:of )?)?(?<![a-z]){MONTH_NAME},?\s*{ENGLISH_YEAR}(?P<d>)"),
    shape(
        _english,
        rf"(?:(?P<part>{ENGLISH_PART})[ -](?:of )?|(?<![a-z])(?:in|of|from|during) "
        rf"|(?<![a-z])(?!(?:may|mar|march|jan)(?![a-z]))){MONTH_NAME}(?P<y>)(?P<d>)",
    ),
    shape(_only_day, rf"(?<![0-9一二三四五六七八九十.])(?P<d>{DAY})\s*[日号](?![码线楼院店])"),
    shape(_only_day, rf"(?<![a-z])the (?P<d>3[01]|[12][0-9]|[1-9]){TH}(?![a-z])"),
    shape(_dotted_month, rf"(?<![0-9./-])(?P<y>{FOUR})[-/.](?P<m>1[0-2]|0?[1-9])(?![0-9./-])"),
    shape(
        _month_day,
        r"(?<![0-9./-])(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})(?![0-9./%-]|\s*[元块折%]|万|\s+万(?![\u4e00-\u9fff]))",
    ),
)
