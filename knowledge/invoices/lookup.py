"""Find the invoice that somebody means among the ones they may see: exact, nearly, or not at all. Never a guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from knowledge.invoices.compare import Agreement, Comparison, compare
from knowledge.invoices.explain import explain
from knowledge.invoices.model import Invoice
from knowledge.invoices.query import (
    AmountReading,
    AsideReading,
    CheckCodeReading,
    CodeReading,
    DayReading,
    GoodsReading,
    HeadReading,
    JoinedReading,
    NameReading,
    NumberReading,
    PairReading,
    Query,
    Reading,
    TailReading,
    TaxIdReading,
    Token,
    YearlessReading,
)
from knowledge.invoices.rows import Rows
from knowledge.invoices.scoring import weigh

__all__ = ["LookupResult", "Match", "compare", "explain", "query_of", "rank", "says_something", "with_answer"]

SHOWN = 5
AHEAD = 4.0  # nats by which a clear winner leads
_READ = SHOWN + 1  # invoices that are read in full: one may be exact
_READ_TO_CHECK = 10  # of which the check code tells which it is
_LEAST = 3.4  # a name that is alike, a month
_SURE_NUMBER = 9.0  # digits that say so much outweigh all that contradicts
_DESPITE = 12.0  # what all must say together if more than one field contradicts
_CHECK_CODE = (10.0, -6.0)


@dataclass(frozen=True, slots=True)
class Match:
    invoice: Invoice
    comparison: Comparison
    score: float  # nats of evidence; only for ordering


@dataclass(frozen=True, slots=True)
class LookupResult:
    """`near` holds the best first, at most SHOWN, and never the exact one.

    `comparison`: of the exact one with what was asked; some of it may differ all the same.
    `also`: those of them whose number is one digit away from the exact one's, but between other parties: a slip may
    have hit a real invoice. `ask`: what splits the near ones best: month, amount, seller, or "".
    """

    exact: Invoice | None
    near: tuple[Match, ...]
    also: tuple[Match, ...] = ()
    ask: str = ""
    comparison: Comparison | None = None

    @property
    def winner(self) -> Match | None:
        """The only near one, or one clearly ahead: worth asking 是这张吗? Nothing irreversible without a yes."""
        if not self.near:
            return None
        lead = self.near[0].score - self.near[1].score if len(self.near) > 1 else AHEAD
        return self.near[0] if lead >= AHEAD else None


NOTHING = LookupResult(None, ())
Read = Callable[[Sequence[int]], Mapping[int, Invoice]]


def rank(query: Query, rows: Rows, read: Read) -> LookupResult:
    """`rows`: the invoices within the person's scope, and nothing else; `read` gives a few of them in full, by id."""
    chosen = _choose(query, rows)
    if not chosen:
        return NOTHING
    invoices = read([one.id for one in chosen])
    matches = [_match(one, invoices[one.id]) for one in chosen if one.id in invoices]
    matches.sort(key=lambda match: (-match.score, -_day(match.invoice), match.invoice.key))
    exact = [match for match in matches if _is_exact(match.comparison)]
    found = exact[0] if len(exact) == 1 else None
    near = tuple(match for match in matches if match is not found)[:SHOWN]
    if found is not None:
        return LookupResult(found.invoice, near, _also(found, near), comparison=found.comparison)
    return LookupResult(None, near, ask=_ask(near))


@dataclass(frozen=True, slots=True)
class _Chosen:
    id: int
    number: str  # of an invoice's two, the one that suits better
    score: float
    readings: list[tuple[Reading, float]]


def _choose(query: Query, rows: Rows) -> list[_Chosen]:
    """The likeliest rows, none that says too little or contradicts too much."""
    if not query.tokens or not len(rows):
        return []
    evidence = weigh(query, rows)
    is_contradicted = (evidence.against > 1) & (evidence.total < _DESPITE)
    likely = (evidence.total >= _LEAST) & ~is_contradicted & (evidence.number >= 0)
    places = np.flatnonzero(likely | (evidence.number >= _SURE_NUMBER))
    order = np.lexsort((rows.ids[places], -rows.days[places], -evidence.total[places]))
    most = _READ_TO_CHECK if any(isinstance(r, CheckCodeReading) for t in query.tokens for r in t.readings) else _READ
    best: dict[int, int] = {}
    for row in places[order].tolist():
        best.setdefault(int(rows.ids[row]), row)
        if len(best) == most:
            break
    return [
        _Chosen(invoice_id, rows.numbers[row], float(evidence.total[row]), evidence.readings(query, row))
        for invoice_id, row in best.items()
    ]


def _match(one: _Chosen, invoice: Invoice) -> Match:
    facts: dict[str, str] = {}
    score = one.score
    seen = invoice.as_numbered(one.number)
    for reading, _nats in one.readings:
        facts = {**_facts(reading, seen), **facts}
        if isinstance(reading, CheckCodeReading) and (theirs := invoice.extra.get("check_code", "")[-6:]):
            score += _CHECK_CODE[theirs != reading.digits]
    return Match(invoice, compare(facts, seen), round(score, 3))


