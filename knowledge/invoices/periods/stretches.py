"""Years, halves and quarters: 去年底, 下半年, Q3, 上季度."""

from __future__ import annotations

from datetime import date

from knowledge.invoices.days import latest_year, months, numeral
from knowledge.invoices.periods.patterns import (
    ENGLISH_YEAR,
    MID,
    YEAR,
    Said,
    Shape,
    shape,
    steps_back,
    year_of,
)
from knowledge.invoices.query import Reading

_YEAR_PARTS = {
    "初": (1, 3), "头": (1, 3), "中": (5, 8), "底": (10, 12), "末": (10, 12), "尾": (10, 12),
    "上半年": (1, 6), "下半年": (7, 12),
}  # fmt: skip
_ENGLISH_PARTS = {
    "": (1, 12), "early": (1, 3), "beginning": (1, 3), "mid": (5, 8), "middle": (5, 8),
    "late": (10, 12), "end": (10, 12),
    "first": (1, 6), "first half": (1, 6), "second": (7, 12), "second half": (7, 12),
}  # fmt: skip


def _of_year(match: Said, today: date) -> tuple[Reading, ...]:
    year = year_of(match, today)
    first, last = _YEAR_PARTS.get(match["part"] or "", (1, 12))
    if year is None:
        year = today.year - (first > today.month)
    return months(year, first, last)


def _english_year(match: Said, today: date) -> tuple[Reading, ...]:
    year = today.year - steps_back(match["back"] or "")
    return months(year, *_ENGLISH_PARTS[(match["part"] or match["half"] or "").lower()])


def _half(match: Said, today: date) -> tuple[Reading, ...]:
    first = 1 if match["h"] == "1" else 7
    year = int(match["y"]) if match["y"] else latest_year(first, today)
    return months(year, first, first + 5, is_sure=bool(match["y"]))


def _bare_year_part(match: Said, today: date) -> tuple[Reading, ...]:
    """年初, 年底, 下半年: of the latest year in which it has begun."""
    first, last = _YEAR_PARTS[match["part"] or match["half"]]
    return months(today.year - (first > today.month), first, last, is_sure=False)


def _quarter(match: Said, today: date) -> tuple[Reading, ...]:
    quarter, year = numeral(match["q"] or match["n"]), year_of(match, today)
    first = quarter * 3 - 2
    known = latest_year(first, today) if year is None else year
    return months(known, first, first + 2, is_sure=year is not None) if 1 <= quarter <= 4 else ()


def _last_quarter(match: Said, today: date) -> tuple[Reading, ...]:
    quarters = today.year * 4 + (today.month - 1) // 3 - steps_back(match["back"])
    return months(quarters // 4, quarters % 4 * 3 + 1, quarters % 4 * 3 + 3)


STRETCHES: tuple[Shape, ...] = (
    shape(
        _quarter,
        rf"(?:{YEAR}\s*年?\s*的?\s*)?(?:(?:第(?=[一二三四1-4]季)|(?=[一二三四1-4]季度))(?P<q>[一二三四1-4])季度?"
        r"|(?<![a-z0-9])q(?P<n>[1-4])(?![a-z0-9]))(?![ /-]?20[0-9]{2})",
    ),
    shape(_quarter, rf"(?<![a-z0-9])q(?P<n>[1-4])[ /-]?(?P<q>){ENGLISH_YEAR}"),
    shape(_last_quarter, r"(?P<back>上个?|这个?|本|last |previous |this )(?:季度?|quarter)"),
    shape(
        _english_year,
        r"(?:(?P<part>early|beginning|mid|middle|late|end|first half|second half),? (?:of |in )?)?"
        r"(?:the )?(?P<back>last|previous|this|current) year|(?P<half>first|second) half of (?:the|this) year",
    ),
    shape(_half, rf"(?<![a-z0-9])h(?P<h>[12])(?: |/|-|')?(?:{ENGLISH_YEAR})?(?![a-z0-9])"),
    shape(_of_year, rf"{YEAR}\s*年?(?:的?(?P<part>[初头底末尾]|{MID}|上半年|下半年))?"),
    shape(_bare_year_part, rf"年(?P<part>[初头底末尾]|{MID})|(?P<half>[上下]半年)"),
)
