"""Read an invoice number, code or check code out of an answer, and say exactly what is wrong with it."""

from __future__ import annotations

import re

from knowledge.invoices.digits import Digits, fold, groups, repair
from knowledge.invoices.model import Family, Problem, Value
from knowledge.invoices.qr import Qr, is_qr, parse_qr
from knowledge.invoices.structure import is_blockchain_code, is_plausible_code, is_plausible_number, kind_of_code
from knowledge.invoices.tax_ids import is_valid_tax_id

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?e\+?[0-9]{1,2}", re.IGNORECASE)
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:[-/.] ?[0-9]{1,2}){2}|(?:[0-9]{4}年)?[0-9]{1,2}月(?:[0-9]{1,2}[日号]?)?")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_CODE_LENGTHS = frozenset({10, 12})


def read_number(text: str, *, family: Family | None = None) -> Value | Problem:
    """A 20- or 8-digit number. A code sent along, or a whole QR text, is taken apart into its facts.

    `family` only sharpens the explanation: twenty digits are a digital invoice whatever was chosen before.
    """
    folded = fold(text)
    if is_qr(folded):
        return _of_qr(folded, "number")
    if problem := _no_number(folded):
        return problem
    found = groups(folded)
    if pair := _code_and_number(found):
        return _joined(*pair, wanted=pair[1])
    return _judge_number(_likeliest(found, frozenset({8, 20})), family)


def read_code(text: str) -> Value | Problem:
    """发票代码 of 10 or 12 digits, which 数电票 do not have. A number sent along is among the facts."""
    folded = fold(text)
    if is_qr(folded):
        return _of_qr(folded, "code")
    if problem := _no_number(folded):
        return problem
    found = groups(folded)
    if pair := _code_and_number(found):
        return _joined(*pair, wanted=pair[0])
    return _judge_code(_likeliest(found, _CODE_LENGTHS))


def read_check_code(text: str) -> Value | Problem:
    """校验码: its 20 digits or just the last 6, which are the value. Blockchain invoices have 5."""
    folded = fold(text)
    if is_qr(folded):
        return _of_qr(folded, "check_code")
    found = groups(folded)
    if not found:
        return Problem("invoice.check_code.none")
    digits = _likeliest(found, frozenset({6, 20}))
    if digits.strays:
        return _stray(digits)
    size = len(digits.text)
    if size not in {5, 6, 20}:
        return Problem("invoice.check_code.length", {"sent": size})
    blockchain = (Problem("invoice.check_code.blockchain"),) if size == 5 else ()
    value = digits.text[-6:]
    return Value(value, {"check_code": value}, digits.notes + blockchain)


def _of_qr(folded: str, field: str) -> Value | Problem:
    qr = parse_qr(folded)
    if not isinstance(qr, Qr):
        return qr
    value = qr.facts.get(field)
    if not value:
        return Problem(f"invoice.qr.no_{field}")
    crc = Problem(f"invoice.qr.crc_{qr.crc_state}")
    return Value(value, qr.facts, (Problem("invoice.qr.read"), crc))


def _no_number(folded: str) -> Problem | None:
    if not folded:
        return Problem("invoice.number.empty")
    if "://" in folded:
        return Problem("invoice.number.link")
    if _SCIENTIFIC.fullmatch(folded.replace(" ", "")):
        return Problem("invoice.number.scientific")
    if _DATE.fullmatch(folded):
        return Problem("invoice.number.date")
    return None if groups(folded) else Problem("invoice.number.none")


def _code_and_number(found: list[tuple[str, ...]]) -> tuple[Digits, Digits] | None:
    """Two runs that can only be code and number, in whichever order; or both joined without a gap."""
    runs = [repair("".join(parts)) for parts in found]
    if len(runs) == 1:
        if len(found[0]) == 2 and not is_plausible_number(runs[0].text):
            runs = [repair(part) for part in found[0]]
        elif joined := _split_joined(runs[0]):
            return joined
    clean = [run for run in runs if not run.strays]
    codes = [run for run in clean if len(run.text) in _CODE_LENGTHS]
    numbers = [run for run in clean if len(run.text) == 8]
    return (codes[0], numbers[0]) if len(codes) == len(numbers) == 1 else None


