from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from knowledge.content import ContentError
from knowledge.invoices.model import Kind
from knowledge.invoices.rules import Asks, Limit, asked_for, limit, parse_rules, rules, vat_rates

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("day", "per_cent"),
    [
        (date(2017, 6, 30), "1.5 3 5 6 11 13 17"),
        (date(2017, 7, 1), "1.5 3 5 6 11 17"),
        (date(2018, 5, 1), "1.5 3 5 6 10 16"),
        (date(2019, 4, 1), "1.5 3 5 6 9 13"),
        (date(2020, 3, 1), "1 1.5 3 5 6 9 13"),
        (TODAY, "1 1.5 3 5 6 9 13"),
        (date(2028, 1, 1), "1.5 3 5 6 9 13"),
        (None, "1 1.5 3 5 6 9 10 11 13 16 17"),
    ],
)
def test_rates_of_a_day(day: date | None, per_cent: str) -> None:
    assert vat_rates(day) == tuple(Decimal(rate) / 100 for rate in per_cent.split())


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        (Asks.NET, [Kind.PAPER_SPECIAL, Kind.E_SPECIAL, Kind.VEHICLE, Kind.D_PAPER_SPECIAL]),
        (Asks.CHECK_CODE, [Kind.PAPER_NORMAL, Kind.E_NORMAL, Kind.ROLL, Kind.TOLL, Kind.D_PAPER_NORMAL]),
        (Asks.TOTAL, [Kind.D_SPECIAL, Kind.D_NORMAL, Kind.RAIL, Kind.AIR]),
        (Asks.PRICE, [Kind.USED_VEHICLE]),
    ],
)
def test_what_verifying_asks_for(asked: Asks, kinds: list[Kind]) -> None:
    assert [asked_for(kind, TODAY) for kind in kinds] == [asked] * len(kinds)


def test_limits() -> None:
    assert {name: limit(name, TODAY) for name in Limit} == {
        Limit.VERIFY_YEARS: 5,
        Limit.VERIFY_AFTER_DAYS: 1,
        Limit.VERIFY_PER_DAY: 5,
        Limit.RED_FORM_HOURS: 72,
    }


def test_each_rule_that_we_ship_was_compared_with_its_source() -> None:
    found = rules()
    shipped = [*(rule for rule, _, _ in (*found.asks, *found.limits)), *(rule for rule, _ in found.rates)]
    assert [rule.source for rule in shipped if rule.checked_at is None] == []


def test_each_limit_is_read_by_what_it_limits() -> None:
    """A row that nobody reads says something that the bot doesn't keep to."""
    root = Path(__file__).parents[3]
    code = [
        path.read_text(encoding="utf-8")
        for floor in ("knowledge", "handlers")
        for path in root.glob(f"{floor}/**/*.py")
    ]
    assert [name for name in Limit if not any(f"limit(Limit.{name.name}," in text for text in code)] == []


ROW = """effective_from = "{0}"
effective_to = "{1}"
source = "s"
url = "https://example.test/"
checked_at = ""
"""
LIMITS = "".join(f'[[limits]]\nname = "{name}"\nvalue = 1\n{ROW.format("", "")}' for name in Limit)
RATES = f"[[rates]]\nvalues = [130]\n{ROW.format('', '')}"


def asks(first: str = "", last: str = "", *, kinds: list[Kind] | None = None) -> str:
    names = [kind.value for kind in kinds or list(Kind)]
    return f'[[asks]]\nvalue = "net"\nkinds = {names}\n{ROW.format(first, last)}'


def test_a_rule_ends_when_the_next_begins() -> None:
    found = parse_rules(asks("", "2026-12-31") + asks("2027-01-01") + RATES + LIMITS)
    first, second = (rule for rule, _, _ in found.asks)
    assert [rule.holds(date(2026, 12, 31)) for rule in (first, second)] == [True, False]
    assert [rule.holds(date(2027, 1, 1)) for rule in (first, second)] == [False, True]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("", "asks"),
        (asks(kinds=[Kind.RAIL]) + RATES + LIMITS, "paper_special is asked for nothing"),
        (asks("", "2026-12-31") + asks("2026-12-31") + RATES + LIMITS, "two things at once"),
        (asks("2027-01-01", "2026-01-01") + RATES + LIMITS, "dates in order"),
        (asks() + RATES + LIMITS.replace("verify_years", "verify_per_day"), "verify_years has no value"),
        (asks("soon") + RATES + LIMITS, "soon"),
        (asks() + RATES.replace("https", "http") + LIMITS, "its url"),
    ],
)
def test_what_is_wrong_with_a_file_of_rules(source: str, problem: str) -> None:
    with pytest.raises(ContentError, match=f"rules.toml.*{problem}"):
        parse_rules(source)
