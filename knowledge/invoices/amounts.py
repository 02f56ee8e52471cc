"""Read an amount of money in yuan."""

from __future__ import annotations

import re
from decimal import Decimal

from knowledge.invoices.digits import fold
from knowledge.invoices.model import Problem, Value

LARGEST = Decimal(10**12)
_PLAIN = re.compile(r"(?<![0-9.,])-?[0-9]+(?:,[0-9]+)*(?:\.[0-9]+)?(?!\.?[0-9])")
_CURRENCY = re.compile(r"[¥$]|RMB|CNY|人民币", re.IGNORECASE)
_SPACED = re.compile(r"(?<=[0-9]) (?=[0-9]{3}(?![0-9]))")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_ABOUT = re.compile(r"左右|大概|大约|差不多|多一点|about|around|approx|roughly|~", re.IGNORECASE)
_LOOSE = re.compile(r"([0-9])[块元]([0-9])(?:毛|角)?(?![0-9])")  # 1280块5 = 1280.5
_TEN_THOUSAND = re.compile(r"^\s*万")
_DIGITS = dict(zip("零壹贰叁肆伍陆柒捌玖〇一二三四五六七八九", "01234567890123456789", strict=True)) | {"两": "2"}
_UNITS = {"拾": 10, "佰": 100, "仟": 1000, "十": 10, "百": 100, "千": 1000}
_NUMERAL = "".join((*_DIGITS, *_UNITS, "万亿"))
_CAPITAL = re.compile(rf"(?<![0-9.])(?![万亿百千])[{_NUMERAL}]+(?:[元圆块][^0-9]*|$)")


def read_amount(text: str) -> Value | Problem:
    """Yuan as `1280.00`. Thousands may be grouped; 万, 块 and 大写 (壹仟贰佰捌拾元整) are understood."""
    folded = fold(text)
    if not folded:
        return Problem("invoice.amount.empty")
    about = (Problem("invoice.amount.about"),) if _ABOUT.search(folded) else ()
    capital = _CAPITAL.search(folded)
    if capital and (words := from_words(capital[0])) is not None:
        return _value(words, about)
    folded = _SPACED.sub("", _LOOSE.sub(r"\1.\2", _CURRENCY.sub("", folded)))
    found = list(_PLAIN.finditer(folded))
    if not found:
        return Problem("invoice.amount.none")
    if len(found) > 1:
        return Problem("invoice.amount.several", {"first": found[0][0], "second": found[1][0]})
    return _parse(found[0][0], folded[found[0].end() :], about)


def _parse(number: str, rest: str, notes: tuple[Problem, ...]) -> Value | Problem:
    if "," in number and not _GROUPED.fullmatch(number):
        return Problem("invoice.amount.comma", {"value": number})
    plain = Decimal(number.replace(",", ""))
    if _TEN_THOUSAND.match(rest):
        return _value(plain * 10_000, notes)
    if len(number.partition(".")[2]) > 2:
        return Problem("invoice.amount.decimals", {"value": number})
    return _value(plain, notes)


def _value(amount: Decimal, notes: tuple[Problem, ...]) -> Value | Problem:
    if amount == 0:
        return Problem("invoice.amount.zero")
    if abs(amount) >= LARGEST:
        return Problem("invoice.amount.too_large")
    text = f"{amount:.2f}"
    return Value(text, {"amount": text}, notes)


def from_words(words: str) -> Decimal | None:
    """大写 and spoken numerals with 角 and 分; None for a word that is not a number."""
    whole, _, rest = re.sub("[圆块]", "元", words).partition("元")
    yuan = _whole(whole)
    if yuan is None:
        return None
    cents = [_DIGITS.get(found[1], "0") if (found := re.search(f"(.){unit}", rest)) else "0" for unit in "角分"]
    return Decimal(yuan) + Decimal("".join(cents)) / 100


def _whole(words: str) -> int | None:
    """Sections of 亿 and 万, each with its 仟佰拾. 一千二百八 is 1280. A bare digit string (一二三) is no amount."""
    total = section = unit = 0
    digit = ""
    for c in words:
        if c in _DIGITS:
            if digit not in {"", "0"}:
                return None
            digit, unit = _DIGITS[c], (0 if digit == "0" or _DIGITS[c] == "0" else unit)
        elif c in _UNITS:
            unit = _UNITS[c]
            section, digit = section + int(digit or "1") * unit, ""
        else:
            unit = 10_000 if c == "万" else 10**8
            section += int(digit or "0")
            total = total + section * unit if c == "万" else (total + section) * unit
            section, digit = 0, ""
    return total + section + int(digit or "0") * (unit // 10 if unit > 10 else 1)
