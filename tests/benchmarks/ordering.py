"""How much it takes until a check helps, in the authors' order and in the learned one: `make bench-ordering`.

Simulated people go through shipped flows by the engine. Each has one cause, known to us alone: one check solves it, or
none does. Which causes are common is drawn anew for each world, for no author knows it, and so is how long the checks
take. The first people of a world are only learned from, the rest are measured; both orders get the same people.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from statistics import mean

from rich import box
from rich.console import Console
from rich.table import Table

from knowledge.flows.engine import advance, start
from knowledge.flows.groups import check_of, groups
from knowledge.flows.loader import load_flows
from knowledge.flows.model import END, Ask, End, Flow, Group, Member, Result
from knowledge.flows.ordering import Observation, plan
from knowledge.flows.state import Choose, Skip
from storage.steps import LOOKED_AT

TODAY = date(2026, 11, 24)
SEED = 3
WORLDS, LEARNING, MEASURED = 40, 300, 200  # the last two: people a world
NOBODY = 0.1  # the share of people whom no check helps
TARGET = 0.25  # of the steps in checks; the others stand where they stand
FALLOFF = 0.5  # where the authors are right, each check's cause is half as common as the one's before
SYMPTOMS = {"system": "etax", "symptom": "slow"}  # what is chosen; other questions outside of checks are skipped
KNOWN = {"family": "digital"}


@dataclass(frozen=True, slots=True)
class World:
    """`causes`: each check's share of the problems; `seconds`: the usual time of one of its steps."""

    causes: Mapping[str, float]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Walk:
    """Questions in their order, each with its check (or nothing) and the seconds it took."""

    steps: tuple[tuple[str, str, float], ...]
    solved: bool

    @property
    def checks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(check for _, check, _ in self.steps if check))

    @property
    def outside(self) -> tuple[str, ...]:
        return tuple(step for step, check, _ in self.steps if not check)

    @property
    def in_checks(self) -> int:
        return sum(bool(check) for _, check, _ in self.steps)

    @property
    def seconds(self) -> float:
        return sum(seconds for _, check, seconds in self.steps if check)

    def observed(self, session: int) -> list[Observation]:
        """What the storage would keep of it, newest first."""
        solving = self.steps[-1] if self.solved else None
        kept = [Observation(session, one[1], one is solving, max(1, int(one[2]))) for one in self.steps if one[1]]
        return kept[::-1]


@dataclass(frozen=True, slots=True)
class Course:
    """A flow with one group, and which check each step belongs to."""

    flow: Flow
    group: Group
    check: Mapping[str, str]

    @classmethod
    def of(cls, flow: Flow) -> Course:
        return cls(flow, groups(flow)[0], {step: check_of(flow, step) for step in flow.steps})

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(member.step for member in self.group.members)


@dataclass(frozen=True, slots=True)
class Measured:
    """Pairs of walks of the same person: in the authors' order, in the learned one."""

    course: Course
    pairs: Sequence[tuple[Walk, Walk]]

    def means(self, of: Callable[[Walk], float]) -> tuple[float, float]:
        solved = [pair for pair in self.pairs if pair[0].solved]
        return mean(of(fixed) for fixed, _ in solved), mean(of(learned) for _, learned in solved)

    @property
    def dropped(self) -> int:
        """Questions outside of checks that the learned order left out, and checks missed by those nothing helped."""
        lost = sum(len(set(fixed.outside) - set(learned.outside)) for fixed, learned in self.pairs)
        hopeless = [learned for _, learned in self.pairs if not learned.solved]
        return lost + sum(len(set(self.course.members) - set(walk.checks)) for walk in hopeless)

    @property
    def displaced(self) -> int:
        """Walks in which a pinned check was not in its place."""
        pinned = [(n, member.step) for n, member in enumerate(self.course.group.members) if member.pinned]
        return sum(any(walk.checks[n : n + 1] not in ((), (name,)) for n, name in pinned) for _, walk in self.pairs)


def any_mix(course: Course, chance: Random) -> dict[str, float]:
    """Any mix of causes is as likely as any other."""
    return {member: chance.expovariate(1) for member in course.members}


def shuffled(course: Course, chance: Random) -> dict[str, float]:
    """As uneven as the authors think, but in an order that nobody knew."""
    members = chance.sample(course.members, len(course.members))
    return {member: FALLOFF**n for n, member in enumerate(members)}


