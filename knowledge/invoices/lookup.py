"""Find the invoice that somebody means among the ones they may see: exact, nearly, or not at all. Never a guess."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from rapidfuzz.distance import OSA

from knowledge.invoices.compare import (
    MOST_EDITS,
    NAMES,
    Agreement,
    AmountMatch,
    Comparison,
    Slip,
    compare,
    name_score,
)
from knowledge.invoices.explain import explain
from knowledge.invoices.model import Invoice

__all__ = ["LookupResult", "Match", "compare", "explain", "rank"]

SHOWN = 5
AHEAD = 4.0  # nats by which a clear winner leads
_LEAST = 4.0
_CONFUSED = frozenset(map(frozenset, ("17", "38", "56", "08", "68", "69", "09", "49", "25", "35", "14", "27")))


@dataclass(frozen=True, slots=True)
class Match:
    invoice: Invoice
    comparison: Comparison
    score: float  # nats of evidence; only for ordering


@dataclass(frozen=True, slots=True)
class LookupResult:
    """`near` holds the best first, at most SHOWN, and never the exact one."""

    exact: Invoice | None
    near: tuple[Match, ...]

    @property
    def winner(self) -> Match | None:
        """The only near one, or one clearly ahead: worth asking 是这张吗? Nothing irreversible without a yes."""
        if not self.near:
            return None
        lead = self.near[0].score - self.near[1].score if len(self.near) > 1 else AHEAD
        return self.near[0] if lead >= AHEAD else None


def rank(query: Mapping[str, str], candidates: Iterable[Invoice]) -> LookupResult:
    """`candidates`: the invoices within the person's scope, and nothing else.

    With a number only invoices within two edits of it count; without one, those that several fields point to.
    """
    matches = [_match(query, invoice) for invoice in candidates if _is_within_reach(query, invoice)]
    exact = [match for match in matches if _is_exact(match.comparison)]
    found = exact[0] if len(exact) == 1 else None
    near = [match for match in matches if match is not found and _is_near(match)]
    near.sort(key=lambda match: (-match.score, -_day(match.invoice), match.invoice.key))
    return LookupResult(found.invoice if found else None, tuple(near[:SHOWN]))


def _match(query: Mapping[str, str], invoice: Invoice) -> Match:
    comparison = compare(query, invoice)
    return Match(invoice, comparison, _score(comparison))


def _day(invoice: Invoice) -> int:
    return (invoice.issue_date or date.min).toordinal()


def _is_within_reach(query: Mapping[str, str], invoice: Invoice) -> bool:
    """Cheap, for thousands of rows: comparing everything is for what is left."""
    number, tail = query.get("number"), query.get("tail")
    if number and len(number) < len(invoice.number) and invoice.number.endswith(number):
        return True
    if number and OSA.distance(number, invoice.number, score_cutoff=MOST_EDITS) > MOST_EDITS:
        return False
    return not tail or invoice.number.endswith(tail)


def _is_exact(comparison: Comparison) -> bool:
    fields = comparison.fields
    strict = (fields.get(name, Agreement.SAME) for name in ("code", "issue_date"))
    return (
        fields.get("number") is Agreement.SAME
        and all(agreement is Agreement.SAME for agreement in strict)
        and Agreement.DIFFERENT not in fields.values()
    )


def _is_near(match: Match) -> bool:
    fields = match.comparison.fields
    if "number" in fields or "tail" in fields:
        return True
    differing = sum(agreement is Agreement.DIFFERENT for agreement in fields.values())
    return match.score >= _LEAST and differing <= 1


def _score(comparison: Comparison) -> float:
    """Nats per field, hand-set after measuring; they only order candidates and find a clear winner."""
    return sum(_score_of(field, comparison) for field in comparison.fields)


def _score_of(field: str, comparison: Comparison) -> float:
    agreement = comparison.fields[field]
    if field == "number":
        return _score_number(agreement, comparison)
    if field == "issue_date":
        return _score_days(abs(comparison.days or 0))
    if field == "amount":
        return _AMOUNTS[comparison.amount or AmountMatch.DIFFERENT]
    if field == "tail":
        return 2.3 * len(comparison.yours[field]) if agreement is Agreement.SAME else -8
    if field in NAMES:
        score = name_score(comparison.yours[field], comparison.theirs[field])
        return 9 * (score - 55) / 45 if score >= 55 else -6
    return {Agreement.SAME: 7.0, Agreement.CLOSE: 3.0, Agreement.DIFFERENT: -6.0}[agreement]


_AMOUNTS = {
    AmountMatch.SAME: 8.0,
    AmountMatch.NET_FOR_TOTAL: 7.0,
    AmountMatch.TOTAL_FOR_NET: 7.0,
    AmountMatch.ABOUT: 4.0,
    AmountMatch.DIFFERENT: -5.0,
}


def _score_number(agreement: Agreement, comparison: Comparison) -> float:
    if agreement is Agreement.SAME:
        return 22
    if not comparison.edits:  # only its last digits were typed
        return 2.3 * len(comparison.yours["number"])
    unlike = sum(_is_unlike(edit.slip, edit.yours, edit.theirs) for edit in comparison.edits)
    return (12 if len(comparison.edits) == 1 else 6) - 0.3 * unlike


def _is_unlike(slip: Slip, yours: str, theirs: str) -> bool:
    return slip is Slip.CHANGED and frozenset((yours, theirs)) not in _CONFUSED


def _score_days(days: int) -> float:
    if days == 0:
        return 6.5
    return 3 if days == 1 else 0.5 if days <= 3 else -5
