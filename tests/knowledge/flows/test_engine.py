from __future__ import annotations

import json
from dataclasses import replace

import pytest

from knowledge.flows.engine import accepts, advance, prompt, resume, start
from knowledge.flows.loader import parse_flow
from knowledge.flows.model import End
from knowledge.flows.state import (
    EARLIER_LIMIT,
    Back,
    Cancel,
    Choose,
    Control,
    Done,
    Human,
    Input,
    Say,
    Skip,
    State,
    Tried,
    Turn,
    Why,
)
from knowledge.texts import Localized
from tests.knowledge.flows.sample import FLOW, NUMBER, SOURCE, TODAY


def play(*inputs: Input, **facts: str) -> Turn:
    turn = start(FLOW, facts, TODAY)
    for given in inputs:
        turn = advance(FLOW, turn.state, given, TODAY)
    return turn


def notice(turn: Turn) -> str:
    assert turn.notice is not None
    return turn.notice.zh


def test_asks_the_first_question() -> None:
    turn = play()
    assert turn.prompt is not None
    assert turn.prompt.step == "kind"
    assert [option.id for option in turn.prompt.choices] == ["digital", "other"]
    assert turn.prompt.controls == (Control.WHY, Control.SKIP, Control.HUMAN, Control.CANCEL)
    assert (turn.action, turn.notice, turn.state.end) == (None, None, None)


def test_a_rule_names_its_source() -> None:
    shown = prompt(FLOW, play().state)
    assert '<a href="https://example.test/rule">某规则</a>（核对于 2026-11-01）。以税务机关为准。' in shown.text.zh
    assert "tax authority" in shown.text.en


def test_facts_known_before_skip_their_questions() -> None:
    assert play(family="digital").state.step == "number"
    assert play(number=NUMBER).state.step == "date"
    assert play(number=NUMBER, issue_date="2026-11-03").state.step == "lookup"
    assert play(number=NUMBER, issue_date="2026-11-24").state.end is End.LATER


def test_a_choice_sets_its_facts() -> None:
    turn = play(Choose("digital"))
    assert turn.state.step == "number"
    assert turn.state.facts["family"] == "digital"
    assert turn.state.tried == (Tried("kind", "answered", "digital"),)


def test_a_value_is_kept_and_what_was_changed_is_told() -> None:
    turn = play(Choose("digital"), Say("２６４４２０００００５３１０６２６５2l"))
    assert turn.state.facts["number"] == NUMBER
    assert "l→1" in notice(turn)


def test_a_bad_value_says_exactly_what_is_wrong() -> None:
    turn = play(Choose("digital"), Say(NUMBER[:-1]))
    assert turn.state.step == "number"
    assert turn.state.strikes == 1
    assert "19 位" in notice(turn)


def test_three_bad_answers_offer_a_human_and_can_still_be_answered() -> None:
    bad = (Say("12"), Say("123"), Say("1234"))
    second = play(Choose("digital"), *bad[:2])
    third = play(Choose("digital"), *bad)
    assert second.prompt is not None
    assert third.prompt is not None
    assert (second.prompt.urge_human, third.prompt.urge_human) == (False, True)
    assert "转人工" in notice(third)
    answered = advance(FLOW, third.state, Say(NUMBER), TODAY)
    assert (answered.state.step, answered.state.strikes) == ("date", 0)


def test_an_unknown_button_is_a_bad_answer() -> None:
    turn = play(Choose("no-such"))
    assert (turn.state.step, turn.state.strikes) == ("kind", 1)


def test_facts_sent_at_a_question_with_buttons_are_kept() -> None:
    turn = play(Say(f"号码 {NUMBER}，2026-11-03 开的"))
    assert turn.state.step == "lookup"
    assert turn.state.facts["issue_date"] == "2026-11-03"
    assert turn.action is not None
    assert (turn.action.name, turn.action.facts["number"]) == ("lookup", NUMBER)
    assert play(Say(f"号码 {NUMBER}，2026-11-03 开的"), Back()).state == play().state


def test_facts_in_the_same_sentence_as_a_choice_are_kept() -> None:
    turn = play(Say(f"是数电票，号码 {NUMBER}，2026-11-03 开的"))
    assert turn.state.step == "lookup"
    assert turn.state.tried == (Tried("kind", "answered", "digital"),)
    assert (turn.state.facts["number"], turn.state.facts["issue_date"]) == (NUMBER, "2026-11-03")
    assert play(Say("是数电票，11 月 3 号开的，金额 1280.00 元")).state.facts["amount"] == "1280.00"


def test_facts_in_the_same_sentence_as_a_value_are_kept() -> None:
    turn = play(Choose("digital"), Say(f"{NUMBER}，2026-11-03 开的，金额 1280.00 元"))
    assert (turn.state.step, turn.state.facts["amount"]) == ("lookup", "1280.00")


