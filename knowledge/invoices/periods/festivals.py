"""Times told by feasts and seasons: 国庆前, 去年春节, 双十一, 暑假, before National Day, last summer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial

from knowledge.invoices.periods.patterns import FOUR, Said, Shape, shape, year_of
from knowledge.invoices.query import DayReading, Reading

_LUNAR_SINCE = 2018  # the year of the first in a row of days
_APART = "(?<![长永宜阳伊珲青富迎华宁江千春中])"  # 长春天联 has no spring
_FEASTS = (  # what it is called, month-day of its beginning, how many days it lasts
    ("元旦|新年(?=[前后期])|(?<!chinese )(?<!lunar )new year'?s?(?: day)?", "1-1", 3),
    (
        "春节|过年|(?<![0-9一二两三四五六七八九十几半多今去前])年(?=[前后])|(?:chinese|lunar) new year|spring festival",
        "2-16 2-5 1-25 2-12 2-1 1-22 2-10 1-29 2-17 2-6 1-26 2-13 2-3",
        8,
    ),
    ("清明|qingming(?: festival)?", "4-4", 3),
    ("(?<![0-9零一二三四五六七八九十])五一(?![0-9零一二三四五六七八九])|劳动节|labou?r day|may day", "5-1", 5),
    (
        "端午|dragon boat(?: festival)?",
        "6-18 6-7 6-25 6-14 6-3 6-22 6-10 5-31 6-19 6-9 5-28 6-16 6-5",
        3,
    ),
    ("(?<![0-9.])(?:618|六一八)(?=期间|大促|活动|那|前|后)", "6-18", 3),
    (
        "中秋|mid-?autumn(?: festival)?",
        "9-24 9-13 10-1 9-21 9-10 9-29 9-17 10-6 9-25 9-15 10-3 9-22 9-12",
        3,
    ),
    ("国庆|(?<![双0-9一二三四五六七八九十])十一(?=前|后|期间|假|长假)|national day|golden week", "10-1", 8),
    ("双十一|双11|(?:singles'? day|double (?:11|eleven))", "11-11", 3),
    ("双十二|双12|double (?:12|twelve)", "12-12", 3),
    ("圣诞|christmas|xmas", "12-25", 1),
    (rf"{_APART}春[天季]|(?<=last |this )spring", "3-1", 92),
    (rf"{_APART}夏[天季]|(?<=last |this )summer", "6-1", 92),
    (rf"{_APART}秋[天季]|(?<=last |this )(?:autumn|fall)", "9-1", 91),
    (rf"{_APART}冬[天季]|(?<=last |this )winter", "12-1", 90),
    ("暑假|summer (?:holidays?|vacation)", "7-1", 62),
    ("寒假", "1-10", 50),
)
_ROUND = timedelta(20)  # as far as 国庆前 and 国庆后 reach


def _feast(begins: str, size: int, match: Said, today: date) -> tuple[Reading, ...]:
    """Of the year that was said, or the latest that has begun."""
    said = year_of(match, today)
    for year in (said,) if said is not None else (today.year, today.year - 1):
        if (first := _first(begins, year)) and (days := _near(first, size, _side(match))).first <= today:
            return (days,)
    return ()


def _first(begins: str, year: int) -> date | None:
    days = begins.split()
    at = year - _LUNAR_SINCE if len(days) > 1 else 0
    return date(year, *map(int, days[at].split("-"))) if 0 <= at < len(days) else None


def _side(match: Said) -> str:
    return (match["before"] or match["after"] or "").strip().lower()


def _near(first: date, size: int, side: str) -> DayReading:
    """The feast with the day before and after it, or what lies before or behind."""
    last = first + timedelta(size - 1)
    if side in {"before", "前", "之前", "以前", "前夕"}:
        return DayReading(first - _ROUND, first - timedelta(1), is_sure=False)
    if side in {"after", "后", "之后", "以后"}:
        return DayReading(min(last, first + timedelta(3)), last + _ROUND, is_sure=False)
    slack = timedelta(7 if side in {"around", "前后", "左右"} else 1)
    return DayReading(first - slack, last + slack, is_sure=False)


def _shapes() -> Iterator[Shape]:
    year = rf"(?:(?P<y>今年|去年|前年|(?<![0-9]){FOUR}(?=年))年?的?)?"
    ahead = r"(?:(?P<before>(?<![a-z])(?:before|after|around)\s)(?:the )?)?(?:(?<![a-z])(?:last|this) )?"
    behind = "节?(?:小?长?假期?|放假|那几?天|期间|当天)?(?P<after>前后|左右|[之以]?[前后]|前夕)?"
    no_name = "(?![路街村店]|[\u4e00-\u9fff]{0,10}(?:公司|百货|酒店))"
    for names, begins, size in _FEASTS:
        yield shape(partial(_feast, begins, size), year, ahead, rf"(?:{names})", behind, no_name)


FEASTS: tuple[Shape, ...] = tuple(_shapes())
A_FEAST = re.compile("|".join(names for names, _begins, _size in _FEASTS), re.IGNORECASE)
