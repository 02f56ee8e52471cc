"""Tax rules that change with time are dated data (data/rules.toml); each is asked with the day that matters."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from knowledge.content import ContentError
from knowledge.invoices.model import Kind

FILE = "rules.toml"


class Asks(StrEnum):
    """What the official 查验 wants besides number and issue date."""

    NET = "net"
    TOTAL = "total"
    CHECK_CODE = "check_code"
    PRICE = "price"


class Limit(StrEnum):
    VERIFY_YEARS = "verify_years"
    VERIFY_AFTER_DAYS = "verify_after_days"
    VERIFY_PER_DAY = "verify_per_day"
    RED_FORM_HOURS = "red_form_hours"


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds from `first` to `last`, both included. `checked_at`: None while nobody has compared it with its source."""

    first: date
    last: date
    source: str
    url: str
    checked_at: date | None

    def holds(self, day: date | None) -> bool:
        """On that day; None: on any."""
        return day is None or self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Rules:
    asks: tuple[tuple[Rule, Asks, frozenset[Kind]], ...]
    rates: tuple[tuple[Rule, tuple[Decimal, ...]], ...]
    limits: tuple[tuple[Rule, Limit, int], ...]


def asked_for(kind: Kind, day: date | None = None) -> Asks:
    """What verifying an invoice of this kind asks for on that day; on any day it asked for something."""
    return next(asks for rule, asks, kinds in rules().asks if kind in kinds and rule.holds(day))


def vat_rates(day: date | None = None) -> tuple[Decimal, ...]:
    """Rates and levy rates that an invoice of that day can have, ascending; None: that any invoice can have."""
    found = {rate for rule, rates in rules().rates if rule.holds(day) for rate in rates}
    return tuple(sorted(found))


def limit(name: Limit, day: date) -> int:
    """The limit as it is on that day; before the first that is known, the first."""
    known = [(rule, value) for rule, known, value in rules().limits if known is name]
    return next((value for rule, value in known if rule.holds(day)), known[0][1])


@lru_cache(maxsize=1)
def rules() -> Rules:
    return parse_rules(files("knowledge.invoices").joinpath("data", FILE).read_text(encoding="utf-8"))


def parse_rules(source: str, file: str = FILE) -> Rules:
    try:
        found = _parse(tomllib.loads(source))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ContentError(file, str(error)) from error
    for problem in _gaps(found):
        raise ContentError(file, problem)
    return found


def _parse(tables: Mapping[str, Any]) -> Rules:
    return Rules(
        asks=tuple((_rule(row), Asks(row["value"]), frozenset(map(Kind, row["kinds"]))) for row in tables["asks"]),
        rates=tuple((_rule(row), tuple(Decimal(n) / 1000 for n in row["values"])) for row in tables["rates"]),
        limits=tuple((_rule(row), Limit(row["name"]), int(row["value"])) for row in tables["limits"]),
    )


def _rule(row: Mapping[str, Any]) -> Rule:
    first, last = (row[name] for name in ("effective_from", "effective_to"))
    rule = Rule(
        first=date.fromisoformat(first) if first else date.min,
        last=date.fromisoformat(last) if last else date.max,
        source=row["source"],
        url=row["url"],
        checked_at=date.fromisoformat(row["checked_at"]) if row["checked_at"] else None,
    )
    if rule.first > rule.last or not rule.source or not rule.url.startswith("https://"):
        raise ValueError(f"a rule needs its dates in order, a source and its url: {row}")
    return rule


def _gaps(found: Rules) -> Iterator[str]:
    """Every kind is asked for exactly one thing at a time, and every limit is known."""
    for kind in Kind:
        spans = sorted((rule.first, rule.last) for rule, _, kinds in found.asks if kind in kinds)
        if not spans or any(one[1] >= two[0] for one, two in pairwise(spans)):
            yield f"{kind} is asked for nothing, or for two things at once"
    known = {name for _, name, _ in found.limits}
    yield from (f"{name} has no value" for name in Limit if name not in known)
