"""A local Telegram: a real Bot API over HTTP with people who write to the bot, and a web page to be one of them.

For tests, benchmarks and the playground. It knows nothing of this application.
"""

from bot.playground.app import create_app
from bot.playground.bot_api import BotApi, Call
from bot.playground.errors import PlaygroundError
from bot.playground.platform_panel import Platform

__all__ = ["BotApi", "Call", "Platform", "PlaygroundError", "create_app"]
