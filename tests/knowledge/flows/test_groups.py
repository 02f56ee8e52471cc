"""Checks in any order: what the loader refuses, and how the engine goes through them."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from knowledge.content import ContentError
from knowledge.flows.engine import advance, prompt, start
from knowledge.flows.groups import check_of, groups, region, symptom_at, symptoms
from knowledge.flows.loader import parse_flow
from knowledge.flows.model import End, Group, Member
from knowledge.flows.ordering import Hint, Offer, Plan
from knowledge.flows.state import Back, Choose, Skip, State, Turn
from tests.knowledge.flows.sample import TODAY
from tests.knowledge.flows.walking import FLOWS

ASK = """\
  {name}:
    title: {{zh-CN: 标题, en: "{name}"}}
    ask: {{zh-CN: 好了吗？, en: Any better}}
    why: {{zh-CN: 因为。, en: Because.}}
    choices:
      - {{id: solved, label: {{zh-CN: 好了, en: Better}}, result: solved, next: END:solved}}
      - {{id: still, label: {{zh-CN: 没好, en: Still}}, result: failed, next: {to}}}
      - {{id: known, label: {{zh-CN: 谷歌, en: Chrome}}, set: {{browser: "{name}"}}, next: {to}}}
    skip: {to}
"""
HEAD = """\
name: checks
title: {zh-CN: 检查, en: Checks}
phrasings: {zh-CN: [检查], en: [checks]}
start: checks
steps:
  checks:
    any_order:
      - {step: one}
      - {step: two}
      - {step: three, pinned: true}
    next: last