def _facts(reading: Reading, invoice: Invoice) -> Mapping[str, str]:
    """The reading as what could have been said of this very invoice."""
    match reading:
        case NumberReading(digits) | TailReading(digits):
            is_whole = isinstance(reading, NumberReading) or digits == invoice.number
            return {"number" if is_whole else "tail": digits}
        case HeadReading(digits):
            return {"head": digits}
        case CodeReading(digits):
            return {"code": digits}
        case JoinedReading(code, number):
            return {"code": code, "number": number} if invoice.code else {"number": code + number}
        case DayReading() | YearlessReading():
            return _facts_of_day(reading, invoice.issue_date)
        case AmountReading(fen):
            return {"amount": f"{Decimal(fen) / 100:.2f}"}
        case NameReading(text, side):
            return {f"{side}_name" if side else "name": text}
        case TaxIdReading(text, side):
            return {"buyer_tax_id": text} if side != "seller" and text != invoice.seller_tax_id else {}
        case CheckCodeReading(digits):
            return {"check_code": digits}
        case PairReading(first, amount):
            return {**_facts(first, invoice), **_facts(amount, invoice)}
        case AsideReading() | GoodsReading():
            return {}


def _facts_of_day(reading: DayReading | YearlessReading, issued: date | None) -> Mapping[str, str]:
    """A year that nobody said is the invoice's; a month or a week is no day, but the one within it is meant."""
    if issued is None:
        return {}
    if isinstance(reading, DayReading):
        if reading.first <= issued <= reading.last:
            return {"issue_date": issued.isoformat()}
        if not reading.is_sure and (reading.first.month, reading.first.day) == (issued.month, issued.day):
            return {"issue_date": issued.isoformat()}
        return {"issue_date": (reading.first if issued < reading.first else reading.last).isoformat()}
    if not reading.day:
        return {"issue_date": issued.isoformat()} if reading.month == issued.month else {}
    try:
        return {"issue_date": issued.replace(month=reading.month, day=reading.day).isoformat()}
    except ValueError:  # 29 February
        return {}


def _day(invoice: Invoice) -> int:
    return (invoice.issue_date or date.min).toordinal()


def _is_exact(comparison: Comparison) -> bool:
    fields = comparison.fields
    strict = (fields.get(name, Agreement.SAME) for name in ("code", "issue_date"))
    return (
        fields.get("number") is Agreement.SAME
        and all(agreement is Agreement.SAME for agreement in strict)
        and not comparison.contradicts
    )


def _also(found: Match, near: Sequence[Match]) -> tuple[Match, ...]:
    parties = (found.invoice.seller_tax_id, found.invoice.buyer_tax_id)
    return tuple(
        match
        for match in near
        if len(match.comparison.edits) == 1 and (match.invoice.seller_tax_id, match.invoice.buyer_tax_id) != parties
    )


def _ask(near: Sequence[Match]) -> str:
    """The field that tells most of them apart and was not said."""
    if len(near) < 2:
        return ""
    said = {name for match in near for name in match.comparison.fields}
    values: dict[str, set[object]] = {
        "month": {match.invoice.issue_date and match.invoice.issue_date.replace(day=1) for match in near},
        "amount": {match.invoice.total for match in near},
        "seller": {match.invoice.seller_name for match in near},
    }
    said_as = {"month": {"issue_date"}, "amount": {"amount"}, "seller": {"seller_name", "name"}}
    open_ = [field for field in values if not said & said_as[field] and len(values[field]) > 1]
    return max(open_, key=lambda field: len(values[field]), default="")


def says_something(query: Query) -> bool:
    """Of an invoice, and not only 客户在催."""
    return any(not isinstance(reading, AsideReading) for token in query.tokens for reading in token.readings)


def with_answer(asked: str, ask: str, said: str) -> str:
    """As one line what was asked for and the answer to `ask`: a bare number is what we asked for, no number's end."""
    bare = said.strip().replace(",", "").replace(".", "", 1)
    unit = _UNITS.get(ask, "") if bare.isdecimal() else ""
    return f"{asked} {said.strip()}{unit}"


_UNITS: Mapping[str, str] = {"amount": "元", "month": "月"}


def query_of(facts: Mapping[str, str]) -> Query:
    """Facts by the readers' names, as flows gather them."""
    tokens = tuple(Token(facts[name], (reading,)) for name, reading in _readings_of(facts))
    return Query(" ".join(token.text for token in tokens), tokens)


def _readings_of(facts: Mapping[str, str]) -> list[tuple[str, Reading]]:
    makers: Mapping[str, Callable[[str], Reading]] = {
        "number": NumberReading,
        "tail": TailReading,
        "head": HeadReading,
        "code": CodeReading,
        "issue_date": lambda text: DayReading(date.fromisoformat(text), date.fromisoformat(text)),
        "amount": lambda text: _amount_of(Decimal(text)),
        "check_code": lambda text: CheckCodeReading(text[-6:]),
        "seller_name": lambda text: NameReading(text, "seller"),
        "buyer_name": lambda text: NameReading(text, "buyer"),
        "buyer_tax_id": lambda text: TaxIdReading(text, "buyer"),
        "name": NameReading,
    }
    return [(name, maker(facts[name])) for name, maker in makers.items() if facts.get(name)]


def _amount_of(yuan: Decimal) -> AmountReading:
    return AmountReading(int(yuan * 100), has_cents=yuan != yuan.to_integral_value())
