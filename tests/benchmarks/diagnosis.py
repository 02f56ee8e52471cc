"""Whether a near miss is blamed on the right fields, and nothing is given away: `make bench-diagnosis`.

A thousand descriptions of invoices, each complete but for one or two fields that went wrong as they do with people.
Each is looked up in the scope of an organization, as facts and as a typed line. What is told of the invoice that was
meant must name the fields that went wrong, those and no others. Then each is asked again with so little of it that
fewer than two other fields match: nothing of the invoice that was not typed may stand in the answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from rich import box
from rich.console import Console
from rich.table import Table

from handlers.invoices.near import near_text
from knowledge.invoices.compare import CONFUSED, FIELDS, compare
from knowledge.invoices.diagnosis import diagnose
from knowledge.invoices.lookup import Match
from knowledge.invoices.model import Invoice
from knowledge.invoices.queries import understand
from knowledge.texts import Texts, plain
from tests.benchmarks import slips
from tests.benchmarks.invoices import invoices
from tests.knowledge.invoices.ranking import Scope

SEED, COUNT, LEAST = 5, 1_000, 0.95
TODAY = date(2026, 11, 24)
SCOPES, INVOICES = 8, 20_000
_TEXTS = Texts.load()

Facts = dict[str, str]
Corruption = Callable[[Random, Facts, Invoice], Facts]


def scopes(count: int = SCOPES) -> list[list[Invoice]]:
    """The invoices of some organizations with many: each with a check code where the kind asks for one."""
    random, by_party = Random(SEED), defaultdict(list)
    for invoice in invoices(INVOICES, SEED):
        full = replace(invoice, extra={"check_code": f"{random.randrange(10**20):020}"}) if invoice.code else invoice
        for tax_id in (full.seller_tax_id, full.buyer_tax_id):
            by_party[tax_id].append(full)
    return sorted(by_party.values(), key=len, reverse=True)[:count]


def described(invoice: Invoice) -> Facts:
    found = {
        "number": invoice.number,
        "code": invoice.code,
        "issue_date": str(invoice.issue_date),
        "amount": str(invoice.total if not invoice.code else invoice.net),
        "check_code": invoice.extra.get("check_code", "")[-6:],
        "seller_name": invoice.seller_name,
        "buyer_name": invoice.buyer_name,
    }
    return {name: value for name, value in found.items() if value}


def line(facts: Facts) -> str:
    said = {
        "number": "号码",
        "code": "代码",
        "issue_date": "日期",
        "amount": "金额",
        "check_code": "校验码",
        "seller_name": "销售方",
        "buyer_name": "购买方",
    }
    return "，".join(f"{word}：{facts[name]}" for name, word in said.items() if name in facts)


# What goes wrong.


def _slip(field: str, slip: slips.Slip) -> Corruption:
    return lambda random, facts, _invoice: {field: slip(random, facts[field])}


def _confused(random: Random, digits: str) -> str:
    pairs = [tuple(pair) for pair in CONFUSED]
    swaps = [(at, b if a == d else a) for at, d in enumerate(digits) for a, b in pairs if d in (a, b)]
    at, other = random.choice(swaps)
    return digits[:at] + other + digits[at + 1 :]


def _day(random: Random, facts: Facts, _invoice: Invoice) -> Facts:
    issued = date.fromisoformat(facts["issue_date"])
    return {"issue_date": str(issued + timedelta(random.choice((-1, 1))))}


def _month(random: Random, facts: Facts, _invoice: Invoice) -> Facts:
    issued = date.fromisoformat(facts["issue_date"])
    return {"issue_date": str(issued + timedelta(random.choice((-30, 31, -61, 59))))}


def _year(random: Random, facts: Facts, _invoice: Invoice) -> Facts:
    issued = date.fromisoformat(facts["issue_date"])
    return {"issue_date": str(issued.replace(year=issued.year + random.choice((-1, 1)), day=min(issued.day, 28)))}


def _digits(random: Random, amount: str) -> str:
    places = [at for at, sign in enumerate(amount) if sign.isdigit()]
    at = random.choice(places)
    return amount[:at] + random.choice([d for d in "123456789" if d != amount[at]]) + amount[at + 1 :]


def _other_amount(_random: Random, facts: Facts, invoice: Invoice) -> Facts:
    return {"amount": str(invoice.net if facts["amount"] == str(invoice.total) else invoice.total)}


def _shifted(random: Random, facts: Facts, _invoice: Invoice) -> Facts:
    return {"amount": f"{Decimal(facts['amount']) * random.choice((Decimal('0.1'), 10)):.2f}"}


def _rounded(_random: Random, facts: Facts, _invoice: Invoice) -> Facts:
    amount = Decimal(facts["amount"])
    return {"amount": str(amount.quantize(Decimal(1)) + (amount == amount.to_integral_value()))}


def _other_party(random: Random, facts: Facts, _invoice: Invoice) -> Facts:
    field = random.choice(("seller_name", "buyer_name"))
    return {field: "虚构" + "".join(random.sample("沧浪亭松涛阁梧桐苑听雨轩", 4)) + "有限公司"}


def _exchanged_parties(_random: Random, facts: Facts, _invoice: Invoice) -> Facts:
    return {"seller_name": facts["buyer_name"], "buyer_name": facts["seller_name"]}


def _exchanged(_random: Random, facts: Facts, _invoice: Invoice) -> Facts:
    return {"code": facts["number"], "number": facts["code"]}


def _piece(begin: int, end: int, others: Sequence[str]) -> Corruption:
    """Other digits in one place of the code."""

    def corrupt(random: Random, facts: Facts, _invoice: Invoice) -> Facts:
        code = facts["code"]
        other = random.choice([piece for piece in others if piece != code[begin:end]])
        return {"code": code[:begin] + other + code[end:]}

    return corrupt


def _needless_code(_random: Random, _facts: Facts, _invoice: Invoice) -> Facts:
    return {"code": "031002600111"}


def _short(_random: Random, facts: Facts, _invoice: Invoice) -> Facts:
    return {"number": facts["number"][-8:]}


ANY: Mapping[str, Corruption] = {
    "number: a digit changed": _slip("number", slips.substitution),
    "number: a look-alike": _slip("number", _confused),
    "number: a digit lost": _slip("number", slips.loss),
    "number: one too many": _slip("number", slips.insertion),
    "number: two swapped": _slip("number", slips.transposition),
    "number: two slips": _slip("number", slips.mixed),
    "date: a day off": _day,
    "date: another month": _month,
    "date: another year": _year,
    "amount: a digit changed": _slip("amount", _digits),
    "amount: point misplaced": _shifted,
    "amount: without cents": _rounded,
    "party: somebody else": _other_party,
    "parties exchanged": _exchanged_parties,
}
OF_CODE: Mapping[str, Corruption] = {
    "code: a digit changed": _slip("code", slips.substitution),
    "code: a digit lost": _slip("code", slips.loss),
    "code: two swapped": _slip("code", slips.transposition),
    "code: another region": _piece(1, 3, ("11", "31", "44", "51")),
    "code: another year": _piece(5, 7, ("21", "22", "27")),
    "code: another kind": _piece(10, 12, ("04", "13", "06")),
    "code and number exchanged": _exchanged,
    "check code: a digit changed": _slip("check_code", slips.substitution),
}
OF_DIGITAL: Mapping[str, Corruption] = {  # older ones of this kind go by their check code: either amount will do
    "amount: net and total mixed up": _other_amount,
    "a code where there is none": _needless_code,
    "number: its last eight digits": _short,
}


@dataclass(frozen=True, slots=True)
class Case:
    """`wrong`: what went wrong, in words; `fields`: the fields that differ by it."""

    invoice: Invoice
    facts: Facts
    wrong: tuple[str, ...]
    fields: frozenset[str]


def cases(held: Sequence[Sequence[Invoice]], count: int = COUNT) -> Iterator[tuple[int, Case]]:
    """(scope, case): half of them with one corruption, half with two in different fields."""
    random = Random(SEED)
    for n in range(count):
        place = random.randrange(len(held))
        invoice = random.choice(held[place])
        yield place, _corrupted(random, invoice, 1 + n % 2)


def _corrupted(random: Random, invoice: Invoice, wanted: int) -> Case:
    true = described(invoice)
    kinds = {**ANY, **(OF_CODE if invoice.code else OF_DIGITAL)}
    facts, wrong, fields = dict(true), list[str](), set[str]()
    while len(wrong) < wanted:
        name = random.choice(list(kinds))
        changes = kinds[name](random, true, invoice)
        changed = {field for field, value in changes.items() if value != true.get(field)}
        if changed and not changed & fields:
            facts |= changes
            wrong.append(name)
            fields |= changed
    return Case(invoice, facts, tuple(wrong), frozenset(fields))


# What is told of it.


@dataclass(frozen=True, slots=True)
class Told:
    """`fields` that are said to differ: None if the invoice that was meant is not shown at all."""

    case: Case
    fields: frozenset[str] | None
    is_first: bool

    @property
    def is_right(self) -> bool:
        return self.fields == self.case.fields


def told(scope: Scope, case: Case, *, typed: bool) -> Told:
    result = scope.rank(understand(line(case.facts), TODAY) if typed else case.facts)
    if result.exact is not None and result.comparison and result.exact.key == case.invoice.key:
        return Told(case, diagnose(result.comparison).differing, is_first=True)
    shown = [match.invoice.key for match in result.near]
    if case.invoice.key not in shown:
        return Told(case, None, is_first=False)
    match = result.near[shown.index(case.invoice.key)]
    is_first = result.exact is None and shown[0] == case.invoice.key
    return Told(case, diagnose(match.comparison).differing, is_first)


def leaks(random: Random, scope: Scope, case: Case) -> tuple[int, int]:
    """(answers, values given away) with one or two of the facts alone, and any invoice of the scope to compare with."""
    asked = dict(random.sample(sorted(case.facts.items()), random.choice((1, 1, 2))))
    matches = list(scope.rank(asked).near)
    matches.append(Match(case.invoice, compare(asked, case.invoice), 0.0))
    return len(matches), sum(len(_given_away(match, asked)) for match in matches)


def _given_away(match: Match, asked: Facts) -> set[str]:
    """Hidden fields of which the answer has a value, or as many as four digits in a row, that nobody typed."""
    said = plain(near_text(_TEXTS, match).zh)
    found = set()
    for field in diagnose(match.comparison).hidden:
        value = match.comparison.theirs[field]
        pieces = [value[n : n + 4] for n in range(max(1, len(value) - 3))] if field in ("number", "code") else [value]
        others = [match.comparison.theirs[name] for name in FIELDS if name not in diagnose(match.comparison).hidden]
        open_ = "".join([*asked.values(), *others])
        if any(piece in said and piece not in open_ for piece in pieces if piece):
            found.add(field)
    return found


def main() -> None:
    held = scopes()
    ready = [Scope(one) for one in held]
    made = list(cases(held))
    as_facts = [told(ready[place], case, typed=False) for place, case in made]
    as_lines = [told(ready[place], case, typed=True) for place, case in made]
    random = Random(SEED)
    counts = [leaks(random, ready[place], case) for place, case in made]
    console = Console(width=140)
    console.print(_by_kind(as_facts, as_lines))
    console.print(f"scopes of {min(map(len, held))} to {max(map(len, held))} invoices, {len(made)} descriptions")
    for name, answers in (("as facts", as_facts), ("as a typed line", as_lines)):
        right = sum(one.is_right for one in answers) / len(answers)
        first = sum(one.is_first for one in answers) / len(answers)
        met = "met" if right >= LEAST else "missed"
        console.print(
            f"{name}: exactly the corrupted fields named {right:.1%} (target {LEAST:.0%}: {met}), first {first:.1%}"
        )
    console.print(f"answers with fewer than two matches: {sum(n for n, _ in counts)}")
    console.print(f"values leaked in the < 2-match case: {sum(leaked for _, leaked in counts)}")


def _by_kind(as_facts: Sequence[Told], as_lines: Sequence[Told]) -> Table:
    """The confusion: how often exactly the right fields were named, and what was named too much or missed."""
    table = Table(box=box.MARKDOWN)
    table.add_column("what went wrong")
    for name in ("n", "facts", "line", "not shown"):
        table.add_column(name, justify="right")
    table.add_column("missed · named beside")
    for kind in (*ANY, *OF_CODE, *OF_DIGITAL):
        facts, lines = ([one for one in answers if kind in one.case.wrong] for answers in (as_facts, as_lines))
        shown = [one for one in facts if one.fields is not None]
        missed = Counter(field for one in shown for field in one.case.fields - (one.fields or frozenset()))
        beside = Counter(field for one in shown for field in (one.fields or frozenset()) - one.case.fields)
        table.add_row(
            kind,
            str(len(facts)),
            _share(facts),
            _share(lines),
            str(len(facts) - len(shown)),
            f"{_counted(missed)} · {_counted(beside)}",
        )
    return table


def _share(answers: Sequence[Told]) -> str:
    return f"{sum(one.is_right for one in answers) / len(answers):.3f}" if answers else "–"


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counter.items())) or "–"


if __name__ == "__main__":
    main()
