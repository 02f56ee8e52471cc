"""The simulation itself: who is asked what, and that learning pays without dropping anything."""

from __future__ import annotations

from random import Random

import pytest

from knowledge.flows.loader import load_flows
from tests.benchmarks.ordering import (
    MEASURES,
    TARGET,
    Course,
    Measured,
    Order,
    Sufferer,
    Walk,
    World,
    any_mix,
    as_authors_think,
    measure,
    pinned,
    uneven,
    walked,
    world,
)

FLOWS = load_flows()
COURSES = {name: Course.of(FLOWS[name]) for name in ("system-slow-or-error-flow", "invoice-not-showing")}
EVERY = pytest.mark.parametrize("course", COURSES.values(), ids=COURSES.keys())
SLOW = COURSES["system-slow-or-error-flow"]
STEPS = MEASURES["steps in them"]


def known(course: Course) -> World:
    return World({}, {}, dict.fromkeys(course.members, 30.0))


def the_last_is_common(course: Course, symptom: str, chance: Random) -> dict[str, float]:
    """With one symptom the last check helps most, with others the one before it."""
    last = len(course.members) - (symptom != "slow")
    return {member: 0.1 if place > last else 3.0**place for place, member in enumerate(course.members, 1)}


@EVERY
def test_a_cause_is_solved_by_its_own_check(course: Course) -> None:
    for place, member in enumerate(course.members):
        walk = walked(course, known(course), Sufferer("", member), {}, Random(1))
        assert walk.solved
        assert walk.checks == course.members[: place + 1]
        assert [one.check for one in walk.observed(7, "") if one.solved] == [member]


@EVERY
def test_without_a_cause_every_check_is_made_and_a_human_is_offered(course: Course) -> None:
    walk = walked(course, known(course), Sufferer("", ""), {}, Random(1))
    assert not walk.solved
    assert walk.checks == course.members
    assert walk.outside[-1] == "hand_over"


def test_whoever_tells_the_symptom_is_not_asked_for_it() -> None:
    asked, told = (
        walked(SLOW, known(SLOW), Sufferer("blank", "network", tells), {}, Random(1)) for tells in (False, True)
    )
    assert asked.outside == ("symptom",)
    assert told.outside == ()
    assert asked.checks == told.checks == ("private", "network")


def test_the_same_causes_with_all_symptoms_when_alike() -> None:
    alike, apart = (world(SLOW, uneven, Random(1), alike=one).causes for one in (True, False))
    assert alike["slow"] == alike["blank"] == alike["error"]
    assert apart["slow"] != apart["blank"]


def test_learning_by_symptom_pays_more_and_drops_nothing() -> None:
    result = measure(SLOW, 1, the_last_is_common, worlds=2)
    assert result.saved(Order.SYMPTOM, STEPS) >= TARGET
    assert result.saved(Order.SYMPTOM, STEPS) > result.saved(Order.POOLED, STEPS)
    assert (result.dropped, result.displaced) == (0, 0)


def test_where_the_authors_are_right_learning_costs_little() -> None:
    assert measure(SLOW, 1, as_authors_think, worlds=2).saved(Order.SYMPTOM, STEPS) > -0.2


def test_a_pinned_check_stays_first() -> None:
    result = measure(Course.of(pinned(FLOWS["system-slow-or-error-flow"])), 1, any_mix, worlds=1)
    assert {walk.checks[0] for walks in result.walks for walk in walks.values()} == {SLOW.members[0]}
    assert (result.dropped, result.displaced) == (0, 0)


def test_what_is_missing_is_counted() -> None:
    result = measure(SLOW, 1, any_mix, worlds=1)
    hopeless, *others = (walks for walks in result.walks if not walks[Order.AUTHORS].solved)
    cut = Walk(hopeless[Order.AUTHORS].steps[1:-3], solved=False)
    assert Measured(SLOW, [{**hopeless, Order.SYMPTOM: cut}, *others]).dropped > 0
