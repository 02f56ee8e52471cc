"""The buttons of an organization's card: invite, revoke, remove, hand over, leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import BaseHandler, CallbackQueryHandler

from handlers.incoming import Context, Tap, acknowledge, numbers, own_tap
from handlers.organizations.service import OrganizationService
from knowledge.permissions import Role

_PAGES = "card|roles|open|people|person|removing|promoting|handing|leaving"
DATA = (
    rf"^o:(?:home|(?:{_PAGES}|remove|promote|hand|leave):[0-9]{{1,18}}:[0-9]{{1,9}}:[0-9]{{0,18}}"
    r"|invite:[0-9]{1,18}:[0-9]{1,9}:(?:member|manager)|revoke:[0-9]{1,18}:[0-9]{1,9}:[0-9a-f]{16})$"
)


class OrganizationChat:
    def __init__(self, organizations: OrganizationService, clock: Callable[[], datetime]) -> None:
        self._organizations, self._clock = organizations, clock

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        return [CallbackQueryHandler(self.on_tap, DATA)]

    async def on_tap(self, update: Update, context: Context) -> None:
        assert update.callback_query is not None  # noqa: S101 - the handler's filter
        await self._act(own_tap(update.callback_query), context.bot.username)
        acknowledge(context.application, update.callback_query)

    async def _act(self, pressed: Tap, bot_name: str) -> None:
        now = self._clock()
        if pressed.words == ("home",):
            await self._organizations.home(pressed, now)
            return
        verb, *ids, what = pressed.words
        org_id, version = numbers(tuple(ids))
        match verb:
            case "invite":

                def link(parameter: str) -> str:
                    return f"https://t.me/{bot_name}?start={parameter}"

                await self._organizations.send_invitation(pressed, org_id, version, Role(what), link, now)
            case "revoke":
                await self._organizations.revoke(pressed, org_id, version, what, now)
            case "remove":
                await self._organizations.remove(pressed, org_id, version, int(what or 0), now)
            case "promote":
                await self._organizations.promote(pressed, org_id, version, int(what or 0), now)
            case "hand":
                await self._organizations.hand_over(pressed, org_id, version, int(what or 0), now)
            case "leave":
                await self._organizations.leave(pressed, org_id, version, now)
            case _:
                await self._organizations.page(pressed, org_id, verb, int(what or 0), now)
