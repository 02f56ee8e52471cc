"""The branches that decide what somebody with a bad invoice is told."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.flows.engine import advance, prompt, start
from knowledge.flows.facts import derive
from knowledge.flows.model import End
from knowledge.flows.state import Choose, Done, Input, Say, Skip, State, Turn
from knowledge.invoices.model import Kind
from tests.knowledge.flows.sample import NUMBER, TODAY
from tests.knowledge.flows.walking import FLOWS, OTHER_NUMBER, TAX_ID, inputs, walks

VOID, LOST, TWICE = FLOWS["void-invoice-flow"], FLOWS["lost-invoice-flow"], FLOWS["duplicate-invoice-flow"]
WRONG, EXPIRED = FLOWS["incorrect-invoice-flow"], FLOWS["expired-invoice-flow"]
VOIDING = {"void_it", "ask_void"}
PAPER = {Kind.PAPER_SPECIAL, Kind.PAPER_NORMAL, Kind.ROLL, Kind.D_PAPER_SPECIAL, Kind.D_PAPER_NORMAL}
DIGITAL = {Kind.D_SPECIAL, Kind.D_NORMAL, Kind.RAIL, Kind.AIR}
OPEN = {Kind.VEHICLE, Kind.USED_VEHICLE}  # come as files and on paper


def play(flow_name: str, *given_inputs: Input, **facts: str) -> Turn:
    flow = FLOWS[flow_name]
    turn = start(flow, facts, TODAY)
    for given_input in given_inputs:
        turn = advance(flow, turn.state, given_input, TODAY)
    return turn


def chosen(flow_name: str, *choices: str, **facts: str) -> State:
    return play(flow_name, *map(Choose, choices), **facts).state


def is_paper(facts: dict[str, str]) -> bool:
    by_look = facts.get("medium") in {"paper", "d_paper"}
    return facts["kind"] in PAPER if facts.get("kind", Kind.VEHICLE) not in OPEN else by_look


# ── Void or red-letter ────────────────────────────────────────────────────────


def test_only_paper_of_this_month_is_ever_voided() -> None:
    voided = [turn.state for _, _, turn in walks(VOID) if turn.state.step in VOIDING and turn.state.end is None]
    assert {state.step for state in voided} == VOIDING
    for state in voided:
        assert state.facts["medium"] in {"paper", "d_paper"}
        assert derive(state.facts, TODAY)["month"] == "this" or state.facts["issued"] == "this_month"


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(),
    facts=st.fixed_dictionaries(
        {},
        optional={
            "kind": st.sampled_from([str(kind) for kind in Kind]),
            "issue_date": st.sampled_from(("2026-11-03", "2026-10-31", "2025-11-03")),
            "number": st.sampled_from((NUMBER, "00012345")),
            "side": st.sampled_from(("seller", "buyer")),
        },
    ),
)
def test_whatever_is_known_or_done_voiding_stays_with_paper_of_this_month(
    data: st.DataObject, facts: dict[str, str]
) -> None:
    turn = start(VOID, facts, TODAY)
    for _ in range(data.draw(st.integers(0, 12))):
        before = turn.state
        turn = advance(VOID, before, data.draw(inputs(VOID.steps[before.step])), TODAY)
        if turn.state.step in VOIDING and before.step not in VOIDING:
            known = dict(turn.state.facts)
            assert is_paper(known)
            assert derive(known, TODAY)["month"] != "other"


def test_another_invoice_named_at_the_conditions_is_looked_at_anew() -> None:
    qr = Say("01,32,,26442000005310626521,1280.00,20261103,,0000,")
    state = play(VOID.name, qr, Choose("all_met"), kind="paper_special", side="seller", issue_date="2026-11-03").state
    assert state.step == "form_of"


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in PAPER | OPEN])
@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_a_file_is_never_voided(kind: Kind, side: str) -> None:
    expected = "used" if kind in DIGITAL else "red_old"
    assert play(VOID.name, kind=kind, side=side, issue_date="2026-11-03").state.step == expected


@pytest.mark.parametrize(("kind", "day"), [*product(sorted(PAPER), ["2026-11-01", "2026-10-31", "2025-11-24"])])
def test_paper_is_voided_in_its_month_only(kind: Kind, day: str) -> None:
    state = play(VOID.name, kind=kind, side="seller", issue_date=day).state
    red = "used" if kind.startswith("d_") else "red_old"
    assert state.step == ("conditions" if day.startswith("2026-11") else red)
    assert advance(VOID, state, Choose("missing"), TODAY).state.step == (
        red if state.step == "conditions" else state.step
    )


@pytest.mark.parametrize(("side", "step"), [("seller", "void_it"), ("buyer", "ask_void")])
def test_with_all_conditions_it_is_voided_by_the_issuer(side: str, step: str) -> None:
    assert chosen(VOID.name, side, "paper", "this_month", "all_met").step == step


@pytest.mark.parametrize(
    ("choices", "step"),
    [
        (("seller", "digital"), "used"),
        (("seller", "digital", "unused"), "red_alone"),
        (("seller", "digital", "used"), "both"),
        (("buyer", "digital", "unused"), "ask_red"),
        (("buyer", "digital", "used"), "both"),
        (("seller", "e_old"), "red_old"),
        (("seller", "paper", "earlier"), "red_old"),
        (("seller", "d_paper", "earlier"), "used"),
        (("seller", "paper", "this_month", "all_met", "refused"), "red_old"),
        (("form",), "form"),
        (("already",), "already"),
    ],
)
def test_what_is_possible(choices: tuple[str, ...], step: str) -> None:
    assert chosen(VOID.name, *choices).step == step


def test_paper_with_a_20_digit_number_is_red_lettered_as_a_digital_one() -> None:
    assert chosen(VOID.name, "seller", "paper", "earlier", number=NUMBER).step == "used"


def test_a_20_digit_number_alone_does_not_tell_file_from_paper() -> None:
    assert play(VOID.name, number=NUMBER, side="seller").state.step == "form_of"


def test_a_month_that_ends_while_somebody_thinks_ends_voiding() -> None:
    facts = {"kind": "paper_special", "side": "seller", "issue_date": "2026-11-30"}
    asked = start(VOID, facts, date(2026, 11, 30)).state
    assert asked.step == "conditions"
    assert advance(VOID, asked, Choose("all_met"), date(2026, 11, 30)).state.step == "void_it"
    assert advance(VOID, asked, Choose("all_met"), date(2026, 12, 1)).state.step == "red_old"


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("void", "already"),
        ("red", "already"),
        ("fully_red", "already"),
        ("red_pending", "form"),
        ("partly_red", "side"),
    ],
)
def test_what_is_known_of_its_state_comes_first(status: str, step: str) -> None:
    assert play(VOID.name, tax_status=status).state.step == step


# ── Lost ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"kind": "d_special"}, "account"),
        ({"kind": "e_normal"}, "account"),
        ({"kind": "rail"}, "ticket"),
        ({"kind": "air"}, "ticket"),
        ({"kind": "paper_special"}, "what"),
        ({}, "what"),
    ],
)
def test_what_was_lost_need_not_be_asked_of_files_and_tickets(facts: dict[str, str], step: str) -> None:
    assert play(LOST.name, **facts).state.step == step


@pytest.mark.parametrize(
    ("choices", "step"),
    [
        (("file", "still"), "resend"),
        (("file", "no_account"), "resend"),
        (("paper", "special"), "copy"),
        (("paper", "one", "message"), "copy"),
        (("paper", "normal", "message"), "copy"),
        (("damaged", "unreadable", "special"), "copy"),
        (("stolen", "issued", "special"), "copy"),
    ],
)
def test_the_seller_is_asked_for_the_file_or_the_copy_never_for_another_invoice(
    choices: tuple[str, ...], step: str
) -> None:
    turn = play(LOST.name, *map(Choose, choices), Say(NUMBER), Done("none"))
    assert turn.state.step == step
    assert turn.prompt is not None
    assert "不用重开" in turn.prompt.text.zh
    assert "o new invoice" in turn.prompt.text.en
    assert NUMBER in turn.prompt.text.zh


@pytest.mark.parametrize("status", ["void", "red", "fully_red"])
def test_what_is_void_or_red_need_not_be_found_again(status: str) -> None:
    near = play(LOST.name, Choose("file"), Choose("still"), Say(NUMBER), Done("near", {"tax_status": status}))
    assert near.state.step == "near"
    assert advance(LOST, near.state, Choose("yes"), TODAY).state.step == "unusable"
    other = advance(LOST, near.state, Choose("no"), TODAY).state
    assert (other.step, other.facts.get("tax_status")) == ("resend", None)


# ── Duplicate ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "two", "step"),
    [
        (NUMBER, NUMBER, "same_face"),
        (NUMBER, OTHER_NUMBER, "differ"),
        ("00012345", "00012345", "same_ask"),
        ("00012345", "00012346", "differ"),
        ("144032600111 00012345", "144032600111 00012345", "same_face"),
        ("144032600111 00012345", "144032600112 00012345", "differ"),
        (NUMBER, "144032600112 00012345", "same_ask"),
    ],
)
def test_two_numbers_are_compared(one: str, two: str, step: str) -> None:
    state = play(TWICE.name, Choose("list"), Say(one), Say(two)).state
    assert state.step == step
    assert (state.facts["number"], state.facts["other_number"]) == (one.split()[-1], two.split()[-1])


@pytest.mark.parametrize(
    ("choices", "step"),
    [
        (("same",), "merge"),
        (("differs",), "conflict"),
        (("same", "booked"), "booked"),
    ],
)
def test_one_number_is_one_invoice(choices: tuple[str, ...], step: str) -> None:
    assert play(TWICE.name, Choose("list"), Say(NUMBER), Say(NUMBER), *map(Choose, choices)).state.step == step


def test_two_invoices_may_be_two_deals_and_else_their_issuer_acts() -> None:
    two = play(TWICE.name, Choose("two"), Say(NUMBER), Say(OTHER_NUMBER)).state
    assert advance(TWICE, two, Choose("two_deals"), TODAY).state.end is End.SOLVED
    side = advance(TWICE, two, Choose("one_deal"), TODAY).state
    theirs = advance(TWICE, side, Choose("buyer"), TODAY)
    assert theirs.prompt is not None
    assert all(number in theirs.prompt.text.zh for number in (NUMBER, OTHER_NUMBER))
    ours = advance(TWICE, side, Choose("seller"), TODAY)
    assert ours.action is not None
    assert (ours.action.name, ours.action.flow) == ("link", VOID.name)
    assert start(VOID, ours.action.facts, TODAY).state.step == "form_of"


def test_nobody_is_told_to_delete_an_invoice() -> None:
    asked = [prompt(TWICE, State(TWICE.name, TWICE.version, name)).text for name in TWICE.steps]
    assert not any("删掉" in text.zh or "删除它" in text.zh for text in asked)


# ── Incorrect ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("choices", "step"),
    [
        (("record",), "record"),
        (("doubtful",), "doubtful"),
        (("face", "title"), "right_id"),
        (("face", "item", "buyer"), "paper"),
        (("face", "item", "buyer", "paper"), "give_back"),
        (("face", "item", "buyer", "electronic", "unused"), "number"),
        (("face", "item", "buyer", "electronic", "used"), "both"),
    ],
)
def test_what_may_be_corrected_and_by_whom(choices: tuple[str, ...], step: str) -> None:
    assert chosen(WRONG.name, *choices).step == step


def test_only_the_record_is_ever_edited() -> None:
    assert chosen(WRONG.name, "record", "solved").end is End.SOLVED
    assert chosen(WRONG.name, "record", "face").step == "what"


def test_the_issuer_goes_on_where_void_and_red_letter_are_told_apart() -> None:
    turn = play(WRONG.name, *map(Choose, ("face", "amount", "seller")), kind="d_normal")
    assert turn.action is not None
    assert turn.action.flow == VOID.name
    assert start(VOID, turn.action.facts, TODAY).state.step == "used"


@pytest.mark.parametrize(
    ("kind", "step"), [("d_special", "used"), ("paper_special", "give_back"), ("e_normal", "number")]
)
def test_a_known_kind_is_not_asked_for(kind: str, step: str) -> None:
    assert chosen(WRONG.name, "face", "item", "buyer", kind=kind).step == step


def test_the_right_tax_id_is_checked_and_goes_into_the_message() -> None:
    wrong = play(WRONG.name, Choose("face"), Choose("title"), Say(TAX_ID[:-1] + ("0" if TAX_ID[-1] != "0" else "1")))
    assert (wrong.state.step, wrong.state.strikes) == ("right_id", 1)
    buyer = map(Choose, ("buyer", "electronic", "unused"))
    turn = play(WRONG.name, Choose("face"), Choose("title"), Say(TAX_ID), *buyer, Say(NUMBER))
    assert turn.state.step == "ask_seller"
    assert turn.prompt is not None
    assert all(said in turn.prompt.text.zh for said in (TAX_ID, NUMBER))
    assert "buyer_tax_id" not in turn.state.facts


# ── Expired ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("choices", "step"),
    [
        (("claim", "policy"), "policy"),
        (("claim", "year"), "year"),
        (("claim", "invalid"), "number"),
        (("deduct",), "deduct"),
        (("form",), "form"),
        (("ticket", "issued"), "number"),
        (("ticket", "past"), "hand_over"),
        (("unsure",), "number"),
    ],
)
def test_each_clock_has_its_answer(choices: tuple[str, ...], step: str) -> None:
    assert chosen(EXPIRED.name, *choices).step == step


@pytest.mark.parametrize(
    ("day", "step"), [("2021-11-23", "too_old"), ("2021-11-24", "to_missing"), ("2026-11-24", "to_missing")]
)
def test_only_after_five_years_is_verification_over(day: str, step: str) -> None:
    assert play(EXPIRED.name, Choose("verify"), Say(day)).state.step == step


def test_what_cannot_be_found_yet_or_is_missing_goes_on_in_the_missing_invoice_flow() -> None:
    turn = play(EXPIRED.name, Choose("verify"), number=NUMBER, issue_date="2026-11-24")
    assert turn.action is not None
    assert turn.action.flow == "invoice-not-showing"
    assert start(FLOWS[turn.action.flow], turn.action.facts, TODAY).state.step == "issued_today"


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("normal", "valid"),
        ("partly_red", "valid"),
        ("void", "dead"),
        ("red", "dead"),
        ("fully_red", "dead"),
        ("red_pending", "form"),
    ],
)
def test_the_state_decides_and_not_the_age(status: str, step: str) -> None:
    found = Done("found", {"tax_status": status})
    assert play(EXPIRED.name, Choose("unsure"), Say(NUMBER), found, issue_date="2019-01-02").state.step == step


def test_a_form_that_lapsed_leads_to_a_new_one() -> None:
    turn = play(EXPIRED.name, Choose("again"), tax_status="red_pending")
    assert turn.action is not None
    assert turn.action.flow == VOID.name
    assert start(VOID, turn.action.facts, TODAY).state.step == "side"


@pytest.mark.parametrize("outcome", ["none", "no_scope", "several", "broken"])
def test_without_a_look_up_nothing_is_claimed_about_its_state(outcome: str) -> None:
    turn = play(EXPIRED.name, Choose("unsure"), Say(NUMBER), Done(outcome))
    assert turn.state.step == "valid"
    assert turn.prompt is not None
    assert "状态没把握" in turn.prompt.text.zh
    assert advance(EXPIRED, turn.state, Skip(), TODAY).state.step == "hand_over"
