"""In which order independent checks are offered: what solves most in the least time first.

A check's rate is its share of the problems that bear on it: sessions where it was tried, and those that another check
solved. So a check that stands late, and is only seen by those whom the early ones didn't help, gains nothing by that.
Chance comes from outside: two numbers from 0 up to 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from knowledge.flows.groups import groups
from knowledge.flows.model import Flow, Member

ENOUGH = 20  # sessions before the authors' order is touched; tries before a check counts as explored or shows a hint
EXPLORED = 0.1  # at most this share of sessions tries an unexplored check first
_Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True)
class Observation:
    """One step of a check that ended in a session. Skipped ones are none."""

    session: int
    check: str
    solved: bool
    seconds: int


@dataclass(frozen=True, slots=True)
class Record:
    """`bearing`: sessions where it was tried or another check solved the problem; `seconds`: the median try."""

    tried: int
    solved: int
    bearing: int
    seconds: float

    @property
    def score(self) -> float:
        return lower_bound(self.solved, self.bearing) / self.seconds


NOTHING = Record(0, 0, 0, 1.0)


@dataclass(frozen=True, slots=True)
class Hint:
    """Of problems like this, `percent` were solved by the check, within about `seconds`."""

    percent: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What one session keeps to: the order of each group's members, and what may be said about them."""

    orders: Mapping[str, tuple[str, ...]]
    hints: Mapping[str, Hint]


def plan(flow: Flow, seen: Sequence[Observation], chance: tuple[float, float]) -> Plan:
    """The same for the same observations and chance."""
    orders: dict[str, tuple[str, ...]] = {}
    hints: dict[str, Hint] = {}
    for group in groups(flow):
        names = {member.step for member in group.members}
        mine = [one for one in seen if one.check in names]
        records = tally(mine)
        orders[group.id] = order(group.members, records, len({one.session for one in mine}), chance)
        hints |= {name: hint for name, record in records.items() if (hint := hint_of(record)) is not None}
    return Plan(orders, hints)


def tally(seen: Iterable[Observation]) -> dict[str, Record]:
    """What is known of each check. Its steps in one session are one try, which lasts as long as they do together."""
    spent: dict[str, dict[int, int]] = {}
    solved: dict[str, set[int]] = {}
    for one in seen:
        tries = spent.setdefault(one.check, {})
        tries[one.session] = tries.get(one.session, 0) + one.seconds
        if one.solved:
            solved.setdefault(one.check, set()).add(one.session)
    settled = set().union(*solved.values())
    return {
        check: Record(
            tried=len(tries),
            solved=len(solved.get(check, ())),
            bearing=len(settled | tries.keys()),
            seconds=max(1.0, median(tries.values())),
        )
        for check, tries in spent.items()
    }


def order(
    members: Sequence[Member], records: Mapping[str, Record], sessions: int, chance: tuple[float, float]
) -> tuple[str, ...]:
    """All members, each once; pinned ones in their places. Equal scores keep the authors' order."""
    free = [member.step for member in members if not member.pinned]
    if sessions >= ENOUGH:
        free.sort(key=lambda name: records.get(name, NOTHING).score, reverse=True)
        unexplored = [name for name in free if records.get(name, NOTHING).tried < ENOUGH]
        if unexplored and chance[0] < EXPLORED:
            first = unexplored[int(chance[1] * len(unexplored))]
            free.remove(first)
            free.insert(0, first)
    left = iter(free)
    return tuple(member.step if member.pinned else next(left) for member in members)


def hint_of(record: Record) -> Hint | None:
    """None while there are too few tries to speak of, and when there is no help to speak of."""
    if record.tried < ENOUGH or not record.solved:
        return None
    percent = round(100 * record.solved / record.bearing)
    return Hint(percent, round(record.seconds)) if percent else None


def lower_bound(solved: int, tried: int) -> float:
    """Wilson's lower bound of a share (E. B. Wilson, JASA 22, 1927); 0 when nothing is known."""
    if not tried or not solved:
        return 0.0
    share, square = solved / tried, _Z * _Z
    spread = _Z * sqrt(share * (1 - share) / tried + square / (4 * tried * tried))
    return (share + square / (2 * tried) - spread) / (1 + square / tried)
