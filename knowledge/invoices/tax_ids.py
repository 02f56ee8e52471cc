"""Taxpayer ids (统一社会信用代码) and their check characters, GB 32100-2015."""

from __future__ import annotations

import re

from knowledge.invoices.digits import fold
from knowledge.invoices.model import Problem, Value
from knowledge.invoices.structure import is_plausible_number

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = re.compile(rf"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")
_NEVER = str.maketrans("IOSZ", "1052")  # these letters cannot occur; V cannot either, but looks like no digit
_SOLID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{15,20}(?![0-9A-Za-z])")
_SPACED = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ -]?[0-9A-Za-z]){14,19}(?![0-9A-Za-z])")
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_OLD_LENGTHS = frozenset({15, 17, 20})


def check_character(body: str) -> str:
    """The 18th character for the first 17."""
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body[:17]))
    return ALPHABET[-total % 31]


def is_valid_tax_id(text: str) -> bool:
    """18 characters whose check character holds."""
    return _SHAPE.fullmatch(text) is not None and text[17] == check_character(text)


def has_valid_organization_code(text: str) -> bool:
    """Characters 9 to 17 are an organization code with a check character of its own, GB 11714-1997."""
    total = sum(int(c, 36) * weight for c, weight in zip(text[8:16], _WEIGHTS, strict=True))
    return "0X987654321"[total % 11] == text[16]


def repaired_tax_id(raw: str) -> str:
    """18 upper-case characters with O, I, S, Z made digits, if the check character then holds; else ""."""
    repaired = raw.translate(_NEVER)
    return repaired if is_valid_tax_id(repaired) else ""


def read_tax_id(text: str) -> Value | Problem:
    """A taxpayer id out of an answer; letters that cannot occur are repaired if the check character then holds.

    Old ids (15, 17, 20 characters) and natural persons' 18 digits have no such check: kept, with a note.
    """
    folded = fold(text).upper()
    if not folded:
        return Problem("invoice.tax_id.empty")
    raw = _only_id(folded)
    if not raw:
        return Problem("invoice.tax_id.none")
    if len(raw) == 18:
        return _read_18(raw)
    if "24" <= raw[:2] <= "30" and is_plausible_number(raw):  # a year that is no region
        return Problem("invoice.tax_id.is_number")
    if len(raw) in _OLD_LENGTHS:
        return Value(raw, {"buyer_tax_id": raw}, (Problem("invoice.tax_id.old", {"length": len(raw)}),))
    return Problem("invoice.tax_id.length", {"sent": len(raw)})


def _only_id(folded: str) -> str:
    found = _SOLID.search(folded) or _SPACED.search(folded)
    return re.sub(r"[^0-9A-Z]", "", found[0] if found else folded)


def _read_18(raw: str) -> Value | Problem:
    if repaired := repaired_tax_id(raw):
        notes = () if has_valid_organization_code(repaired) else (Problem("invoice.tax_id.org_code"),)
        return Value(repaired, {"buyer_tax_id": repaired}, _repairs(raw, repaired) + notes)
    if is_id_card(raw):
        return Value(raw, {"buyer_tax_id": raw}, (Problem("invoice.tax_id.person"),))
    if stray := next(((n, c) for n, c in enumerate(raw, 1) if c not in ALPHABET), None):
        return Problem("invoice.tax_id.letter", {"position": stray[0], "char": stray[1]})
    if _SHAPE.fullmatch(raw) is None:
        return Problem("invoice.tax_id.region")
    return Problem("invoice.tax_id.check")


def _repairs(raw: str, repaired: str) -> tuple[Problem, ...]:
    changes = dict.fromkeys(f"{a}→{b}" for a, b in zip(raw, repaired, strict=True) if a != b)
    return (Problem("invoice.look_alike", {"changes": ", ".join(changes)}),) if changes else ()


def is_id_card(text: str) -> bool:
    """18 characters of a natural person, with the check character of GB 11643 (mod 11)."""
    if re.fullmatch(r"[1-9][0-9]{16}[0-9X]", text) is None:
        return False
    total = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17]
