"""One reader for each field that a person can send, and the facts in a free sentence.

Each reader returns a `Value` (canonical text, the facts it settles, notes) or a `Problem`: what exactly is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TypeGuard

from knowledge.invoices.amounts import read_amount
from knowledge.invoices.dates import read_date
from knowledge.invoices.digits import fold
from knowledge.invoices.flat import yuan
from knowledge.invoices.kinds import Asks, asks
from knowledge.invoices.model import Family, Kind, Problem, Value
from knowledge.invoices.numbers import read_check_code, read_code, read_number
from knowledge.invoices.queries import Piece, pieces, qr_within
from knowledge.invoices.query import (
    AmountReading,
    CheckCodeReading,
    CodeReading,
    DayReading,
    HeadReading,
    JoinedReading,
    NumberReading,
    Reading,
    TailReading,
    TaxIdReading,
    YearlessReading,
)
from knowledge.invoices.structure import is_blockchain_code, is_plausible_code, is_plausible_number, kind_of_code
from knowledge.invoices.tax_ids import is_valid_tax_id, read_tax_id

__all__ = [
    "Problem",
    "Value",
    "amount_asked",
    "cross_check",
    "find_facts",
    "is_only_facts",
    "query_facts",
    "read_amount",
    "read_check_code",
    "read_code",
    "read_date",
    "read_number",
    "read_tax_id",
    "sum_beside",
    "without_days_and_sums",
]

_DIGITS = re.compile(r"[0-9]+")
_LINK = re.compile(r"https?://\S+")
_OUR_COMPANY = re.compile(r"我们?公司|本公司|我司")
_RELATIVE = re.compile(r"今|昨|前|today|yesterday", re.IGNORECASE)
_ISSUED = re.compile(r"刚?才?开[的了票出具]")
_NAMED_CODE = re.compile(r"代码|code", re.IGNORECASE)
_YEARLESS = re.compile(r"月|[a-z]", re.IGNORECASE)
_MONEY = re.compile(r"[¥￥$元块圆.,]|rmb|cny|yuan|金额|合计|amount|total", re.IGNORECASE)
_COUNTED = re.compile(r"\s*(?:[天日个月年次张份笔小分位号周]|days?|months?|years?|hours?|minutes?)", re.IGNORECASE)
_WORD = re.compile(r"\w")
_NO_DAY = frozenset({AmountReading, TailReading, CheckCodeReading, NumberReading})
_NEAR = 16  # characters in front of a piece that say whose or which it is


def find_facts(text: str, today: date) -> Mapping[str, str]:
    """Facts volunteered in a free sentence, by the readers' fact names; `tail` is a number's last 4 to 8 digits.

    What `understand` finds, but conservative: what has two readings, or stands there twice, is left out; but beside a
    number and nothing else, a sum needs no sign.
    """
    folded = fold(text)
    if qr := qr_within(folded):
        return qr.facts
    folded = _LINK.sub(" ", folded)
    found = pieces(folded, today, names=False)
    facts = _identity(folded, found)
    for name, values in (
        ("check_code", _only(found, CheckCodeReading, size=6)),
        ("tail", _only(found, TailReading, size=4)),
        ("buyer_tax_id", _buyer_tax_ids(folded, found)),
        ("issue_date", _issue_dates(folded, found, today)),
        ("amount", _amounts(folded, found) or _beside_number(folded, found, facts.get("number", ""))),
    ):
        if value := _single(values):
            facts[name] = value
    return facts


def query_facts(text: str, today: date) -> Mapping[str, str]:
    """What a look-up goes by: as `find_facts`, but digits alone are a number with a slip or two, or the end of one."""
    facts = find_facts(text, today)
    digits = re.sub(r"[ -]", "", fold(text))
    if facts or not _DIGITS.fullmatch(digits):
        return facts
    if 4 <= len(digits) <= 8:
        return {"tail": digits}
    return {"number": digits} if 18 <= len(digits) <= 22 else {}


def _single(values: Iterable[str]) -> str:
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else ""


def _identity(folded: str, found: list[Piece]) -> dict[str, str]:
    """Family, number, code and the kind that a code tells."""
    likeliest = [piece.token.readings[0] for piece in found if not _is_two_numbers(piece)]
    digital = {r.digits for r in likeliest if isinstance(r, NumberReading) and is_plausible_number(r.digits)}
    if digital:
        return {"family": Family.DIGITAL.value, "number": _single(digital)} if len(digital) == 1 else {}
    codes, numbers = _codes(folded, found), _short_numbers(folded, found)
    code, number = _single(codes), _single(numbers)
    kind = kind_of_code(code) if code else None
    facts = {"code": code, "number": number, "kind": kind.value if kind else ""}
    known = {name: value for name, value in facts.items() if value}
    return {"family": Family.LEGACY.value, **known} if known else {}


def _is_two_numbers(piece: Piece) -> bool:
    """Too many digits: the first twenty, or the last."""
    return sum(isinstance(reading, NumberReading) for reading in piece.token.readings) > 1


def _codes(folded: str, found: list[Piece]) -> list[str]:
    """A code counts only beside a number of 8 digits or after its own name: phone numbers have 10 to 12 digits too."""
    likeliest = [(piece, piece.token.readings[0]) for piece in found]
    joined = [r.code for _, r in likeliest if _is_joined(r)]
    codes = [(piece, r.digits) for piece, r in likeliest if isinstance(r, CodeReading) and is_plausible_code(r.digits)]
    named = [code for piece, code in codes if _NAMED_CODE.search(folded[max(0, piece.start - 8) : piece.start])]
    return joined or named or ([code for _, code in codes] if _short_numbers(folded, found) else [])


def _short_numbers(folded: str, found: list[Piece]) -> list[str]:
    """Eight digits in one piece, which their name or the lack of such a day makes a number (20241226)."""
    numbers = []
    for piece in found:
        reading = piece.token.readings[0]
        if _is_joined(reading):
            numbers.append(reading.number)
        is_solid = piece.token.text.isdecimal() and not _is_linked(folded, piece)
        if isinstance(reading, NumberReading) and len(reading.digits) == 8 and is_solid:
            numbers.append(reading.digits)
    return numbers


def _is_joined(reading: Reading) -> TypeGuard[JoinedReading]:
    return isinstance(reading, JoinedReading) and is_plausible_code(reading.code) and len(reading.number) == 8


def _is_linked(folded: str, piece: Piece) -> bool:
    """010-12345678 is a phone number."""
    return folded[piece.start - 1 : piece.start] in {".", "-"} or folded[piece.end : piece.end + 1] == "-"


def _only(found: list[Piece], sort: type[CheckCodeReading | TailReading], size: int) -> list[str]:
    """Digits of the pieces that are said to be so, and nothing else."""
    named = (piece.token for piece in found if not piece.token.text.isdecimal())
    single = (token.readings[0] for token in named if len(token.readings) == 1)
    return [reading.digits for reading in single if isinstance(reading, sort) and len(reading.digits) >= size]


def _buyer_tax_ids(folded: str, found: list[Piece]) -> list[str]:
    ids = ((piece, reading) for piece in found for reading in piece.token.readings if isinstance(reading, TaxIdReading))
    return [
        reading.text
        for piece, reading in ids
        if is_valid_tax_id(reading.text)
        and (reading.side == "buyer" or _OUR_COMPANY.search(folded[max(0, piece.start - _NEAR) : piece.start]))
    ]


def _issue_dates(folded: str, found: list[Piece], today: date) -> Iterator[str]:
    """Days with a month; 昨天 only where something was issued then."""
    for piece in found:
        text = piece.token.text
        is_sure = len(piece.token.readings) == 1 and _is_day(piece.token.readings[0], text)
        if is_sure and (not _RELATIVE.match(text) or _ISSUED.match(folded, piece.end)):
            read = read_date(text, today)
            yield from read.facts.values() if isinstance(read, Value) else ()


def _is_day(reading: Reading, text: str) -> bool:
    if isinstance(reading, YearlessReading):
        return reading.day > 0 and _YEARLESS.search(text) is not None
    return isinstance(reading, DayReading) and reading.is_sure and reading.first == reading.last


def _amounts(folded: str, found: list[Piece]) -> list[str]:
    """What is marked as money or as a rough figure, or has cents."""
    single = ((piece, piece.token.readings[0]) for piece in found if len(piece.token.readings) == 1)
    sums = ((piece, reading) for piece, reading in single if isinstance(reading, AmountReading))
    return [
        f"{yuan(reading.fen):.2f}"
        for piece, reading in sums
        if _MONEY.search(piece.token.text) or (reading.is_about and not _COUNTED.match(folded, piece.end))
    ]


def _beside_number(folded: str, found: list[Piece], number: str) -> list[str]:
    """The sum in a line that else has an invoice's number, its code and day, and no words: 77120943 2026-11-11 4000."""
    others = [piece for piece in found if not _identifies(piece)]
    if len(others) != 1 or not number or _WORD.search(_blanked(folded, found)):
        return []
    readings = others[0].token.readings
    may_be = _NO_DAY if len(number) == 20 else _NO_DAY - {CheckCodeReading, NumberReading}
    sums = [reading for reading in readings if isinstance(reading, AmountReading)]
    return [f"{yuan(reading.fen):.2f}" for reading in sums] if {*map(type, readings)} <= may_be else []


