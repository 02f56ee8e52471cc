"""Counts and sums: nothing is lost or counted twice, red letters are negative, void is no money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from knowledge.invoices.model import TaxStatus
from knowledge.invoices.statistics import STATES, Direction, Statistics, Sums, Tally

RECEIVED, ISSUED = Direction.RECEIVED, Direction.ISSUED


def tally(day: date | None, status: str, fen: int, count: int = 1) -> Tally:
    return Tally(day, status, Sums(count, fen, int(fen < 0), min(fen, 0)))


SOME = {
    RECEIVED: [
        tally(date(2026, 9, 1), TaxStatus.NORMAL, 100_00),
        tally(date(2026, 9, 30), TaxStatus.NORMAL, -30_00),
        tally(date(2026, 10, 1), TaxStatus.VOID, 999_00, count=2),
        tally(date(2025, 12, 31), "", 7_00),
        tally(None, TaxStatus.NORMAL, 1_00),
    ],
    ISSUED: [tally(date(2026, 1, 1), TaxStatus.FULLY_RED, 50_00)],
}


def test_of_a_year() -> None:
    statistics = Statistics(2026, SOME)
    assert statistics.total(RECEIVED) == Sums(4, 70_00, 1, -30_00)
    assert (statistics.total(RECEIVED).yuan, statistics.total(RECEIVED).red_yuan) == (Decimal("70.00"), Decimal(-30))
    assert statistics.by_month(RECEIVED) == {(2026, 9): Sums(2, 70_00, 1, -30_00), (2026, 10): Sums(2)}
    assert statistics.by_status(RECEIVED) == {"normal": Sums(2, 70_00, 1, -30_00), "void": Sums(2)}
    assert statistics.months == [(2026, 1), (2026, 9), (2026, 10)]
    assert statistics.years == [2025, 2026]


def test_of_all_years() -> None:
    statistics = Statistics(None, SOME)
    assert list(statistics.by_month(RECEIVED)) == [(2025, 12), (2026, 9), (2026, 10), None]
    assert list(statistics.by_status(RECEIVED)) == ["normal", "void", ""]
    assert statistics.total(RECEIVED).count == 6


def test_of_nothing() -> None:
    statistics = Statistics(None, {RECEIVED: [], ISSUED: []})
    assert (statistics.years, statistics.months, statistics.total(ISSUED)) == ([], [], Sums())


tallies = st.lists(
    st.builds(
        Tally,
        st.none() | st.dates(date(2020, 1, 1), date(2026, 12, 31)),
        st.sampled_from(STATES),
        st.builds(Sums, st.integers(1, 9), st.integers(-(10**9), 10**9), st.integers(0, 9), st.integers(-(10**9), 0)),
    )
)


@given(tallies, tallies)
def test_months_and_states_add_up_to_the_total(received: Sequence[Tally], issued: Sequence[Tally]) -> None:
    found = {RECEIVED: received, ISSUED: issued}
    whole = Statistics(None, found)
    for direction in Direction:
        total = whole.total(direction)
        assert sum(whole.by_month(direction).values(), Sums()) == total
        assert sum(whole.by_status(direction).values(), Sums()) == total
        undated = whole.by_month(direction).get(None, Sums())
        assert sum((Statistics(year, found).total(direction) for year in whole.years), undated) == total
