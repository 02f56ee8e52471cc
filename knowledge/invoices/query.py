"""What a line of text may mean to a look-up: tokens, each with every reading that it allows.

A row's evidence is the sum over the tokens of the reading that suits the row best, so an ambiguous token (`12.26`,
`0512`, `20240322`, `1280`) is decided by the rows, not by the reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class NumberReading:
    """An invoice number in full, of 8 or 20 digits or with a slip or two (6 to 22 digits)."""

    digits: str


@dataclass(frozen=True, slots=True)
class TailReading:
    """The last 3 to 8 digits of a number."""

    digits: str


@dataclass(frozen=True, slots=True)
class HeadReading:
    """The first 2 to 20 digits of a number, or of its code."""

    digits: str


@dataclass(frozen=True, slots=True)
class CodeReading:
    """发票代码 of 10 or 12 digits, perhaps with a slip."""

    digits: str


@dataclass(frozen=True, slots=True)
class JoinedReading:
    """Code and number in one run."""

    code: str
    number: str


@dataclass(frozen=True, slots=True)
class DayReading:
    """The days from `first` to `last`, both included: one day, a month, 上月底. `is_sure`: the year was written."""

    first: date
    last: date
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class YearlessReading:
    """A day of any year; `day` 0 is the whole month."""

    month: int
    day: int = 0


@dataclass(frozen=True, slots=True)
class AmountReading:
    """Fen (1/100 yuan), total or net. `is_about`: 左右, 多, or rounded; `has_cents`: cents were written."""

    fen: int
    is_about: bool = False
    has_cents: bool = True


@dataclass(frozen=True, slots=True)
class NameReading:
    """A party's name in full, short, traditional or in pinyin, as typed. `side`: seller, buyer or "" for either."""

    text: str
    side: str = ""


@dataclass(frozen=True, slots=True)
class GoodsReading:
    """What was bought, by the words that are in the names of those who sell it (a regular expression): 加油票."""

    sold_by: str


@dataclass(frozen=True, slots=True)
class TaxIdReading:
    text: str
    side: str = ""


@dataclass(frozen=True, slots=True)
class CheckCodeReading:
    """The last 6 digits of 校验码."""

    digits: str


@dataclass(frozen=True, slots=True)
class AsideReading:
    """Words that may say nothing of the invoice: 客户在催. Neither for a row nor against it."""


@dataclass(frozen=True, slots=True)
class PairReading:
    """Two things side by side that might be one: 3017 1280 is a number, or an end or a day with an amount."""

    first: TailReading | DayReading | YearlessReading
    amount: AmountReading


Reading = (
    NumberReading
    | TailReading
    | HeadReading
    | CodeReading
    | JoinedReading
    | DayReading
    | YearlessReading
    | AmountReading
    | NameReading
    | GoodsReading
    | TaxIdReading
    | CheckCodeReading
    | PairReading
    | AsideReading
)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the text with its readings, the likeliest first; never without one."""

    text: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """No tokens: nothing to go by."""

    text: str
    tokens: tuple[Token, ...]
