import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot
from telegram.error import Forbidden

from bot.playground import BotApi, PlaygroundError
from bot.playground.entities import utf16_length
from tests.bot.playground.conftest import AGENT, DESK, REQUESTER


async def test_start_has_a_command(api: BotApi, bot: Bot) -> None:
    api.say(REQUESTER, "/start t_1042")
    message = (await bot.get_updates())[0].message
    assert message is not None
    assert message.parse_entities(["bot_command"]) == {message.entities[0]: "/start"}
    assert (message.chat.type, message.from_user and message.from_user.language_code) == ("private", "zh-hans")


@given(st.lists(st.tuples(st.sampled_from("a发😀 \n"), st.integers(1, 4100)), max_size=5))
def test_long_texts_are_cut(runs: list[tuple[str, int]]) -> None:
    api = BotApi()
    api.add_person(REQUESTER, "小王")
    text = "x" + "".join(letter * times for letter, times in runs)
    api.say(REQUESTER, text)
    parts = [message["text"] for message in api.messages(REQUESTER)]
    assert all(0 < utf16_length(part) <= 4096 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_what_a_client_refuses(api: BotApi) -> None:
    message = api.say(REQUESTER, "a")["message_id"]
    with pytest.raises(PlaygroundError, match="a message needs text"):
        api.say(REQUESTER, "  ")
    with pytest.raises(PlaygroundError, match="isn't in chat"):
        api.say(REQUESTER, "a", chat_id=DESK)
    with pytest.raises(PlaygroundError, match="no topic 99"):
        api.say(AGENT, "a", chat_id=DESK, thread_id=99)
    with pytest.raises(PlaygroundError, match="only one's own"):
        api.edit(AGENT, REQUESTER, message, "b")
    with pytest.raises(PlaygroundError, match="no message 99"):
        api.say(REQUESTER, "a", reply_to=99)
    api.block(REQUESTER)
    with pytest.raises(PlaygroundError, match="unblock the bot"):
        api.say(REQUESTER, "a")
    with pytest.raises(PlaygroundError, match="can't be the id"):
        api.add_group(-5, "Small", is_forum=True)


async def test_edits_deletions_and_membership(api: BotApi, bot: Bot) -> None:
    message = api.say(REQUESTER, "发票号 1")["message_id"]
    api.edit(REQUESTER, REQUESTER, message, "发票号 2")
    api.delete(REQUESTER, REQUESTER, message)
    api.block(REQUESTER)
    updates = await bot.get_updates()
    edited, member = updates[1].edited_message, updates[2].my_chat_member
    assert edited is not None
    assert (edited.text, edited.edit_date is not None) == ("发票号 2", True)
    assert member is not None
    assert (member.old_chat_member.status, member.new_chat_member.status) == ("member", "kicked")
    assert len(updates) == 3
    assert api.messages(REQUESTER) == []


async def test_coming_and_going(api: BotApi, bot: Bot) -> None:
    api.join(REQUESTER, DESK)
    api.leave(REQUESTER, DESK)
    came, left = [update.message for update in await bot.get_updates()]
    assert came is not None
    assert [user.id for user in came.new_chat_members] == [REQUESTER]
    assert left is not None
    assert left.left_chat_member is not None
    api.deactivate(REQUESTER)
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(REQUESTER, "a")


async def test_privacy_mode(api: BotApi, bot: Bot) -> None:
    api.add_group(-77, "Small", members=[AGENT], bot="member")
    mine = await bot.send_message(-77, "hello")
    api.say(AGENT, "chatter", chat_id=-77)
    api.say(AGENT, "/help", chat_id=-77)
    api.say(AGENT, f"@{bot.username} hi", chat_id=-77)
    api.say(AGENT, "answer", chat_id=-77, reply_to=mine.message_id)
    texts = [update.message.text for update in await bot.get_updates() if update.message]
    assert texts == ["/help", f"@{bot.username} hi", "answer"]
    api.set_bot_status(AGENT, -77, "left")
    api.say(AGENT, "/help", chat_id=-77)
    assert (await bot.get_updates())[-1].my_chat_member is not None


async def test_wait_for(api: BotApi) -> None:
    waiting = asyncio.create_task(api.wait_for(lambda: api.messages(REQUESTER)))
    await asyncio.sleep(0)
    api.say(REQUESTER, "a")
    assert (await waiting)[0]["text"] == "a"
    with pytest.raises(TimeoutError):
        await api.wait_for(lambda: False, timeout=0.01)


def test_messages_of_a_chat(api: BotApi) -> None:
    for text in ("a", "b", "c"):
        api.say(REQUESTER, text)
    assert [message["text"] for message in api.messages(REQUESTER, limit=2)] == ["b", "c"]
