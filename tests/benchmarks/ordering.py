"""How much it takes until a check helps, in the authors' order and in learned ones: `make bench-ordering`.

Simulated people go through shipped flows by the engine. Each has a symptom, which they tell when asked (some before),
and one cause, known to us alone: one check solves it, or none does. Which causes are common with which symptom is drawn
anew for each world, for no author knows it, and so is how common the symptoms are and how long the checks take. The
first people of a world are only learned from, the rest are measured; all orders get the same people.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import partial
from random import Random
from statistics import mean, median

from rich import box
from rich.console import Console
from rich.table import Table

from knowledge.flows.engine import advance, start
from knowledge.flows.groups import check_of, groups, symptoms
from knowledge.flows.loader import load_flows
from knowledge.flows.model import END, Ask, Choice, End, Flow, Group, Result
from knowledge.flows.ordering import Learned, Observation, Plan, learned, offers
from knowledge.flows.state import Choose, Skip
from storage.steps import LOOKED_AT

TODAY = date(2026, 11, 24)
SEEDS = (1, 2, 3, 4, 5)
WORLDS, LEARNING, MEASURED = 8, 300, 100  # worlds a seed, and people a world
RENEWED = 10  # people: what was learned is counted anew after so many, for speed
NOBODY = 0.1  # the share of people whom no check helps
TELLING = 0.4  # the share who name their symptom before they are asked: 4 of the 11 development questions about it do
TARGET = 0.25  # of the steps in checks, with every seed
FALLOFF = 0.5  # each check's cause is half as common as the one's before
KNOWN = {"family": "digital"}


class Order(StrEnum):
    AUTHORS = "authors'"
    POOLED = "learned from all"
    SYMPTOM = "learned by symptom"


@dataclass(frozen=True, slots=True)
class World:
    """`symptoms`: their shares; `causes`: with each, the checks' shares of the problems; `seconds`: of one's step."""

    symptoms: Mapping[str, float]
    causes: Mapping[str, Mapping[str, float]]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sufferer:
    """`cause`: the check that helps, or nothing. `tells`: before they are asked."""

    symptom: str
    cause: str
    tells: bool = False


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

    def observed(self, session: int, symptom: str) -> list[Observation]:
        """What the storage would keep of it, newest first."""
        solving = self.steps[-1] if self.solved else None
        kept = [Observation(session, s[1], s is solving, max(1, int(s[2])), symptom) for s in self.steps if s[1]]
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

    @property
    def symptoms(self) -> tuple[str, ...]:
        """With fewer than two that can be told, none is one as well."""
        found = symptoms(self.flow, self.group)
        return found if len(found) > 1 else ("", *found)


@dataclass
class School:
    """What was seen under one order, and what it offers."""

    course: Course
    order: Order
    seen: list[Observation] = field(default_factory=list)
    found: Mapping[str, Learned] = field(default_factory=dict)

    def plan(self, person: int, chance: tuple[float, float]) -> Plan:
        if self.order is Order.AUTHORS:
            return {}
        if person % RENEWED == 0:
            self.found = learned(self.course.flow, self.course.group, self.seen)
        kept = self.found if self.order is Order.SYMPTOM else {"": self.found[""]}
        return {self.course.group.id: offers(self.course.group, kept, chance)}

    def watch(self, walk: Walk, person: int, symptom: str) -> None:
        self.seen = [*walk.observed(person, symptom), *self.seen][:LOOKED_AT]


@dataclass(frozen=True, slots=True)
class Measured:
    """Of each person, the walk under each order."""

    course: Course
    walks: Sequence[Mapping[Order, Walk]]

    def mean(self, order: Order, of: Callable[[Walk], float]) -> float:
        return mean(of(walks[order]) for walks in self.walks if walks[Order.AUTHORS].solved)

    def saved(self, order: Order, of: Callable[[Walk], float]) -> float:
        return 1 - self.mean(order, of) / self.mean(Order.AUTHORS, of)

    @property
    def dropped(self) -> int:
        """Questions outside of checks that a learned order left out, and checks missed by those nothing helped."""
        return sum(self._dropped(walks[Order.AUTHORS], walks[order]) for walks in self.walks for order in Order)

    def _dropped(self, fixed: Walk, walk: Walk) -> int:
        missed = () if walk.solved else set(self.course.members) - set(walk.checks)
        return len(set(fixed.outside) - set(walk.outside)) + len(missed)

    @property
    def displaced(self) -> int:
        """Walks in which a pinned check was not in its place."""
        pinned = [(n, member.step) for n, member in enumerate(self.course.group.members) if member.pinned]
        return sum(
            any(walk.checks[n : n + 1] not in ((), (name,)) for n, name in pinned)
            for walks in self.walks
            for walk in walks.values()
        )


Causes = Callable[[Course, str, Random], Mapping[str, float]]
MEASURES: Mapping[str, Callable[[Walk], float]] = {
    "checks": lambda walk: len(walk.checks),
    "steps in them": lambda walk: walk.in_checks,
    "all steps": lambda walk: len(walk.steps),
    "seconds": lambda walk: walk.seconds,
}


def any_mix(course: Course, _: str, chance: Random) -> dict[str, float]:
    """Any mix of causes is as likely as any other."""
    return {member: chance.expovariate(1) for member in course.members}


def uneven(course: Course, _: str, chance: Random) -> dict[str, float]:
    """With each symptom one cause is common, the next half as much, and so on, in an order that nobody knew."""
    members = chance.sample(course.members, len(course.members))
    return {member: FALLOFF**n for n, member in enumerate(members)}


def as_authors_think(course: Course, symptom: str, _: Random) -> dict[str, float]:
    """As uneven, but the authors were right."""
    first = [m.step for m in course.group.members if symptom in m.first_for]
    members = [*first, *(name for name in course.members if name not in first)]
    return {member: FALLOFF**n for n, member in enumerate(members)}


def world(course: Course, causes: Causes, chance: Random, *, alike: bool = False) -> World:
    """With the same causes for all symptoms, if `alike`."""
    drawn = {symptom: causes(course, symptom, chance) for symptom in course.symptoms}
    return World(
        symptoms={symptom: chance.uniform(1, 3) for symptom in course.symptoms},
        causes=dict.fromkeys(course.symptoms, drawn[course.symptoms[0]]) if alike else drawn,
        seconds={member: chance.uniform(20, 90) for member in course.members},
    )


def sufferer(world: World, chance: Random) -> Sufferer:
    symptom = pick(world.symptoms, chance)
    cause = "" if chance.random() < NOBODY else pick(world.causes[symptom], chance)
    return Sufferer(symptom, cause, chance.random() < TELLING)


def pick(shares: Mapping[str, float], chance: Random) -> str:
    return chance.choices(list(shares), list(shares.values()))[0]


def walked(course: Course, world: World, person: Sufferer, plan: Plan, chance: Random) -> Walk:
    first = course.flow.steps[course.flow.start]
    told = person.tells and isinstance(first, Ask) and names_symptom(course, first.choices, person) is not None
    turn = start(course.flow, {**KNOWN, course.group.by: person.symptom} if told else KNOWN, TODAY, plan)
    steps = []
    while turn.state.end is None:
        here = turn.state.step
        check = course.check[here]
        steps.append((here, check, world.seconds.get(check, 20.0) * chance.lognormvariate(0, 0.4)))
        turn = advance(course.flow, turn.state, answer(course, here, person), TODAY)
    return Walk(tuple(steps), turn.state.end is End.SOLVED)


def answer(course: Course, here: str, person: Sufferer) -> Choose | Skip:
    """In one's own check: solved, or on to where it is. In others: it didn't help. Outside: the symptom, or skip."""
    step, check = course.flow.steps[here], course.check[here]
    if not isinstance(step, Ask):
        return Skip()
    if not check:
        return names_symptom(course, step.choices, person) or Skip()
    solving = [c.id for c in step.choices if c.next == f"{END}{End.SOLVED}"]
    on = [c.id for c in step.choices if course.check.get(c.next) == check]
    back = [c.id for c in step.choices if c.next == course.group.id and c.result is not Result.SOLVED]
    return Choose([*solving, *on, *back][0] if check == person.cause else [*back, *on][0])


def names_symptom(course: Course, choices: Sequence[Choice], person: Sufferer) -> Choose | None:
    found = (Choose(c.id) for c in choices if person.symptom and c.sets.get(course.group.by) == person.symptom)
    return next(found, None)


def measure(course: Course, seed: int, causes: Causes, *, alike: bool = False, worlds: int = WORLDS) -> Measured:
    walks = [walk for n in range(worlds) for walk in _world(course, causes, alike, Random(seed * 1000 + n))]
    return Measured(course, walks)


def _world(course: Course, causes: Causes, alike: bool, chance: Random) -> Iterator[Mapping[Order, Walk]]:
    here = world(course, causes, chance, alike=alike)
    schools = [School(course, order) for order in Order]
    for number in range(LEARNING + MEASURED):
        person, luck = sufferer(here, chance), (chance.random(), chance.random())
        walks = {}
        for school in schools:
            if school.order is not Order.AUTHORS or number >= LEARNING:
                walk = walked(course, here, person, school.plan(number, luck), chance)
                school.watch(walk, number, person.symptom)
                walks[school.order] = walk
        if number >= LEARNING:
            yield walks


def pinned(flow: Flow) -> Flow:
    """The same with its first check pinned."""
    group = groups(flow)[0]
    first, *others = group.members
    members = (replace(first, pinned=True), *others)
    return replace(flow, steps={**flow.steps, group.id: replace(group, members=members)})


def rows(title: str, found: Sequence[Measured]) -> Iterator[tuple[str, ...]]:
    """One measurement a seed: medians, and what was saved with its range."""
    for order in Order:
        means = (median(one.mean(order, of) for one in found) for of in MEASURES.values())
        yield title if order is Order.AUTHORS else "", order, *(f"{value:.2f}" for value in means), "", ""
    for order in (Order.POOLED, Order.SYMPTOM):
        savings = [sorted(one.saved(order, of) for one in found) for of in MEASURES.values()]
        shown = (f"{median(s):.1%} ({s[0]:.1%}–{s[-1]:.1%})" for s in savings)
        wrong = sum(one.dropped + one.displaced for one in found)
        met = all(one.saved(order, MEASURES["steps in them"]) >= TARGET for one in found) and not wrong
        yield "", f"saved, {order}", *shown, f"{wrong}", "yes" if met else "no"


def main() -> None:
    parser = argparse.ArgumentParser(description="How much it takes until a check helps.")
    parser.add_argument("--worlds", type=int, default=WORLDS)
    worlds = parser.parse_args().worlds
    flows = load_flows()
    slow, missing = Course.of(flows["system-slow-or-error-flow"]), Course.of(flows["invoice-not-showing"])
    cases = {
        "slow or error: each symptom has its common causes": partial(measure, slow, causes=uneven),
        "… any mix of causes with each symptom": partial(measure, slow, causes=any_mix),
        "… the same common causes with all symptoms": partial(measure, slow, causes=uneven, alike=True),
        "… the authors were right": partial(measure, slow, causes=as_authors_think),
        "… first check pinned": partial(measure, Course.of(pinned(slow.flow)), causes=uneven),
        "invoice not showing: each symptom has its common causes": partial(measure, missing, causes=uneven),
    }
    shown = Table("until solved", "order", *MEASURES, "wrong", "met", box=box.MARKDOWN)
    with ProcessPoolExecutor() as pool:
        for title, case in cases.items():
            for row in rows(title, list(pool.map(partial(case, worlds=worlds), SEEDS))):
                shown.add_row(*row)
    Console(width=240).print(shown)


if __name__ == "__main__":
    main()
