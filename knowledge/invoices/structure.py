"""What the digits of a number or a code say. No check digits exist, so a misfit is a hint, never a proof.

Sources: numbers of 数电票, 国家税务总局公告 2024 年第 11 号; codes, as public validators check them.
"""

from __future__ import annotations

import re

from knowledge.invoices.model import Kind

_REGION = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]"
_DIGITAL_START = rf"(?:2[1-9]|[34][0-9])(?:{_REGION}|9[1-5])"
_DIGITAL = re.compile(rf"{_DIGITAL_START}[0-9]{{16}}")  # 91-95: cities with a code of their own
_CODE_12 = re.compile(rf"[01](?:{_REGION})[0-9]{{9}}")
_CODE_10 = re.compile(rf"(?:{_REGION})[0-9]{{8}}")
_ENDINGS_12 = {
    "04": Kind.PAPER_NORMAL,
    "05": Kind.PAPER_NORMAL,
    "06": Kind.ROLL,
    "07": Kind.ROLL,
    "11": Kind.E_NORMAL,
    "12": Kind.TOLL,
    "13": Kind.E_SPECIAL,
    "17": Kind.USED_VEHICLE,
}
_EIGHTH_10 = {
    "1": Kind.PAPER_SPECIAL,
    "5": Kind.PAPER_SPECIAL,
    "3": Kind.PAPER_NORMAL,
    "6": Kind.PAPER_NORMAL,
}


def is_plausible_number(number: str) -> bool:
    """20 digits that begin with a year and a province that exist."""
    return _DIGITAL.fullmatch(number) is not None


def is_number_like(text: str) -> bool:
    """Begins as 20 digits do, however many follow."""
    return re.match(_DIGITAL_START, text) is not None


def is_plausible_code(code: str) -> bool:
    return (_CODE_12.fullmatch(code) or _CODE_10.fullmatch(code)) is not None


def is_code_like(text: str) -> bool:
    """Begins as codes of about that length do: 9 to 13 digits, of which one may be lost or too many."""
    start = rf"[01](?:{_REGION})" if len(text) >= 11 else rf"(?:{_REGION})[0-9]{{2}}[012]"
    return re.match(start, text) is not None


def is_blockchain_code(code: str) -> bool:
    """区块链电子普通发票 (深圳, 144031809110): verified by net amount and a check code of 5 characters."""
    return len(code) == 12 and code[0] == "1" and code[7:9] == "09" and code[11] == "0"


def kind_of_code(code: str) -> Kind | None:
    """The kind that the code itself tells; None when it doesn't."""
    if len(code) == 10:
        return _EIGHTH_10.get(code[7])
    if code.startswith("1"):
        return Kind.VEHICLE if code[7] == "2" else None
    return _ENDINGS_12.get(code[10:])