def _split_joined(run: Digits) -> tuple[Digits, Digits] | None:
    """12 + 8 digits can't be a 数电票 number when they begin with 0 or 1: no such year."""
    text = run.text
    if run.strays or len(text) not in {18, 20} or is_valid_tax_id(text):
        return None
    code, number = text[:-8], text[-8:]
    joined = is_plausible_code(code) and not is_plausible_number(text)
    return (Digits(code, run.repaired), Digits(number, ())) if joined else None


def _joined(code: Digits, number: Digits, wanted: Digits) -> Value:
    known = kind_of_code(code.text)
    facts = {"family": Family.LEGACY.value, "code": code.text, "number": number.text}
    kind = {"kind": known.value} if known else {}
    return Value(wanted.text, facts | kind, (Problem("invoice.number.with_code"), *code.notes, *number.notes))


def _likeliest(found: list[tuple[str, ...]], lengths: frozenset[int]) -> Digits:
    """The run of a wanted length if there is one, else the longest."""
    runs = ["".join(parts) for parts in found]
    return repair(max(runs, key=lambda run: (len(run) in lengths, len(run))))


def _stray(digits: Digits) -> Problem:
    strays = digits.strays
    if len(strays) * 2 > len(digits.text):
        return Problem("invoice.number.none")
    return Problem("invoice.number.stray", {"position": strays[0][0], "char": strays[0][1], "count": len(strays)})


def _judge_number(digits: Digits, family: Family | None) -> Value | Problem:
    if is_valid_tax_id(digits.text):
        return Problem("invoice.number.tax_id")
    if digits.strays:
        return _stray(digits)
    size = len(digits.text)
    if size == 20:
        return _digital(digits, family)
    if size == 8 and family is not Family.DIGITAL:
        facts = {"family": Family.LEGACY.value, "number": digits.text}
        return Value(digits.text, facts, digits.notes)
    return _wrong_length(digits.text, family)


def _digital(digits: Digits, family: Family | None) -> Value:
    notes = list(digits.notes)
    if family is Family.LEGACY:
        notes.append(Problem("invoice.number.is_digital"))
    if not is_plausible_number(digits.text):
        notes.append(Problem("invoice.number.odd_start", {"start": digits.text[:4]}))
    facts = {"family": Family.DIGITAL.value, "number": digits.text}
    return Value(digits.text, facts, tuple(notes))


def _wrong_length(text: str, family: Family | None) -> Problem:
    size = len(text)
    if size in _CODE_LENGTHS and is_plausible_code(text):
        return Problem("invoice.number.is_code", {"sent": size})
    if size == 8:
        return Problem("invoice.number.short_for_digital")
    if size == 11 and _PHONE.fullmatch(text):
        return Problem("invoice.number.phone")
    need = _needed(size, family)
    which = "few" if size < need else "many"
    return Problem(f"invoice.number.too_{which}", {"sent": size, "need": need, "gap": abs(size - need)})


def _needed(size: int, family: Family | None) -> int:
    if family is not None:
        return 20 if family is Family.DIGITAL else 8
    return 8 if size <= 11 else 20


def _judge_code(digits: Digits) -> Value | Problem:
    if digits.strays:
        return _stray(digits)
    size = len(digits.text)
    if size == 20:
        return Problem("invoice.code.is_digital")
    if size == 8:
        return Problem("invoice.code.is_number")
    if size not in _CODE_LENGTHS:
        return Problem("invoice.code.length", {"sent": size})
    odd = () if is_plausible_code(digits.text) else (Problem("invoice.code.odd_region"),)
    if is_blockchain_code(digits.text):
        odd = (Problem("invoice.code.blockchain"),)
    known = kind_of_code(digits.text)
    facts = {"family": Family.LEGACY.value, "code": digits.text} | ({"kind": known.value} if known else {})
    return Value(digits.text, facts, digits.notes + odd)
