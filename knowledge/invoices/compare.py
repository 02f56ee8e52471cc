"""How what a person typed differs from an invoice, position by position, and how much of it may be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

from knowledge.invoices.kinds import Asks, asks
from knowledge.invoices.model import Family, Invoice
from knowledge.invoices.names import name_score
from knowledge.invoices.rules import vat_rates

MOST_EDITS = 2
RATES = vat_rates()
CENT = Decimal("0.01")
CONFUSED = frozenset(map(frozenset, ("17", "38", "56", "08", "68", "69", "09", "49", "25", "35", "14", "27")))
_CLOSE_NAME = 72


FIELDS = (
    "number", "tail", "head", "code", "issue_date", "amount", "check_code", "seller_name", "buyer_name", "buyer_tax_id",
    "name",
)  # fmt: skip


NAMES = frozenset({"seller_name", "buyer_name", "name"})


class Agreement(StrEnum):
    SAME = "same"
    CLOSE = "close"  # a slip: up to two edits, a day off, net for total, a rounded amount, a short name
    DIFFERENT = "different"


class Slip(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"
    SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class Edit:
    """One slip. `position` counts from 1 in the invoice's number, for an extra digit in what was typed."""

    slip: Slip
    position: int
    yours: str
    theirs: str


class AmountMatch(StrEnum):
    SAME = "same"
    NET_FOR_TOTAL = "net_for_total"  # the right invoice, but verifying it asks for the other amount
    TOTAL_FOR_NET = "total_for_net"
    ABOUT = "about"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Only fields that both sides know; `untold` are those that the invoice has no value for.

    `theirs` are all of the invoice's. `days` is the typed date minus the issue date.
    """

    fields: Mapping[str, Agreement]
    yours: Mapping[str, str]
    theirs: Mapping[str, str]
    edits: tuple[Edit, ...] = ()
    days: int | None = None
    amount: AmountMatch | None = None
    untold: frozenset[str] = frozenset()

    @property
    def is_tail(self) -> bool:
        """Only the number's last digits were typed."""
        yours, theirs = self.yours.get("number", ""), self.theirs.get("number", "")
        return len(yours) < len(theirs) and theirs.endswith(yours)

    @property
    def contradicts(self) -> bool:
        """Something that was said is not so."""
        return Agreement.DIFFERENT in self.fields.values()

    def may_reveal(self, field: str) -> bool:
        """A value that differs is shown only if at least two other fields match or nearly do: no fishing for digits.

        A number, its beginning and its end are one field.
        """
        agreeing = (name for name, agreement in self.fields.items() if agreement is not Agreement.DIFFERENT)
        return len({_whole(name) for name in agreeing} - {_whole(field)}) >= 2


def _whole(field: str) -> str:
    return "number" if field in {"tail", "head"} else field


def compare(query: Mapping[str, str], invoice: Invoice) -> Comparison:
    """`query` holds facts by the readers' names; `name` is either party's, `tail` the number's last digits, `head` its
    first, or its code's."""
    theirs = _facts_of(invoice)
    yours = {name: query[name] for name in FIELDS if query.get(name) and theirs.get(name)}
    edits = edits_between(yours["number"], theirs["number"]) if "number" in yours else None
    days = _days(yours["issue_date"], invoice.issue_date) if "issue_date" in yours else None
    amount = match_amount(Decimal(yours["amount"]), invoice) if "amount" in yours else None
    agreements = {name: _agreement(name, yours[name], theirs[name]) for name in yours}
    if amount:
        agreements["amount"] = _of_amount(amount)
    if "head" in yours and invoice.code.startswith(yours["head"]):
        agreements["head"] = Agreement.SAME
    untold = frozenset(name for name in FIELDS if query.get(name) and not theirs.get(name))
    return Comparison(agreements, yours, theirs, edits or (), days, amount, untold)


