"""The public verification: the fields that the official 查验 asks for, compared without a word on which one differs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from hmac import compare_digest

from knowledge.invoices.compare import asked_of
from knowledge.invoices.kinds import Asks
from knowledge.invoices.model import PAPER, Family, Invoice

NONE = Invoice("digital:", None, "", "")  # nobody can type its number
_AMOUNTS = frozenset({Asks.NET, Asks.TOTAL, Asks.PRICE})


def missing(facts: Mapping[str, str]) -> tuple[str, ...]:
    """The fields of the form that are still open, in its order."""
    legacy = facts.get("family") == Family.LEGACY or len(facts.get("number", "")) == 8
    names = ["number", *(["code"] if legacy else []), "issue_date"]
    names.append("check_code" if facts.get("verify_by") == Asks.CHECK_CODE else "amount")
    return tuple(name for name in names if not facts.get(name))


def mismatches(facts: Mapping[str, str], invoice: Invoice) -> frozenset[str]:
    """The fields of the official form for this invoice in which the facts differ. All are compared, whatever differs.

    Of an amount, the minus of a red invoice may be left out; a check code that nobody registered matches none.
    """
    expected = _expected(invoice, Asks(facts.get("verify_by") or Asks.TOTAL))
    given = {name: _amount(facts.get(name, "")) if name == "amount" else facts.get(name, "") for name in expected}
    return frozenset([name for name, value in expected.items() if not _is_same(given[name], value)])


def _expected(invoice: Invoice, typed: Asks) -> dict[str, str]:
    asked = asked_of(invoice) or typed
    issued = invoice.issue_date.isoformat() if invoice.issue_date else ""
    expected = {"number": invoice.number, "issue_date": issued}
    if invoice.family is Family.LEGACY or invoice.kind in PAPER:
        expected["code"] = invoice.code
    if asked in _AMOUNTS:
        amount = invoice.net if asked is Asks.NET else invoice.total
        expected["amount"] = "" if amount is None else f"{abs(amount):.2f}"
    else:
        expected["check_code"] = invoice.extra.get("check_code", "")[-6:]
    return expected


def _amount(text: str) -> str:
    return f"{abs(Decimal(text)):.2f}" if text else ""


def _is_same(yours: str, theirs: str) -> bool:
    """What is not known is the same as nothing."""
    return compare_digest(yours.encode(), theirs.encode()) & bool(theirs)
