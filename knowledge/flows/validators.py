"""What `collect:` may name: readers of typed answers, each called after the fact that it settles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from knowledge.invoices import fields
from knowledge.invoices.model import Family, Problem, Value
from knowledge.invoices.qr import Qr, parse_qr

# (what was typed, the facts so far, today) → the value, or what exactly is wrong
Reader = Callable[[str, Mapping[str, str], date], Value | Problem]


def _number(text: str, facts: Mapping[str, str], _today: date) -> Value | Problem:
    family = facts.get("family")
    expected = Family(family) if family in set(Family) else None
    return _with_crc(text, fields.read_number(text, family=expected))


def _code(text: str, _facts: Mapping[str, str], _today: date) -> Value | Problem:
    """Whoever sends a 20-digit number here has no code at all: take the number."""
    number = fields.read_number(text, family=Family.LEGACY)
    if isinstance(number, Value) and number.facts.get("family") == Family.DIGITAL:
        return _with_crc(text, number)
    return _with_crc(text, fields.read_code(text))


def _with_crc(text: str, read: Value | Problem) -> Value | Problem:
    qr = parse_qr(text)
    if isinstance(read, Problem) or not isinstance(qr, Qr):
        return read
    return replace(read, facts={**read.facts, "crc": qr.crc_state.value})


def volunteered(text: str, today: date) -> Mapping[str, str]:
    """Facts in any text, whatever was asked; from a QR code with the state of its check digits."""
    qr = parse_qr(text)
    crc = {"crc": qr.crc_state.value} if isinstance(qr, Qr) else {}
    return {**fields.find_facts(text, today), **crc}


VALIDATORS: Mapping[str, Reader] = {
    "number": _number,
    "code": _code,
    "issue_date": lambda text, _facts, today: fields.read_date(text, today),
    "amount": lambda text, _facts, _today: fields.read_amount(text),
    "check_code": lambda text, _facts, _today: fields.read_check_code(text),
    "buyer_tax_id": lambda text, _facts, _today: fields.read_tax_id(text),
}