def as_written(course: Course, _: Random) -> dict[str, float]:
    """The authors were right."""
    return {member: FALLOFF**n for n, member in enumerate(course.members)}


def walked(course: Course, world: World, cause: str, seen: Sequence[Observation], chance: Random) -> Walk:
    made = plan(course.flow, seen, (chance.random(), chance.random()))
    turn = start(course.flow, KNOWN, TODAY, made)
    steps = []
    while turn.state.end is None:
        here = turn.state.step
        check = course.check[here]
        steps.append((here, check, world.seconds.get(check, 20.0) * chance.lognormvariate(0, 0.4)))
        turn = advance(course.flow, turn.state, answer(course, here, cause), TODAY)
    return Walk(tuple(steps), turn.state.end is End.SOLVED)


def answer(course: Course, here: str, cause: str) -> Choose | Skip:
    """In one's own check: solved, or on to where it is. In others: it didn't help. Outside: the symptom, or skip."""
    step, check = course.flow.steps[here], course.check[here]
    if not isinstance(step, Ask):
        return Skip()
    if not check:
        return Choose(SYMPTOMS[here]) if here in SYMPTOMS else Skip()
    solving = [c.id for c in step.choices if c.next == f"{END}{End.SOLVED}"]
    on = [c.id for c in step.choices if course.check.get(c.next) == check]
    back = [c.id for c in step.choices if c.next == course.group.id and c.result is not Result.SOLVED]
    return Choose([*solving, *on, *back][0] if check == cause else [*back, *on][0])


def measure(course: Course, mix: Callable[[Course, Random], Mapping[str, float]], worlds: int = WORLDS) -> Measured:
    pairs = []
    for number in range(worlds):
        chance = Random(SEED * 1000 + number)
        world = World(mix(course, chance), {member: chance.uniform(20, 90) for member in course.members})
        seen: list[Observation] = []
        names, weights = list(world.causes), list(world.causes.values())
        for person in range(LEARNING + MEASURED):
            cause = "" if chance.random() < NOBODY else chance.choices(names, weights)[0]
            learned = walked(course, world, cause, seen, chance)
            seen = [*learned.observed(person), *seen][:LOOKED_AT]
            if person >= LEARNING:
                pairs.append((walked(course, world, cause, [], chance), learned))
    return Measured(course, pairs)


def pinned(flow: Flow) -> Flow:
    """The same with its first check pinned."""
    group = groups(flow)[0]
    first, *others = group.members
    return replace(flow, steps={**flow.steps, group.id: replace(group, members=(Member(first.step, True), *others))})


def saved(before: float, after: float) -> float:
    return 1 - after / before


def main() -> None:
    parser = argparse.ArgumentParser(description="How much it takes until a check helps.")
    parser.add_argument("--worlds", type=int, default=WORLDS)
    worlds = parser.parse_args().worlds
    flows = load_flows()
    slow, missing = flows["system-slow-or-error-flow"], flows["invoice-not-showing"]
    cases = {
        "slow or error, any mix of causes": (slow, any_mix),
        "… one cause common, unknown which": (slow, shuffled),
        "… the authors were right": (slow, as_written),
        "… unknown which, first check pinned": (pinned(slow), shuffled),
        "invoice not showing, unknown which": (missing, shuffled),
    }
    shown = Table(box=box.MARKDOWN)
    shown.add_column("until solved")
    for name in ("order", "checks", "steps in them", "all steps", "seconds", "dropped", "displaced", "met"):
        shown.add_column(name, justify="right")
    for title, (flow, mix) in cases.items():
        result = measure(Course.of(flow), mix, worlds)
        means = [
            result.means(lambda walk: len(walk.checks)),
            result.means(lambda walk: walk.in_checks),
            result.means(lambda walk: len(walk.steps)),
            result.means(lambda walk: walk.seconds),
        ]
        met = "yes" if saved(*means[1]) >= TARGET and not result.dropped and not result.displaced else "no"
        shown.add_row(title, "authors'", *(f"{fixed:.2f}" for fixed, _ in means))
        shown.add_row("", "learned", *(f"{new:.2f}" for _, new in means), f"{result.dropped}", f"{result.displaced}")
        shown.add_row("", "saved", *(f"{saved(*pair):.1%}" for pair in means), "", "", met)
    Console(width=130).print(shown)


if __name__ == "__main__":
    main()