def test_what_a_choice_forgets_may_come_anew_in_the_same_sentence() -> None:
    other = "26442000005310626538"
    turn = play(Done("near"), Say(f"不是，号码是 {other}"), number=NUMBER, issue_date="2026-11-03")
    assert (turn.state.step, turn.state.facts["number"]) == ("lookup", other)


def test_a_number_of_another_family_outweighs_the_choice() -> None:
    turn = play(Say(f"其他，{NUMBER}"))
    assert turn.state.facts["family"] == "digital"


def test_a_flow_ends_in_its_own_words() -> None:
    ends = {End.CANCELLED: Localized("没有提交。", "Nothing was handed in.")}
    flow = replace(FLOW, ends=ends)
    assert advance(flow, play().state, Cancel(), TODAY).notice == ends[End.CANCELLED]
    assert advance(flow, play().state, Human(), TODAY).notice == advance(FLOW, play().state, Human(), TODAY).notice


def test_the_way_here_is_kept_and_forgotten_from_its_beginning() -> None:
    state = play(Choose("digital")).state
    for _ in range(EARLIER_LIMIT):
        state = start(FLOW, {}, TODAY, earlier=state.way()).state
        assert State.from_json(json.loads(json.dumps(state.to_json()))) == state
    assert [part.flow for part in state.way()] == ["sample"] * EARLIER_LIMIT
    assert all(part.tried == () for part in state.way())


def test_facts_that_answer_something_else_leave_the_question_open() -> None:
    turn = play(Say("2026-11-03 开的"))
    assert (turn.state.step, turn.state.facts, turn.state.strikes) == ("kind", {"issue_date": "2026-11-03"}, 0)
    assert turn.state.trail == ()


def test_another_family_than_was_chosen_corrects_it() -> None:
    facts = play(Say(NUMBER), family="legacy", verify_by="net", kind="paper_special").state.facts
    assert (facts["family"], facts["verify_by"]) == ("digital", "total")
    assert "kind" not in facts


def test_skip_leaves_the_fact_open() -> None:
    turn = play(Skip(), Skip())
    assert (turn.state.step, dict(turn.state.facts)) == ("date", {})
    assert [tried.outcome for tried in turn.state.tried] == ["skipped", "skipped"]


def test_what_cannot_be_skipped_says_so() -> None:
    turn = play(Skip(), Skip(), Skip())
    assert turn.state.step == "date"
    assert turn.prompt is not None
    assert Control.SKIP not in turn.prompt.controls
    assert turn.notice is not None


def test_back_restores_the_state_of_then() -> None:
    before = play(Choose("digital"), Say(NUMBER))
    after = advance(FLOW, before.state, Say("2026-11-03"), TODAY)
    near = advance(FLOW, after.state, Done("near", {"invoice_key": "k"}), TODAY)
    assert near.state.step == "near"
    assert advance(FLOW, near.state, Back(), TODAY) == before


def test_back_at_the_beginning_stays() -> None:
    assert play(Back()) == play()


def test_back_clears_the_strikes_of_both_questions() -> None:
    turn = play(Choose("nonsense"), Choose("digital"), Say("12"), Back())
    assert turn == play()


def test_why_shows_the_reason_and_asks_again() -> None:
    turn = play(Why())
    assert (notice(turn), turn.state, turn.prompt) == ("两种查法不同。", play().state, play().prompt)


@pytest.mark.parametrize(
    ("given", "end"), [(Cancel(), End.CANCELLED), (Human(), End.HUMAN), (Say("转人工"), End.HUMAN)]
)
def test_ways_out_are_open_at_a_question_and_while_an_action_runs(given: Input, end: End) -> None:
    for state in (play().state, play(number=NUMBER, issue_date="2026-11-03").state):
        turn = advance(FLOW, state, given, TODAY)
        assert turn.state.end is end
        assert (turn.prompt, turn.action) == (None, None)


def test_controls_may_be_typed() -> None:
    assert play(Say("跳过")) == play(Skip())
    assert play(Choose("digital"), Say("上一步")) == play()
    assert play(Say("why?")) == play(Why())


def test_an_action_is_run_again_until_it_is_done() -> None:
    running = play(number=NUMBER, issue_date="2026-11-03")
    for given in (Say("在吗"), Choose("yes"), Why()):
        again = advance(FLOW, running.state, given, TODAY)
        assert (again.action, again.state) == (running.action, running.state)


@pytest.mark.parametrize(
    ("outcome", "step", "end"),
    [("found", "lookup", End.SOLVED), ("near", "near", None), ("none", "done", None), ("never heard of", "done", None)],
)
def test_an_outcome_leads_on(outcome: str, step: str, end: End | None) -> None:
    note = Localized("差一位", "one digit")
    turn = play(Done(outcome, {"invoice_key": "k"}, note), number=NUMBER, issue_date="2026-11-03")
    assert (turn.state.step, turn.state.end) == (step, end)
    assert turn.state.facts["invoice_key"] == "k"
    assert turn.state.tried == (Tried("lookup", outcome),)
    assert notice(turn).startswith("差一位")


