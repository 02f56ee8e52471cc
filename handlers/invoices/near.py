"""How near misses look: what differs is underlined, and what may not be told yet is hidden."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from zoneinfo import ZoneInfo

from handlers.invoices.card import card_text, issued, money
from handlers.messenger import Button, Message
from knowledge.invoices.compare import NAMES, Agreement
from knowledge.invoices.diagnosis import Diagnosis, diagnose, marked
from knowledge.invoices.explain import explain
from knowledge.invoices.lookup import LookupResult, Match
from knowledge.invoices.model import Axis
from knowledge.invoices.status import status_label
from knowledge.texts import Localized, Texts, join, literal
from storage.invoices import StatusChange

_MOST_APART = 6  # digits in which numbers of a list differ; beyond that nothing would stand out
_NUMBER = frozenset({"number", "tail", "head"})


def winner_message(
    texts: Texts, match: Match, changes: Sequence[StatusChange], zone: ZoneInfo, wait_id: int
) -> Message:
    """The one that comes closest, as a card; whether it is the one is for the person to say."""
    hidden = diagnose(match.comparison).hidden
    card = card_text(texts, match.invoice, changes, zone, _number(texts, match, frozenset()), hidden)
    differs = explain(match.comparison, texts)
    text = join("\n", [texts("lookup.near"), differs, literal(""), card, literal(""), texts("lookup.is_it")])
    yes = Button(texts("lookup.button.yes"), f"i:show:{match.invoice.key}")
    no = Button(texts("lookup.button.no"), f"i:not:{wait_id}")
    return Message(text, ((yes, no),))


def list_message(texts: Texts, result: LookupResult, wait_id: int) -> Message:
    none = Button(texts("lookup.button.none"), f"i:not:{wait_id}")
    rows = tuple((_open(texts, nth, match),) for nth, match in enumerate(result.near, 1))
    return Message(several(texts, result), (*rows, (none,)))


def several(texts: Texts, result: LookupResult) -> Localized:
    """Ties are shown, with what would tell them apart; never guessed."""
    apart, digits = _apart(result.near), _digits_apart(result.near)
    lines = [
        texts("card.nth", nth=nth, differs=explain(match.comparison, texts), **_parts(texts, match, apart, digits))
        for nth, match in enumerate(result.near, 1)
    ]
    ask = [texts(f"lookup.tell.{result.ask}")] if result.ask else []
    return join("\n", [texts("lookup.several"), *lines, *ask])


def near_text(texts: Texts, match: Match) -> Localized:
    """A single one in two lines."""
    line = _line(texts, match)
    return join("\n", [texts("lookup.near"), line, explain(match.comparison, texts)])


def despite(texts: Texts, result: LookupResult) -> list[Localized]:
    """What was said of an exact one and isn't so."""
    comparison = result.comparison
    return [explain(comparison, texts)] if comparison is not None and diagnose(comparison).differing else []


def also_near(texts: Texts, result: LookupResult) -> list[Localized]:
    """Below an exact one: others whose number is a digit away."""
    lines = [_line(texts, match) for match in result.also]
    return [texts("lookup.also"), *lines] if lines else []


def _line(texts: Texts, match: Match) -> Localized:
    return texts("card.line", **_parts(texts, match, frozenset(), frozenset()))


def _parts(texts: Texts, match: Match, apart: Collection[str], digits: Collection[int]) -> dict[str, Localized]:
    invoice, diagnosis = match.invoice, diagnose(match.comparison)
    party = "seller_name" if invoice.seller_name else "buyer_name"
    alike = {name for name in NAMES if match.comparison.fields.get(name) is Agreement.CLOSE}  # none of it to mark
    return {
        "number": _number(texts, match, digits),
        "party": _value(
            texts, getattr(invoice, party) or "—", diagnosis, {party, "name"} - alike, is_apart="party" in apart
        ),
        "date": _value(texts, issued(invoice), diagnosis, {"issue_date"}, is_apart="date" in apart),
        "total": _value(texts, money(invoice.total), diagnosis, {"amount"}, is_apart="total" in apart),
        "state": texts(status_label(Axis.TAX_STATUS, invoice.tax_status)),
    }


def _value(texts: Texts, value: str, diagnosis: Diagnosis, fields: Collection[str], *, is_apart: bool) -> Localized:
    """Hidden, underlined where it differs from what was typed, bold where the others of the list have another one."""
    if not diagnosis.hidden.isdisjoint(fields):
        return texts("card.hidden")
    if not diagnosis.differing.isdisjoint(fields):
        return texts("card.marked", value=value)
    return texts("card.apart", value=value) if is_apart else literal(value)


def _number(texts: Texts, match: Match, digits: Collection[int]) -> Localized:
    """With its code; `digits`: positions in which it differs from the others of a list. If it is the one on paper, the
    twenty digits stand before it, unless it is hidden."""
    code, number = _digits(texts, "code", match, ()), _digits(texts, "number", match, digits)
    own, hidden = match.invoice.number, diagnose(match.comparison).hidden
    is_shown = match.comparison.theirs["number"] != own and hidden.isdisjoint(_NUMBER)
    parts = [texts("card.number", number=own)] if is_shown else []
    return join(" ", [*parts, code, number] if match.invoice.code else [*parts, number])


def _digits(texts: Texts, field: str, match: Match, apart: Collection[int]) -> Localized:
    value, hidden = match.comparison.theirs[field], diagnose(match.comparison).hidden
    if not hidden.isdisjoint({field} if field == "code" else _NUMBER):
        return texts("card.hidden")
    differing = marked(field, match.comparison)
    if not differing and not apart:
        return texts("card.number", number=value)
    return join("", [_digit(texts, digit, at in differing, at in apart) for at, digit in enumerate(value, 1)])


def _digit(texts: Texts, digit: str, is_marked: bool, is_apart: bool) -> Localized:
    if is_marked:
        return texts("card.marked", value=digit)
    return texts("card.apart", value=digit) if is_apart else literal(digit)


def _apart(matches: Sequence[Match]) -> frozenset[str]:
    """What not all of them share."""
    values: dict[str, set[object]] = {
        "party": {match.invoice.seller_name or match.invoice.buyer_name for match in matches},
        "date": {match.invoice.issue_date for match in matches},
        "total": {match.invoice.total for match in matches},
    }
    return frozenset(name for name, found in values.items() if len(found) > 1)


def _digits_apart(matches: Sequence[Match]) -> frozenset[int]:
    shown = [match for match in matches if diagnose(match.comparison).hidden.isdisjoint(_NUMBER)]
    numbers = [match.invoice.number for match in shown]
    if len(set(map(len, numbers))) != 1:
        return frozenset()
    found = frozenset(at for at, digits in enumerate(zip(*numbers, strict=True), 1) if len(set(digits)) > 1)
    return found if len(found) <= _MOST_APART else frozenset()


def _open(texts: Texts, nth: int, match: Match) -> Button:
    hidden, unknown = diagnose(match.comparison).hidden, texts("card.hidden")
    tail = literal(f"…{match.invoice.number[-4:]}") if hidden.isdisjoint(_NUMBER) else unknown
    total = literal(money(match.invoice.total)) if "amount" not in hidden else unknown
    return Button(texts("card.button.open", nth=nth, tail=tail, total=total), f"i:show:{match.invoice.key}")
