"""The order of independent checks: a permutation, learned from what helped, with pinned places and little exploring."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.flows.groups import groups, symptoms
from knowledge.flows.model import Flow, Member
from knowledge.flows.ordering import (
    ENOUGH,
    EXPLORED,
    NOT_EXPLORING,
    NOTHING,
    OTHERS,
    Hint,
    Observation,
    Record,
    arranged,
    blended,
    hint_of,
    lower_bound,
    order,
    plan,
    tally,
)
from tests.knowledge.flows.walking import FLOWS

CHANCE = st.floats(0, 1, exclude_max=True)
NEVER = NOT_EXPLORING
MEMBERS = st.lists(st.booleans(), min_size=2, max_size=6).map(
    lambda pins: [Member(f"m{n}", pinned) for n, pinned in enumerate(pins)]
)
RECORDS = st.dictionaries(
    st.sampled_from([f"m{n}" for n in range(6)]),
    st.builds(
        lambda tried, more, share, seconds: Record(tried, int(tried * share), tried + more, seconds),
        st.integers(0, 300),
        st.integers(0, 300),
        st.floats(0, 1),
        st.floats(1, 1800),
    ),
)
GROUPED = [flow for flow in FLOWS.values() if groups(flow)]


@given(MEMBERS, RECORDS, st.integers(0, 1000), CHANCE, CHANCE)
def test_all_members_once_and_pinned_ones_in_their_places(
    members: list[Member], records: dict[str, Record], sessions: int, one: float, two: float
) -> None:
    found = order(members, records, sessions, (one, two))
    assert sorted(found) == sorted(member.step for member in members)
    assert [(n, m.step) for n, m in enumerate(members) if m.pinned] == [
        (n, step) for n, step in enumerate(found) if members[n].pinned
    ]
    assert found == order(members, records, sessions, (one, two))


@given(MEMBERS, RECORDS, CHANCE, CHANCE)
def test_exploring_is_rare_and_only_puts_one_unexplored_check_first(
    members: list[Member], records: dict[str, Record], one: float, two: float
) -> None:
    free = {member.step for member in members if not member.pinned}
    best = [step for step in order(members, records, ENOUGH, NEVER) if step in free]
    found = [step for step in order(members, records, ENOUGH, (one, two)) if step in free]
    if one >= EXPLORED:
        assert found == best
    elif found != best:
        assert records.get(found[0], NOTHING).tried < ENOUGH
        assert found[1:] == [step for step in best if step != found[0]]


@given(MEMBERS, RECORDS)
def test_without_exploring_the_better_score_comes_first(members: list[Member], records: dict[str, Record]) -> None:
    free = {member.step for member in members if not member.pinned}
    scores = [records.get(s, NOTHING).score for s in order(members, records, ENOUGH, NEVER) if s in free]
    assert scores == sorted(scores, reverse=True)


@given(MEMBERS, RECORDS, CHANCE, CHANCE)
def test_the_authors_order_stands_until_there_is_enough(
    members: list[Member], records: dict[str, Record], one: float, two: float
) -> None:
    assert order(members, records, ENOUGH - 1, (one, two)) == tuple(member.step for member in members)


def test_each_unexplored_check_gets_its_turn() -> None:
    members = [Member("a", False), Member("b", False), Member("c", False)]
    records = {"a": Record(100, 50, 100, 30.0)}
    firsts = {order(members, records, ENOUGH, (0.0, two / 10))[0] for two in range(10)}
    assert firsts == {"b", "c"}


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_lower_bound_is_below_the_share_and_grows_with_certainty(solved: int, failed: int) -> None:
    tried = solved + failed
    low = lower_bound(solved, tried)
    assert 0.0 <= low <= (solved / tried if tried else 0.0)
    assert lower_bound(solved * 4, tried * 4) >= low


def test_the_lower_bound_of_a_known_case() -> None:
    assert lower_bound(8, 10) == pytest.approx(0.4902, abs=1e-4)


def test_a_check_is_one_try_however_many_steps_it_has() -> None:
    seen = [Observation(1, "browser", solved=False, seconds=5), Observation(1, "browser", solved=True, seconds=40)]
    assert tally(seen) == {"browser": Record(tried=1, solved=1, bearing=1, seconds=45.0)}


def test_standing_late_gains_nothing() -> None:
    """Both solve half of all problems, though the late one solves all that come to it."""
    early = [Observation(n, "early", solved=n < 10, seconds=30) for n in range(20)]
    late = [Observation(n, "late", solved=True, seconds=30) for n in range(10, 20)]
    records = tally([*early, *late])
    assert (records["late"].tried, records["late"].bearing) == (10, 20)
    assert records["late"].score == records["early"].score


@pytest.mark.parametrize(
    ("record", "hint"),
    [
        (Record(ENOUGH - 1, 10, 100, 30.0), None),
        (Record(ENOUGH, 0, 100, 30.0), None),
        (Record(ENOUGH, 1, 1000, 30.0), None),
        (Record(50, 41, 100, 31.4), Hint(41, 31, same=True)),
    ],
)
def test_a_hint_needs_enough_tries_and_some_help(record: Record, hint: Hint | None) -> None:
    assert hint_of(record, same=True) == hint


@pytest.mark.parametrize("flow", GROUPED, ids=lambda flow: flow.name)
@given(data=st.data(), one=CHANCE, two=CHANCE)
def test_a_plan_names_every_member_of_a_shipped_flow(flow: Flow, data: st.DataObject, one: float, two: float) -> None:
    names = [member.step for group in groups(flow) for member in group.members]
    observation = st.builds(
        Observation, st.integers(1, 60), st.sampled_from([*names, "gone"]), st.booleans(), st.integers(1, 1800)
    )
    found = plan(flow, data.draw(st.lists(observation, max_size=80)), (one, two))
    for group in groups(flow):
        assert found[group.id].keys() == {"", *symptoms(flow, group)}
        for offer in found[group.id].values():
            assert sorted(offer.order) == sorted(member.step for member in group.members)
            assert offer.hints.keys() <= set(names)


SLOW = FLOWS["system-slow-or-error-flow"]
AS_WRITTEN = ("network", "private", "log_in_again", "device", "maintenance")


def solved_by(check: str, symptom: str, times: int, first: int = 0) -> list[Observation]:
    return [Observation(first + n, check, solved=True, seconds=30, symptom=symptom) for n in range(times)]


def firsts(seen: list[Observation]) -> dict[str, str]:
    return {symptom: offer.order[0] for symptom, offer in plan(SLOW, seen, NEVER)["checks"].items()}


def test_each_symptom_has_its_own_order() -> None:
    seen = [*solved_by("maintenance", "error", ENOUGH + 5), *solved_by("device", "slow", 2 * ENOUGH, first=100)]
    assert firsts(seen) == {"": "device", "slow": "device", "blank": "private", "error": "maintenance"}


def test_the_authors_order_may_differ_by_symptom() -> None:
    offers = plan(SLOW, [], NEVER)["checks"]
    assert offers["slow"].order == offers[""].order == AS_WRITTEN
    assert offers["blank"].order == ("private", "network", "log_in_again", "device", "maintenance")


def test_a_first_check_leaves_pinned_ones_in_their_places() -> None:
    members = [Member("a", pinned=True), Member("b"), Member("c", first_for=("x",))]
    assert [m.step for m in arranged(members, "x")] == ["a", "c", "b"]
    assert arranged(members, "y") == members


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 5000), st.integers(0, 5000))
def test_others_weigh_a_few_sessions_however_many_they_are(
    won: int, lost: int, other_won: int, other_lost: int
) -> None:
    own, others = (Record(s + f, s, s + f, 30.0) for s, f in ((won, lost), (other_won, other_lost)))
    tried, solved = own.tried + others.tried, own.solved + others.solved
    found = blended(own, Record(tried, solved, tried, 40.0))
    assert (found.tried, found.seconds) == (own.tried, 40.0)
    assert own.bearing <= found.bearing <= own.bearing + OTHERS + 1e-9
    assert found.solved <= found.bearing + 1e-9
    shares = [one.solved / one.bearing for one in (own, others) if one.bearing]
    assert not shares or min(shares) - 1e-9 <= found.solved / found.bearing <= max(shares) + 1e-9


def test_a_check_that_was_never_tried_with_a_symptom_still_loses_by_those_others_solved() -> None:
    assert tally(solved_by("one", "", 7), ("one", "two"))["two"] == Record(0, 0, 7, 1.0)


@pytest.mark.parametrize(
    ("alike", "other", "expected"),
    [
        (ENOUGH, 0, Hint(100, 30, same=True)),
        (ENOUGH - 1, 1, Hint(100, 30, same=False)),
        (ENOUGH - 1, 0, None),
    ],
)
def test_a_hint_speaks_of_the_same_symptom_or_says_that_it_does_not(
    alike: int, other: int, expected: Hint | None
) -> None:
    seen = [*solved_by("device", "slow", alike), *solved_by("device", "blank", other, first=100)]
    assert plan(SLOW, seen, NEVER)["checks"]["slow"].hints.get("device") == expected
