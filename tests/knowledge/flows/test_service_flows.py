"""Decisive branches of the flows about our own work: review, request, slow system, import, log-in."""

from __future__ import annotations

import pytest

from knowledge.flows.engine import advance, start
from knowledge.flows.loader import load_flows
from knowledge.flows.model import Ask, End, Flow
from knowledge.flows.state import Choose, Done, Human, Input, Say, Skip, Turn
from knowledge.flows.validators import ANY_WORDS
from knowledge.invoices.tax_ids import check_character
from tests.knowledge.flows.sample import NUMBER, TODAY

FLOWS = load_flows()
TAX_ID = "91110000MA01ABCD2" + check_character("91110000MA01ABCD2")
MINE = (
    "review-process-flow",
    "apply-for-invoice-flow",
    "system-slow-or-error-flow",
    "sync-data-import-flow",
    "account-login-flow",
)


def play(name: str, *inputs: Input | str, **facts: str) -> Turn:
    """Choices by their ids."""
    flow = FLOWS[name]
    turn = start(flow, facts, TODAY)
    for given in inputs:
        turn = advance(flow, turn.state, Choose(given) if isinstance(given, str) else given, TODAY)
    return turn


def where(turn: Turn) -> str:
    """The question asked, the end, or the flow that it goes on in."""
    if turn.action is not None and turn.action.flow:
        return turn.action.flow
    return turn.state.end or turn.state.step


# ── Review ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("review", "tax_status", "step"),
    [
        ("draft", "normal", "draft"),
        ("withdrawn", "normal", "draft"),
        ("pending", "normal", "pending"),
        ("pending", "void", "pending"),
        ("approved", "normal", "approved"),
        ("rejected", "normal", "rejected"),
        ("rejected", "partly_red", "rejected"),
        ("rejected", "void", "unusable"),
        ("rejected", "fully_red", "unusable"),
        ("", "normal", "stands"),
    ],
)
def test_what_was_looked_up_tells_where_the_review_stands(review: str, tax_status: str, step: str) -> None:
    found = Done("found", {"tax_status": tax_status, **({"review": review} if review else {})})
    assert where(play("review-process-flow", Say(NUMBER), found)) == step


@pytest.mark.parametrize("outcome", ["none", "no_scope", "several", "broken"])
def test_whose_review_is_not_known_here_is_asked(outcome: str) -> None:
    turn = play("review-process-flow", Done(outcome), number=NUMBER)
    assert where(turn) == "stands"
    assert where(play("review-process-flow", Skip())) == "stands"


def test_a_near_match_that_is_refused_leaves_no_state() -> None:
    near = Done("near", {"invoice_key": "k", "review": "approved", "tax_status": "normal"})
    assert where(play("review-process-flow", near, "yes", number=NUMBER)) == "approved"
    refused = play("review-process-flow", near, "no", number=NUMBER)
    assert where(refused) == "stands"
    assert not {"review", "invoice_key", "tax_status"} & refused.state.facts.keys()


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        (("draft", "submitted"), End.SOLVED),
        (("nowhere", "cannot"), "reason"),
        (("pending", "sent"), End.LATER),
        (("pending", "returned"), "rejected"),
        (("pending", "nobody"), "hand_over"),
        (("rejected", "record", "submitted"), End.SOLVED),
        (("rejected", "record", "still"), "reason"),
        (("rejected", "face", "asked"), End.LATER),
        (("rejected", "face", "guide"), "incorrect-invoice-flow"),
        (("rejected", "twice", "withdrawn"), End.SOLVED),
        (("rejected", "unusable", "understood"), End.LATER),
        (("rejected", "silent"), "reason"),
        (("approved", "fine"), End.SOLVED),
        (("approved", "stuck"), "reason"),
    ],
)
def test_review(path: tuple[str, ...], reached: str) -> None:
    assert where(play("review-process-flow", Skip(), *path)) == reached


def test_the_ticket_has_the_reviewers_words() -> None:
    turn = play("review-process-flow", Skip(), "rejected", "silent", Say("抬头少一个字，请核对后再提交"), "human")
    assert turn.state.end is End.HUMAN
    assert turn.state.facts["reason"] == "抬头少一个字，请核对后再提交"
    assert turn.state.facts["review"] == "rejected"