def sum_beside(text: str, today: date) -> str:
    """What is a sum in an answer that wants one, beside an invoice's number, code or day; "" if that isn't clear."""
    found = pieces(fold(text), today, names=False)
    others = [piece.token for piece in found if not _identifies(piece)]
    is_sum = len(others) == 1 < len(found) and any(isinstance(one, AmountReading) for one in others[0].readings)
    return others[0].text if is_sum else ""


def without_days_and_sums(text: str, today: date) -> str:
    """An answer that wants a number, without what can only be a day or a sum in it."""
    folded = fold(text)
    found = pieces(folded, today, names=False)
    sure = [
        piece
        for piece in found
        if len(piece.token.readings) == 1
        and isinstance(piece.token.readings[0], DayReading | YearlessReading | AmountReading)
    ]
    return _blanked(folded, sure)


def is_only_facts(text: str, today: date) -> bool:
    """Two facts and not a word more: a day, or a stretch of them, with a sum or the end of a number (9月23日 270), or a
    number's beginning with a day or a sum (2631开头 680块).

    昨天 takes four digits: 今天 666 is no invoice.
    """
    folded = fold(text)
    found = pieces(folded, today, names=False)
    if len(found) != 2 or _WORD.search(_blanked(folded, found)):
        return False
    kinds = [{type(reading) for reading in piece.token.readings} for piece in found]
    if {HeadReading} in kinds:
        return any(kind & {DayReading, YearlessReading, AmountReading} for kind in kinds)
    days = [piece for piece in found if isinstance(piece.token.readings[0], DayReading | YearlessReading)]
    if len(days) != 1:
        return False
    other = found[1 - found.index(days[0])].token
    is_dated, digits = _DIGITS.search(days[0].token.text), sum(map(str.isdigit, other.text))
    is_said = any(isinstance(reading, AmountReading | TailReading) for reading in other.readings)
    return is_said and (is_dated is not None or not 0 < digits < 4)