def _facts_of(invoice: Invoice) -> dict[str, str]:
    amount = expected_amount(invoice)
    return {
        "number": invoice.number,
        "tail": invoice.number,
        "head": invoice.number,
        "code": invoice.code,
        "issue_date": invoice.issue_date.isoformat() if invoice.issue_date else "",
        "amount": "" if amount is None else f"{amount:.2f}",
        "check_code": invoice.extra.get("check_code", "")[-6:],
        "seller_name": invoice.seller_name,
        "buyer_name": invoice.buyer_name,
        "buyer_tax_id": invoice.buyer_tax_id,
        "name": f"{invoice.seller_name}\n{invoice.buyer_name}".strip(),
    }


def expected_amount(invoice: Invoice) -> Decimal | None:
    """The amount that the official 查验 asks for, else the one that is known."""
    wanted, other = _amounts(invoice)
    return other if wanted is None else wanted


def _amounts(invoice: Invoice) -> tuple[Decimal | None, Decimal | None]:
    """(asked for, the other)."""
    return (invoice.net, invoice.total) if asked_of(invoice) is Asks.NET else (invoice.total, invoice.net)


def asked_of(invoice: Invoice) -> Asks | None:
    """What the official 查验 asks for; None while the kind is unknown."""
    return asks(invoice.kind, digital=invoice.family is Family.DIGITAL) if invoice.kind else None


def _agreement(name: str, yours: str, theirs: str) -> Agreement:
    if name == "issue_date":
        return _of_days(_days(yours, date.fromisoformat(theirs)))
    if name == "tail":
        return Agreement.SAME if theirs.endswith(yours) else Agreement.DIFFERENT
    if name == "head":
        return Agreement.SAME if theirs.startswith(yours) else Agreement.DIFFERENT
    if name in NAMES:
        return _of_name(max(name_score(yours, name) for name in theirs.splitlines()))
    if yours == theirs:
        return Agreement.SAME
    if name == "number" and theirs.endswith(yours):
        return Agreement.CLOSE
    slip = name in {"number", "code"} and _distance(yours, theirs) <= MOST_EDITS
    return Agreement.CLOSE if slip else Agreement.DIFFERENT


def _distance(yours: str, theirs: str) -> int:
    return OSA.distance(yours, theirs, score_cutoff=MOST_EDITS)


def _days(yours: str, issued: date | None) -> int:
    return (date.fromisoformat(yours) - (issued or date.min)).days


def _of_days(days: int) -> Agreement:
    if days == 0:
        return Agreement.SAME
    return Agreement.CLOSE if abs(days) == 1 else Agreement.DIFFERENT


def _of_name(score: float) -> Agreement:
    if score >= 100:
        return Agreement.SAME
    return Agreement.CLOSE if score >= _CLOSE_NAME else Agreement.DIFFERENT


def _of_amount(match: AmountMatch) -> Agreement:
    if match is AmountMatch.SAME:
        return Agreement.SAME
    return Agreement.DIFFERENT if match is AmountMatch.DIFFERENT else Agreement.CLOSE


def match_amount(yours: Decimal, invoice: Invoice) -> AmountMatch:
    """People leave out a red invoice's minus and the cents, and mistake net for total; a legal rate bridges a gap."""
    wanted, other = _amounts(invoice)
    mixed_up = _MIXED_UP.get(asked_of(invoice), AmountMatch.SAME)
    if wanted is not None and abs(yours) == abs(wanted):
        return AmountMatch.SAME
    if other is not None and abs(yours) == abs(other):
        return mixed_up
    if wanted is not None and other is None and _by_rate(yours, wanted, asked_of(invoice)):
        return mixed_up
    known = [amount for amount in (wanted, other) if amount is not None]
    return AmountMatch.ABOUT if any(_is_about(yours, a) for a in known) else AmountMatch.DIFFERENT


_MIXED_UP: Mapping[Asks | None, AmountMatch] = {  # where the check code is asked, either amount is as good
    Asks.TOTAL: AmountMatch.NET_FOR_TOTAL,
    Asks.PRICE: AmountMatch.NET_FOR_TOTAL,
    Asks.NET: AmountMatch.TOTAL_FOR_NET,
}


