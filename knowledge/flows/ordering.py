"""In which order independent checks are offered: what solves most in the least time first.

A check's rate is its share of the problems that bear on it: sessions where it was tried, and those that another check
solved. So a check that stands late, and is only seen by those whom the early ones didn't help, gains nothing by that.
What helped with one symptom says little of another: each has its own record, and the sessions of all others weigh in it
as a few of its own. Chance comes from outside: two numbers from 0 up to 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from knowledge.flows.groups import groups, symptoms
from knowledge.flows.model import Flow, Group, Member

ENOUGH = 20  # sessions before the authors' order is touched; tries before a check counts as explored or shows a hint
OTHERS = 10  # sessions: the weight of all that had other symptoms
EXPLORED = 0.1  # at most this share of sessions tries an unexplored check first
NOT_EXPLORING = (EXPLORED, 0.0)
_Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True)
class Observation:
    """One step of a check that ended in a session. Skipped ones are none."""

    session: int
    check: str
    solved: bool
    seconds: int
    symptom: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """`bearing`: sessions where it was tried or another check solved the problem; `seconds`: the median try.

    Fractions of sessions are those that had other symptoms.
    """

    tried: float
    solved: float
    bearing: float
    seconds: float

    @property
    def rate(self) -> float:
        return lower_bound(self.solved, self.bearing)

    @property
    def score(self) -> float:
        return self.rate / self.seconds


NOTHING = Record(0, 0, 0, 1.0)


@dataclass(frozen=True, slots=True)
class Hint:
    """Of problems with the same symptom, or else of all, `percent` were solved by the check, within about `seconds`."""

    percent: int
    seconds: int
    same: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """The order of a group's members, and what may be said of them."""

    order: tuple[str, ...]
    hints: Mapping[str, Hint]


# By group and symptom, "" being none that is known. A session keeps to what it is offered when it comes to the group.
Plan = Mapping[str, Mapping[str, Offer]]


@dataclass(frozen=True, slots=True)
class Learned:
    """From the sessions with one symptom, how many they are, and the record of each check."""

    sessions: int
    records: Mapping[str, Record]


def plan(flow: Flow, seen: Sequence[Observation], chance: tuple[float, float]) -> Plan:
    """The same for the same observations and chance."""
    return {group.id: offers(group, learned(flow, group, seen), chance) for group in groups(flow)}


@dataclass(frozen=True, slots=True)
class Standing:
    """A check's place with a symptom, from 1. `own`: its record with it; `scored`: what it stands there for."""

    group: str
    symptom: str
    place: int
    check: str
    own: Record
    scored: Record


def standings(flow: Flow, seen: Sequence[Observation]) -> Iterator[Standing]:
    """For whoever looks after the bot; nothing is explored."""
    for group in groups(flow):
        found = learned(flow, group, seen)
        for symptom, offer in offers(group, found, NOT_EXPLORING).items():
            own, records = found[symptom].records, scored(found, symptom)
            for place, name in enumerate(offer.order, 1):
                yield Standing(group.id, symptom, place, name, own[name], records[name])


def learned(flow: Flow, group: Group, seen: Iterable[Observation]) -> dict[str, Learned]:
    """By symptom; "" stands for all sessions together: whoever has named no symptom may have any."""
    names = [member.step for member in group.members]
    parts: dict[str, list[Observation]] = {symptom: [] for symptom in ("", *symptoms(flow, group))}
    for one in seen:
        if one.check in names:
            parts[""].append(one)
            if one.symptom in parts and one.symptom:
                parts[one.symptom].append(one)
    return {symptom: Learned(len({one.session for one in part}), tally(part, names)) for symptom, part in parts.items()}


def scored(found: Mapping[str, Learned], symptom: str) -> dict[str, Record]:
    """What the order for a symptom is made from."""
    everybodys = found[""].records
    return {name: blended(own, everybodys[name]) for name, own in found[symptom].records.items()}


def offers(group: Group, found: Mapping[str, Learned], chance: tuple[float, float]) -> dict[str, Offer]:
    """By symptom."""
    return {symptom: _offer(group, symptom, found, chance) for symptom in found}


def _offer(group: Group, symptom: str, found: Mapping[str, Learned], chance: tuple[float, float]) -> Offer:
    own, same = found[symptom], bool(symptom) or not group.by
    made = order(arranged(group.members, symptom), scored(found, symptom), own.sessions, chance)
    hints = {
        name: hint_of(record, same=same) or hint_of(found[""].records[name], same=False)
        for name, record in own.records.items()
    }
    return Offer(made, {name: hint for name, hint in hints.items() if hint})


def as_written(group: Group, symptom: str) -> Offer:
    """Where nothing was learned."""
    return Offer(tuple(member.step for member in arranged(group.members, symptom)), {})


def arranged(members: Sequence[Member], symptom: str) -> list[Member]:
    """The authors' order for this symptom: first those that are first for it; pinned ones in their places."""
    free = sorted((m for m in members if not m.pinned), key=lambda member: symptom not in member.first_for)
    left = iter(free)
    return [member if member.pinned else next(left) for member in members]


def tally(seen: Iterable[Observation], names: Iterable[str] = ()) -> dict[str, Record]:
    """What is known of each check. Its steps in one session are one try, which lasts as long as they do together."""
    spent: dict[str, dict[int, int]] = {name: {} for name in names}
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
            seconds=max(1.0, median(tries.values() or [1])),
        )
        for check, tries in spent.items()
    }


def blended(own: Record, everybodys: Record) -> Record:
    """Its own record with that of the other symptoms, which counts as OTHERS sessions at most."""
    others = everybodys.bearing - own.bearing
    share = min(1.0, OTHERS / others) if others else 0.0
    return Record(
        tried=own.tried,
        solved=own.solved + share * (everybodys.solved - own.solved),
        bearing=own.bearing + share * others,
        seconds=everybodys.seconds,
    )


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


def hint_of(record: Record, *, same: bool) -> Hint | None:
    """None while there are too few tries to speak of, and when there is no help to speak of."""
    if record.tried < ENOUGH or not record.solved:
        return None
    percent = round(100 * record.solved / record.bearing)
    return Hint(percent, round(record.seconds), same) if percent else None


def lower_bound(solved: float, tried: float) -> float:
    """Wilson's lower bound of a share (E. B. Wilson, JASA 22, 1927); 0 when nothing is known."""
    if not tried or not solved:
        return 0.0
    share, square = solved / tried, _Z * _Z
    spread = _Z * sqrt(share * (1 - share) / tried + square / (4 * tried * tried))
    return (share + square / (2 * tried) - spread) / (1 + square / tried)