# ── Request ───────────────────────────────────────────────────────────────────

COMPANY = ("company", Say("云海科技有限公司"), Say(TAX_ID), "special")
REST = (Say("技术服务费"), Say("1,280元"), Say("lan@example.com"))


def test_a_request_carries_everything_to_a_human() -> None:
    turn = play("apply-for-invoice-flow", "ours", *COMPANY, *REST, "sent", "submit")
    assert turn.state.end is End.HUMAN
    assert {
        "issuer": "ours",
        "buyer_name": "云海科技有限公司",
        "buyer_tax_id": TAX_ID,
        "kind": "d_special",
        "item": "技术服务费",
        "amount": "1280.00",
        "delivery": "lan@example.com",
        "papers": "sent",
    }.items() <= turn.state.facts.items()


def test_a_person_is_asked_for_a_name_only() -> None:
    turn = play("apply-for-invoice-flow", "ours", "person", Say("张三"))
    assert where(turn) == "item"
    assert turn.state.facts["kind"] == "d_normal"


def test_a_slip_in_the_tax_id_stops_the_request() -> None:
    wrong = TAX_ID[:-1] + ("0" if TAX_ID[-1] != "0" else "1")
    turn = play("apply-for-invoice-flow", "ours", *COMPANY[:2], Say(wrong))
    assert where(turn) == "tax_id"
    assert turn.state.strikes == 1


@pytest.mark.parametrize("text", ["大概1280元", "-1280元"])
def test_an_amount_that_was_refused_does_not_come_in_as_volunteered(text: str) -> None:
    turn = play("apply-for-invoice-flow", "ours", *COMPANY, REST[0], Say(text))
    assert where(turn) == "amount"
    assert (turn.state.strikes, turn.state.facts.get("amount")) == (1, None)


def test_the_seller_of_something_bought_gets_a_message() -> None:
    turn = play("apply-for-invoice-flow", "shop", *COMPANY, *REST)
    assert where(turn) == "shop_message"
    assert turn.prompt is not None
    for known in ("云海科技有限公司", TAX_ID, "技术服务费", "1280.00", "lan@example.com"):
        assert known in turn.prompt.text.zh
        assert known in turn.prompt.text.en


@pytest.mark.parametrize(
    ("path", "reached"),
    [(("understood",), End.SOLVED), (("company",), "title_kind"), (("stuck",), "hand_over")],
)
def test_whoever_cannot_issue_goes_to_the_tax_office(path: tuple[str, ...], reached: str) -> None:
    assert where(play("apply-for-invoice-flow", "unable", *path)) == reached


@pytest.mark.parametrize(
    ("choice", "again", "back_to"),
    [
        ("buyer", ("company", Say("云海贸易有限公司"), Say(TAX_ID), "normal"), "confirm"),
        ("kind", ("normal",), "confirm"),
        ("item", (Say("咨询费"),), "confirm"),
        ("amount", (Say("99.5"),), "confirm"),
        ("delivery", ("account",), "confirm"),
        ("papers", ("later",), "confirm"),
    ],
)
def test_only_what_is_wrong_is_asked_again(choice: str, again: tuple[Input | str, ...], back_to: str) -> None:
    done = ("ours", *COMPANY, *REST, "sent")
    assert where(play("apply-for-invoice-flow", *done)) == "confirm"
    assert where(play("apply-for-invoice-flow", *done, "change", choice, *again)) == back_to


def test_what_is_known_is_not_asked() -> None:
    turn = play("apply-for-invoice-flow", "ours", *COMPANY, REST[0], amount="1280.00")
    assert where(turn) == "delivery"


# ── Slow, blank, error ────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        (("slow",), "network"),
        (("slow", "solved"), End.SOLVED),
        (("slow", "all_slow"), "connection"),
        (("slow", "only_this"), "private"),
        (("blank",), "private"),
        (("error",), "submitted"),
        (("login",), "account-login-flow"),
        (("invoice",), "invoice-not-showing"),
        (("blank", "better", "safari"), "cache_safari"),
        (("blank", "better", "edge", "still"), "network"),
        (("blank", "same"), "network"),
        (("slow", "only_this", "same", "still", "still"), "maintenance"),
        (("blank", "wechat"), "cache_wechat"),
        (("blank", "app", "solved"), End.SOLVED),
        (("blank", "same", "only_this", "still", "still", "wait"), End.LATER),
    ],
)
def test_slow_or_error(path: tuple[str, ...], reached: str) -> None:
    assert where(play("system-slow-or-error-flow", *path)) == reached


