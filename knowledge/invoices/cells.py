"""What single cells of a table say. Clean ones take a short cut that must say the same as the long way."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from knowledge.invoices.digits import fold
from knowledge.invoices.flat import fen
from knowledge.invoices.sums import LARGEST
from knowledge.texts import Param

_GLUE = re.compile(r"[\s'‘’`-]")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?e\+?[0-9]+", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?(?:[0-9]{6})?(?![0-9])")
_NO_TAX = frozenset({"*", "**", "***", "免税", "不征税", "-"})
_EXCEL_EPOCH = date(1899, 12, 30)

_CLEAN_DIGITS = re.compile(r"[0-9]{1,20}")
_CLEAN_AMOUNT = re.compile(r"(-?[0-9]{1,12})(?:\.([0-9]{1,2}))?")
_CLEAN_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")


class BadCell(Exception):
    """Why a row can't be imported: its column and a text key with parameters."""

    def __init__(self, column: str, key: str, **params: Param) -> None:
        self.column, self.key, self.params = column, key, params
        super().__init__(key)


def digits(column: str, text: str) -> str:
    """A number without what Excel and people put around it."""
    if not text or _CLEAN_DIGITS.fullmatch(text):
        return text
    bare = loose_digits(text)
    if _SCIENTIFIC.fullmatch(bare):
        raise BadCell(column, "import.scientific", value=bare)
    if bare and re.fullmatch("[0-9]+", bare) is None:
        raise BadCell(column, "import.not_digits", value=bare)
    return bare


def loose_digits(text: str) -> str:
    return _GLUE.sub("", fold(text)).removesuffix(".0")


@lru_cache(maxsize=100_000)  # parties of a large file: 10 MB
def tax_id(text: str) -> str:
    return _GLUE.sub("", fold(text)).upper()


def amount(column: str, text: str) -> int | None:
    """In fen; None for nothing and for what is not taxed."""
    if clean := _CLEAN_AMOUNT.fullmatch(text):
        yuan, cents = clean.groups()
        return int(yuan + "00" if cents is None else yuan + cents.ljust(2, "0"))
    return _any_amount(column, text) if text else None


def _any_amount(column: str, text: str) -> int | None:
    bare = fold(text).replace(",", "").replace(" ", "").lstrip("¥$").removesuffix("元")
    if not bare or bare in _NO_TAX:
        return None
    try:
        yuan = Decimal(bare)
    except InvalidOperation:
        yuan = Decimal("NaN")
    if not yuan.is_finite() or abs(yuan) >= LARGEST:
        raise BadCell(column, "import.amount", value=bare)
    return fen(yuan)


def day(text: str) -> str | None:
    """The day in ISO form: any order year-month-day with or without a clock, or Excel's day number."""
    clean = _CLEAN_DAY.fullmatch(text)
    return _day(clean[1] if clean else text)


@lru_cache(maxsize=10_000)
def _day(text: str) -> str | None:
    folded = fold(text)
    if not folded:
        return None
    try:
        if re.fullmatch(r"[3-6][0-9]{4}", folded):
            return (_EXCEL_EPOCH + timedelta(days=int(folded))).isoformat()
        if found := _DAY.match(folded):
            return date(*map(int, found.groups())).isoformat()
    except ValueError:
        pass
    raise BadCell("issue_date", "import.date", value=folded)
