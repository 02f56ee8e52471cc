"""Readers of answers in people's own words: a title, an item, a reason, an error message, where to send something."""

from __future__ import annotations

import re
import unicodedata

from knowledge.invoices.digits import fold
from knowledge.invoices.model import Problem, Value
from knowledge.invoices.tax_ids import is_valid_tax_id

LIMIT = 200  # characters
NAME_LIMIT = 100
_LIKE_AN_ID = re.compile(r"(?<![0-9A-Za-z])(?=(?:[A-Za-z]*[0-9]){8})[0-9A-Za-z]{15,20}(?![0-9A-Za-z])")
_ID_LABEL = re.compile(
    r"(?:纳税人识别号|统一社会信用代码|信用代码|税号|tax ?(?:payer )?(?:id|no\.?|number))\s*[:：]?\s*(?=\0)",
    re.IGNORECASE,
)
_NAME_LABEL = re.compile(
    r"^(?:(?:发票|开票)?抬头|(?:公司|单位|企业|购买方|购方)?名称|(?:company|buyer)(?: name)?|name|title)\s*[:：]\s*",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[0-9A-Za-z_.+-]+@(?:[0-9A-Za-z-]+\.)+[A-Za-z]{2,}")
_MOBILE = re.compile(r"(?<![0-9])(?:\+?86)?(1[3-9][0-9]{9})(?![0-9])")
_GAP = re.compile(r"(?<=[0-9])[ -](?=[0-9])")


def read_text(text: str, fact: str) -> Value | Problem:
    """1 to 200 characters, white space collapsed, kept as they were written."""
    clean = _clean(text)
    if not any(c.isalnum() for c in clean):
        return Problem("flow.text.empty")
    if len(clean) > LIMIT:
        return Problem("flow.text.long", {"sent": len(clean), "limit": LIMIT})
    return Value(clean, {fact: clean})


def read_words(text: str, fact: str) -> Value | Problem:
    """As `read_text`, but digits alone say nothing here: they are a number meant for another question."""
    read = read_text(text, fact)
    return read if isinstance(read, Problem) or _has_letters(read.text) else Problem("flow.text.digits")


def read_buyer(text: str) -> Value | Problem:
    """The title of an invoice. From a pasted block of particulars also the tax id, and the other lines as they are."""
    tax_id, rest = _cut_tax_id(text)
    parts = [part for part in map(_clean, re.split(r"[\n;；]", rest)) if part]
    named = next((part for part in parts if _NAME_LABEL.match(part)), parts[0] if parts else "")
    name = _NAME_LABEL.sub("", named)
    if not _has_letters(name) or _LIKE_AN_ID.fullmatch(name):
        return Problem("flow.buyer.tax_id" if tax_id or _LIKE_AN_ID.search(name) else "flow.buyer.none")
    if not 2 <= len(name) <= NAME_LIMIT:
        return Problem("flow.buyer.length", {"sent": len(name), "limit": NAME_LIMIT})
    details = "；".join(part for part in parts if part != named)[:LIMIT]
    facts = {"buyer_name": name, "buyer_tax_id": tax_id, "buyer_details": details}
    return Value(name, {fact: value for fact, value in facts.items() if value})


def read_delivery(text: str) -> Value | Problem:
    """E-mail addresses and mobile numbers of the mainland (11 digits)."""
    folded = fold(text)
    digits = _GAP.sub("", _EMAIL.sub(" ", folded))
    found = (*_EMAIL.findall(folded), *_MOBILE.findall(digits))
    if found:
        where = ", ".join(dict.fromkeys(found))
        return Value(where, {"delivery": where})
    if "@" in folded:
        return Problem("flow.delivery.email")
    sent = sum(c.isdigit() for c in digits)
    return Problem("flow.delivery.mobile", {"sent": sent}) if sent else Problem("flow.delivery.none")


def _clean(text: str) -> str:
    return " ".join("".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C").split())


def _has_letters(text: str) -> bool:
    return any(c.isalpha() for c in text)


def _cut_tax_id(text: str) -> tuple[str, str]:
    """The one valid taxpayer id in a text, and the text without it and its label."""
    found = [m for m in _LIKE_AN_ID.finditer(text) if is_valid_tax_id(m[0].upper())]
    if len({m[0].upper() for m in found}) != 1:
        return "", text
    return found[0][0].upper(), _ID_LABEL.sub("", text.replace(found[0][0], "\0")).replace("\0", " ")
