"""What the shapes of times are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from knowledge.invoices.days import numeral
from knowledge.invoices.query import Reading

Said = re.Match[str]
Read = Callable[[Said, date], tuple[Reading, ...]]  # the match, the asker's day
Shape = tuple[re.Pattern[str], Read]

HAN = "[一二三四五六七八九]"
MONTH = rf"(?:1[0-2]|0?[1-9]|十[一二]?|{HAN})"
DAY = rf"(?:3[01]|[12][0-9]|0?[1-9]|三十一?|二?十{HAN}?|{HAN})"
FOUR = "(?:19|20)[0-9]{2}"
YEAR = (
    rf"(?P<y>(?<![0-9])(?:{FOUR}|[0-9]{{2}}|[一二][〇零一二三四五六七八九]{{3}}|二{HAN})(?=\s*年)"
    r"|大前年|今年|本年|去年|上年|前年)"
)
MID = r"中(?=旬|[的那这开前后左]|[^\u4e00-\u9fff]|$)"  # 上个月中石化 is no middle
PART = rf"(?P<part>初|头|上旬|中旬|下旬|{MID}|底|末|尾)"
MONTH_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
TH = "(?:st|nd|rd|th)"
ENGLISH_DAY = rf"(?P<d>3[01]|[12][0-9]|0?[1-9]){TH}?"
ENGLISH_YEAR = rf"(?P<y>{FOUR})(?![0-9])"
ENGLISH_PART = "early|beginning|start|mid|middle|late|end"
_HAN, _WORD = re.compile("[\u4e00-\u9fff]"), re.compile("[a-z]{3}")
_SAID_YEARS = {"今年": 0, "本年": 0, "去年": 1, "上年": 1, "前年": 2, "大前年": 3}


def shape(read: Read, *pattern: str) -> Shape:
    return re.compile("".join(pattern), re.IGNORECASE), read


def is_english(one: Shape) -> bool:
    """Matches nothing without three letters in a row."""
    source = re.sub(r"\(\?P<\w+>", "(", one[0].pattern)
    return not _HAN.search(source) and _WORD.search(source) is not None


def year_of(match: Said, today: date) -> int | None:
    said = match["y"]
    if said is None:
        return None
    if said in _SAID_YEARS:
        return today.year - _SAID_YEARS[said]
    year = numeral(said)
    return year + 2000 if year < 100 else year


def steps_back(said: str) -> int:
    """How many weeks, months or quarters ago: 上 1, 上上 2, this 0."""
    return said.count("上") or int("last" in said.lower() or "prev" in said.lower())