def test_an_error_after_submitting_is_not_repeated_blindly() -> None:
    assert where(play("system-slow-or-error-flow", "error", "done")) == End.SOLVED
    assert where(play("system-slow-or-error-flow", "error", "failed")) == "private"


@pytest.mark.parametrize("path", [("blank",), ("error", "failed")])
def test_the_error_is_asked_for_when_nothing_helped_and_reaches_the_ticket(path: tuple[str, ...]) -> None:
    in_vain = (*path, "same", "only_this", "still", "still", "still", "company")
    assert where(play("system-slow-or-error-flow", *in_vain)) == "last_error"
    asked = play("system-slow-or-error-flow", *in_vain, Say("无法连接"))
    assert where(asked) == "hand_over"
    assert asked.state.facts["error"] == "无法连接"


# ── Import ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        (("here",), "role"),
        (("here", "manager"), "file"),
        (("here", "ask"), End.LATER),
        (("here", "nobody"), "hand_over"),
        (("elsewhere",), "file"),
        (("differs",), "compare"),
        (("stuck",), "whole"),
        (("elsewhere", "csv", "garbled"), "encoding"),
        (("elsewhere", "excel", "headers"), "headers"),
        (("elsewhere", "excel", "numbers"), "numbers"),
        (("elsewhere", "export", "rows"), "rows"),
        (("elsewhere", "export", "whole"), "whole"),
        (("elsewhere", "csv", "garbled", "other"), "symptom"),
        (("elsewhere", "csv", "garbled", "still"), "error"),
        (("differs", "equal"), End.SOLVED),
        (("differs", "fewer", "tomorrow"), End.LATER),
        (("differs", "fewer", "again"), "compare"),
        (("differs", "more", "still"), "hand_over"),
        (("differs", "amount"), "more"),
    ],
)
def test_import(path: tuple[str, ...], reached: str) -> None:
    assert where(play("sync-data-import-flow", *path)) == reached


@pytest.mark.parametrize("symptom", ["garbled", "headers", "numbers", "rows", "whole"])
def test_an_import_is_only_done_when_both_sides_are_equal(symptom: str) -> None:
    path = ("elsewhere", "excel", symptom, "imported")
    assert where(play("sync-data-import-flow", *path)) == "compare"
    assert where(play("sync-data-import-flow", *path, "equal")) == End.SOLVED


# ── Log-in ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "reached"),
    [
        (("etax",), "door"),
        (("etax", "official"), "problem"),
        (("etax", "other"), "fake"),
        (("etax", "other", "at_door"), "problem"),
        (("etax", "other", "alarm"), "hand_over"),
        (("app",), "problem"),
        (("company", "solved"), End.SOLVED),
        (("bot", "wait"), End.LATER),
        (("app", "password", "solved"), End.SOLVED),
        (("app", "code", "still"), "hand_over"),
        (("app", "scan", "other"), "problem"),
        (("app", "organization"), "organization"),
        (("app", "signup"), "signup"),
        (("app", "page"), "system-slow-or-error-flow"),
    ],
)
def test_log_in(path: tuple[str, ...], reached: str) -> None:
    assert where(play("account-login-flow", *path)) == reached


def test_the_log_in_flow_takes_nothing_typed_but_choices() -> None:
    assert not [
        step.id for step in FLOWS["account-login-flow"].steps.values() if isinstance(step, Ask) and step.collect
    ]


@pytest.mark.parametrize("name", MINE)
def test_a_question_with_any_words_can_be_left_without_them(name: str) -> None:
    flow: Flow = FLOWS[name]
    written = [step for step in flow.steps.values() if isinstance(step, Ask) and step.collect in ANY_WORDS]
    assert all(step.skip is not None for step in written)


@pytest.mark.parametrize("name", MINE)
def test_a_human_is_one_word_away(name: str) -> None:
    assert where(play(name, Human())) == End.HUMAN
    assert where(play(name, Say("转人工"))) == End.HUMAN