"""
STEPS = {"one": "one_more", "one_more": "checks", "two": "checks", "three": "checks", "last": "END:human"}
SOURCE = HEAD + "".join(ASK.format(name=name, to=to) for name, to in STEPS.items())
FLOW = parse_flow(SOURCE, "checks.yaml")
ORDERS = list(permutations(("one", "two", "three")))


def steps_through(turn: Turn, choice: str = "still") -> list[str]:
    seen = []
    while turn.state.end is None:
        seen.append(turn.state.step)
        turn = advance(FLOW, turn.state, Choose(choice), TODAY)
    return seen


def in_order(*order: str) -> Turn:
    return start(FLOW, {}, TODAY, offering(*order))


def offering(*order: str, **hints: Hint) -> Plan:
    return {"checks": {"": Offer(order, hints)}}


def test_a_group_is_read() -> None:
    group = FLOW.steps["checks"]
    assert group == Group("checks", (Member("one"), Member("two"), Member("three", pinned=True)), "last")
    assert region(FLOW.steps, group, "one") == {"one", "one_more"}
    assert [check_of(FLOW, step) for step in STEPS] == ["one", "one", "two", "three", ""]


@pytest.mark.parametrize("order", ORDERS)
def test_every_check_is_made_once_in_the_given_order_and_then_it_goes_on(order: tuple[str, ...]) -> None:
    expected = [step for name in order for step in ((name, "one_more") if name == "one" else (name,))]
    assert steps_through(in_order(*order)) == [*expected, "last"]


@pytest.mark.parametrize("order", [(), ("two",), ("two", "two", "one"), ("two", "gone", "one", "three")])
def test_an_order_that_is_not_the_groups_drops_no_check(order: tuple[str, ...]) -> None:
    assert steps_through(in_order(*order)) == ["one", "one_more", "two", "three", "last"]


def test_a_check_whose_answers_are_known_is_passed() -> None:
    assert steps_through(start(FLOW, {"browser": "one"}, TODAY)) == ["one_more", "two", "three", "last"]
    assert steps_through(start(FLOW, {"browser": "two"}, TODAY)) == ["one", "one_more", "three", "last"]


def test_the_middle_of_a_check_is_not_left_by_a_known_entry() -> None:
    """The entry is known, only the step behind it was asked: the check is behind us all the same."""
    turn = advance(FLOW, start(FLOW, {"browser": "one"}, TODAY).state, Skip(), TODAY)
    assert turn.state.step == "two"


@pytest.mark.parametrize("order", ORDERS)
def test_back_goes_through_the_checks_the_other_way(order: tuple[str, ...]) -> None:
    first = turn = in_order(*order)
    for _ in range(4):
        turn = advance(FLOW, turn.state, Choose("still"), TODAY)
    assert turn.state.step == "last"
    for _ in range(4):
        turn = advance(FLOW, turn.state, Back(), TODAY)
    assert turn.state == first.state


def test_a_state_from_before_there_were_orders_goes_on() -> None:
    data = start(FLOW, {}, TODAY).state.to_json()
    del data["orders"], data["hints"], data["plan"]
    old = State.from_json(data)
    assert steps_through(Turn(old)) == ["one", "one_more", "two", "three", "last"]


def test_a_state_keeps_its_plan() -> None:
    state = start(FLOW, {}, TODAY, offering("two", "one", "three", two=Hint(41, 30, same=True))).state
    assert State.from_json(state.to_json()) == state


@pytest.mark.parametrize(
    ("hint", "zh", "en"),
    [
        (
            Hint(41, 3, same=True),
            "同类问题里 41% 靠它解决，约 10 秒。",
            "problems like this were solved by it, in about 10 s",
        ),
        (Hint(41, 31, same=True), "同类问题里 41% 靠它解决，约 30 秒。", "in about 30 seconds"),
        (Hint(41, 125, same=True), "同类问题里 41% 靠它解决，约 2 分钟。", "in about 2 minutes"),
        (
            Hint(41, 31, same=False),
            "各类问题合起来，41% 靠它解决，约 30 秒。",
            "problems of all kinds were solved by it",
        ),
    ],
)
def test_the_hint_is_shown_at_its_check_and_nowhere_else(hint: Hint, zh: str, en: str) -> None:
    turn = start(FLOW, {}, TODAY, offering("two", "one", "three", two=hint))
    shown = prompt(FLOW, turn.state).text
    assert zh in shown.zh
    assert en in shown.en
    after = advance(FLOW, turn.state, Choose("still"), TODAY)
    assert after.prompt is not None
    assert "41" not in after.prompt.text.zh


def test_solved_ends_at_once() -> None:
    assert advance(FLOW, in_order("two", "one", "three").state, Choose("solved"), TODAY).state.end is End.SOLVED


def test_what_ended_since() -> None:
    before = start(FLOW, {}, TODAY).state
    after = advance(FLOW, before, Choose("still"), TODAY).state
    ended = after.ended_since(before)
    assert ended is not None
    assert (ended.step, ended.outcome) == ("one", "failed")
    assert before.ended_since(after) is None
    assert after.ended_since(after) is None
    assert advance(FLOW, before, Choose("nonsense"), TODAY).state.ended_since(before) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("      - {step: two}\n      - {step: three, pinned: true}\n", "", "two members or more"),
        ("{step: two}", "{step: one}", "each once"),
        ("{step: two}", "{step: checks}", "is no question"),
        ("{step: two}", "{step: nowhere}", "no step nowhere"),
        ("{step: two}", "{step: one_more}", "must come back to checks and lead nowhere else"),
        ("pinned: true", "pinned: maybe", "must be true or false"),
        ("pinned: true", "always: true", "unknown key"),
        ("    next: last\n", "    next: last\n    by: symptom\n", "no choice sets symptom"),
        ("pinned: true", "first_for: [one]", "no choice sets  to one"),
        (ASK.format(name="two", to="checks"), ASK.format(name="two", to="three"), "lead nowhere else"),
        (ASK.format(name="two", to="checks"), ASK.format(name="two", to="last"), "lead nowhere else"),
        (ASK.format(name="last", to="END:human"), ASK.format(name="last", to="one_more"), "into the middle of"),
        (
            ASK.format(name="last", to="END:human"),
            "  last:\n    branch: [{when: {browser: x}, next: END:human}, {next: checks}]\n",
            "round in a circle",
        ),
    ],
)
def test_refuses_checks_that_are_not_independent(old: str, new: str, message: str) -> None:
    assert SOURCE.count(old) == 1
    with pytest.raises(ContentError) as caught:
        parse_flow(SOURCE.replace(old, new), "checks.yaml")
    assert message in caught.value.message
    assert caught.value.line


SLOW = FLOWS["system-slow-or-error-flow"]
SLOW_PLAN = {
    "checks": {
        "": Offer(("device", "network", "private", "log_in_again", "maintenance"), {}),
        "slow": Offer(
            ("maintenance", "network", "private", "log_in_again", "device"), {"device": Hint(9, 60, same=True)}
        ),
    }
}


@pytest.mark.parametrize(
    ("given", "first"), [(Choose("slow"), "maintenance"), (Choose("blank"), "device"), (Skip(), "device")]
)
def test_the_symptom_decides_when_one_comes_to_the_checks(given: Choose | Skip, first: str) -> None:
    turn = start(SLOW, {}, TODAY, SLOW_PLAN)
    assert turn.state.orders == {}
    assert State.from_json(turn.state.to_json()) == turn.state
    assert advance(SLOW, turn.state, given, TODAY).state.step == first


def test_what_was_decided_stays_whatever_is_said_later() -> None:
    turn = start(SLOW, {"symptom": "slow"}, TODAY, SLOW_PLAN)
    assert (turn.state.step, turn.state.plan) == ("maintenance", {})
    moved = replace(turn.state, facts={"symptom": "blank"})
    assert advance(SLOW, moved, Choose("still"), TODAY).state.step == "network"


def test_the_symptom_of_a_step_in_a_check() -> None:
    assert symptoms(SLOW, groups(SLOW)[0]) == ("slow", "blank", "error")
    assert symptom_at(SLOW, "cache", {"symptom": "blank"}) == "blank"
    assert symptom_at(SLOW, "cache", {}) == ""
    assert symptom_at(SLOW, "hand_over", {"symptom": "blank"}) == ""
