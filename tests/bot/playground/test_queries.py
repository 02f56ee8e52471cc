import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
)
from telegram.error import BadRequest

from bot.playground import BotApi, PlaygroundError
from tests.bot.playground.conftest import AGENT, DESK, REQUESTER, Clock

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("ok", callback_data="yes")]])


async def pressed(api: BotApi, bot: Bot) -> str:
    message = await bot.send_message(REQUESTER, "?", reply_markup=KEYBOARD)
    return api.press(REQUESTER, REQUESTER, message.message_id, "yes")


async def test_press_and_answer(api: BotApi, bot: Bot) -> None:
    query_id = await pressed(api, bot)
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    assert query.message is not None
    assert (query.id, query.data, query.from_user.id, query.message.chat.id) == (query_id, "yes", REQUESTER, REQUESTER)
    assert api.answer_to(query_id) is None
    await query.answer("好的", show_alert=True)
    assert api.answer_to(query_id) == {"text": "好的", "show_alert": True}


async def test_once_and_in_time(api: BotApi, bot: Bot, clock: Clock) -> None:
    first, second = await pressed(api, bot), await pressed(api, bot)
    await bot.answer_callback_query(first)
    with pytest.raises(BadRequest, match="Query is too old and response timeout expired or query id is invalid"):
        await bot.answer_callback_query(first)
    clock.seconds += 151
    assert await bot.get_updates() == ()
    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(second)


async def test_a_button_must_be_there(api: BotApi, bot: Bot) -> None:
    message = await bot.send_message(REQUESTER, "?", reply_markup=KEYBOARD)
    with pytest.raises(PlaygroundError, match="has no button"):
        api.press(REQUESTER, REQUESTER, message.message_id, "no")
    assert api.press_stale(AGENT, REQUESTER, message.message_id, "forged")


async def test_inline_query_and_its_choice(api: BotApi, bot: Bot) -> None:
    query_id = api.inline_query(REQUESTER, "0316")
    query = (await bot.get_updates())[-1].inline_query
    assert query is not None
    assert query.query == "0316"
    content = InputTextMessageContent("<b>…3017</b>", parse_mode="HTML")
    await query.answer([InlineQueryResultArticle("1", "…3017", content)], cache_time=0, is_personal=True)
    chosen = api.pick(query_id, "1")
    assert (chosen["text"], chosen["via_bot"]["id"]) == ("…3017", bot.id)
    last = [update for update in await bot.get_updates() if update.chosen_inline_result]
    assert last[0].chosen_inline_result is not None
    assert last[0].chosen_inline_result.result_id == "1"
    with pytest.raises(PlaygroundError, match="no inline result"):
        api.pick(query_id, "2")


async def test_reactions(api: BotApi, bot: Bot) -> None:
    message = api.say(REQUESTER, "a")["message_id"]
    await bot.set_message_reaction(REQUESTER, message, "👀")
    await bot.set_message_reaction(REQUESTER, message, "👍")
    assert api.messages(REQUESTER)[-1]["reactions"] == [{"emoji": "👍", "user_id": bot.id}]
    await bot.set_message_reaction(REQUESTER, message)
    assert api.messages(REQUESTER)[-1]["reactions"] == []
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await bot.set_message_reaction(REQUESTER, message, "✅")
    with pytest.raises(BadRequest, match="Reactions_too_many"):
        await bot.set_message_reaction(REQUESTER, message, ["👀", "👍"])
    with pytest.raises(BadRequest, match="Message to react not found"):
        await bot.set_message_reaction(REQUESTER, 99, "👀")
    with pytest.raises(PlaygroundError, match="is no reaction"):
        api.react(REQUESTER, REQUESTER, message, "✅")


async def test_commands_by_scope_and_language(bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("fix", "查不到发票")], language_code="zh")
    await bot.set_my_commands([BotCommand("queue", "Queue")], scope=BotCommandScopeChat(DESK))
    assert [one.command for one in await bot.get_my_commands(language_code="zh")] == ["fix"]
    assert [one.command for one in await bot.get_my_commands(scope=BotCommandScopeChat(DESK))] == ["queue"]
    assert await bot.get_my_commands() == ()
    await bot.delete_my_commands(language_code="zh")
    assert await bot.get_my_commands(language_code="zh") == ()
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([BotCommand("Fix", "x")])


async def test_profile(bot: Bot) -> None:
    await bot.set_my_name("Invoice help", language_code="en")
    await bot.set_my_description("发票")
    await bot.set_my_short_description("short")
    assert (await bot.get_my_name("en")).name == "Invoice help"
    assert (await bot.get_my_name()).name == "票答"
    assert (await bot.get_my_description("en")).description == "发票"
    assert (await bot.get_my_short_description()).short_description == "short"


async def test_members(api: BotApi, bot: Bot) -> None:
    assert (await bot.get_chat_member(DESK, AGENT)).status == "creator"
    assert (await bot.get_chat_member(DESK, REQUESTER)).status == "left"
    me = await bot.get_chat_member(DESK, bot.id)
    assert me.status == "administrator"
    assert me.to_dict()["can_manage_topics"] is True
    assert [one.user.id for one in await bot.get_chat_administrators(DESK)] == [AGENT, bot.id]
    assert await bot.get_chat_member_count(DESK) == 2
    assert (await bot.get_chat(DESK)).is_forum
    await bot.leave_chat(DESK)
    assert api.state.chats[DESK].bot_status == "left"
