"""What becomes of a message that Telegram takes, refuses, loses or never answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from handlers.alerts.service import Report
from handlers.incoming import Incoming, Person
from handlers.messenger import Message, edit, post, react
from knowledge.invoices.model import Axis
from knowledge.permissions import DeskRole
from knowledge.texts import Locale, Localized, literal
from storage.messages import Claimed, File, Lane, Link, Op, Outgoing, State
from storage.users import Agent
from tests.conftest import AGENT, DESK, REQUESTER, STRANGER, World, seed
from tests.fixtures.demo import BUYER, KEY, NUMBER
from tests.fixtures.post_office import NOW, SECOND, Post, text

MINUTE = timedelta(minutes=1)


# Arrives.


async def test_it_is_read_in_the_language_that_the_person_has_when_it_is_sent(office: Post) -> None:
    async with office.services.storage.begin() as work:
        await work.users.seen(REQUESTER, "示例会计", Locale.ZH, NOW)
    (row,) = await office.queue(post(REQUESTER, Message(Localized("你好", "Hello"))))
    async with office.services.storage.begin() as work:
        await work.users.speak(REQUESTER, Locale.EN)
    await office.round()
    assert office.texts(REQUESTER) == ["Hello"]
    sent = await office.row(row)
    assert (sent.state, sent.message_id, sent.sent_at) == (State.SENT, 1, NOW)


@pytest.mark.parametrize("is_member", [True, False])
async def test_an_alert_that_waits_goes_to_nobody_who_has_left(office: Post, is_member: bool) -> None:
    await seed(office.services)
    async with office.services.storage.begin() as work:
        await work.alerts.subscribe(REQUESTER, KEY, NOW)
    report = Report("platform", "1", KEY, Axis.TAX_STATUS, "red_pending", NOW)
    await office.services.features.alerts.record(report, NOW)
    async with office.services.storage.begin() as work:
        organization = await work.organizations.by_tax_id(BUYER)
        assert organization is not None
        if not is_member:
            await work.organizations.remove(organization.id, REQUESTER)
    await office.rounds()
    async with office.services.storage.read() as work:
        entry = await work.alerts.notification(1, REQUESTER)
    assert entry is not None
    assert [NUMBER in said for said in office.texts(REQUESTER)] == ([True] if is_member else [])
    assert (entry.decision, entry.reason) == (("sent", "watched") if is_member else ("held", "not_permitted"))
    assert await office.states() == {"sent" if is_member else "failed": 1}


async def test_a_link_leads_back_from_the_message(office: Post) -> None:
    await office.queue(text("1", link=Link("ticket", 7)))
    await office.round()
    async with office.services.storage.read() as work:
        assert await work.outbox.linked(REQUESTER, 1) == Link("ticket", 7)


async def test_a_first_message_of_a_ticket_makes_its_topic_and_its_pinned_card(office: Post) -> None:
    ticket = await office.file_ticket()
    await office.queue(text("details", DESK, ticket_id=ticket.id))
    await office.rounds()
    topic = (await office.ticket()).topic_id
    assert topic is not None
    card, details = office.texts(DESK, topic)
    assert "#1001 发票查不到" in card
    assert details == "details"
    assert [m["text"] for m in office.api.messages(DESK, topic) if m["pinned"]] == [card]


async def test_a_file_arrives_with_its_caption(office: Post) -> None:
    caption = Message(Localized("被拒的行", "Rejected rows"))
    await office.queue(post(REQUESTER, caption, file=File("rejected.csv", b"line\n")))
    await office.round()
    message = office.api.messages(REQUESTER)[-1]
    assert (message["caption"], message["document"]["file_name"]) == ("被拒的行", "rejected.csv")


# 429.


async def test_429_parks_that_chat_only_and_in_order(office: Post) -> None:
    first, second, other = await office.queue(text("1"), text("2"), text("other", STRANGER))
    office.api.fail("sendMessage", chat_id=REQUESTER, error=429, retry_after=7)
    await office.rounds()
    assert office.texts(STRANGER) == ["other"]
    assert office.texts(REQUESTER) == []
    assert (await office.row(first)).retry_at == NOW + 7 * SECOND
    assert await office.round(NOW + 6 * SECOND) == []
    await office.rounds(NOW + 7 * SECOND)
    assert office.texts(REQUESTER) == ["1", "2"]
    assert [(await office.row(row)).state for row in (first, second, other)] == [State.SENT] * 3


async def test_being_told_to_wait_is_no_attempt(office: Post) -> None:
    (row,) = await office.queue(text("1"))
    office.api.fail("sendMessage", error=429, retry_after=1, times=20)
    for second in range(20):
        await office.round(NOW + second * SECOND)
    assert (await office.row(row)).attempts == 0
    office.api.fail("sendMessage", error=500, times=1)
    await office.round(NOW + 20 * SECOND)
    await office.round(NOW + 21 * SECOND)
    assert office.texts(REQUESTER) == ["1"]


# 5xx, and nobody there.


@pytest.mark.parametrize("error", [500, 502, 503])
async def test_5xx_is_retried_ever_later_and_at_last_a_dead_letter(office: Post, error: int) -> None:
    first, _ = await office.queue(text("1"), text("2"))
    office.api.fail("sendMessage", error=error, times=6)
    now = NOW
    for wait in (1, 2, 4, 8, 16):
        await office.round(now)
        retry_at = (await office.row(first)).retry_at
        assert retry_at == now + wait * SECOND
        assert await office.round(retry_at - SECOND / 10) == []
        now = retry_at
    await office.round(now)
    assert (await office.row(first)).state == State.DEAD
    await office.rounds(now)
    assert office.texts(REQUESTER) == ["2"]
    async with office.services.storage.begin() as work:
        assert await work.outbox.retry_dead() == 1
    await office.rounds(now)
    assert office.texts(REQUESTER) == ["2", "1"]


async def test_retries_are_spread(office: Post) -> None:
    (row,) = await office.queue(text("1"))
    office.api.fail("sendMessage", error=500)
    await office.round(jitter=1.0)
    assert (await office.row(row)).retry_at == NOW + 1.5 * SECOND


async def test_order_is_kept_while_the_first_is_retried(office: Post) -> None:
    await office.queue(text("1"), text("2"), text("3"))
    office.api.fail("sendMessage", error=500, times=2)
    for second in range(10):
        await office.rounds(NOW + second * SECOND)
    assert office.texts(REQUESTER) == ["1", "2", "3"]


# No answer.


@pytest.mark.parametrize("lane", [Lane.AGENT_REPLY, Lane.REPLY, Lane.ALERT])
async def test_without_an_answer_it_is_sent_once_more_after_a_minute(office: Post, lane: Lane) -> None:
    (row,) = await office.queue(text("1", lane=lane))
    office.api.fail("sendMessage", error="reset")
    await office.round()
    assert office.texts(REQUESTER) == ["1"]
    await office.queue(text("2"), now=NOW + SECOND)
    await office.rounds(NOW + MINUTE - SECOND)
    assert office.texts(REQUESTER) == ["1", "2"]
    await office.rounds(NOW + MINUTE)
    assert office.texts(REQUESTER) == ["1", "2", "1"]
    assert (await office.row(row)).state == State.SENT


async def test_what_never_arrived_arrives_a_minute_later(office: Post) -> None:
    await office.queue(text("1"))
    office.api.fail("sendMessage", error="refused")
    await office.rounds()
    assert office.texts(REQUESTER) == []
    await office.rounds(NOW + MINUTE)
    assert office.texts(REQUESTER) == ["1"]


async def test_twice_without_an_answer_is_left_unknown(office: Post) -> None:
    (row,) = await office.queue(text("1"))
    office.api.fail("sendMessage", error="refused", times=2)
    await office.rounds()
    await office.rounds(NOW + MINUTE)
    assert (await office.row(row)).state == State.UNKNOWN
    await office.rounds(NOW + 10 * MINUTE)
    assert office.texts(REQUESTER) == []


async def test_bulk_is_not_sent_twice(office: Post) -> None:
    (row,) = await office.queue(text("digest", lane=Lane.BULK))
    office.api.fail("sendMessage", error="reset")
    await office.rounds()
    assert (await office.row(row)).state == State.UNKNOWN
    assert office.texts(REQUESTER) == ["digest"]


async def test_what_changes_nothing_when_repeated_is_repeated_at_once(office: Post) -> None:
    message = office.api.say(REQUESTER, "hello")
    (row,) = await office.queue(react(REQUESTER, message["message_id"], "👌"))
    office.api.fail("setMessageReaction", error="reset")
    await office.rounds()
    await office.rounds(NOW + SECOND)
    assert (await office.row(row)).state == State.SENT
    assert [r["emoji"] for r in office.api.messages(REQUESTER)[0]["reactions"]] == ["👌"]


async def test_the_old_content_of_a_living_message_never_comes_back(office: Post) -> None:
    """The first question got no answer from Telegram; the next one is not to be overwritten a minute later."""
    (first,) = await office.queue(text("question 1", slot="flow"))
    rows, _ = await office.delivery.exchange([], NOW, lambda _chat_id: True, 64)
    office.api.fail("sendMessage", error="refused")
    outcome = await office.delivery.deliver(rows[0], NOW, 0.0)
    await office.queue(text("question 2", slot="flow"))
    await office.delivery.exchange([outcome], NOW, lambda _chat_id: False, 0)
    await office.rounds()
    await office.rounds(NOW + MINUTE)
    assert office.texts(REQUESTER) == ["question 2"]
    assert (await office.row(first)).state == State.UNKNOWN


async def test_a_newer_content_does_not_wait_for_the_minute(office: Post) -> None:
    await office.queue(text("question 1", slot="flow"))
    office.api.fail("sendMessage", error="refused")
    await office.rounds()
    await office.queue(text("question 2", slot="flow"), now=NOW + SECOND)
    await office.rounds(NOW + SECOND)
    await office.rounds(NOW + 10 * MINUTE)
    assert office.texts(REQUESTER) == ["question 2"]


# Nobody reads there.


@pytest.mark.parametrize("error", ["blocked", "deactivated", "chat_not_found"])
async def test_who_has_blocked_the_bot_is_marked_and_spared_the_bulk(office: Post, error: str) -> None:
    async with office.services.storage.begin() as work:
        await work.users.seen(REQUESTER, "示例会计", Locale.ZH, NOW)
    first, bulk, other = await office.queue(text("1"), text("digest", lane=Lane.BULK), text("other", STRANGER))
    office.api.fail("sendMessage", chat_id=REQUESTER, error=error)
    await office.round()
    assert [(await office.row(row)).state for row in (first, bulk, other)] == [State.FAILED, State.FAILED, State.SENT]
    async with office.services.storage.read() as work:
        user = await work.users.get(REQUESTER)
        assert user is not None
        assert not user.reachable
    async with office.services.storage.begin() as work:
        assert (await work.users.seen(REQUESTER, "示例会计", Locale.ZH, NOW)).reachable


async def test_nothing_is_given_up_when_the_desk_shuts_us_out(office: Post) -> None:
    await office.file_ticket()
    office.api.fail(chat_id=DESK, error="kicked")
    await office.rounds()
    assert len(office.texts(REQUESTER)) == 1
    assert await office.states() == {State.DEAD: 1, State.SENT: 1}
    async with office.services.storage.begin() as work:
        await work.outbox.retry_dead()
    await office.rounds()
    assert await office.states() == {State.SENT: 2}


# The topic is gone.


@pytest.mark.parametrize("error", ["thread_not_found", "topic_deleted", "topic_id_invalid"])
async def test_a_lost_topic_is_made_anew_with_its_card_and_the_same_row(office: Post, error: str) -> None:
    ticket = await office.file_ticket()
    await office.rounds()
    (row,) = await office.queue(text("details", DESK, ticket_id=ticket.id))
    office.api.fail("sendMessage", chat_id=DESK, error=error)
    await office.rounds()
    old, new = sorted(office.api.state.chats[DESK].topics)
    assert (await office.ticket()).topic_id == new
    assert len(office.texts(DESK, old)) == 1
    card, details = office.texts(DESK, new)
    assert "#1001 发票查不到" in card
    assert details == "details"
    assert (await office.row(row)).state == State.SENT
    async with office.services.storage.read() as work:
        header = office.api.messages(DESK, new)[1]
        assert await work.outbox.slot(DESK, "ticket:1") == header["message_id"]
        assert header["pinned"]


async def test_a_topic_that_an_agent_deleted_comes_back_when_the_card_changes(office: Post) -> None:
    await office.file_ticket()
    await office.rounds()
    old = (await office.ticket()).topic_id
    assert old is not None
    office.api.drop_topic(office.api.state.chats[DESK], old)
    await office.queue(text("new card", DESK, ticket_id=1, slot="ticket:1"))
    for second in range(10):
        await office.rounds(NOW + second * SECOND)
    new = (await office.ticket()).topic_id
    assert new not in (old, None)
    assert office.texts(DESK, new) == ["new card"]


async def test_no_topic_is_made_to_be_closed(office: Post) -> None:
    await office.file_ticket()
    await office.rounds()
    closing = Outgoing(DESK, Op.TOPIC, {"title": literal("done").to_json()}, Lane.BULK, 1)
    (row,) = await office.queue(closing)
    office.api.fail("editForumTopic", error="topic_id_invalid")
    await office.rounds()
    assert (await office.row(row)).state == State.FAILED
    assert len(office.api.sent("createForumTopic")) == 1


async def test_a_topic_without_card_gets_it_first(office: Post) -> None:
    """The process may end between the two."""
    ticket = await office.file_ticket()
    await office.rounds()
    topic = (await office.ticket()).topic_id
    async with office.services.storage.begin() as work:
        await work.outbox.clear_slot(DESK, "ticket:1")
    await office.queue(text("details", DESK, ticket_id=ticket.id), text("more", DESK, ticket_id=ticket.id))
    await office.rounds()
    first, again, *rest = office.texts(DESK, topic)
    assert first == again
    assert rest == ["details", "more"]


async def test_a_closed_topic_may_be_closed_again(office: Post) -> None:
    await office.file_ticket()
    await office.rounds()
    closing = Outgoing(DESK, Op.TOPIC, {"title": literal("done").to_json()}, Lane.BULK, 1)
    rows = await office.queue(closing, closing)
    await office.rounds()
    assert [(await office.row(row)).state for row in rows] == [State.SENT, State.SENT]
    (topic,) = office.api.state.chats[DESK].topics.values()
    assert (topic.name, topic.closed) == ("done", True)


# The group has a new id.


async def test_a_group_that_became_a_supergroup_is_followed(office: Post) -> None:
    group = -555
    office.api.add_group(group, "plain", members=[AGENT])
    first, second = await office.queue(text("1", group), text("2", group))
    new = office.api.migrate(group)
    await office.rounds()
    assert office.texts(new) == ["1", "2"]
    assert [(await office.row(row)).chat_id for row in (first, second)] == [new, new]


# A living message.


async def test_a_living_message_that_did_not_change_counts_as_sent(office: Post) -> None:
    await office.queue(text("same", slot="menu"))
    await office.rounds()
    (row,) = await office.queue(text("same", slot="menu"))
    await office.rounds()
    assert (await office.row(row)).state == State.SENT
    assert office.texts(REQUESTER) == ["same"]


async def test_a_living_message_that_was_deleted_is_sent_anew(office: Post) -> None:
    await office.queue(text("1", slot="menu"))
    await office.rounds()
    office.api.delete(REQUESTER, REQUESTER, 1)
    await office.queue(text("2", slot="menu"))
    await office.rounds()
    await office.queue(text("3", slot="menu"))
    await office.rounds()
    assert office.texts(REQUESTER) == ["3"]
    assert len(office.api.sent()) == 2


# Refused for good.


async def test_markup_that_cannot_be_read_goes_as_plain_text(office: Post) -> None:
    (row,) = await office.queue(post(REQUESTER, Message(Localized("<b>坏", "<b>bad"))))
    await office.rounds()
    assert office.texts(REQUESTER) == ["坏"]
    assert (await office.row(row)).state == State.SENT


@pytest.mark.parametrize(
    "message",
    [text("1"), edit(REQUESTER, 999, Message(literal("gone"))), react(REQUESTER, 999, "👌")],
    ids=["refused", "message to edit not found", "message to react to not found"],
)
async def test_what_telegram_will_never_take_fails_and_the_chat_goes_on(office: Post, message: Outgoing) -> None:
    if message.op is Op.SEND:
        office.api.fail("sendMessage", error=400, description="Bad Request: CHAT_RESTRICTED")
    row, _ = await office.queue(message, text("next"))
    await office.rounds()
    assert (await office.row(row)).state == State.FAILED
    assert office.texts(REQUESTER) == ["next"]


@pytest.mark.parametrize(
    "fail",
    [
        lambda api: api.fail("copyMessage", chat_id=REQUESTER, error=400),
        lambda api: api.block(REQUESTER),
    ],
    ids=["refused", "blocked"],
)
async def test_the_agent_sees_that_an_answer_did_not_arrive(world: World, fail: Callable[[Any], None]) -> None:
    await world.say("转人工")
    (topic,) = world.topics()
    header, _ = world.button(DESK, "认领")
    fail(world.api)
    answer = await world.say("您好", AGENT, chat_id=DESK, thread_id=topic, reply_to=header["message_id"])
    assert [r["emoji"] for r in world.reactions(DESK, answer)] == ["💔"]
    assert world.texts(DESK, topic)[-1].startswith("💔 没有送达用户")


@pytest.mark.parametrize(
    ("error", "state", "line"),
    [("refused", State.UNKNOWN, "没有回应"), (502, State.DEAD, "没有发出去"), (400, State.FAILED, "没有送达用户")],
)
async def test_the_agent_reads_what_became_of_an_answer(office: Post, error: Any, state: State, line: str) -> None:
    await office.file_ticket()
    await office.rounds()
    topic = (await office.ticket()).topic_id
    header = office.api.messages(DESK, topic)[1]
    said = office.api.say(AGENT, "您好", chat_id=DESK, thread_id=topic, reply_to=header["message_id"])
    person = Person(AGENT, "客服甲")
    words = Incoming(person, DESK, said["message_id"], "您好", reply_to=header["message_id"], topic_id=topic)
    async with office.services.storage.begin() as work:
        await work.agents.add(Agent(AGENT, "客服甲", DeskRole.AGENT), NOW)
    await office.services.desk.written_at_desk(words, NOW)
    office.api.fail("copyMessage", chat_id=REQUESTER, error=error, times=None)
    for second in range(0, 120, 2):
        await office.rounds(NOW + second * SECOND)
    assert (await office.states())[state] == 1
    assert line in office.texts(DESK, topic)[-1]
    assert [r["emoji"] for r in office.api.messages(DESK, topic)[-2]["reactions"]] == ["💔"]


# Trouble of our own.


async def test_what_our_own_code_cannot_deliver_is_tried_again_and_becomes_a_dead_letter(office: Post) -> None:
    (row_id,) = await office.queue(text("1"))
    rows, _ = await office.delivery.exchange([], NOW, lambda _chat_id: True, 64)
    outcome = office.delivery.broken(rows[0], KeyError("text"), NOW, 0.0)
    assert (outcome.state, outcome.retry_at, outcome.error) == (State.QUEUED, NOW + SECOND, "KeyError")
    await office.delivery.exchange([outcome], NOW, lambda _chat_id: False, 0)
    await office.change(row_id, attempts=5)
    rows, _ = await office.delivery.exchange([], NOW + SECOND, lambda _chat_id: True, 64)
    assert office.delivery.broken(rows[0], KeyError("text"), NOW, 0.0).state is State.DEAD


async def test_after_a_crash_what_was_on_its_way_is_sent_again(office: Post) -> None:
    await office.queue(text("1"), text("digest", STRANGER, Lane.BULK))
    rows, _ = await office.delivery.exchange([], NOW, lambda _chat_id: True, 64)
    for row in rows:
        await office.delivery.deliver(row, NOW, 0.0)
    assert await office.delivery.recover() == 1
    await office.rounds()
    assert office.texts(REQUESTER) == ["1", "1"]
    assert office.texts(STRANGER) == ["digest"]


async def test_after_a_crash_reactions_and_topics_are_not_forgotten(office: Post) -> None:
    message = office.api.say(REQUESTER, "hello")
    await office.queue(react(REQUESTER, message["message_id"], "👌"))
    await office.delivery.exchange([], NOW, lambda _chat_id: True, 64)
    assert await office.delivery.recover() == 1
    await office.rounds()
    assert [r["emoji"] for r in office.api.messages(REQUESTER)[0]["reactions"]] == ["👌"]


async def test_calls_that_no_row_stands_for_count_against_the_limits(office: Post) -> None:
    """createForumTopic before the card, as Telegram counts it."""
    spent: list[int] = []

    def admits(chat_id: int) -> bool:
        return office.limiter.admits(chat_id, NOW)

    await office.file_ticket()
    rows: list[Claimed] = []
    while new := (await office.delivery.exchange([], NOW, admits, 64))[0]:
        rows += new
        outcomes = [await office.delivery.deliver(row, NOW, 0.0) for row in new]
        await office.delivery.exchange(outcomes, NOW, lambda _chat_id: False, 0)
    counted = ("sendMessage", "createForumTopic")
    spent += [call.params["chat_id"] for call in office.api.calls if call.method in counted]
    assert spent.count(DESK) == 2
    for _ in range(16):
        assert office.limiter.admits(DESK, NOW + SECOND)
    assert not office.limiter.admits(DESK, NOW + SECOND)
