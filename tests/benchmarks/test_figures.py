"""The sums behind the table."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from tests.benchmarks.figures import FAR, FAST, ROWS, SCENARIOS, Figures, percentile


@pytest.mark.parametrize(("share", "expected"), [(50, 50), (99, 99), (100, 100), (1, 1)])
def test_percentile_is_a_value_that_was_measured(share: int, expected: int) -> None:
    assert percentile(range(100, 0, -1), share) == expected


def test_percentile_of_few_values_is_the_worst() -> None:
    assert percentile([0.2, 0.1], 99) == 0.2


def _figures(ours: float, echo: float) -> Figures:
    figures = Figures()
    for bot, value in (("ours", ours), ("echo", echo)):
        for scenario in SCENARIOS:
            figures.add(bot, scenario, "replies/s", value)
            figures.add_times(bot, scenario, [value / 1000])
    return figures


def test_median_over_the_rounds() -> None:
    figures = Figures()
    for value in (900.0, 100.0, 300.0):
        figures.add("ours", FAST, "replies/s", value)
    assert figures.of("ours", ROWS[0]) == 300


@pytest.mark.parametrize(
    ("scenario", "ours", "echo", "is_met"),
    [(FAST, 60, 100, True), (FAST, 59, 100, False), (FAR, 200, 20, True), (FAR, 199, 20, False)],
)
def test_throughput_is_compared_with_the_echo_bot(scenario: object, ours: float, echo: float, is_met: bool) -> None:
    row = next(row for row in ROWS if row.scenario is scenario)
    assert row.target is not None
    assert row.target.is_met(ours, echo) is is_met


def test_table_tells_what_is_missed() -> None:
    printed = StringIO()
    Console(width=120, file=printed).print(_figures(50.1, 100).table())
    missed = [line.split("|")[1].strip() for line in printed.getvalue().splitlines() if "**no**" in line]
    assert missed == [f"{row.scenario.title}: {row.what}" for row in ROWS if row.target]
