"""What facts are called, and what follows from some of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from knowledge.invoices.dates import is_too_new_to_verify, is_too_old_to_verify
from knowledge.invoices.fields import amount_asked
from knowledge.invoices.kinds import kinds
from knowledge.invoices.model import Kind

# The names that look-up, tickets and flows agree on. A flow may set others of its own.
NAMES = frozenset(
    {
        "family",
        "kind",
        "code",
        "number",
        "tail",
        "issue_date",
        "amount",
        "check_code",
        "buyer_tax_id",
        "buyer_name",
        "seller_name",
        "invoice_key",
        "tax_status",
        "browser",
        "crc",
        "verify_by",
        "other_number",  # of the invoice that may be the same, or issued twice
        "other_code",
        "right_tax_id",  # what should stand on a wrong invoice
        "issuer",  # who shall issue an invoice that is wanted; the next three are for it
        "buyer_details",
        "item",
        "delivery",
        "review",
        "system",  # where the trouble is: etax, company or bot
        "reason",
        "error",
    }
)
# Known only at the moment of asking: branches may look at them, texts may not show them.
DERIVED = frozenset({"age", "month", "number_year", "same_number"})


def merge(facts: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Facts with newer ones on top. What followed from the old ones and fits no more is dropped, then inferred anew."""
    merged = {**facts, **new}
    changed = {name for name in ("family", "kind", "code") if facts.get(name) not in (None, merged.get(name))}
    if "family" in changed and "kind" not in new:
        merged.pop("kind", None)
    if changed and "verify_by" not in new:
        merged.pop("verify_by", None)
    return infer(merged)


def infer(facts: Mapping[str, str]) -> dict[str, str]:
    """Facts and what they settle: `family`, and what to verify by (`verify_by`). What is known is never changed."""
    family = facts.get("family") or _family(facts)
    known = {**facts, "family": family} if family else dict(facts)
    asked = amount_asked(known)
    return known if asked is None else {"verify_by": asked.value, **known}


def _family(facts: Mapping[str, str]) -> str:
    if len(facts.get("number", "")) == 20:
        return "digital"
    if facts.get("code"):
        return "legacy"
    return kinds()[Kind(facts["kind"])].family.value if facts.get("kind") in set(Kind) else ""


def derive(facts: Mapping[str, str], today: date) -> dict[str, str]:
    """`age`: today, recent, old (past the five years of verification) or unknown.

    `month`: whether it was issued in the current one: this, other or unknown.
    `number_year`: whether the first two digits of a 20-digit number are the year of issue: match, differs or unknown.
    `same_number`: whether the other number is that of the same invoice: same, differs or unknown.
    """
    return _of_date(facts, today) | {"same_number": _same_number(facts)}


def _of_date(facts: Mapping[str, str], today: date) -> dict[str, str]:
    issued = _date(facts.get("issue_date", ""))
    if issued is None:
        return {"age": "unknown", "month": "unknown", "number_year": "unknown"}
    month = "this" if (issued.year, issued.month) == (today.year, today.month) else "other"
    return {
        "age": _age(issued, today),
        "month": month,
        "number_year": _number_year(facts.get("number", ""), issued),
    }


def _same_number(facts: Mapping[str, str]) -> str:
    """Eight digits alone name no invoice, and the paper form of a digital one has a number of either length."""
    one, two = facts.get("number", ""), facts.get("other_number", "")
    if not one or len(one) != len(two):
        return "unknown"
    if one != two or len(one) == 20:
        return "same" if one == two else "differs"
    codes = facts.get("code", ""), facts.get("other_code", "")
    if not all(codes):
        return "unknown"
    return "same" if codes[0] == codes[1] else "differs"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _age(issued: date, today: date) -> str:
    if is_too_new_to_verify(issued, today):
        return "today"
    return "old" if is_too_old_to_verify(issued, today) else "recent"


def _number_year(number: str, issued: date) -> str:
    if len(number) != 20:
        return "unknown"
    return "match" if number[:2] == f"{issued.year % 100:02d}" else "differs"
