"""What people type when they look for an invoice: its number with slips, its end, its parties, its day and its sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from random import Random

from opencc import OpenCC
from pypinyin import lazy_pinyin

from knowledge.invoices.model import Invoice
from knowledge.invoices.sounds import Sounded, sounded, variants
from tests.benchmarks.invoices import REGIONS, TRADES

_ALIKE = {"0": "O", "1": "l", "8": "B", "5": "S", "2": "Z", "6": "b", "9": "q"}


def substitution(random: Random, number: str) -> str:
    at = random.randrange(len(number))
    return number[:at] + random.choice([d for d in "0123456789" if d != number[at]]) + number[at + 1 :]


def loss(random: Random, number: str) -> str:
    at = random.randrange(len(number))
    return number[:at] + number[at + 1 :]


def insertion(random: Random, number: str) -> str:
    at = random.randrange(len(number) + 1)
    return number[:at] + random.choice("0123456789") + number[at:]


def transposition(random: Random, number: str) -> str:
    places = [i for i in range(len(number) - 1) if number[i] != number[i + 1]]
    at = random.choice(places) if places else 0
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


def look_alike(random: Random, number: str) -> str:
    """Letters for digits; a whole number of letters is no number."""
    places = [i for i, digit in enumerate(number) if digit in _ALIKE and i]
    for at in random.sample(places, min(2, len(places))):
        number = number[:at] + _ALIKE[number[at]] + number[at + 1 :]
    return number


def mixed(random: Random, number: str) -> str:
    one, other = random.sample((substitution, loss, insertion, transposition), 2)
    return other(random, one(random, number))


def spaced(random: Random, number: str) -> str:
    size = random.choice((4, 5))
    return random.choice(" -").join(number[i : i + size] for i in range(0, len(number), size))


Slip = Callable[[Random, str], str]
ONE: Mapping[str, Slip] = {
    "exact": lambda _random, number: number,
    "spaced": spaced,
    "look-alike": look_alike,
    "sub1": substitution,
    "del1": loss,
    "ins1": insertion,
    "trans1": transposition,
}
TWO: Mapping[str, Slip] = {
    "sub2": lambda random, number: substitution(random, substitution(random, number)),
    "del2": lambda random, number: loss(random, loss(random, number)),
    "mix2": mixed,
}


def numbers(random: Random, invoice: Invoice) -> dict[str, str]:
    """By kind of slip; the kinds of 8 and of 20 digits are counted apart."""
    size = f"number{len(invoice.number)}"
    queries = {f"{size} {kind}": slip(random, invoice.number) for kind, slip in {**ONE, **TWO}.items()}
    queries |= {f"{size} tail{k}": f"尾号{invoice.number[-k:]}" for k in (4, 6, 8)}
    if invoice.code:
        slipped = random.choice(list(ONE.values()))(random, invoice.number)
        queries["code+number"] = f"{invoice.code} {invoice.number}"
        queries["code+number slip"] = f"代码{invoice.code} 号码{slipped}"
    return queries


def names(name: str) -> dict[str, str]:
    """By how a party is called."""
    whole = sounded(name)
    parts = [part.norm for part in variants(name, whole)]
    core = parts[2] if len(parts) > 2 else parts[-1]
    brand = core[: -len(_trade(core))] if _trade(core) else core
    region = _region(whole, core)
    return {
        "full": name,
        "short": core,
        "brand": brand,
        "region+brand": region + brand,
        "region+core": region + core,
        "traditional": _traditional().convert(parts[1]),
        "pinyin": "".join(lazy_pinyin(region + brand)),
        "initials": "".join(syllable[0] for syllable in lazy_pinyin(region + core)),
    }


@cache
def _traditional() -> OpenCC:
    """Reads its dictionaries from files: a tenth of a second."""
    return OpenCC("s2t")


def _trade(core: str) -> str:
    return next((core[-size:] for size in (4, 2) if len(core) - size >= 2 and core[-size:] in TRADES), "")


def _region(whole: Sounded, core: str) -> str:
    return next((region for region in REGIONS if region in whole.norm and region not in core), "")


def fields(random: Random, invoice: Invoice, party: str) -> dict[str, str]:
    """Without a number: two fields, or three. `party`: the name of the one that is not the asker."""
    assert invoice.issue_date is not None
    assert invoice.total is not None
    day, total = invoice.issue_date, invoice.total
    name = random.choice(list(names(party).values())[:5])
    about = f"{int(total.to_integral_value()) // 10 * 10}块左右"
    said = f"{day.month}月{day.day}日"
    return {
        "date+amount": f"{day.isoformat()} {total}元",
        "date+about": f"{said} {about}",
        "name+amount": f"{name} {total}元",
        "name+date": f"{name} {said}",
        "name+date+about": f"{name} {said} {about}",
        "tail4+amount": f"尾号{invoice.number[-4:]} 金额{total}",
        "tail4+date": f"尾号{invoice.number[-4:]} {day.isoformat()}",
        "net+date": f"{said} 不含税{invoice.net}元",
    }
