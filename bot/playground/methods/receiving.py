"""getMe, getUpdates, webhooks, getFile: how the bot is told, and its session."""

import re

from bot.playground.errors import bad, conflict
from bot.playground.methods import method
from bot.playground.state import Json
from bot.playground.updates import LONGEST_POLL
from bot.playground.world import World

_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_LARGEST_DOWNLOAD = 20_000_000


@method("getMe")
def get_me(world: World, params: Json) -> Json:
    return {
        **world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy_mode,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }


@method("getUpdates")
async def get_updates(world: World, params: Json) -> list[Json]:
    if world.state.settings.webhook:
        sentence = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        raise conflict(sentence)
    world.updates.allow(params.get("allowed_updates"))
    limit = params.get("limit", 100)
    timeout = min(max(params.get("timeout", 0), 0), LONGEST_POLL)
    return await world.updates.get(params.get("offset", 0), limit if 0 < limit <= 100 else 100, timeout)


@method("setWebhook")
def set_webhook(world: World, params: Json) -> bool:
    """Unlike Telegram, plain HTTP is fine: the server and the bot share a machine."""
    url = params.get("url", "")
    if url and not re.fullmatch(r"https?://[^/\s]+(/\S*)?", url):
        raise bad("invalid webhook URL specified")
    secret = params.get("secret_token", "")
    if not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    world.updates.allow(params.get("allowed_updates"))
    connections = params.get("max_connections", 40)
    hook = {"url": url, "secret_token": secret, "max_connections": min(max(connections, 1), 100)}
    _replace_webhook(world, hook if url else {}, drop=params.get("drop_pending_updates", False))
    world.updates.end_poll("terminated by setWebhook request")
    return True


@method("deleteWebhook")
def delete_webhook(world: World, params: Json) -> bool:
    _replace_webhook(world, {}, drop=params.get("drop_pending_updates", False))
    return True


def _replace_webhook(world: World, hook: Json, *, drop: bool) -> None:
    if drop:
        world.updates.clear()
    world.state.settings.webhook = hook
    world.state.keep(world.state.settings)
    world.changes.happened()


@method("getWebhookInfo")
def get_webhook_info(world: World, params: Json) -> Json:
    hook = world.state.settings.webhook
    info: Json = {
        "url": hook.get("url", ""),
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.alive()),
    }
    for key in ("max_connections", "last_error_date", "last_error_message"):
        if key in hook:
            info[key] = hook[key]
    if allowed := world.state.settings.allowed_updates:
        info["allowed_updates"] = allowed
    return info


@method("getFile")
def get_file(world: World, params: Json) -> Json:
    file = world.state.files.get(params["file_id"])
    if file is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if file.size > _LARGEST_DOWNLOAD:
        raise bad("file is too big")
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": file.path,
    }


@method("logOut")
@method("close")
def end_session(world: World, params: Json) -> bool:
    world.updates.end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
    return True
