"""Delivering updates to a webhook: in order, one of a chat in flight, again until taken."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import aiohttp

from bot.playground.faults import NoAnswer
from bot.playground.state import Json
from bot.playground.updates import Pending
from bot.playground.world import World

_TIMEOUT = aiohttp.ClientTimeout(total=60)
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0  # seconds between attempts, doubling; Telegram's begin at 1


class Webhook:
    """Runs beside the server while it serves."""

    def __init__(self, world: World, call: Any) -> None:
        self._world = world
        self._call = call
        self._in_flight: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            try:
                while not self._world.changes.closing:
                    self._start_due(session)
                    await self._world.changes.next()
            finally:
                await self._stop()

    async def _stop(self) -> None:
        tasks = list(self._in_flight.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start_due(self, session: aiohttp.ClientSession) -> None:
        hook = self._world.state.settings.webhook
        if not hook:
            return
        for pending in self._world.updates.alive():
            if len(self._in_flight) >= hook["max_connections"]:
                return
            if pending.queue not in self._in_flight:
                task = asyncio.create_task(self._deliver(session, pending))
                self._in_flight[pending.queue] = task

    async def _deliver(self, session: aiohttp.ClientSession, pending: Pending) -> None:
        pause = FIRST_PAUSE
        try:
            while (hook := self._world.state.settings.webhook) and not await self._post(session, hook, pending):
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        finally:
            del self._in_flight[pending.queue]
        self._world.changes.happened()

    async def _post(self, session: aiohttp.ClientSession, hook: Json, pending: Pending) -> bool:
        """True when the update is taken: 2xx."""
        headers = {"Content-Type": "application/json"}
        if hook["secret_token"]:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook["secret_token"]
        body = json.dumps(pending.as_update(), ensure_ascii=False).encode()
        try:
            async with session.post(hook["url"], data=body, headers=headers, allow_redirects=False) as response:
                answer = await response.read()
                if not 200 <= response.status < 300:
                    return self._failed(hook, f"Wrong response from the webhook: {response.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            return self._failed(hook, str(error) or type(error).__name__)
        self._world.updates.confirm(pending)
        self._world.state.commit()
        await self._call_in_answer(answer)
        return True

    def _failed(self, hook: Json, message: str) -> bool:
        hook |= {"last_error_date": self._world.now, "last_error_message": message}
        self._world.state.keep(self._world.state.settings)
        return False

    async def _call_in_answer(self, answer: bytes) -> None:
        """A bot may answer an update with a method call; its result is lost."""
        if not answer.lstrip().startswith(b"{"):
            return
        try:
            body = json.loads(answer)
        except ValueError:
            return
        method = body.pop("method", None)
        if isinstance(method, str):
            with suppress(NoAnswer):
                await self._call(method, body)
