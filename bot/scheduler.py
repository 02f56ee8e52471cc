"""The clock. Timers are rows with a due time; APScheduler only ticks, so a restart or a stalled loop loses none."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from storage.timers import Timer
from storage.unit_of_work import Cause, Storage, cause

TICK_SECONDS = 1
INBOX_KEPT = timedelta(days=3)
OUTBOX_KEPT = timedelta(days=30)
GAPS_KEPT = timedelta(days=90)
STEPS_KEPT = timedelta(days=90)  # beside those that orders are learned from
WAITS_KEPT = timedelta(days=30)
TRIES_KEPT = timedelta(days=2)
LONGEST_PAUSE = timedelta(hours=1)

_log = logging.getLogger(__name__)

Job = Callable[[int, datetime], Awaitable[None]]


class Sweeper:
    """Runs what is due: `jobs` maps a timer's kind to what is called with (entity, now)."""

    def __init__(self, storage: Storage, jobs: Mapping[str, Job], clock: Callable[[], datetime]) -> None:
        self._storage, self._jobs, self._clock = storage, jobs, clock
        self._sweeping = asyncio.Lock()

    async def sweep(self) -> None:
        """Each timer that is due, once; one sweep at a time."""
        async with self._sweeping:
            now, ran = self._clock(), set[int]()
            while due := [timer for timer in await self._due(now) if timer.id not in ran]:
                for timer in due:
                    ran.add(timer.id)
                    await self._run(timer, now)

    async def _due(self, now: datetime) -> list[Timer]:
        async with self._storage.read() as work:
            return await work.timers.due(now)

    async def _run(self, timer: Timer, now: datetime) -> None:
        """The job's transaction removes the timer too; after a failure it is due again later."""
        this = Cause(timer)
        token = cause.set(this)
        try:
            await self._jobs[timer.kind](timer.entity, now)
            if not this.settled:
                async with self._storage.begin():
                    pass
        except Exception:
            _log.exception("timer %s of %s", timer.kind, timer.entity)
            cause.set(None)
            async with self._storage.begin() as work:
                wait = min(LONGEST_PAUSE, timedelta(seconds=2 ** min(timer.attempts + 1, 12)))
                await work.timers.postpone(timer, now + wait)
        finally:
            cause.reset(token)

    async def tidy(self) -> None:
        """Forget handled updates that Telegram cannot send again, and what nobody needs any more."""
        async with self._storage.begin() as work:
            await work.inbox.forget_before(self._clock() - INBOX_KEPT)
            await work.outbox.forget_before(self._clock() - OUTBOX_KEPT)
            await work.gaps.forget_before(self._clock() - GAPS_KEPT)
            await work.lessons.forget_drafts(self._clock() - GAPS_KEPT)
            await work.steps.forget_before(self._clock() - STEPS_KEPT)
            await work.waits.forget_before(self._clock() - WAITS_KEPT)
            await work.verifications.forget_before((self._clock() - TRIES_KEPT).date())

    async def replay(self) -> None:
        """Whether the look-up still finds invoices drawn by chance."""
        replayed = await self._storage.finder.replay(Random(self._clock().isoformat()))  # noqa: S311 - a sample
        if replayed.is_whole:
            _log.info("look-up: %s invoices replayed, none missed", replayed.invoices)
        else:
            _log.error(
                "look-up: of %s invoices replayed, missed %s; parties that are not found: %s; %s scopes had drifted",
                *(replayed.invoices, sorted(replayed.missed), sorted(replayed.unnamed), replayed.drifted),
            )


def schedule(sweeper: Sweeper, zone: ZoneInfo) -> AsyncIOScheduler:
    """Ticks are never dropped for being late, and late ones are run once."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.add_job(_until_stopped, "interval", args=[sweeper.sweep], name="sweep", seconds=TICK_SECONDS)
    scheduler.add_job(_until_stopped, "interval", args=[sweeper.tidy], name="tidy", hours=1)
    night = CronTrigger(hour=3, minute=30, timezone=zone)
    scheduler.add_job(_until_stopped, night, args=[sweeper.replay], name="replay")
    return scheduler


async def _until_stopped(work: Callable[[], Awaitable[None]]) -> None:
    """The end of the process amid a job is no error: its transaction is rolled back, and it is still due."""
    with contextlib.suppress(asyncio.CancelledError):
        await work()
