import pytest
from telegram import Bot
from telegram.error import BadRequest

from bot.playground import BotApi, PlaygroundError
from tests.bot.playground.conftest import AGENT, DESK, REQUESTER


async def test_a_topic_and_what_is_said_in_it(api: BotApi, bot: Bot) -> None:
    topic = await bot.create_forum_topic(DESK, "#1042 查无此票")
    message = await bot.send_message(DESK, "card", message_thread_id=topic.message_thread_id)
    assert message.is_topic_message
    api.say(AGENT, "note", chat_id=DESK, thread_id=topic.message_thread_id)
    assert [one.get("text") for one in api.messages(DESK, topic.message_thread_id)] == [None, "card", "note"]
    note = (await bot.get_updates())[-1].message
    assert note is not None
    assert (note.message_thread_id, note.is_topic_message) == (topic.message_thread_id, True)
    assert note.reply_to_message is not None
    assert note.reply_to_message.forum_topic_created is not None
    assert "reply_to_message" not in api.messages(DESK)[-1]


async def test_a_reply_follows_its_message(bot: Bot) -> None:
    topic = await bot.create_forum_topic(DESK, "T")
    card = await bot.send_message(DESK, "card", message_thread_id=topic.message_thread_id)
    answer = await bot.send_message(DESK, "a", reply_to_message_id=card.message_id)
    assert answer.message_thread_id == topic.message_thread_id


async def test_a_reply_in_general_has_a_thread_that_is_no_topic(api: BotApi, bot: Bot) -> None:
    first = api.say(AGENT, "a", chat_id=DESK)
    api.say(AGENT, "b", chat_id=DESK, reply_to=first["message_id"])
    reply = (await bot.get_updates())[-1].message
    assert reply is not None
    assert (reply.message_thread_id, reply.is_topic_message) == (first["message_id"], None)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(DESK, "c", message_thread_id=reply.message_thread_id)


async def test_edit_close_reopen_delete(api: BotApi, bot: Bot) -> None:
    icons = await bot.get_forum_topic_icon_stickers()
    icon = icons[0].custom_emoji_id
    assert icon is not None
    topic = await bot.create_forum_topic(DESK, "T")
    thread = topic.message_thread_id
    await bot.edit_forum_topic(DESK, thread, name="T2", icon_custom_emoji_id=icon)
    with pytest.raises(BadRequest, match="Topic_not_modified"):
        await bot.edit_forum_topic(DESK, thread, name="T2")
    await bot.close_forum_topic(DESK, thread)
    with pytest.raises(BadRequest, match="Topic_not_modified"):
        await bot.close_forum_topic(DESK, thread)
    await bot.reopen_forum_topic(DESK, thread)
    services = [update.message for update in await bot.get_updates() if update.message]
    assert [
        bool(one.forum_topic_created or one.forum_topic_edited or one.forum_topic_closed or one.forum_topic_reopened)
        for one in services
    ] == [True] * 4
    await bot.delete_forum_topic(DESK, thread)
    assert api.messages(DESK) == []
    with pytest.raises(BadRequest, match="Topic_id_invalid"):
        await bot.edit_forum_topic(DESK, thread, name="x")
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(DESK, "a", message_thread_id=thread)


async def test_what_topics_need(api: BotApi, bot: Bot) -> None:
    with pytest.raises(BadRequest, match="The chat is not a forum"):
        await bot.create_forum_topic(REQUESTER, "T")
    with pytest.raises(BadRequest, match="Document_invalid"):
        await bot.create_forum_topic(DESK, "T", icon_custom_emoji_id="1")
    with pytest.raises(BadRequest, match="Invalid icon color specified"):
        await bot.create_forum_topic(DESK, "T", icon_color=1)
    api.set_bot_status(AGENT, DESK, "administrator", rights=["can_delete_messages"])
    with pytest.raises(BadRequest, match="Not enough rights to manage topics in the chat"):
        await bot.create_forum_topic(DESK, "T")


async def test_a_closed_topic_is_for_administrators(api: BotApi, bot: Bot) -> None:
    api.add_person(8, "Bo")
    api.join(8, DESK)
    topic = api.create_topic(AGENT, DESK, "T")
    api.close_topic(AGENT, DESK, topic.message_thread_id)
    with pytest.raises(PlaygroundError, match="the topic is closed"):
        api.say(8, "a", chat_id=DESK, thread_id=topic.message_thread_id)
    assert await bot.send_message(DESK, "a", message_thread_id=topic.message_thread_id)
    api.set_bot_status(AGENT, DESK, "member")
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(DESK, "a", message_thread_id=topic.message_thread_id)


async def test_a_deleted_topic(api: BotApi, bot: Bot) -> None:
    topic = await bot.create_forum_topic(DESK, "T")
    api.delete_topic(DESK, topic.message_thread_id)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(DESK, "a", message_thread_id=topic.message_thread_id)


async def test_general(api: BotApi, bot: Bot) -> None:
    await bot.edit_general_forum_topic(DESK, "Lobby")
    await bot.close_general_forum_topic(DESK)
    await bot.reopen_general_forum_topic(DESK)
    await bot.hide_general_forum_topic(DESK)
    await bot.unhide_general_forum_topic(DESK)
    with pytest.raises(BadRequest, match="Topic_not_modified"):
        await bot.unhide_general_forum_topic(DESK)


async def test_unpinning_a_topic_leaves_the_others(api: BotApi, bot: Bot) -> None:
    topic = await bot.create_forum_topic(DESK, "T")
    inside = await bot.send_message(DESK, "in", message_thread_id=topic.message_thread_id)
    outside = await bot.send_message(DESK, "out")
    for message in (inside, outside):
        await bot.pin_chat_message(DESK, message.message_id)
    await bot.unpin_all_forum_topic_messages(DESK, topic.message_thread_id)
    assert api.state.chats[DESK].pinned == [outside.message_id]
