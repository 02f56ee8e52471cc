"""What is measured, what it shall be, and the table of both."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from rich import box
from rich.table import Table

NETWORK = 0.05  # seconds that Telegram takes to answer, as measured from afar


@dataclass(frozen=True, slots=True)
class Scenario:
    """`per_second` 0: as fast as the replies come."""

    title: str
    delay: float
    chats: int
    per_second: int = 0


FAST = Scenario("no network delay, 50 chats", 0, 50)
ONE_CHAT = Scenario("no network delay, 1 chat, 20 updates/s", 0, 1, 20)
CHATS = Scenario("no network delay, 50 chats, 20 updates/s", 0, 50, 20)
FAR = Scenario("50 ms delay, 50 chats", NETWORK, 50)
FAR_CHATS = Scenario("50 ms delay, 50 chats, 20 updates/s", NETWORK, 50, 20)
SCENARIOS = (FAST, ONE_CHAT, CHATS, FAR, FAR_CHATS)


@dataclass(frozen=True, slots=True)
class Target:
    text: str
    is_met: Callable[[float, float], bool]  # (ours, echo)


P99 = Target("≤ 50 ms", lambda ours, _echo: ours <= 50)


@dataclass(frozen=True, slots=True)
class Row:
    scenario: Scenario
    what: str  # replies/s, p50 ms or p99 ms
    target: Target | None = None


ROWS = (
    Row(FAST, "replies/s", Target("≥ 60 % of echo", lambda ours, echo: ours >= 0.6 * echo)),
    Row(ONE_CHAT, "p50 ms"),
    Row(ONE_CHAT, "p99 ms", P99),
    Row(CHATS, "p50 ms"),
    Row(CHATS, "p99 ms", P99),
    Row(FAR, "replies/s", Target("≥ 10 × echo", lambda ours, echo: ours >= 10 * echo)),
    Row(FAR_CHATS, "p50 ms"),
    Row(FAR_CHATS, "p99 ms", P99),
)


class Figures:
    """One value a round; what counts is their median."""

    def __init__(self) -> None:
        self._values: defaultdict[tuple[str, Scenario, str], list[float]] = defaultdict(list)

    def add(self, bot: str, scenario: Scenario, what: str, value: float) -> None:
        self._values[bot, scenario, what].append(value)

    def add_times(self, bot: str, scenario: Scenario, seconds: Sequence[float]) -> None:
        for share in (50, 99):
            self.add(bot, scenario, f"p{share} ms", percentile(seconds, share) * 1000)

    def of(self, bot: str, row: Row) -> float:
        return median(self._values[bot, row.scenario, row.what])

    def table(self) -> Table:
        table = Table(box=box.MARKDOWN)
        table.add_column("measured")
        for name in ("ours", "echo", "ratio", "target", "met"):
            table.add_column(name, justify="right")
        for row in ROWS:
            table.add_row(*self._cells(row))
        return table

    def _cells(self, row: Row) -> list[str]:
        ours, echo = self.of("ours", row), self.of("echo", row)
        target, met = "", ""
        if row.target:
            target, met = row.target.text, "yes" if row.target.is_met(ours, echo) else "**no**"
        return [f"{row.scenario.title}: {row.what}", f"{ours:.1f}", f"{echo:.1f}", f"{ours / echo:.2f}", target, met]


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that `share` per cent of all do not exceed."""
    return sorted(values)[math.ceil(len(values) * share / 100) - 1]