def test_forgotten_facts_are_asked_for_again() -> None:
    turn = play(Done("near"), Choose("no"), number=NUMBER, issue_date="2026-11-03")
    assert turn.state.step == "number"
    assert "number" not in turn.state.facts
    assert turn.state.tried[-1] == Tried("near", "failed", "no")


def test_facts_stand_in_texts_and_blanks_for_missing_ones() -> None:
    known = play(Done("none"), number=NUMBER, issue_date="2026-11-03")
    unknown = play(Skip(), Skip(), Say("2026-11-03"))
    assert (known.prompt or prompt(FLOW, known.state)).text.zh == f"{NUMBER} 要人工吗？"
    assert (unknown.prompt or prompt(FLOW, unknown.state)).text.zh == "＿＿＿＿ 要人工吗？"


def test_facts_are_escaped() -> None:
    turn = play(Done("none"), number="<b>", family="digital", issue_date="2026-11-03")
    turn = turn if turn.prompt else advance(FLOW, turn.state, Skip(), TODAY)
    assert prompt(FLOW, replace(turn.state, step="done")).text.en == "A human for &lt;b&gt;"


def test_a_link_asks_for_the_other_flow() -> None:
    turn = play(Choose("other"))
    assert turn.action is not None
    assert (turn.action.name, turn.action.flow, turn.action.facts["family"]) == ("link", "other-form", "other")


def test_nothing_moves_after_the_end() -> None:
    ended = play(Cancel())
    for given in (Say("数电票"), Choose("digital"), Back(), Skip(), Human(), Done("found")):
        assert advance(FLOW, ended.state, given, TODAY) == Turn(ended.state)


def test_a_step_that_is_gone_begins_again_with_the_facts() -> None:
    lost = State("sample", "000000000000", "gone", {"family": "digital"})
    assert resume(FLOW, lost).prompt is not None
    assert advance(FLOW, lost, Say("数电票"), TODAY).state.step == "number"
    assert advance(FLOW, lost, Human(), TODAY).state.end is End.HUMAN


def test_an_old_version_goes_on_from_its_source() -> None:
    session = json.loads(json.dumps({"source": SOURCE, "state": play(Choose("digital")).state.to_json()}))
    flow, state = parse_flow(session["source"], "sample.yaml"), State.from_json(session["state"])
    assert state.version == flow.version
    assert advance(flow, state, Say(NUMBER), TODAY) == play(Choose("digital"), Say(NUMBER))


@pytest.mark.parametrize(
    ("inputs", "text", "accepted"),
    [
        ((), "数电票", True),
        ((), "全电的", True),
        ((), "2", True),
        ((), "9", True),
        ((), "第 8 个", True),
        ((), "option 9", True),
        ((), "12", False),
        ((), NUMBER, True),
        ((), "跳过", True),
        ((), "数电票是什么", False),
        ((), "专票和普票有什么区别", False),
        ((), "谢谢", False),
        ((Skip(),), NUMBER, True),
        ((Skip(),), f"号码是 {NUMBER}", True),
        ((Skip(),), "264420000053", True),
        ((Skip(),), "怎么红冲", False),
        ((Skip(),), "我要投诉", False),
        ((Skip(),), "没有", True),
        ((Skip(),), f"我收到的这张发票的号码应该就是 {NUMBER} 这一个", True),
        ((Skip(), Skip()), "昨天", True),
        ((Skip(), Skip()), "上个月 26 号", True),
        ((Skip(), Skip()), "November 5 2026", True),
        ((Skip(), Skip()), "11月5号开的，税率是百分之十三", True),
        ((Skip(), Skip()), "昨天系统还是好好的呀，真是烦", False),
        ((Skip(), Skip()), "2026-13-40", True),
        ((Skip(), Skip()), "昨天开的票怎么还没有", False),
    ],
)
def test_tells_answers_from_digressions(inputs: tuple[Input, ...], text: str, accepted: bool) -> None:
    assert accepts(FLOW, play(*inputs).state, text, TODAY) is accepted


def test_accepts_nothing_while_an_action_runs_or_after_the_end() -> None:
    assert not accepts(FLOW, play(number=NUMBER, issue_date="2026-11-03").state, NUMBER, TODAY)
    assert not accepts(FLOW, play(Cancel()).state, "数电票", TODAY)


def test_prompt_of_a_running_action_is_its_title() -> None:
    shown = prompt(FLOW, play(number=NUMBER, issue_date="2026-11-03").state)
    assert (shown.text.zh, shown.choices) == ("查找", ())
