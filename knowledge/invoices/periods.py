"""Days, months and other stretches of time inside a text, as people say them: 12月26日, 上月底, 上周三, Q3."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from knowledge.invoices.days import (
    PARTS,
    day_reading,
    latest_day,
    latest_year,
    month_back,
    month_reading,
    months,
    numeral,
    yearless,
)
from knowledge.invoices.query import AmountReading, DayReading, Reading, YearlessReading

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_PARTS = {
    "初": (1, 3), "头": (1, 3), "中": (5, 8), "底": (10, 12), "末": (10, 12), "尾": (10, 12),
    "上半年": (1, 6), "下半年": (7, 12),
}  # fmt: skip
_TO = re.compile(r"\s*(?:到|至|[-~]|to|until|till|through|and|和)\s*", re.IGNORECASE)
_WEEKDAYS = {c: n for n, pair in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7")) for c in pair}
_ENGLISH_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Found = tuple[int, int, tuple[Reading, ...]]  # from, to, the readings
_Match = re.Match[str]


def find_days(text: str, today: date) -> list[Found]:
    """What stands for a time, in the text's order and without overlaps. What names no real day is passed over."""
    taken = bytearray(len(text))
    found: list[Found] = []
    for pattern, read in _SHAPES:
        for match in pattern.finditer(text):
            start, end = match.span()
            if not any(taken[start:end]) and (readings := read(match, today)):
                taken[start:end] = b"\1" * (end - start)
                found.append((start, end, readings))
    return _ranges(sorted(found, key=lambda piece: piece[0]), text, today)


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
    return day_reading(int(match["y"]), int(match["m"]), int(match["d"]))


def _short(match: _Match, _today: date) -> tuple[Reading, ...]:
    """24-12-26; or 26-12-24, when that is what it can be as well."""
    one, two, three = int(match["y"]), int(match["m"]), int(match["d"])
    if two > 12:  # 12/26/24
        return day_reading(2000 + three, one, two)
    return tuple(dict.fromkeys((*day_reading(2000 + one, two, three), *day_reading(2000 + three, two, one))))


def _slashes(match: _Match, _today: date) -> tuple[Reading, ...]:
    """26/12/2024, 12/26/2024; 03/04/2024 is either."""
    one, two, year = int(match["m"]), int(match["d"]), int(match["y"])
    return tuple(dict.fromkeys((*day_reading(year, one, two), *day_reading(year, two, one))))


def _year_month(match: _Match, today: date) -> tuple[Reading, ...]:
    """With or without the year, the day, the part of the month: 去年12月26日, 12月底, 9月."""
    year, month, part = _year(match, today), numeral(match["m"]), match["part"] or ""
    day = numeral(match["d"]) if match["d"] else 0
    if year is not None:
        return day_reading(year, month, day) if day else month_reading(year, month, part)
    if part and 1 <= month <= 12:
        return (*month_reading(latest_year(month, today), month, part, is_sure=False), *yearless(month))
    return yearless(month, day)


def _of_year(match: _Match, today: date) -> tuple[Reading, ...]:
    year = _year(match, today)
    first, last = _YEAR_PARTS.get(match["part"] or "", (1, 12))
    if year is None:
        year = today.year - (first > today.month)
    return months(year, first, last)


def _quarter(match: _Match, today: date) -> tuple[Reading, ...]:
    quarter, year = numeral(match["q"] or match["n"]), _year(match, today)
    first = quarter * 3 - 2
    known = latest_year(first, today) if year is None else year
    return months(known, first, first + 2, is_sure=year is not None) if 1 <= quarter <= 4 else ()


def _back(said: str) -> int:
    """How many weeks, months or quarters ago: 上 1, 上上 2, this 0."""
    return said.count("上") or int("last" in said.lower() or "prev" in said.lower())


