"""The methods of the local Bot API, by theme. Each takes the world and checked parameters and returns the result."""

from collections.abc import Callable
from typing import Any

from bot.playground.groups import Groups
from bot.playground.state import Json

Method = Callable[[Groups, Json], Any]
METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    """Register a function as the Bot API method `name`. It may be a coroutine function."""

    def register(function: Method) -> Method:
        METHODS[name] = function
        return function

    return register
