"""The header card and the title: what an agent reads first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from handlers.tickets import card
from knowledge.articles.markup import markup_fault
from knowledge.texts import Locale, Texts, plain
from knowledge.tickets import Ticket, TicketState
from storage.users import User

TEXTS = Texts.load()
USER = User(42, "王小<b>&", Locale.EN)
FACTS = {"family": "digital", "number": "26110000482913073017", "amount": "1280.00", "invoice_key": "digital:2611"}
TICKET = Ticket(
    42,
    42,
    "发票查不到",
    "invoice-not-showing",
    datetime(2026, 11, 24, tzinfo=UTC),
    -100,
    facts=FACTS,
    tried=(
        ("发票种类 → 数电票", "answered"),
        ("发票号码", "skipped"),
        ("在企业数据里查找", "none"),
        ("网络", "failed"),
    ),
)


def shown(ticket: Ticket, user: User = USER, assignee: str | None = None) -> str:
    return plain(card.card(TEXTS, ticket, user, assignee).text.zh)


def test_the_card_says_all_an_agent_needs() -> None:
    text = shown(TICKET)
    for words in ("#1042 发票查不到", "🆕 新建", "未认领", "王小<b>&", "英文", "可送达"):
        assert words in text
    for words in ("票类：数电票", "发票号码：26110000482913073017", "金额：1280.00"):
        assert words in text
    for words in ("✓ 发票种类 → 数电票", "– 发票号码", "✗ 在企业数据里查找", "✗ 网络"):
        assert words in text
    assert "invoice_key" not in text
    assert "digital:" not in text


def test_unreachable_requesters_are_pointed_out() -> None:
    assert "送不到" in shown(TICKET, replace(USER, reachable=False))


def test_people_cannot_put_markup_into_it() -> None:
    hostile = "<a href='x'>&</a>"
    ticket = replace(TICKET, subject=hostile, facts={"number": hostile}, tried=((hostile, "failed"),))
    message = card.card(TEXTS, ticket, User(42, hostile, Locale.ZH), hostile)
    for locale in Locale:
        assert markup_fault(message.text[locale]) is None
        assert plain(message.text[locale]).count(hostile) == 5


@pytest.mark.parametrize("state", TicketState)
@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("assignee", [None, 7])
def test_buttons_fit_the_state(state: TicketState, answered: bool, assignee: int | None) -> None:
    ticket = replace(
        TICKET, state=state, assignee=assignee, answered_at=TICKET.created_at if answered else None, version=3
    )
    verbs = [button.data.split(":")[2] for row in card.card(TEXTS, ticket, USER, None).rows for button in row]
    if state in (TicketState.SOLVED, TicketState.CLOSED):
        assert verbs == []
    else:
        assert verbs == ["release" if assignee else "claim", *(["solve"] if answered else [])]


def test_a_title_is_masked_and_short() -> None:
    title = card.title(TEXTS, TICKET, USER)
    assert title.zh == "🆕 #1042 发票查不到 ·…3017 王*"
    assert len(card.title(TEXTS, replace(TICKET, subject="长" * 200), USER).zh) == 128


def test_a_follow_up_says_of_what() -> None:
    assert "接续 #1007" in shown(replace(TICKET, follow_up_of=7))
    assert "重新打开过 2 次" in shown(replace(TICKET, reopen_count=2))


def test_a_ticket_with_nothing_known() -> None:
    text = shown(replace(TICKET, facts={}, tried=()))
    assert "（无）" in text
    assert "直接找人工" in text


def test_button_data_fits_into_64_bytes() -> None:
    huge = replace(TICKET, id=10**15, version=10**9)
    rows = (*card.card(TEXTS, huge, USER, None).rows, *card.solved_rows(TEXTS, huge), *card.list_rows(TEXTS, [huge]))
    assert max(len(button.data.encode()) for row in rows for button in row) <= 64
