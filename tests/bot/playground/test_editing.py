import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaDocument
from telegram.error import BadRequest

from bot.playground import BotApi
from tests.bot.playground.conftest import AGENT, DESK, REQUESTER, Clock

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("ok", callback_data="x")]])


async def test_text_and_keyboard(api: BotApi, bot: Bot, clock: Clock) -> None:
    message = await bot.send_message(REQUESTER, "one", reply_markup=KEYBOARD)
    clock.seconds += 60
    edited = await bot.edit_message_text("<i>two</i>", REQUESTER, message.message_id, parse_mode="HTML")
    assert isinstance(edited, type(message))
    assert (edited.text, edited.reply_markup) == ("two", None)
    assert api.messages(REQUESTER)[-1]["edit_date"] == int(clock())
    assert api.messages(REQUESTER)[-1]["edited"] is True


async def test_not_modified(bot: Bot) -> None:
    message = await bot.send_message(REQUESTER, "one", reply_markup=KEYBOARD)
    with pytest.raises(BadRequest, match="Message is not modified: specified new message content"):
        await bot.edit_message_text("one", REQUESTER, message.message_id, reply_markup=KEYBOARD)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_reply_markup(REQUESTER, message.message_id, reply_markup=KEYBOARD)
    assert await bot.edit_message_reply_markup(REQUESTER, message.message_id)


async def test_only_own_messages_that_exist(api: BotApi, bot: Bot) -> None:
    theirs = api.say(REQUESTER, "mine")["message_id"]
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("yours", REQUESTER, theirs)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("yours", REQUESTER, 99)
    own = await bot.send_message(REQUESTER, "a")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await bot.edit_message_caption(REQUESTER, own.message_id, caption="c")


async def test_caption_and_media(api: BotApi, bot: Bot) -> None:
    message = await bot.send_document(REQUESTER, b"one", filename="1.txt", caption="c")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("t", REQUESTER, message.message_id)
    await bot.edit_message_caption(REQUESTER, message.message_id, caption="<b>d</b>", parse_mode="HTML")
    assert api.messages(REQUESTER)[-1]["caption"] == "d"
    media = InputMediaDocument(b"two", filename="2.txt")
    await bot.edit_message_media(media, REQUESTER, message.message_id)
    assert api.messages(REQUESTER)[-1]["document"]["file_name"] == "2.txt"
    assert "caption" not in api.messages(REQUESTER)[-1]


async def test_delete(api: BotApi, bot: Bot) -> None:
    ids = [(await bot.send_message(REQUESTER, text)).message_id for text in "abc"]
    assert await bot.delete_message(REQUESTER, ids[0])
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(REQUESTER, ids[0])
    assert await bot.delete_messages(REQUESTER, ids)
    assert api.messages(REQUESTER) == []


async def test_too_old_to_delete(bot: Bot, clock: Clock) -> None:
    message = await bot.send_message(REQUESTER, "a")
    clock.seconds += 48 * 3600 + 1
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await bot.delete_message(REQUESTER, message.message_id)


async def test_deleting_others_messages_takes_a_right(api: BotApi, bot: Bot) -> None:
    message = api.say(AGENT, "a", chat_id=DESK)
    api.set_bot_status(AGENT, DESK, "administrator", rights=["can_manage_topics"])
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(DESK, message["message_id"])
    with pytest.raises(BadRequest, match="Not enough rights to manage pinned messages in the chat"):
        await bot.pin_chat_message(DESK, message["message_id"])


async def test_pins(api: BotApi, bot: Bot) -> None:
    first = await bot.send_message(DESK, "card")
    second = await bot.send_message(DESK, "other")
    await bot.pin_chat_message(DESK, first.message_id)
    await bot.pin_chat_message(DESK, second.message_id)
    pinned = (await bot.get_chat(DESK)).pinned_message
    assert pinned is not None
    assert pinned.message_id == second.message_id
    service = [update.message for update in await bot.get_updates() if update.message]
    assert [one.pinned_message is not None for one in service] == [True, True]
    await bot.unpin_chat_message(DESK)
    assert [message["pinned"] for message in api.messages(DESK) if "text" in message] == [True, False]
    await bot.unpin_all_chat_messages(DESK)
    with pytest.raises(BadRequest, match="Message to unpin not found"):
        await bot.unpin_chat_message(DESK)
