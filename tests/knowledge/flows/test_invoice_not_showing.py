"""The ways through the missing-invoice flow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge.flows.engine import accepts, advance, prompt, start
from knowledge.flows.model import End
from knowledge.flows.state import (
    Choose,
    Done,
    Human,
    Input,
    Say,
    State,
    Turn,
)
from tests.knowledge.flows.sample import NUMBER, TODAY
from tests.knowledge.flows.walking import CARD, FLOWS, QR_BAD_CRC, TAX_ID, TYPED

FLOW = FLOWS["invoice-not-showing"]


def play(*inputs: Input, **facts: str) -> Turn:
    turn = start(FLOW, facts, TODAY)
    for given_input in inputs:
        turn = advance(FLOW, turn.state, given_input, TODAY)
    return turn


def searched(**more: str) -> Turn:
    return play(**{"number": NUMBER, "issue_date": "2026-11-03", "amount": "1280.00", **more})


def after(turn: Turn, *inputs: Input) -> State:
    for given_input in inputs:
        turn = advance(FLOW, turn.state, given_input, TODAY)
    return turn.state


def test_a_digital_invoice_is_asked_for_number_date_and_total() -> None:
    turn = play(Choose("digital"), Say(NUMBER), Say("2026-11-03"), Say("1,280元"))
    assert [visit.step for visit in turn.state.trail] == ["kind", "number_digital", "issue_date", "amount_total"]
    assert turn.action is not None
    assert dict(turn.action.facts) == {
        "family": "digital",
        "number": NUMBER,
        "issue_date": "2026-11-03",
        "amount": "1280.00",
        "verify_by": "total",
    }


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("1100261320", "check_code"),
        ("1100261150", "amount_net"),
        ("011002600111", "check_code"),
        ("144032600111", "legacy_kind"),
    ],
)
def test_an_older_invoice_is_asked_for_what_its_code_tells(code: str, step: str) -> None:
    turn = play(Choose("legacy"), Say(code), Say("00012345"), Say("2026-11-03"))
    assert turn.state.step == step


@pytest.mark.parametrize(
    ("choice", "step"),
    [
        ("special", "amount_net"),
        ("normal", "check_code"),
        ("vehicle", "amount_net"),
        ("used_vehicle", "amount_vehicle"),
    ],
)
def test_the_heading_decides_when_the_code_does_not(choice: str, step: str) -> None:
    turn = play(Choose("legacy"), Say("144032600111"), Say("00012345"), Say("2026-11-03"), Choose(choice))
    assert turn.state.step == step


@pytest.mark.parametrize(("number", "step"), [(NUMBER, "issue_date"), ("00012345", "code")])
def test_whoever_is_unsure_sends_the_number(number: str, step: str) -> None:
    assert play(Choose("unsure"), Say(number)).state.step == step


def test_a_20_digit_number_at_the_code_is_taken() -> None:
    state = play(Choose("legacy"), Say(NUMBER)).state
    assert (state.step, state.facts["family"]) == ("issue_date", "digital")


def test_a_qr_text_answers_everything_and_its_check_digits_are_looked_at() -> None:
    turn = play(Choose("digital"), Say(QR_BAD_CRC))
    assert turn.state.step == "crc_hint"
    assert turn.state.facts["amount"] == "1280.00"
    assert advance(FLOW, turn.state, Choose("same"), TODAY).action is not None
    again = advance(FLOW, turn.state, Choose("retype"), TODAY)
    assert again.state.step == "number_digital"
    assert set(again.state.facts) == {"family", "verify_by", "kind"}


def test_a_year_that_differs_from_the_number_is_pointed_out() -> None:
    turn = play(Choose("digital"), Say(NUMBER), Say("2025-11-03"))
    assert turn.state.step == "year_differs"
    assert after(turn, Choose("number")).step == "number_digital"
    assert after(turn, Choose("date")).step == "issue_date"
    assert after(turn, Choose("right")).step == "amount_total"


def test_issued_today_means_wait() -> None:
    turn = play(Choose("digital"), Say(NUMBER), Say("今天"))
    assert turn.state.step == "issued_today"
    assert after(turn, Choose("wait")).end is End.LATER
    assert after(turn, Choose("go_on")).step == "amount_total"


@pytest.mark.parametrize(
    ("outcome", "facts", "step"),
    [
        ("found", {"tax_status": "normal"}, "found"),
        ("found", {}, "found"),
        ("found", {"tax_status": "void"}, "is_void"),
        ("found", {"tax_status": "red"}, "is_red"),
        ("found", {"tax_status": "partly_red"}, "is_red"),
        ("found", {"tax_status": "fully_red"}, "is_red"),
        ("found", {"tax_status": "red_pending"}, "red_pending"),
        ("near", {"invoice_key": "k"}, "near"),
        ("several", {}, "several"),
        ("none", {}, "official"),
        ("no_scope", {}, "official"),
        ("broken", {}, "official"),
    ],
)
def test_the_look_up_leads_on(outcome: str, facts: dict[str, str], step: str) -> None:
    assert after(searched(), Done(outcome, facts)).step == step


@pytest.mark.parametrize(
    ("inputs", "step"),
    [
        ((Done("none"), Choose("consistent"), Choose("ours"), Choose("still"), Choose("still")), "network"),
        ((Done("found"), Choose("elsewhere"), Choose("ours"), Choose("still"), Choose("still")), "network"),
        ((Done("none"), Choose("not_found"), Choose("still")), "issuer"),
    ],
)
def test_the_issuer_is_only_asked_about_an_invoice_that_may_not_exist(inputs: tuple[Input, ...], step: str) -> None:
    assert after(searched(), *inputs).step == step


def test_what_is_there_is_asked_for_its_trouble_and_for_nothing_that_is_known() -> None:
    card = {"kind": "d_normal", "tax_status": "normal"}
    assert searched(**CARD, **card).state.step == "trouble"
    links = {"wrong": "incorrect", "undo": "void", "lost": "lost", "twice": "duplicate"}
    for choice, flow in links.items():
        turn = advance(FLOW, searched(**CARD, **card).state, Choose(choice), TODAY)
        assert turn.action is not None
        assert (turn.action.name, turn.action.flow) == ("link", f"{flow}-invoice-flow")
        assert turn.action.facts["number"] == NUMBER
    assert after(searched(**CARD, **card), Choose("elsewhere")).step == "buyer"
    assert after(searched(**CARD, tax_status="void"), Choose("elsewhere")).step == "is_void"


def test_an_invoice_taken_for_another_document_is_asked_for_after_all() -> None:
    turn = play(Choose("other"), Choose("invoice"), Say(NUMBER))
    assert (turn.state.step, turn.state.facts["family"]) == ("issue_date", "digital")


def test_a_near_match_is_taken_or_forgotten() -> None:
    near = advance(FLOW, searched().state, Done("near", {"invoice_key": "k", "tax_status": "void"}), TODAY)
    assert after(near, Choose("yes")).step == "is_void"
    refused = after(near, Choose("no"))
    assert (refused.step, refused.facts.get("invoice_key")) == ("official", None)


def test_several_matches_are_told_apart_by_the_number() -> None:
    several = advance(FLOW, searched().state, Done("several"), TODAY)
    turn = advance(FLOW, several.state, Say("26442000005310626538"), TODAY)
    assert turn.action is not None
    assert turn.action.facts["number"] == "26442000005310626538"


@pytest.mark.parametrize(
    ("choice", "step"),
    [
        ("consistent", "buyer"),
        ("mismatch", "mismatch"),
        ("not_found", "delivered"),
        ("void", "is_void"),
        ("red", "is_red"),
    ],
)
def test_the_official_answer_leads_on(choice: str, step: str) -> None:
    assert after(searched(), Done("none"), Choose(choice)).step == step


def test_a_wrong_buyer_is_the_cause() -> None:
    buyer = advance(FLOW, after(searched(), Done("none")), Choose("consistent"), TODAY)
    assert after(buyer, Say(TAX_ID)).step == "buyer_id"
    turn = advance(FLOW, after(buyer, Choose("wrong")), Choose("reissue"), TODAY)
    assert turn.prompt is not None
    assert NUMBER in turn.prompt.text.zh


def test_old_invoices_are_told_from_missing_ones() -> None:
    state = after(searched(number="21442000005310626521", issue_date="2021-11-03"), Done("none"), Choose("not_found"))
    assert state.step == "too_old"


@pytest.mark.parametrize("choice", ["fiscal", "printed", "blockchain", "customs"])
def test_other_families_are_sent_to_the_right_place(choice: str) -> None:
    assert play(Choose("other"), Choose(choice)).state.step == choice


@pytest.mark.parametrize("browser", ["chrome", "edge", "firefox", "safari", "wechat", "other"])
def test_each_browser_has_its_own_steps_and_then_a_human(browser: str) -> None:
    inputs = (Done("none"), Choose("not_found"), Choose("still"), Choose("issued"), Choose("still"))
    turn = advance(FLOW, after(searched(), *inputs), Choose(browser), TODAY)
    assert turn.state.step == f"cache_{browser}"
    assert after(turn, Choose("still"), Choose("still"), Choose("human")).end is End.HUMAN


def test_the_message_to_the_issuer_says_what_is_known_and_leaves_blanks() -> None:
    state = after(searched(), Done("none"), Choose("not_found"), Choose("still"))
    assert state.step == "issuer"
    text = prompt(FLOW, state).text
    for known in (NUMBER, "2026-11-03", "1280.00"):
        assert known in text.zh
        assert known in text.en
    assert "发票代码（数电票没有）：＿＿＿＿" in text.zh


def test_the_ticket_sees_what_was_tried() -> None:
    state = after(searched(), Done("none"), Choose("not_found"), Choose("still"), Human())
    assert [(t.step, t.outcome, t.choice) for t in state.tried] == [
        ("lookup", "none", ""),
        ("official", "failed", "not_found"),
        ("delivered", "failed", "still"),
    ]


# ── What holds whatever people do ─────────────────────────────────────────────


def says_nothing(text: str) -> bool:
    """Neither an answer nor anything else that is worth noting, as ~1 is."""
    state = play().state
    return not accepts(FLOW, state, text, TODAY) and advance(FLOW, state, Say(text), TODAY).state.facts == state.facts


@settings(max_examples=60, deadline=None)
@given(st.lists(TYPED.filter(says_nothing), min_size=3, max_size=6))
@example(["0", "0", "AA~1"])
def test_bad_answers_never_lock_anybody_in(texts: list[str]) -> None:
    turn = play()
    for text in texts:
        turn = advance(FLOW, turn.state, Say(text), TODAY)
    assert turn.prompt is not None
    assert turn.prompt.urge_human
    assert turn.state.step == "kind"
    assert after(turn, Choose("digital")).step == "number_digital"


@given(st.integers(0, 4000))
def test_every_date_of_issue_leads_on(days: int) -> None:
    turn = play(Choose("digital"), Say(NUMBER), Say((TODAY - timedelta(days=days)).isoformat()))
    assert turn.state.step in {"year_differs", "issued_today", "amount_total"}
