"""The simulation itself: who is asked what, and that learning pays without dropping anything."""

from __future__ import annotations

from random import Random

import pytest

from knowledge.flows.loader import load_flows
from tests.benchmarks.ordering import TARGET, Course, World, any_mix, measure, pinned, saved, walked

FLOWS = load_flows()
COURSES = {name: Course.of(FLOWS[name]) for name in ("system-slow-or-error-flow", "invoice-not-showing")}
EVERY = pytest.mark.parametrize("course", COURSES.values(), ids=COURSES.keys())
SLOW = COURSES["system-slow-or-error-flow"]


def world(course: Course) -> World:
    return World(dict.fromkeys(course.members, 1.0), dict.fromkeys(course.members, 30.0))


def the_last_is_common(course: Course, _: Random) -> dict[str, float]:
    return {member: 2.0**place for place, member in enumerate(course.members)}


@EVERY
def test_a_cause_is_solved_by_its_own_check(course: Course) -> None:
    for place, member in enumerate(course.members):
        walk = walked(course, world(course), member, [], Random(1))
        assert walk.solved
        assert walk.checks == course.members[: place + 1]
        assert [one.check for one in walk.observed(7) if one.solved] == [member]


@EVERY
def test_without_a_cause_every_check_is_made_and_a_human_is_offered(course: Course) -> None:
    walk = walked(course, world(course), "", [], Random(1))
    assert not walk.solved
    assert walk.checks == course.members
    assert walk.outside[-1] == "hand_over"


def test_learning_pays_and_drops_nothing() -> None:
    result = measure(SLOW, the_last_is_common, worlds=2)
    assert saved(*result.means(lambda walk: walk.in_checks)) >= TARGET
    assert (result.dropped, result.displaced) == (0, 0)


def test_a_pinned_check_stays_first() -> None:
    result = measure(Course.of(pinned(FLOWS["system-slow-or-error-flow"])), any_mix, worlds=1)
    assert {learned.checks[0] for _, learned in result.pairs} == {SLOW.members[0]}
    assert (result.dropped, result.displaced) == (0, 0)


def test_what_is_missing_is_counted() -> None:
    result = measure(SLOW, any_mix, worlds=1)
    (fixed, _), *others = ((f, w) for f, w in result.pairs if not f.solved)
    cut = type(fixed)(fixed.steps[1:-3], solved=False)
    assert type(result)(SLOW, [(fixed, cut), *others]).dropped > 0
