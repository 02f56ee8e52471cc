"""A use case's transaction: every repository on one connection, committed as a whole or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.alerts import Alerts
from storage.audit import Audit
from storage.database import Database
from storage.file_imports import FileImports
from storage.flows import Flows
from storage.inbox import Inbox
from storage.invoices import Invoices
from storage.organizations import Organizations
from storage.outbox import Outbox
from storage.tickets import Tickets
from storage.timers import Timer, Timers
from storage.users import Agents, Users
from storage.verifications import Verifications
from storage.waits import Waits

if TYPE_CHECKING:  # what needs numpy and RapidFuzz, 40 MB that an import has no use for, is loaded when asked for
    from storage.gaps import Gaps
    from storage.lessons import Lessons
    from storage.lookup import InvoiceFinder
    from storage.steps import Steps


@dataclass(slots=True)
class Cause:
    """What is being handled: an inbox row or a timer. The first transaction that commits meanwhile settles it too,
    so that cause and effect are one: after a crash either both happened or neither."""

    what: int | Timer
    settled: bool = False


cause: ContextVar[Cause | None] = ContextVar("cause", default=None)


class UnitOfWork:
    """Repositories inside one transaction. No network call belongs into it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    @cached_property
    def users(self) -> Users:
        return Users(self.connection)

    @cached_property
    def agents(self) -> Agents:
        return Agents(self.connection)

    @cached_property
    def organizations(self) -> Organizations:
        return Organizations(self.connection)

    @cached_property
    def invoices(self) -> Invoices:
        return Invoices(self.connection)

    @cached_property
    def alerts(self) -> Alerts:
        return Alerts(self.connection)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.connection)

    @cached_property
    def flows(self) -> Flows:
        return Flows(self.connection)

    @cached_property
    def gaps(self) -> Gaps:
        from storage.gaps import Gaps

        return Gaps(self.connection)

    @cached_property
    def lessons(self) -> Lessons:
        from storage.lessons import Lessons

        return Lessons(self.connection)

    @cached_property
    def steps(self) -> Steps:
        from storage.steps import Steps

        return Steps(self.connection)

    @cached_property
    def tickets(self) -> Tickets:
        return Tickets(self.connection)

    @cached_property
    def timers(self) -> Timers:
        return Timers(self.connection)

    @cached_property
    def file_imports(self) -> FileImports:
        return FileImports(self.connection)

    @cached_property
    def verifications(self) -> Verifications:
        return Verifications(self.connection)

    @cached_property
    def waits(self) -> Waits:
        return Waits(self.connection)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.connection)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.connection)


class Storage:
    """Opens units of work. `on_outbox` is called after a commit that queued messages."""

    def __init__(self, database: Database, on_outbox: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._on_outbox = on_outbox

    @cached_property
    def finder(self) -> InvoiceFinder:
        from storage.lookup import InvoiceFinder

        return InvoiceFinder(self._database)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        """Leaving the block commits, an exception rolls back."""
        handled = cause.get()
        async with self._database.write() as connection:
            work = UnitOfWork(connection)
            yield work
            if handled is not None and not handled.settled:
                await _settle(work, handled)
        if handled is not None:
            handled.settled = True
        if work.outbox.touched:
            self._on_outbox()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        """Sees one consistent state and must not write; never waits for a writer."""
        async with self._database.read() as connection:
            yield UnitOfWork(connection)


async def _settle(work: UnitOfWork, handled: Cause) -> None:
    if isinstance(handled.what, Timer):
        await work.timers.done(handled.what)
    else:
        await work.inbox.done(handled.what)
