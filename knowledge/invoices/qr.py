"""The text inside an invoice's QR code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from knowledge.invoices.digits import fold
from knowledge.invoices.kinds import kind_of_qr
from knowledge.invoices.model import Family, Kind, Problem

_START = re.compile(r"0?1\s*,\s*[0-9]{2}\s*,")
_AMOUNT = re.compile(r"-?[0-9]{1,13}(?:\.[0-9]{1,2})?")
_CRC = re.compile(r"[0-9A-Fa-f]{4}")
_PROVEN = frozenset({"10", "20", "31", "32"})  # types whose CRC was confirmed on real invoices


class CrcState(StrEnum):
    """`ok`: read intact. Says nothing about authenticity: anybody can compute a CRC."""

    OK = "ok"
    MISMATCH = "mismatch"  # misread or altered; a hint for a person, never a reason to reject
    ABSENT = "absent"
    UNKNOWN = "unknown"  # this type's checksum is not understood


@dataclass(frozen=True, slots=True)
class Qr:
    """`amount` is the total for 20-digit invoices and net of tax for all others."""

    type: str
    kind: Kind | None
    family: Family
    code: str
    number: str
    amount: Decimal
    issue_date: date
    check_code: str  # 20 digits or ""
    crc_state: CrcState

    @property
    def facts(self) -> dict[str, str]:
        found = {
            "family": self.family.value,
            "kind": self.kind.value if self.kind else "",
            "code": self.code,
            "number": self.number,
            "amount": f"{self.amount:.2f}",
            "issue_date": self.issue_date.isoformat(),
            "check_code": self.check_code[-6:],
        }
        return {name: value for name, value in found.items() if value}


def is_qr(text: str) -> bool:
    """Begins as an invoice's QR text does."""
    return _START.match(fold(text)) is not None


def parse_qr(text: str) -> Qr | Problem:
    payload = fold(text)
    if "://" in payload or not is_qr(payload):
        return Problem("invoice.qr.other")
    fields = [part.strip() for part in payload.split(",")]
    if len(fields) < 6:
        return Problem("invoice.qr.cut")
    _, kind, code, number, amount, day, *rest = fields
    family = _family(code, number)
    if family is None:
        return Problem("invoice.qr.number")
    if _AMOUNT.fullmatch(amount) is None:
        return Problem("invoice.qr.amount", {"value": amount})
    issued = _day(day)
    if issued is None:
        return Problem("invoice.qr.date", {"value": day})
    check = next((part for part in rest if re.fullmatch("[0-9]{20}", part)), "")
    return Qr(kind, kind_of_qr(kind), family, code, number, Decimal(amount), issued, check, crc_state(payload))


def _family(code: str, number: str) -> Family | None:
    if not code and re.fullmatch("[0-9]{20}", number):
        return Family.DIGITAL
    legacy = re.fullmatch("[0-9]{10}|[0-9]{12}", code) and re.fullmatch("[0-9]{8}", number)
    return Family.LEGACY if legacy else None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date() if len(text) == 8 else None  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def crc_state(payload: str) -> CrcState:
    """Judge the last field. Paper and rail invoices may have checksums of another sort: `unknown`."""
    prefix, last = _split_crc(payload)
    if not last:
        return CrcState.ABSENT
    if last.upper() in {f"{crc16(prefix):04X}", f"{crc16(prefix[:-1]):04X}"}:
        return CrcState.OK
    return CrcState.MISMATCH if payload.split(",")[1].strip() in _PROVEN else CrcState.UNKNOWN


def _split_crc(payload: str) -> tuple[str, str]:
    """(everything up to and with the comma before the CRC, CRC or ""): a comma may follow the CRC or not."""
    body = payload.removesuffix(",")
    head, _, last = body.rpartition(",")
    is_crc = _CRC.fullmatch(last) is not None and head.count(",") >= 5
    return (f"{head},", last) if is_crc else (body, "")


def crc16(text: str) -> int:
    """CRC-16/BUYPASS: poly 0x8005, init 0, not reflected. Found on real invoices, documented nowhere official."""
    crc = 0
    for byte in text.encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = ((crc << 1) ^ 0x8005) & 0xFFFF if crc & 0x8000 else (crc << 1) & 0xFFFF
    return crc