def _by_rate(yours: Decimal, wanted: Decimal, asked: Asks | None) -> bool:
    net, total = (abs(wanted), abs(yours)) if asked is Asks.NET else (abs(yours), abs(wanted))
    return any((net * (1 + rate)).quantize(CENT, ROUND_HALF_UP) == total for rate in RATES)


def _is_about(yours: Decimal, amount: Decimal) -> bool:
    """Whole yuan only: within 1 yuan, or half a unit of a round figure (1280: 5, 1300: 50), never beyond 5 %."""
    if yours != yours.to_integral_value():
        return False
    digits = str(abs(int(yours)))
    unit = 10 ** (len(digits) - len(digits.rstrip("0")))
    gap = abs(abs(yours) - abs(amount))
    return gap < 1 or gap <= min(Decimal(unit) / 2, abs(amount) / 20)


@lru_cache(maxsize=4096)
def edits_between(yours: str, theirs: str) -> tuple[Edit, ...] | None:
    """The fewest slips that explain it (optimal string alignment), by position; None beyond two."""
    distance = _distance(yours, theirs)
    if distance > MOST_EDITS:
        return None
    if len(yours) == len(theirs):
        changed = [
            Edit(Slip.CHANGED, place, one, other)
            for place, (one, other) in enumerate(zip(yours, theirs, strict=True), 1)
            if one != other
        ]
        if len(changed) == distance:
            return tuple(changed)
    return _aligned(yours, theirs)


def _aligned(yours: str, theirs: str) -> tuple[Edit, ...]:
    yours, theirs = _without_common_end(yours, theirs)
    same = _same_start(yours, theirs)
    yours, theirs = yours[same:], theirs[same:]
    table = _alignment(yours, theirs)
    edits, i, j = [], len(yours), len(theirs)
    while i or j:
        edit, i, j = _step_back(table, yours, theirs, i, j)
        if edit:
            edits.append(replace(edit, position=edit.position + same))
    return tuple(reversed(edits))


def _without_common_end(yours: str, theirs: str) -> tuple[str, str]:
    same = _same_start(yours[::-1], theirs[::-1])
    return (yours[:-same], theirs[:-same]) if same else (yours, theirs)


def _same_start(yours: str, theirs: str) -> int:
    pairs = enumerate(zip(yours, theirs, strict=False))
    return next((i for i, (one, other) in pairs if one != other), min(len(yours), len(theirs)))


def _alignment(yours: str, theirs: str) -> list[list[int]]:
    table = [[i + j if not i or not j else 0 for j in range(len(theirs) + 1)] for i in range(len(yours) + 1)]
    for i in range(1, len(yours) + 1):
        for j in range(1, len(theirs) + 1):
            cost = table[i - 1][j - 1] + (yours[i - 1] != theirs[j - 1])
            table[i][j] = min(cost, table[i - 1][j] + 1, table[i][j - 1] + 1)
            if _is_swap(yours, theirs, i, j):
                table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
    return table


def _is_swap(yours: str, theirs: str, i: int, j: int) -> bool:
    pair, other = yours[i - 2 : i], theirs[j - 2 : j]
    return i > 1 and j > 1 and pair == other[::-1] and pair != other


def _step_back(table: list[list[int]], yours: str, theirs: str, i: int, j: int) -> tuple[Edit | None, int, int]:
    here = table[i][j]
    if i and j and yours[i - 1] == theirs[j - 1] and here == table[i - 1][j - 1]:
        return None, i - 1, j - 1
    if _is_swap(yours, theirs, i, j) and here == table[i - 2][j - 2] + 1:
        return Edit(Slip.SWAPPED, j - 1, yours[i - 2 : i], theirs[j - 2 : j]), i - 2, j - 2
    if i and j and here == table[i - 1][j - 1] + 1:
        return Edit(Slip.CHANGED, j, yours[i - 1], theirs[j - 1]), i - 1, j - 1
    if i and here == table[i - 1][j] + 1:
        return Edit(Slip.EXTRA, i, yours[i - 1], ""), i - 1, j
    return Edit(Slip.MISSING, j, "", theirs[j - 1]), i, j - 1
