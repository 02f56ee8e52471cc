"""Days, weeks and months told from today: 昨天, 上周三, 上月底, 三天前, last Friday."""

from __future__ import annotations

from datetime import date, timedelta

from knowledge.invoices.days import PARTS, day_reading, month_back, month_reading, numeral
from knowledge.invoices.periods.patterns import (
    DAY,
    ENGLISH_PART,
    MID,
    PART,
    Said,
    Shape,
    shape,
    steps_back,
)
from knowledge.invoices.query import DayReading, Reading

_WEEKDAYS = {c: n for n, pair in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7")) for c in pair}
_ENGLISH_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SAID_DAYS = {
    "今天": 0, "今日": 0, "当天": 0, "今早": 0, "昨天": 1, "昨日": 1, "昨晚": 1, "前天": 2, "前日": 2, "大前天": 3,
    "today": 0, "yesterday": 1, "day before yesterday": 2,
}  # fmt: skip
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
_DOING = "查|搜|找|看|收|问|登|上传|提交|申请|扫|录|打不|没|不|可以|能|国际"  # 今天查不到 says nothing of the invoice
_NOT_DOING = rf"(?!\s*(?:我|就|还|才|刚|又|都|一直|怎么|为什么|去|来|在|能|还是|也){{0,4}}(?:{_DOING}))"
_BACK = r"(?P<back>上上个?|上个?|这个?|本)"
_EBACK = r"(?P<back>(?:the )?last |(?:the )?previous |this |on )"
_COUNT = r"[0-9]{1,3}|[一两二三四五六七八九十几]{1,2}"
_LONG_UNIT = r"(?P<unit>天|日|周|星期|礼拜|月|年|days?|weeks?|months?|years?)"


def _relative_month(match: Said, today: date) -> tuple[Reading, ...]:
    year, month = month_back(today, steps_back(match["back"]))
    if match["d"]:
        return day_reading(year, month, numeral(match["d"]))
    return month_reading(year, month, (match["part"] or match["early"] or "").lower())


def _part_of_month(match: Said, today: date) -> tuple[Reading, ...]:
    """月底: of this month once that has begun, and of the one before."""
    part = match["part"] or match["tens"]
    first, _ = PARTS[part]
    here = [month_back(today, back) for back in ((0, 1) if today.day >= first else (1, 0))]
    return tuple(r for year, month in here for r in month_reading(year, month, part, is_sure=False))


def _said_day(match: Said, today: date) -> tuple[Reading, ...]:
    day = today - timedelta(_SAID_DAYS[match["said"].lower()])
    return (DayReading(day, day),)


def _weekday(match: Said, today: date) -> tuple[Reading, ...]:
    """上周三: of the calendar week before, and the latest one; 周三: the latest."""
    said, name = (match["back"] or "").lower(), match["wd"].lower()
    number = _ENGLISH_DAYS.index(name[:3]) if name[:3] in _ENGLISH_DAYS else _WEEKDAYS[name]
    monday = today - timedelta(today.weekday())
    latest = today - timedelta((today.weekday() - number) % 7)
    weeks = steps_back(said)
    days = [monday + timedelta(number - 7 * weeks), latest] if weeks else [latest, latest - timedelta(7)]
    return tuple(DayReading(day, day, is_sure=bool(said)) for day in dict.fromkeys(days))


def _week(match: Said, today: date) -> tuple[Reading, ...]:
    said = (match["back"] or match["eback"]).lower()
    back = steps_back(said)
    monday = today - timedelta(today.weekday() + 7 * back)
    if match["end"]:
        return (DayReading(monday + timedelta(5), monday + timedelta(6)),)
    return (DayReading(monday, monday + timedelta(6)),)


def _ago(match: Said, today: date) -> tuple[Reading, ...]:
    unit, count = match["unit"].lower().removesuffix("s"), _count(match["n"])
    size = _UNITS[unit]
    if count * size > 20_000:
        return ()
    if size == 30:
        return month_reading(*month_back(today, count))
    day, slack = today - timedelta(count * size), timedelta(size // 2)
    return (DayReading(day - slack, day + slack),)


def _recent(match: Said, today: date) -> tuple[Reading, ...]:
    """最近三天, 近半年, last 3 months: up to today."""
    days = _count(match["n"]) * _UNITS[match["unit"].lower().removesuffix("s")]
    return (DayReading(today - timedelta(days), today),) if days <= 20_000 else ()


def _count(word: str | None) -> int:
    said = (word or "一").lower().replace("两", "二")
    return {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "few": 3, "几": 3}.get(said) or numeral(said)


RELATIVE: tuple[Shape, ...] = (
    shape(
        _relative_month,
        rf"(?P<back>上上个?|上个?|这个?|本|当)月份?的?(?:(?P<d>{DAY})[日号]|{PART})?(?P<early>)",
    ),
    shape(
        _relative_month,
        rf"(?:(?P<early>{ENGLISH_PART})[ -]?(?:of |in )?)?{_EBACK}month(?P<d>)(?P<part>)",
    ),
    shape(_part_of_month, rf"(?:月(?P<part>[初头底末尾]|{MID})|(?P<tens>[上中下]旬))"),
    shape(
        _said_day,
        r"(?P<said>大前天|今天|今日|今早|昨天|昨日|昨晚|前天|前日|day before yesterday|\btoday|\byesterday)",
        _NOT_DOING,
    ),
    shape(_weekday, rf"{_BACK}?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天1-6])(?![0-9年])"),
    shape(
        _weekday,
        rf"{_EBACK}(?P<wd>(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)\b",
    ),
    shape(_week, rf"(?:{_BACK}(?:周|星期|礼拜)|(?P<eback>last |previous |this )week)(?P<end>末|end)?"),
    shape(
        _ago,
        rf"(?<![0-9])(?P<n>{_COUNT}|\b(?:an?|one|two|three|few)\b)\s*个?{_LONG_UNIT}\s*(?:之|以)?(?:前|ago)",
    ),
    shape(
        _recent,
        rf"(?:最近|近|过去|(?:the )?(?:last|past|recent)\s)\s*(?P<n>{_COUNT}|few)?\s*个?{_LONG_UNIT}",
    ),
)
