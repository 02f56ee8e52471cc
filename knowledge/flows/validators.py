"""What `collect:` may name: readers of typed answers, each called after the fact that it settles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from knowledge.flows.written import read_buyer, read_delivery, read_text, read_words
from knowledge.invoices import fields
from knowledge.invoices.digits import fold
from knowledge.invoices.model import Family, Problem, Value
from knowledge.invoices.qr import Qr, is_qr, parse_qr

# (what was typed, the facts so far, today) → the value, or what exactly is wrong
Reader = Callable[[str, Mapping[str, str], date], Value | Problem]


def _number(text: str, facts: Mapping[str, str], today: date) -> Value | Problem:
    family = facts.get("family")
    expected = Family(family) if family in set(Family) else None
    said = text if is_qr(text) else fields.without_days_and_sums(text, today)
    return _with_crc(text, fields.read_number(said, family=expected))


def _code(text: str, facts: Mapping[str, str], _today: date) -> Value | Problem:
    """Whoever sends a 20-digit number here has no code at all: take the number. The paper form of one has both."""
    if facts.get("family") == Family.DIGITAL:
        return _code_on_paper(text)
    number = fields.read_number(text, family=Family.LEGACY)
    if isinstance(number, Value) and number.facts.get("family") == Family.DIGITAL:
        return _with_crc(text, number)
    return _with_crc(text, fields.read_code(text))


def _code_on_paper(text: str) -> Value | Problem:
    """Of a digital invoice: its kind is known, and is not the one that the code would tell."""
    read = fields.read_code(text)
    if isinstance(read, Problem):
        return Problem("flow.code.on_paper") if read.key == "invoice.code.is_digital" else read
    return replace(read, facts={"code": read.text})


def _other_number(text: str, _facts: Mapping[str, str], _today: date) -> Value | Problem:
    """Of a second invoice: nothing that it says may pass for a fact about the first."""
    read = fields.read_number(text)
    return read if isinstance(read, Problem) else replace(read, facts=_second(read.facts))


def _second(facts: Mapping[str, str]) -> dict[str, str]:
    return {f"other_{name}": facts[name] for name in ("number", "code") if facts.get(name)}


def _right_tax_id(text: str, _facts: Mapping[str, str], _today: date) -> Value | Problem:
    read = fields.read_tax_id(text)
    return read if isinstance(read, Problem) else replace(read, facts={"right_tax_id": read.text})


def _amount(text: str, facts: Mapping[str, str], today: date) -> Value | Problem:
    """What shall be issued must be exact; what somebody has seen may be about. A whole line of this invoice will do."""
    read = fields.read_amount(text)
    if isinstance(read, Problem) and (beside := fields.sum_beside(text, today)):
        read = fields.read_amount(beside)
    if isinstance(read, Value) and not fold(text).isdecimal():
        read = _contradiction(text, facts, today) or read
    if isinstance(read, Problem) or "issuer" not in facts:
        return read
    if read.text.startswith("-"):
        return Problem("flow.amount.negative")
    return Problem("flow.amount.about") if read.notes else read


def _contradiction(text: str, facts: Mapping[str, str], today: date) -> Problem | None:
    """Another number or day than the one that is known. The paper form of a digital invoice has a number of either
    length."""
    found = fields.find_facts(text, today)
    for name, problem in (("number", "flow.amount.other_number"), ("issue_date", "flow.amount.other_date")):
        told, known = found.get(name, ""), facts.get(name, "")
        if told != known and len(told) == len(known):
            return Problem(problem, {"told": told, "known": known})
    return None


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
    "amount": _amount,
    "check_code": lambda text, _facts, _today: fields.read_check_code(text),
    "buyer_tax_id": lambda text, _facts, _today: fields.read_tax_id(text),
    "other_number": _other_number,
    "right_tax_id": _right_tax_id,
    "buyer_name": lambda text, _facts, _today: read_buyer(text),
    "item": lambda text, _facts, _today: read_words(text, "item"),
    "reason": lambda text, _facts, _today: read_words(text, "reason"),
    "error": lambda text, _facts, _today: read_text(text, "error"),
    "delivery": lambda text, _facts, _today: read_delivery(text),
}
# These take any words: a question that collects one can have no choices, and a long answer to it is no digression.
ANY_WORDS = frozenset({"buyer_name", "item", "reason", "error"})
# Whoever answers one of these speaks of the invoice itself: what else is said of it is kept.
OF_THE_INVOICE = frozenset({"number", "code", "issue_date", "amount", "check_code", "buyer_tax_id"})
# Nothing else looks like these: however long the text, it is the answer.
UNMISTAKABLE = frozenset({"delivery"})
