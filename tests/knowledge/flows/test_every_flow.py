"""What holds for every shipped flow: how its questions read, and whatever people do."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.articles import load_articles
from knowledge.flows.engine import accepts, advance, resume, start
from knowledge.flows.facts import infer
from knowledge.flows.model import END, Act, Ask, Branch, End, Flow, Group, targets
from knowledge.flows.state import TRAIL_LIMIT, Back, Cancel, Choose, Human, Say, Skip, State, Turn
from knowledge.routing.normalize import normalise
from knowledge.texts import Locale
from tests.knowledge.flows.sample import TODAY
from tests.knowledge.flows.walking import ASKS, CARD, FACTS, FLOWS, TYPED, inputs, walks

EVERY = pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS.keys())
EVERY_ASK = pytest.mark.parametrize(("flow", "step"), ASKS, ids=[f"{flow.name}-{step.id}" for flow, step in ASKS])
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))

# ── How it reads ──────────────────────────────────────────────────────────────


@EVERY_ASK
def test_a_question_fits_a_phone_in_both_languages(flow: Flow, step: Ask) -> None:
    for locale in Locale:
        assert len(visible(step.text[locale])) <= (300 if locale is Locale.ZH else 520)
        assert len(step.why[locale]) <= 240
        assert max((len(c.label[locale]) for c in step.choices), default=0) <= 28
    assert len(step.choices) <= 6


@EVERY_ASK
def test_chinese_has_spaces_and_full_width_punctuation(flow: Flow, step: Ask) -> None:
    for text in (step.title.zh, step.text.zh, step.why.zh, *(choice.label.zh for choice in step.choices)):
        plain = visible(text)
        assert re.findall(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", plain) == []
        assert re.findall(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]", plain) == []


@EVERY_ASK
def test_a_rule_names_its_source_or_whose_word_prevails(flow: Flow, step: Ask) -> None:
    if re.search(r"72 小时|180 天|360 天|公告 20|156 号", visible(step.text.zh)):
        assert step.sources or ("以税务机关" in step.text.zh and "tax authority" in step.text.en)


@EVERY_ASK
def test_each_choice_can_be_typed(flow: Flow, step: Ask) -> None:
    """By its label in either language, its place or another word for it, and that is as good as pressing it."""
    here = State(flow.name, flow.version, step.id)
    for place, choice in enumerate(step.choices, 1):
        pressed = advance(flow, here, Choose(choice.id), TODAY)
        for text in (choice.label.zh, choice.label.en, choice.id, f"{place}", *choice.words):
            assert advance(flow, here, Say(text), TODAY) == pressed, text
            assert accepts(flow, here, text, TODAY), text


def visible(text: str) -> str:
    return re.sub(r"<[^>]+>", "", text)


@EVERY
def test_nothing_that_leads_to_a_flow_leads_to_an_article(flow: Flow) -> None:
    """Its phrasings ask for being led step by step; everything else about the subject belongs to the article."""
    theirs = {
        normalise(said)
        for article in load_articles().values()
        for locale in Locale
        for said in (*article.phrasings[locale], article.title[locale])
    }
    mine = [said for locale in Locale for said in (*flow.phrasings[locale], flow.title[locale])]
    assert [said for said in mine if normalise(said) in theirs] == []


# ── Where it leads ────────────────────────────────────────────────────────────


@EVERY
def test_how_it_went_can_be_told(flow: Flow) -> None:
    """Solved, later and a human are told apart, each by a button somewhere."""
    asks = (step for step in flow.steps.values() if isinstance(step, Ask))
    ends = {choice.next for ask in asks for choice in ask.choices if choice.next.startswith(END)}
    assert ends == {f"{END}{end}" for end in (End.SOLVED, End.HUMAN, End.LATER)}


@EVERY
def test_solved_is_said_where_it_ends_so(flow: Flow) -> None:
    asks = (step for step in flow.steps.values() if isinstance(step, Ask))
    solved = [choice for ask in asks for choice in ask.choices if choice.next == f"{END}{End.SOLVED}"]
    assert {choice.result.value for choice in solved} == {"solved"}


@EVERY
def test_every_step_can_be_reached_by_pressing_and_typing(flow: Flow) -> None:
    begun = {start(flow, facts, TODAY).state.step for facts in ({}, CARD)}
    reached = {turn.state.step for _, _, turn in walks(flow)} | begun
    assert reached == {name for name, step in flow.steps.items() if not isinstance(step, Branch | Group)}


@EVERY
def test_skipping_everything_from_anywhere_comes_to_an_end(flow: Flow) -> None:
    for name, step in flow.steps.items():
        for facts in ({}, {"family": "digital", "issue_date": "2026-11-03"}):
            if isinstance(step, Ask | Act):
                skipped(flow, resume(flow, State(flow.name, flow.version, name, facts)))


@EVERY
def test_skipping_everything_from_the_beginning_offers_a_human_last(flow: Flow) -> None:
    seen = skipped(flow, start(flow, {}, TODAY))
    assert len(seen) == len(set(seen))
    assert f"{END}{End.HUMAN}" in targets(flow.steps[seen[-1]])


def skipped(flow: Flow, turn: Turn) -> list[str]:
    """The steps on the way; each is passed once, or there is no end."""
    seen: list[str] = []
    while turn.state.end is None and (turn.action is None or turn.action.name != "link"):
        assert len(seen) <= len(flow.steps)
        seen.append(turn.state.step)
        turn = advance(flow, turn.state, Skip(), TODAY)
    return seen


# ── What holds whatever people do ─────────────────────────────────────────────


@EVERY
@settings(max_examples=40, deadline=None)
@given(data=st.data(), facts=FACTS, today=DAYS)
def test_every_input_gives_a_turn_and_leaves_a_way_out(
    flow: Flow, data: st.DataObject, facts: dict[str, str], today: date
) -> None:
    turn = start(flow, facts, today)
    for _ in range(data.draw(st.integers(0, 20))):
        turn = advance(flow, turn.state, data.draw(inputs(flow.steps[turn.state.step])), today)
        state = turn.state
        nexts = (turn.prompt is not None, turn.action is not None, state.end is not None)
        assert nexts.count(True) == 1
        assert State.from_json(json.loads(json.dumps(state.to_json()))) == state
        assert resume(flow, state) == replace(turn, notice=None)
        assert len(state.trail) <= TRAIL_LIMIT
        assert infer(state.facts) == state.facts
        if state.end is None:
            assert advance(flow, state, Human(), today).state.end is End.HUMAN
            assert advance(flow, state, Cancel(), today).state.end is End.CANCELLED


@EVERY
@settings(max_examples=40, deadline=None)
@given(data=st.data(), text=TYPED)
def test_back_undoes_a_step_forward(flow: Flow, data: st.DataObject, text: str) -> None:
    """Exactly, but for the strikes and the order of checks, which stays. A typed 上一步 goes back."""
    before = start(flow, {}, TODAY)
    for _ in range(data.draw(st.integers(0, 12))):
        before = advance(flow, before.state, data.draw(inputs(flow.steps[before.state.step])), TODAY)
    forward = advance(flow, before.state, data.draw(inputs(flow.steps[before.state.step])), TODAY)
    assert accepts(flow, before.state, text, TODAY) in (True, False)
    if len(forward.state.trail) == len(before.state.trail) + 1 and before.prompt is not None:
        now = forward.state
        restored = replace(before.state, strikes=0, orders=now.orders, hints=now.hints, plan=now.plan)
        assert advance(flow, replace(now, end=None), Back(), TODAY).state == restored