def _identifies(piece: Piece) -> bool:
    """A number, a code or a day, but for what may be a sum as well: of 12.26, but not of eight digits."""
    first, *more = piece.token.readings
    if isinstance(first, NumberReading):
        return len(first.digits) in (8, 20)
    if isinstance(first, YearlessReading):
        return not any(isinstance(reading, AmountReading) for reading in more)
    return isinstance(first, CodeReading | JoinedReading | DayReading)


def _blanked(folded: str, found: list[Piece]) -> str:
    for piece in found:
        folded = folded[: piece.start] + " " * (piece.end - piece.start) + folded[piece.end :]
    return folded


def amount_asked(facts: Mapping[str, str]) -> Asks | None:
    """Which amount (or the check code) the official 查验 asks for this invoice; None while its kind is open."""
    digital = facts.get("family") == Family.DIGITAL
    if is_blockchain_code(facts.get("code", "")):
        return Asks.NET
    if facts.get("kind") in set(Kind):
        return asks(Kind(facts["kind"]), digital=digital)
    return Asks.TOTAL if digital and not facts.get("code") else None


def cross_check(facts: Mapping[str, str]) -> tuple[Problem, ...]:
    """What doesn't fit together, each field being well formed: hints, because no number has a check digit."""
    number, code, day = (facts.get(name, "") for name in ("number", "code", "issue_date"))
    hints = []
    if len(number) == 20 and not is_plausible_number(number):
        hints.append(Problem("invoice.number.odd_start", {"start": number[:4]}))
    elif len(number) == 20 and day and number[:2] != day[2:4]:
        hints.append(Problem("invoice.check.year", {"number_year": f"20{number[:2]}", "date_year": day[:4]}))
    if len(number) == 8 and code and not is_plausible_code(code):
        hints.append(Problem("invoice.code.odd_region"))
    if len(number) == 8 and not code:
        hints.append(Problem("invoice.check.code_missing"))
    return tuple(hints)
