"""Read an amount of money in yuan."""

from __future__ import annotations

import re
from decimal import Decimal

from knowledge.invoices.digits import fold
from knowledge.invoices.flat import yuan
from knowledge.invoices.model import Problem, Value
from knowledge.invoices.sums import ABOUT, LARGEST, find_sums

_PLAIN = re.compile(r"(?<![0-9.,])-?[0-9]+(?:,[0-9]+)*(?:\.[0-9]+)?(?!\.?[0-9])")
_SPACED = re.compile(r"(?<=[0-9]) (?=[0-9]{3}(?![0-9]))")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_ABOUT = re.compile(rf"{ABOUT}|左右|多一点", re.IGNORECASE)


def read_amount(text: str) -> Value | Problem:
    """Yuan as `1280.00`. Thousands may be grouped; 万, 块 and 大写 (壹仟贰佰捌拾元整) are understood."""
    folded = fold(text)
    if not folded:
        return Problem("invoice.amount.empty")
    about = (Problem("invoice.amount.about"),) if _ABOUT.search(folded) else ()
    plain = [found[0] for found in _PLAIN.finditer(_SPACED.sub("", folded))]
    if wrong := next((number for number in plain if "," in number and not _GROUPED.fullmatch(number)), ""):
        return Problem("invoice.amount.comma", {"value": wrong})
    sums = {reading.fen for _, _, reading, _ in find_sums(folded)}
    if len(sums) == 1:
        return _value(yuan(sums.pop()), about)
    if not plain:
        return Problem("invoice.amount.none")
    if len(plain) > 1:
        return Problem("invoice.amount.several", {"first": plain[0], "second": plain[1]})
    if len(plain[0].partition(".")[2]) > 2:
        return Problem("invoice.amount.decimals", {"value": plain[0]})
    return _value(Decimal(plain[0].replace(",", "")), about)


def _value(amount: Decimal, notes: tuple[Problem, ...]) -> Value | Problem:
    if amount == 0:
        return Problem("invoice.amount.zero")
    if abs(amount) >= LARGEST:
        return Problem("invoice.amount.too_large")
    text = f"{amount:.2f}"
    return Value(text, {"amount": text}, notes)
