"""The messenger port on python-telegram-bot, and what Telegram's refusals mean."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from telegram import (
    Bot,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.constants import MessageLimit, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.adapters.aiohttp_request import NotConnectedError
from handlers.errors import (
    ChatMoved,
    DeliveryError,
    MessageLost,
    NotSent,
    OutcomeUnknown,
    Refused,
    TopicLost,
    TryLater,
    Unreachable,
)
from handlers.messenger import Rendered
from knowledge.texts import plain
from storage.messages import File

T = TypeVar("T")

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_TOPIC_LOST = ("message thread not found", "topic_deleted", "topic_id_invalid")
_MESSAGE_LOST = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message to copy not found",
)
_UNREADABLE = ("can't parse entities", "message is too long", "message_too_long", "caption is too long")
_UNREACHABLE = ("chat not found", "user is deactivated", "peer_id_invalid")
_DONE_ALREADY = ("message is not modified", "topic_not_modified", "topic_closed")


class _UnreadableError(Refused):
    """The text: its markup or its length."""


class TelegramMessenger:
    """See `handlers.messenger.Messenger`."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat_id: int, message: Rendered, *, thread_id: int | None) -> int:
        """What Telegram cannot read as HTML, or finds too long, is sent again as plain text: better plain than lost."""

        async def send(text: str, parse_mode: str | None) -> Message:
            return await self._bot.send_message(
                chat_id,
                text,
                parse_mode=parse_mode,
                message_thread_id=thread_id,
                reply_markup=_keyboard(message),
                reply_parameters=_reply(message.reply_to),
                disable_notification=message.silent or None,
                link_preview_options=_NO_PREVIEW,
            )

        try:
            sent = await _call(send(message.html, ParseMode.HTML))
        except _UnreadableError:
            sent = await _call(send(_cut(plain(message.html)), None))
        return sent.message_id

    async def send_file(self, chat_id: int, message: Rendered, file: File, *, thread_id: int | None) -> int:
        """The message is its caption, cut to what fits; one that Telegram cannot read goes along as plain text."""
        send = self._bot.send_photo if file.is_picture else self._bot.send_document

        async def hand_over(caption: str, parse_mode: str | None) -> Message:
            return await send(
                chat_id,
                InputFile(file.content, filename=file.name),
                caption=caption,
                parse_mode=parse_mode,
                message_thread_id=thread_id,
                reply_markup=_keyboard(message),
                reply_parameters=_reply(message.reply_to),
                disable_notification=message.silent or None,
            )

        try:
            sent = await _call(hand_over(message.html, ParseMode.HTML))
        except _UnreadableError:
            sent = await _call(hand_over(_cut(plain(message.html), MessageLimit.CAPTION_LENGTH), None))
        return sent.message_id

    async def edit(self, chat_id: int, message_id: int, message: Rendered) -> None:
        async def edit(text: str, parse_mode: str | None) -> object:
            return await self._bot.edit_message_text(
                text,
                chat_id,
                message_id,
                parse_mode=parse_mode,
                reply_markup=_keyboard(message),
                link_preview_options=_NO_PREVIEW,
            )

        try:
            await _call_again(edit(message.html, ParseMode.HTML))
        except _UnreadableError:
            await _call_again(edit(_cut(plain(message.html)), None))

    async def strip(self, chat_id: int, message_id: int) -> None:
        await _call_again(self._bot.edit_message_reply_markup(chat_id, message_id))

    async def copy(
        self, chat_id: int, from_chat_id: int, message_id: int, *, thread_id: int | None, reply_to: int | None
    ) -> int:
        sent = await _call(
            self._bot.copy_message(
                chat_id, from_chat_id, message_id, message_thread_id=thread_id, reply_parameters=_reply(reply_to)
            )
        )
        return sent.message_id

    async def react(self, chat_id: int, message_id: int, emoji: str) -> None:
        await _call_again(self._bot.set_message_reaction(chat_id, message_id, emoji))

    async def create_topic(self, chat_id: int, title: str) -> int:
        topic = await _call(self._bot.create_forum_topic(chat_id, title))
        return topic.message_thread_id

    async def close_topic(self, chat_id: int, topic_id: int, title: str) -> None:
        await _call_again(self._bot.edit_forum_topic(chat_id, topic_id, name=title))
        await _call_again(self._bot.close_forum_topic(chat_id, topic_id))

    async def pin(self, chat_id: int, message_id: int) -> None:
        await _call_again(self._bot.pin_chat_message(chat_id, message_id, disable_notification=True))


def _keyboard(message: Rendered) -> InlineKeyboardMarkup | None:
    if not message.rows:
        return None
    return InlineKeyboardMarkup([[_button(*button) for button in row] for row in message.rows])


def _button(label: str, kind: str, value: str) -> InlineKeyboardButton:
    match kind:
        case "url":
            return InlineKeyboardButton(label, url=value)
        case "copies":
            return InlineKeyboardButton(label, copy_text=CopyTextButton(value))
        case _:
            return InlineKeyboardButton(label, callback_data=value)


def _reply(message_id: int | None) -> ReplyParameters | None:
    """A quoted message that is gone must not hold back the answer."""
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id else None


def _cut(text: str, limit: int = MessageLimit.MAX_TEXT_LENGTH) -> str:
    """To what one message holds; Telegram counts UTF-16 units."""
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")


async def _call(request: Awaitable[T]) -> T:
    try:
        return await request
    except TelegramError as error:
        raise _meaning(error) from error


async def _call_again(request: Awaitable[object]) -> None:
    """For calls that may have been made before: what is as wanted already counts as done."""
    try:
        await request
    except TelegramError as error:
        if isinstance(error, BadRequest) and _says(error, _DONE_ALREADY):
            return
        raise _meaning(error) from error


def _meaning(error: TelegramError) -> DeliveryError:
    match error:
        case RetryAfter():
            wait = error.retry_after
            return TryLater(float(wait if isinstance(wait, int) else wait.total_seconds()))
        case ChatMigrated():
            return ChatMoved(error.new_chat_id)
        case NotConnectedError():
            return NotSent(error.message)
        case TimedOut():
            return OutcomeUnknown(error.message)
        case InvalidToken():  # its own message repeats the token
            return NotSent("Telegram does not know the token")
        case Forbidden():
            return Unreachable(error.message)
        case BadRequest():
            return _refusal(error)
        case NetworkError():  # 5xx: the server says that it failed
            return NotSent(error.message)
        case _:
            return Refused(error.message)


def _refusal(error: BadRequest) -> DeliveryError:
    if _says(error, _TOPIC_LOST):
        return TopicLost(error.message)
    if _says(error, _MESSAGE_LOST):
        return MessageLost(error.message)
    if _says(error, _UNREADABLE):
        return _UnreadableError(error.message)
    if _says(error, _UNREACHABLE):
        return Unreachable(error.message)
    return Refused(error.message)


def _says(error: BadRequest, phrases: tuple[str, ...]) -> bool:
    return any(phrase in error.message.lower() for phrase in phrases)
