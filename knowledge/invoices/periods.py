"""Days, months and other stretches of time inside a text, as people say them: 上月底, 12月26日, 上周三, Q3, last month."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from knowledge.invoices.query import AmountReading, DayReading, Reading, YearlessReading

FIRST_YEAR, LAST_YEAR = 1994, 2099
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMERALS = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True))
_PARTS = {"初": (1, 10), "头": (1, 10), "上旬": (1, 10), "中": (11, 20), "中旬": (11, 20), "下旬": (21, 31),
          "底": (21, 31), "末": (21, 31), "尾": (21, 31), "early": (1, 10), "beginning": (1, 10), "start": (1, 10),
          "mid": (11, 20), "middle": (11, 20), "late": (21, 31), "end": (21, 31)}  # fmt: skip
_YEAR_PARTS = {"初": (1, 3), "头": (1, 3), "中": (5, 8), "底": (10, 12), "末": (10, 12), "尾": (10, 12),
               "上半年": (1, 6), "下半年": (7, 12)}  # fmt: skip
_WEEKDAYS = {c: n for n, pair in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7")) for c in pair}
_ENGLISH_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Found = tuple[int, int, tuple[Reading, ...]]  # from, to, the readings
_Match = re.Match[str]


def numeral(word: str) -> int:
    """26, 二十六, 二〇二四."""
    if word.isdecimal():
        return int(word)
    if "十" not in word:
        return int("".join(_NUMERALS[c] for c in word))
    tens, _, ones = word.partition("十")
    return int(_NUMERALS.get(tens, "1") + _NUMERALS.get(ones, "0"))


def find_days(text: str, today: date) -> Iterator[Found]:
    """What stands for a time, in no order and without overlaps. What names no real day is passed over."""
    taken = bytearray(len(text))
    for pattern, read in _SHAPES:
        for match in pattern.finditer(text):
            start, end = match.span()
            if not any(taken[start:end]) and (readings := read(match, today)):
                taken[start:end] = b"\1" * (end - start)
                yield start, end, readings


def compact_day(digits: str) -> tuple[Reading, ...]:
    """What 20241226, 241226, 202412, 1226 and 2024 may mean as a time."""
    size = len(digits)
    if size == 8:
        return _day(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if size == 6:
        return (*_day(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:])), *_whole_month(digits))
    if size == 4:
        return (*_yearless(int(digits[:2]), int(digits[2:])), *_whole_year(int(digits)))
    return ()


def _whole_month(digits: str) -> tuple[Reading, ...]:
    return _month(int(digits[:4]), int(digits[4:])) if digits.startswith(("19", "20")) else ()


def _whole_year(year: int) -> tuple[Reading, ...]:
    return _months(year, 1, 12) if 2000 <= year <= LAST_YEAR else ()


def _day(year: int, month: int, day: int, *, is_sure: bool = True) -> tuple[Reading, ...]:
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        return ()
    return (DayReading(date(year, month, day), date(year, month, day), is_sure),)


def _yearless(month: int, day: int = 0) -> tuple[Reading, ...]:
    fits = 1 <= month <= 12 and 0 <= day <= monthrange(2024, month)[1]
    return (YearlessReading(month, day),) if fits else ()


def _months(year: int, first: int, last: int, *, is_sure: bool = True) -> tuple[Reading, ...]:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return ()
    return (DayReading(date(year, first, 1), date(year, last, monthrange(year, last)[1]), is_sure),)


def _month(year: int, month: int, part: str = "", *, is_sure: bool = True) -> tuple[Reading, ...]:
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12:
        return ()
    first, last = _PARTS.get(part, (1, 31))
    size = monthrange(year, month)[1]
    return (DayReading(date(year, month, first), date(year, month, min(last, size)), is_sure),)


def _month_back(today: date, back: int) -> tuple[int, int]:
    months = today.year * 12 + today.month - 1 - back
    return months // 12, months % 12 + 1


def _latest(month: int, today: date) -> int:
    """The year of the latest such month that has begun."""
    return today.year - (month > today.month)


def _year(match: _Match, today: date) -> int | None:
    said = match["y"]
    if said is None:
        return None
    if said in _SAID_YEARS:
        return today.year - _SAID_YEARS[said]
    year = numeral(said)
    return year + 2000 if year < 100 else year


# ── Shapes ────────────────────────────────────────────────────────────────────


def _full(match: _Match, _today: date) -> tuple[Reading, ...]:
    return _day(int(match["y"]), int(match["m"]), int(match["d"]))


def _short(match: _Match, _today: date) -> tuple[Reading, ...]:
    """24-12-26; or 26-12-24, when that is what it can be as well."""
    one, two, three = int(match["y"]), int(match["m"]), int(match["d"])
    return (
        (*_day(2000 + one, two, three), *_day(2000 + three, two, one)) if one != three else _day(2000 + one, two, three)
    )


def _slashes(match: _Match, _today: date) -> tuple[Reading, ...]:
    """26/12/2024, 12/26/2024; 03/04/2024 is either."""
    one, two, year = int(match["m"]), int(match["d"]), int(match["y"])
    return tuple(dict.fromkeys((*_day(year, one, two), *_day(year, two, one))))


def _year_month(match: _Match, today: date) -> tuple[Reading, ...]:
    """With or without the year, the day, the part of the month: 去年12月26日, 12月底, 9月."""
    year, month, part = _year(match, today), numeral(match["m"]), match["part"] or ""
    day = numeral(match["d"]) if match["d"] else 0
    if year is not None:
        return _day(year, month, day) if day else _month(year, month, part)
    if part and 1 <= month <= 12:
        return (*_month(_latest(month, today), month, part, is_sure=False), *_yearless(month))
    return _yearless(month, day)


def _of_year(match: _Match, today: date) -> tuple[Reading, ...]:
    year = _year(match, today)
    first, last = _YEAR_PARTS.get(match["part"] or "", (1, 12))
    if year is None:
        year = today.year - (first > today.month)
    return _months(year, first, last)


def _quarter(match: _Match, today: date) -> tuple[Reading, ...]:
    quarter, year = numeral(match["q"] or match["n"]), _year(match, today)
    first = quarter * 3 - 2
    known = _latest(first, today) if year is None else year
    return _months(known, first, first + 2, is_sure=year is not None) if 1 <= quarter <= 4 else ()


def _last_quarter(match: _Match, today: date) -> tuple[Reading, ...]:
    back = 1 if match["back"].lower().startswith(("上", "last", "prev")) else 0
    quarters = today.year * 4 + (today.month - 1) // 3 - back
    return _months(quarters // 4, quarters % 4 * 3 + 1, quarters % 4 * 3 + 3)


def _relative_month(match: _Match, today: date) -> tuple[Reading, ...]:
    said = match["back"].lower()
    back = said.count("上") or int(said.startswith(("last", "prev")))
    year, month = _month_back(today, back)
    if match["d"]:
        return _day(year, month, numeral(match["d"]))
    return _month(year, month, (match["part"] or match["early"] or "").lower())


def _part_of_month(match: _Match, today: date) -> tuple[Reading, ...]:
    """月底: of this month once that has begun, and of the one before."""
    first, _ = _PARTS[match["part"]]
    here = [_month_back(today, back) for back in ((0, 1) if today.day >= first else (1, 0))]
    return tuple(r for year, month in here for r in _month(year, month, match["part"], is_sure=False))


def _only_day(match: _Match, today: date) -> tuple[Reading, ...]:
    """26号: the latest, and the one before."""
    day = numeral(match["d"])
    backs = range(0 if day <= today.day else 1, 4)
    days = (r for back in backs for r in _day(*_month_back(today, back), day, is_sure=False))
    return tuple(days)[:2]


_SAID_DAYS = {"今天": 0, "今日": 0, "当天": 0, "今早": 0, "昨天": 1, "昨日": 1, "昨晚": 1, "前天": 2, "前日": 2, "大前天": 3,
              "today": 0, "yesterday": 1, "day before yesterday": 2}  # fmt: skip
_SAID_YEARS = {"今年": 0, "本年": 0, "去年": 1, "上年": 1, "前年": 2, "大前年": 3, "this year": 0, "last year": 1}


def _said_day(match: _Match, today: date) -> tuple[Reading, ...]:
    day = today - timedelta(_SAID_DAYS[match["said"].lower()])
    return (DayReading(day, day),)


def _weekday(match: _Match, today: date) -> tuple[Reading, ...]:
    """上周三: of the calendar week before, and the latest one; 周三: the latest."""
    said, name = (match["back"] or "").lower(), match["wd"].lower()
    number = _ENGLISH_DAYS.index(name[:3]) if name[:3] in _ENGLISH_DAYS else _WEEKDAYS[name]
    monday = today - timedelta(today.weekday())
    latest = today - timedelta((today.weekday() - number) % 7)
    weeks = said.count("上") or int(said.startswith(("last", "prev")))
    days = [monday + timedelta(number - 7 * weeks), latest] if weeks else [latest, latest - timedelta(7)]
    return tuple(DayReading(day, day, is_sure=bool(said)) for day in dict.fromkeys(days))


def _week(match: _Match, today: date) -> tuple[Reading, ...]:
    said = match["back"].lower()
    back = said.count("上") or int(said.startswith(("last", "prev")))
    monday = today - timedelta(today.weekday() + 7 * back)
    if match["end"]:
        return (DayReading(monday + timedelta(5), monday + timedelta(6)),)
    return (DayReading(monday, monday + timedelta(6)),)


_UNITS = {
    "天": 1,
    "日": 1,
    "day": 1,
    "周": 7,
    "星期": 7,
    "礼拜": 7,
    "week": 7,
    "月": 30,
    "month": 30,
    "年": 365,
    "year": 365,
}


def _ago(match: _Match, today: date) -> tuple[Reading, ...]:
    unit, count = match["unit"].lower().removesuffix("s"), _count(match["n"])
    size = _UNITS[unit]
    if count * size > 20_000:
        return ()
    if size == 30:
        return _month(*_month_back(today, count))
    day, slack = today - timedelta(count * size), timedelta(size // 2)
    return (DayReading(day - slack, day + slack),)


def _recent(match: _Match, today: date) -> tuple[Reading, ...]:
    """最近三天, 近半年, last 3 months: up to today."""
    days = _count(match["n"]) * _UNITS[match["unit"].lower().removesuffix("s")]
    return (DayReading(today - timedelta(days), today),) if days <= 20_000 else ()


def _count(word: str | None) -> int:
    said = (word or "一").lower().replace("两", "二")
    return {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "few": 3, "几": 3}.get(said) or numeral(said)


def _english(match: _Match, today: date) -> tuple[Reading, ...]:
    month = MONTHS.index(match["name"][:3].lower()) + 1
    if match["d"] and not match["y"]:
        return _yearless(month, int(match["d"]))
    if match["y"]:
        year = int(match["y"])
        return _day(year, month, int(match["d"])) if match["d"] else _month(year, month, (match["part"] or "").lower())
    if match["part"]:
        return (*_month(_latest(month, today), month, match["part"].lower(), is_sure=False), *_yearless(month))
    return _yearless(month)


def _english_day(match: _Match, _today: date) -> tuple[Reading, ...]:
    month, day = MONTHS.index(match["name"][:3].lower()) + 1, int(match["d"])
    return _day(int(match["y"]), month, day) if match["y"] else _yearless(month, day)


def _month_day(match: _Match, _today: date) -> tuple[Reading, ...]:
    """12-26 and 26/12; 12.26 is an amount as well, and 2-digit 24.12 a month."""
    one, two = int(match["m"]), int(match["d"])
    times = (*_yearless(one, two), *(_yearless(two, one) if two != one and two > 0 else ()))
    if "." in match[0] and len(match["d"]) == 2:
        return (*times, AmountReading(one * 100 + two))
    return times if two else ()


def _dotted_month(match: _Match, _today: date) -> tuple[Reading, ...]:
    month = _month(int(match["y"]), int(match["m"]))
    return (*month, AmountReading(int(match["y"]) * 100 + int(match["m"]))) if "." in match[0] else month


_N = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_D = r"(?:3[01]|[12][0-9]|0?[1-9]|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])"
_Y = r"(?P<y>(?<![0-9])(?:(?:19|20)[0-9]{2}|[0-9]{2}|[一二][〇零一二三四五六七八九]{3}|二[一二三四五六七八九])(?=\s*年)|大前年|今年|本年|去年|上年|前年)"
_PART = r"(?P<part>初|头|上旬|中旬|下旬|中(?!国)|底|末|尾)"
_NAME = r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
_ED = r"(?P<d>3[01]|[12][0-9]|0?[1-9])(?:st|nd|rd|th)?"
_EY = r"(?P<y>20[0-9]{2})"
_CLOCK = r"(?:[ t]+[0-9]{1,2}[:时点][0-9]{1,2}(?:[:分][0-9]{1,2}(?:\.[0-9]+)?)?秒?(?:z|\+08:?00)?)?"
_BEFORE_LOOKING = r"(?!\s*(?:我|就|还|才|刚|又|都|一直|怎么|为什么|去|来|在|能|还是|也)*(?:查|搜|找|看|收|问|登|上传|提交|申请|扫|录|打不|没|不|可以|能))"
_Read = Callable[[_Match, date], tuple[Reading, ...]]


def _shape(pattern: str, read: _Read) -> tuple[re.Pattern[str], _Read]:
    return re.compile(pattern, re.IGNORECASE), read


_SHAPES: tuple[tuple[re.Pattern[str], _Read], ...] = (
    _shape(rf"(?<![0-9])(?P<y>(?:19|20)[0-9]{{2}})\s?(?P<s>[-/.])\s?(?P<m>[0-9]{{1,2}})\s?(?P=s)\s?(?P<d>[0-9]{{1,2}})(?![0-9]){_CLOCK}", _full),
    _shape(r"(?<![0-9] )(?<![0-9])(?P<y>20[0-9]{2}) (?P<m>1[0-2]|0?[1-9]) (?P<d>3[01]|[12][0-9]|0?[1-9])(?![0-9.]| ?[0-9])", _full),
    _shape(r"(?<![0-9./-])(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})[-/.](?P<y>20[0-9]{2})(?![0-9])", _slashes),
    _shape(r"(?<![0-9./-])(?P<y>[0-9]{2})(?P<s>[-/.])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})(?![0-9./-])", _short),
    _shape(rf"(?:{_Y}\s*年?\s*的?)?\s*(?<![0-9一二三四五六七八九十个])(?P<m>{_N})\s*月份?的?\s*(?:(?P<d>{_D})(?:\s*[日号](?!码)|(?![0-9.,十]|\s*[元块万张百千]))|{_PART})?{_CLOCK}", _year_month),
    _shape(rf"(?:{_Y}\s*年?\s*的?\s*)?(?:第?(?P<q>[一二三四1-4])季度?|(?<![a-z0-9])q(?P<n>[1-4])(?![a-z0-9]))", _quarter),
    _shape(r"(?<![a-z0-9])q(?P<n>[1-4])[ /-]?(?P<y>20[0-9]{2})(?P<q>)(?![0-9])", _quarter),
    _shape(r"(?P<back>上个?|这个?|本|last |previous |this )(?:季度?|quarter)", _last_quarter),
    _shape(rf"{_Y}\s*年?(?:的?(?P<part>[初头底末尾]|中(?!国)|上半年|下半年))?", _of_year),
    _shape(r"(?P<y>)年(?P<part>[初头底末尾]|中(?!国))", lambda m, t: _bare_year_part(m, t)),
    _shape(rf"(?P<back>上上个?|上个?|这个?|本|当)(?:月|(?=月))份?的?(?:(?P<d>{_D})[日号]?(?![0-9.,]|\s*[元块万张])|{_PART})?(?P<early>)", _relative_month),
    _shape(r"(?:(?P<early>early|beginning|start|mid|middle|late|end)[ -]?(?:of |in )?)?(?P<back>(?:the )?last|(?:the )?previous|this) month(?P<d>)(?P<part>)", _relative_month),
    _shape(r"(?<!个)月(?P<part>[初头底末尾]|中(?!国))|(?<![年月])(?P<x>)(?=[上中下]旬)(?P<y>)", lambda m, t: _part_of_month(m, t) if m["part"] else ()),
    _shape(rf"(?P<said>大前天|day before yesterday|今天|今日|今早|昨天|昨日|昨晚|前天|前日|\btoday|\byesterday){_BEFORE_LOOKING}", _said_day),
    _shape(r"(?P<back>上上个?|上个?|这个?|本)?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天1-6])(?![0-9年])", _weekday),
    _shape(r"(?P<back>last |previous |this |on )(?P<wd>(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\b", _weekday),
    _shape(r"(?P<back>上上个?|上个?|这个?|本|last |previous |this )(?:周|星期|礼拜|week)(?P<end>末|end)?", _week),
    _shape(r"(?<![0-9])(?P<n>[0-9]{1,3}|[一两二三四五六七八九十几]{1,2}|\b(?:an?|one|two|three|few)\b)\s*个?(?P<unit>天|周|星期|礼拜|月|年|days?|weeks?|months?|years?)\s*(?:之|以)?(?:前|ago)", _ago),
    _shape(r"(?:最近|近|过去|(?:the )?(?:last|past|recent)\s)\s*(?P<n>[0-9]{1,3}|[一两二三四五六七八九十几]{1,2}|few)?\s*个?(?P<unit>天|日|周|星期|礼拜|月|年|days?|weeks?|months?)", _recent),
    _shape(rf"{_NAME}\s*{_ED}(?![0-9])(?:,?\s*{_EY}(?![0-9]))?(?P<part>)", _english),
    _shape(rf"(?<![0-9]){_ED}[ -]?(?:of )?{_NAME}(?:,?[ -]*{_EY}(?![0-9]))?", _english_day),
    _shape(rf"(?:(?P<part>early|beginning|start|mid|middle|late|end)[ -](?:of )?)?\b{_NAME},?\s*{_EY}(?![0-9])(?P<d>)", _english),
    _shape(rf"(?:(?P<part>early|beginning|start|mid|middle|late|end)[ -](?:of )?|\b(?:in|of|from|since|during) |\b(?!may\b|mar\b|march\b|jan\b)){_NAME}(?P<y>)(?P<d>)", _english),
    _shape(rf"(?<![0-9一二三四五六七八九十.])(?P<d>{_D})\s*[日号](?![码线楼院店])", _only_day),
    _shape(r"(?<![0-9./-])(?P<y>20[0-9]{2})[-/.](?P<m>1[0-2]|0?[1-9])(?![0-9./-])", _dotted_month),
    _shape(r"(?<![0-9./-])(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})(?![0-9./%-]|\s*[元块万折%])", _month_day),
)  # fmt: skip


def _bare_year_part(match: _Match, today: date) -> tuple[Reading, ...]:
    """年初, 年底: of the latest year in which it has begun."""
    first, last = _YEAR_PARTS[match["part"]]
    return _months(today.year - (first > today.month), first, last, is_sure=False)
