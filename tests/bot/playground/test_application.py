"""The real python-telegram-bot, whole, in process: polling, handlers, answers."""

from typing import Any

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import Application, CallbackQueryHandler, ContextTypes, MessageHandler, filters
from telegram.request import HTTPXRequest

from bot.playground import BotApi, create_app
from tests.bot.playground.conftest import REQUESTER

Context = ContextTypes.DEFAULT_TYPE


async def on_text(update: Update, context: Context) -> None:
    assert update.message is not None
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("有用", callback_data="yes")]])
    await update.message.reply_html(f"<b>{update.message.text}</b>", reply_markup=keyboard)


async def on_press(update: Update, context: Context) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("谢谢")
    await update.callback_query.edit_message_text("已解决")


def in_process(api: BotApi) -> Application[Any, Any, Any, Any, Any, Any]:
    transport = httpx.ASGITransport(create_app(api, page=False))
    requests = [HTTPXRequest(httpx_kwargs={"transport": transport}) for _ in range(2)]
    builder = Application.builder().token(api.token).base_url("http://bot-api.test/bot")
    application = builder.request(requests[0]).get_updates_request(requests[1]).build()
    application.add_handler(MessageHandler(filters.TEXT, on_text))
    application.add_handler(CallbackQueryHandler(on_press))
    return application


async def test_a_conversation(api: BotApi) -> None:
    async with in_process(api) as application:
        assert application.updater is not None
        await application.start()
        await application.updater.start_polling(poll_interval=0)
        api.say(REQUESTER, "查不到")
        sent = await api.wait_for(lambda: api.sent("sendMessage", REQUESTER))
        assert sent[0].result["text"] == "查不到"
        query = api.press(REQUESTER, REQUESTER, sent[0].result["message_id"], "yes")
        await api.wait_for(lambda: api.sent("editMessageText"))
        assert api.answer_to(query) == {"text": "谢谢", "show_alert": False}
        assert [message["text"] for message in api.messages(REQUESTER)] == ["查不到", "已解决"]
        await application.updater.stop()
        await application.stop()
    assert api.malformed == []
