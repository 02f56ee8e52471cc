"""Days, weeks and months told from today: 昨天, 上周三, 上月底, 三天前, last Friday."""

from __future__ import annotations

from datetime import date, timedelta

from knowledge.invoices.days import PARTS, day_reading, month_back, month_reading, numeral
from knowledge.invoices.periods.patterns import (
    DAY,
    ENGLISH_DAY,
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
    "今儿": 0, "今晚": 0, "昨儿": 1, "昨夜": 1, "前儿": 2, "当日": 0,
    "today": 0, "yesterday": 1, "day before yesterday": 2,
}  # fmt: skip
_UNITS = {
    "天": 1, "日": 1, "day": 1, "周": 7, "星期": 7, "礼拜": 7, "week": 7, "月": 30, "month": 30, "年": 365, "year": 365,
}  # fmt: skip
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "half a": 1, "半": 1, "two": 2, "couple of": 2,
    "a couple of": 2, "three": 3, "few": 3, "几": 3,
}  # fmt: skip
_VAGUE = {  # 前几天, a couple of days ago: from, to, in days
    "前两天": (1, 4), "前几天": (2, 8), "前些天": (2, 14), "前些日子": (5, 45), "前阵子": (7, 60), "前段时间": (7, 60),
    "前一段时间": (7, 60), "这两天": (0, 3), "这几天": (0, 7),
    "这阵子": (0, 30), "最近": (0, 45), "近期": (0, 45), "近来": (0, 45),
    "a couple of days ago": (1, 4), "a few days ago": (2, 8), "a while ago": (7, 90), "the other day": (1, 10),
    "recently": (0, 45), "lately": (0, 45), "these days": (0, 14),
}  # fmt: skip
_DOING = "查|搜|找|看|收|问|登|上传|提交|申请|扫|录|打不|没|不|可以|能|国际"  # 今天查不到 says nothing of the invoice
_NOT_DOING = rf"(?!\s*(?:我|就|还|才|刚|又|都|一直|怎么|为什么|去|来|在|能|还是|也){{0,4}}(?:{_DOING}))"
_BACK = r"(?P<back>上上个?|上个?|这个?|本)"
_EBACK = r"(?P<back>(?:the )?last |(?:the )?previous |this |on )"
_COUNT = r"[0-9]{1,3}|[一两二三四五六七八九十几]{1,2}"
_SOME = rf"{_COUNT}|半|(?<![a-z])(?:half a|(?:a )?couple of|few|three|two|one|an?)(?![a-z])"
_RECENT = "最近(?![0-9一两二三四五六七八九十几半]|的?[店站])"
_WHENEVER = "|".join(sorted(_VAGUE, key=len, reverse=True)).replace("最近", _RECENT)
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
    day = today - timedelta(_SAID_DAYS[match["said"].lower().removeprefix("the ")])
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


def _before_last(match: Said, today: date) -> tuple[Reading, ...]:
    if match["unit"].lower() == "month":
        return month_reading(*month_back(today, 2))
    monday = today - timedelta(today.weekday() + 14)
    return (DayReading(monday, monday + timedelta(6)),)


def _ago(match: Said, today: date) -> tuple[Reading, ...]:
    unit, count = match["unit"].lower().removesuffix("s"), _count(match["n"])
    size = _UNITS[unit]
    if count * size > 20_000:
        return ()
    if match["n"] in {"半", "half a"}:
        count, size = 1, size // 2
    if size == 30:
        return month_reading(*month_back(today, count))
    day, slack = today - timedelta(count * size), timedelta(size // 2)
    return (DayReading(day - slack, day + slack),)


def _vague(match: Said, today: date) -> tuple[Reading, ...]:
    first, last = _VAGUE[match[0].lower()]
    return (DayReading(today - timedelta(last), today - timedelta(first), is_sure=False),)


def _recent(match: Said, today: date) -> tuple[Reading, ...]:
    """最近三天, 近半年, last 3 months: up to today."""
    size = _UNITS[match["unit"].lower().removesuffix("s")]
    days = size // 2 if match["n"] in {"半", "half a"} else _count(match["n"]) * size
    return (DayReading(today - timedelta(days), today),) if days <= 20_000 else ()


def _count(word: str | None) -> int:
    said = (word or "一").lower().replace("两", "二")
    return _COUNTS.get(said) or numeral(said)


RELATIVE: tuple[Shape, ...] = (
    shape(_relative_month, rf"(?:the )?{ENGLISH_DAY}(?<=[a-z]) (?:of )?{_EBACK}month(?P<part>)(?P<early>)"),
    shape(
        _relative_month,
        rf"(?P<back>上上个?|上个?|这个?|本|当)月份?的?(?:(?P<d>{DAY})[日号]|{PART})?(?P<early>)",
    ),
    shape(
        _relative_month,
        rf"(?:(?P<early>{ENGLISH_PART})[ -]?(?:of |in )?)?{_EBACK}month(?P<d>)(?P<part>)",
    ),
    shape(_part_of_month, rf"(?:月(?P<part>[初头底末尾]|{MID})|(?P<tens>[上中下]旬))(?!要|快|结|关|对|报)"),
    shape(
        _said_day,
        r"(?P<said>大前天|今[天日早晚儿]|昨[天日晚夜儿]|前[天日儿]|(?:the )?day before yesterday"
        r"|(?<![a-z])(?:today|yesterday))",
        _NOT_DOING,
    ),
    shape(_weekday, rf"{_BACK}?(?:周|星期|礼拜)(?P<wd>[一二三四五六日天1-6])(?![0-9年])"),
    shape(
        _weekday,
        rf"{_EBACK}(?P<wd>(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)(?![a-z])",
    ),
    shape(_week, rf"(?:{_BACK}(?:周|星期|礼拜)|(?P<eback>last |previous |this )week)(?P<end>末|end)?"),
    shape(_before_last, r"(?:the )?(?P<unit>month|week) before last"),
    shape(
        _vague,
        "|".join(sorted(_VAGUE, key=len, reverse=True)).replace(
            "最近", "最近(?![0-9一两二三四五六七八九十几半]|的?[店站])"
        ),
        _NOT_DOING,
    ),
    shape(
        _ago,
        rf"(?<![0-9])(?P<n>{_SOME})\s*个?{_LONG_UNIT}\s*(?:之|以)?(?:前|ago|back)",
    ),
    shape(
        _recent,
        rf"(?:最近|近|过去|(?:the )?(?:last|past|recent)\s)\s*(?P<n>{_SOME})?\s*个?{_LONG_UNIT}",
    ),
)