def _last_quarter(match: _Match, today: date) -> tuple[Reading, ...]:
    quarters = today.year * 4 + (today.month - 1) // 3 - _back(match["back"])
    return months(quarters // 4, quarters % 4 * 3 + 1, quarters % 4 * 3 + 3)


def _relative_month(match: _Match, today: date) -> tuple[Reading, ...]:
    year, month = month_back(today, _back(match["back"]))
    if match["d"]:
        return day_reading(year, month, numeral(match["d"]))
    return month_reading(year, month, (match["part"] or match["early"] or "").lower())


def _part_of_month(match: _Match, today: date) -> tuple[Reading, ...]:
    """月底: of this month once that has begun, and of the one before."""
    part = match["part"] or match["tens"]
    first, _ = PARTS[part]
    here = [month_back(today, back) for back in ((0, 1) if today.day >= first else (1, 0))]
    return tuple(r for year, month in here for r in month_reading(year, month, part, is_sure=False))


def _only_day(match: _Match, today: date) -> tuple[Reading, ...]:
    """26号: the latest, and the one before."""
    day = numeral(match["d"])
    backs = range(0 if day <= today.day else 1, 4)
    days = (r for back in backs for r in day_reading(*month_back(today, back), day, is_sure=False))
    return tuple(days)[:2]


_SAID_DAYS = {
    "今天": 0, "今日": 0, "当天": 0, "今早": 0, "昨天": 1, "昨日": 1, "昨晚": 1, "前天": 2, "前日": 2, "大前天": 3,
    "today": 0, "yesterday": 1, "day before yesterday": 2,
}  # fmt: skip
_SAID_YEARS = {"今年": 0, "本年": 0, "去年": 1, "上年": 1, "前年": 2, "大前年": 3}


def _said_day(match: _Match, today: date) -> tuple[Reading, ...]:
    day = today - timedelta(_SAID_DAYS[match["said"].lower()])
    return (DayReading(day, day),)


def _weekday(match: _Match, today: date) -> tuple[Reading, ...]:
    """上周三: of the calendar week before, and the latest one; 周三: the latest."""
    said, name = (match["back"] or "").lower(), match["wd"].lower()
    number = _ENGLISH_DAYS.index(name[:3]) if name[:3] in _ENGLISH_DAYS else _WEEKDAYS[name]
    monday = today - timedelta(today.weekday())
    latest = today - timedelta((today.weekday() - number) % 7)
    weeks = _back(said)
    days = [monday + timedelta(number - 7 * weeks), latest] if weeks else [latest, latest - timedelta(7)]
    return tuple(DayReading(day, day, is_sure=bool(said)) for day in dict.fromkeys(days))


def _week(match: _Match, today: date) -> tuple[Reading, ...]:
    said = (match["back"] or match["eback"]).lower()
    back = _back(said)
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
        return month_reading(*month_back(today, count))
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
    month = _MONTHS.index(match["name"][:3].lower()) + 1
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


def _month_day(match: _Match, _today: date) -> tuple[Reading, ...]:
    """12-26 and 26/12; 12.26 is an amount as well, and 2-digit 24.12 a month."""
    one, two = int(match["m"]), int(match["d"])
    times = (*yearless(one, two), *(yearless(two, one) if two != one and two > 0 else ()))
    if "." in match[0]:
        return (*times, AmountReading(one * 100 + two * (1 if len(match["d"]) == 2 else 10)))
    return times


def _dotted_month(match: _Match, _today: date) -> tuple[Reading, ...]:
    month = month_reading(int(match["y"]), int(match["m"]))
    return (*month, AmountReading(int(match["y"]) * 100 + int(match["m"]))) if "." in match[0] else month


def _bare_year_part(match: _Match, today: date) -> tuple[Reading, ...]:
    """年初, 年底, 下半年: of the latest year in which it has begun."""
    first, last = _YEAR_PARTS[match["part"] or match["half"]]
    return months(today.year - (first > today.month), first, last, is_sure=False)


_HAN = "[一二三四五六七八九]"
_N = rf"(?:1[0-2]|0?[1-9]|十[一二]?|{_HAN})"
_D = rf"(?:3[01]|[12][0-9]|0?[1-9]|三十一?|二?十{_HAN}?|{_HAN})"
_Y4 = "(?:19|20)[0-9]{2}"
_Y = (
    rf"(?P<y>(?<![0-9])(?:{_Y4}|[0-9]{{2}}|[一二][〇零一二三四五六七八九]{{3}}|二{_HAN})(?=\s*年)"
    r"|大前年|今年|本年|去年|上年|前年)"
)
_MID = r"中(?=旬|[的那这开前后左]|[^\u4e00-\u9fff]|$)"  # 上个月中石化 is no middle
_PART = rf"(?P<part>初|头|上旬|中旬|下旬|{_MID}|底|末|尾)"
_BARE_D = rf"(?:3[01]|[12][0-9]|0?[1-9]|三十一|二十{_HAN}|十{_HAN})"  # without 日: no 三月三, no 上个月三星
_NO_SUM = r"(?![0-9.,十]|\s*[元块万张百千])"  # 12月80元 is no 80th
_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_TH = "(?:st|nd|rd|th)"
_ED = rf"(?P<d>3[01]|[12][0-9]|0?[1-9]){_TH}?"
_EY = rf"(?P<y>{_Y4})(?![0-9])"
_EPART = "early|beginning|start|mid|middle|late|end"
_CLOCK = r"(?:[ t]+[0-9]{1,2}[:时点][0-9]{1,2}(?:[:分][0-9]{1,2}(?:\.[0-9]+)?)?秒?(?:z|\+08:?00)?)?"
_DOING = "查|搜|找|看|收|问|登|上传|提交|申请|扫|录|打不|没|不|可以|能|国际"  # 今天查不到 says nothing of the invoice
_NOT_DOING = rf"(?!\s*(?:我|就|还|才|刚|又|都|一直|怎么|为什么|去|来|在|能|还是|也){{0,4}}(?:{_DOING}))"
_BACK = r"(?P<back>上上个?|上个?|这个?|本)"
_EBACK = r"(?P<back>(?:the )?last |(?:the )?previous |this |on )"
_COUNT = r"[0-9]{1,3}|[一两二三四五六七八九十几]{1,2}"
_LONG_UNIT = r"(?P<unit>天|日|周|星期|礼拜|月|年|days?|weeks?|months?|years?)"
_Read = Callable[[_Match, date], tuple[Reading, ...]]


def _shape(read: _Read, *pattern: str) -> tuple[re.Pattern[str], _Read]:
    return re.compile("".join(pattern), re.IGNORECASE), read


_SHAPES: tuple[tuple[re.Pattern[str], _Read], ...] = (
    _shape(
        _full,
        rf"(?<![0-9])(?P<y>{_Y4})\s?(?P<s>[-/.])\s?(?P<m>[0-9]{{1,2}})\s?(?P=s)\s?(?P<d>[0-9]{{1,2}})(?![0-9])",
        _CLOCK,
    ),
    _shape(
        _full,
        rf"(?<![0-9] )(?<![0-9])(?P<y>{_Y4}) (?P<m>1[0-2]|0?[1-9]) (?P<d>3[01]|[12][0-9]|0?[1-9])(?![0-9.]| ?[0-9])",
    ),
    _shape(_slashes, rf"(?<![0-9./-])(?P<m>[0-9]{{1,2}})[-/.](?P<d>[0-9]{{1,2}})[-/.](?P<y>{_Y4})(?![0-9])"),
    _shape(
        _short,
        r"(?<![0-9./-])(?P<y>[0-9]{2})(?P<s>[-/.])(?P<m>[0-9]{1,2})(?P=s)(?P<d>[0-9]{1,2})(?![0-9./-])",
    ),
    _shape(
        _year_month,
        rf"(?:{_Y}\s*年?\s*的?)?\s*(?<![0-9一二三四五六七八九十个])(?P<m>{_N})\s*月份?的?\s*",
        rf"(?:(?P<d>{_D}(?=\s*[日号])|{_BARE_D}(?=[日号\s]|{_NO_SUM}))(?:\s*[日号](?!码)|{_NO_SUM})|{_PART})?",
        _CLOCK,
    ),
    _shape(
        _quarter,
        rf"(?:{_Y}\s*年?\s*的?\s*)?(?:(?:第(?=[一二三四1-4]季)|(?=[一二三四1-4]季度))(?P<q>[一二三四1-4])季度?"
        r"|(?<![a-z0-9])q(?P<n>[1-4])(?![a-z0-9]))(?![ /-]?20[0-9]{2})",
    ),
    _shape(_quarter, rf"(?<![a-z0-9])q(?P<n>[1-4])[ /-]?(?P<q>){_EY}"),
    _shape(_last_quarter, r"(?P<back>上个?|这个?|本|last |previous |this )(?:季度?|quarter)"),
    _shape(_of_year, rf"{_Y}\s*年?(?:的?(?P<part>[初头底末尾]|{_MID}|上半年|下半年))?"),
    _shape(_bare_year_part, rf"年(?P<part>[初头底末尾]|{_MID})|(?P<half>[上下]半年)"),
    _shape(
        _relative_month,
        rf"(?P<back>上上个?|上个?|这个?|本|当)月份?的?(?:(?P<d>{_D})[日号]|{_PART})?(?P<early>)",
    ),
    _shape(
        _relative_month,
        rf"(?:(?P<early>{_EPART})[ -]?(?:of |in )?)?{_EBACK}month(?P<d>)(?P<part>)",
    ),
    _shape(_part_of_month, rf"(?:月(?P<part>[初头底末尾]|{_MID})|(?P<tens>[上中下]旬))"),
    _shape(
        _said_day,
        r"(?P<said>大前天|今天|今日|今早|昨天|昨日|昨晚|前天|前日|day before yesterday|\btoday|\byesterday)",
        _NOT_DOING,
    ),
    _shape(_weekday, rf"{_BACK}?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天1-6])(?![0-9年])"),
    _shape(
        _weekday,
        rf"{_EBACK}(?P<wd>(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\b",
    ),
    _shape(_week, rf"(?:{_BACK}(?:周|星期|礼拜)|(?P<eback>last |previous |this )week)(?P<end>末|end)?"),
    _shape(
        _ago,
        rf"(?<![0-9])(?P<n>{_COUNT}|\b(?:an?|one|two|three|few)\b)\s*个?{_LONG_UNIT}\s*(?:之|以)?(?:前|ago)",
    ),
    _shape(
        _recent,
        rf"(?:最近|近|过去|(?:the )?(?:last|past|recent)\s)\s*(?P<n>{_COUNT}|few)?\s*个?{_LONG_UNIT}",
    ),
    _shape(_english, rf"(?<![0-9]){_EY}[ ,-]*{_NAME}[ -]*{_ED}(?![0-9])(?P<part>)"),
    _shape(_english, rf"(?<![0-9]){_ED}[-/]{_NAME}[-/](?P<y>[0-9]{{2}})(?![0-9])(?P<part>)"),
    _shape(_english, rf"{_NAME}[ -]*{_ED}(?![0-9])(?:,?\s*{_EY})?(?P<part>)"),
    _shape(_english, rf"(?<![0-9]){_ED}[ -]?(?:of )?{_NAME}(?:,?[ -]*{_EY})?(?P<part>)"),
    _shape(_english, rf"(?:(?P<part>{_EPART})[ -](?:of )?)?\b{_NAME},?\s*{_EY}(?P<d>)"),
    _shape(
        _english,
        rf"(?:(?P<part>{_EPART})[ -](?:of )?|\b(?:in|of|from|since|during) |\b(?!may\b|mar\b|march\b|jan\b))"
        rf"{_NAME}(?P<y>)(?P<d>)",
    ),
    _shape(_only_day, rf"(?<![0-9一二三四五六七八九十.])(?P<d>{_D})\s*[日号](?![码线楼院店])"),
    _shape(_only_day, rf"\bthe (?P<d>3[01]|[12][0-9]|[1-9]){_TH}\b"),
    _shape(_dotted_month, rf"(?<![0-9./-])(?P<y>{_Y4})[-/.](?P<m>1[0-2]|0?[1-9])(?![0-9./-])"),
    _shape(
        _month_day,
        r"(?<![0-9./-])(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})(?![0-9./%-]|\s*[元块万折%])",
    ),
)
