"""What the bot says about itself: commands, name, descriptions, menu button."""

import re
from functools import partial

from bot.playground.access import chat_of
from bot.playground.errors import bad
from bot.playground.methods import METHODS, method
from bot.playground.state import Json
from bot.playground.world import World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS = 100
_PROFILE = {"Name": "name", "Description": "description", "ShortDescription": "short_description"}


def _key(params: Json) -> str:
    scope: Json = params.get("scope") or {"type": "default"}
    place = [str(scope[name]) for name in ("chat_id", "user_id") if name in scope]
    return "|".join([":".join([scope["type"], *place]), params.get("language_code", "")])


def _check_scope(world: World, params: Json) -> None:
    if chat_id := (params.get("scope") or {}).get("chat_id"):
        chat_of(world, chat_id, write=False)


@method("setMyCommands")
def set_my_commands(world: World, params: Json) -> bool:
    commands = params["commands"]
    if len(commands) > _MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise bad("BOT_COMMAND_INVALID")
    _check_scope(world, params)
    stored = [{**one, "command": one["command"].removeprefix("/")} for one in commands]
    world.state.settings.commands[_key(params)] = stored
    return _changed(world)


@method("getMyCommands")
def get_my_commands(world: World, params: Json) -> list[Json]:
    _check_scope(world, params)
    return world.state.settings.commands.get(_key(params), [])


@method("deleteMyCommands")
def delete_my_commands(world: World, params: Json) -> bool:
    _check_scope(world, params)
    world.state.settings.commands.pop(_key(params), None)
    return _changed(world)


def _changed(world: World) -> bool:
    world.state.keep(world.state.settings)
    world.changes.publish("chat")
    return True


def _set(world: World, params: Json, *, field: str) -> bool:
    world.state.settings.profile[f"{field}|{params.get('language_code', '')}"] = params.get(field, "")
    return _changed(world)


def _get(world: World, params: Json, *, field: str) -> Json:
    """The language's own text, else that for all languages."""
    profile = world.state.settings.profile
    default = world.bot["first_name"] if field == "name" else ""
    general = profile.get(f"{field}|") or default
    return {field: profile.get(f"{field}|{params.get('language_code', '')}") or general}


for _suffix, _field in _PROFILE.items():
    METHODS[f"setMy{_suffix}"] = partial(_set, field=_field)
    METHODS[f"getMy{_suffix}"] = partial(_get, field=_field)


@method("setChatMenuButton")
def set_chat_menu_button(world: World, params: Json) -> bool:
    world.state.settings.menu_buttons[str(params.get("chat_id", ""))] = params.get("menu_button") or {"type": "default"}
    return _changed(world)


@method("getChatMenuButton")
def get_chat_menu_button(world: World, params: Json) -> Json:
    return world.state.settings.menu_buttons.get(str(params.get("chat_id", "")), {"type": "commands"})


@method("setMyDefaultAdministratorRights")
def set_my_default_administrator_rights(world: World, params: Json) -> bool:
    return True
