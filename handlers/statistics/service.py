"""Statistics of an organization: in the chat, as a picture, as a workbook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from handlers.errors import NotFound, NotPermitted, Withheld
from handlers.incoming import Incoming, Tap, attempt
from handlers.messenger import Message, edit, post
from handlers.organizations.card import nowhere
from handlers.statistics.card import StatisticsCard
from handlers.statistics.ports import Drawer
from handlers.users.service import UserService
from knowledge.invoices.chart import chart
from knowledge.invoices.model import Invoice
from knowledge.invoices.statistics import Direction, Statistics
from knowledge.invoices.workbook import Sheet
from knowledge.permissions import Action, Actor, Company, System, allowed
from knowledge.texts import Locale, Texts, join
from storage.invoice_pages import Part
from storage.messages import File
from storage.organizations import Organization
from storage.unit_of_work import Storage, UnitOfWork

LISTED = 5_000  # invoices in a workbook
CHUNK = 250
LATEST = -1  # as a year
MANAGERS_ONLY = "stats.managers_only"


class StatisticsService:
    """Everything is read and drawn before the transaction that sends it."""

    def __init__(self, storage: Storage, texts: Texts, users: UserService, drawer: Drawer) -> None:
        self._storage, self._texts, self._users, self._drawer = storage, texts, users, drawer
        self._card = StatisticsCard(texts)

    # In the chat.

    async def open(self, asked: Incoming, now: datetime) -> None:
        """A message of its own: which organization, or at once the figures of the only one that may be seen."""
        async with self._storage.read() as work:
            message = await self._home(work, asked.person.id)
        async with self._storage.begin() as work:
            user = await self._users.seen(work, asked.person, now)
            if message is None:
                await work.audit.refused(user.id, attempt(asked, "/stats", MANAGERS_ONLY), now)
            await work.outbox.add(post(user.id, message or Message(self._texts(MANAGERS_ONLY))), now=now)

    async def _home(self, work: UnitOfWork, user_id: int) -> Message | None:
        """None for somebody who may see none of theirs."""
        actor = await work.users.actor(user_id)
        organizations = await work.organizations.of_user(user_id)
        seen = [one for one in organizations if allowed(actor, Action.SEE_STATISTICS, _company(one))]
        if not organizations:
            return nowhere(self._texts)
        if not seen:
            return None
        if len(seen) > 1:
            return self._card.choice(seen)
        return self._card.page(seen[0], await self._statistics(work, seen[0].tax_ids, LATEST))

    async def page(self, pressed: Tap, org_id: int, year: int | None, now: datetime) -> None:
        """The figures of a year, of all (None) or of the LATEST, in place of what was tapped."""
        async with self._storage.read() as work:
            here = await self._permitted(work, pressed, org_id, Action.SEE_STATISTICS)
            message = self._card.page(here, await self._statistics(work, here.tax_ids, year))
        async with self._storage.begin() as work:
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, message), now=now)

    async def picture(self, pressed: Tap, org_id: int, year: int | None, now: datetime) -> None:
        """A picture in the person's language, with the figures as its caption."""
        async with self._storage.read() as work:
            here = await self._permitted(work, pressed, org_id, Action.SEE_STATISTICS)
            statistics = await self._statistics(work, here.tax_ids, year)
            locale = await self._locale(work, pressed.person.id)
        content = await self._drawer.chart(chart(statistics, self._texts, locale))
        caption = Message(self._card.text(here.name, statistics))
        await self._send(pressed, caption, File(f"{_name(statistics)}.png", content, is_picture=True), now)

    async def workbook(self, pressed: Tap, org_id: int, year: int | None, now: datetime) -> None:
        """Sums, and the invoices themselves: up to LISTED."""
        async with self._storage.read() as work:
            here = await self._permitted(work, pressed, org_id, Action.EXPORT)
            statistics = await self._statistics(work, here.tax_ids, year)
            locale = await self._locale(work, pressed.person.id)
            sheets, is_cut = await self._sheets(work, here.tax_ids, statistics, locale)
        content = await self._drawer.workbook(sheets)
        text = self._card.text(here.name, statistics)
        caption = Message(join("\n", [text, self._texts("stats.cut", count=f"{LISTED:,}")]) if is_cut else text)
        await self._send(pressed, caption, File(f"{_name(statistics)}.xlsx", content), now)

    async def _send(self, pressed: Tap, caption: Message, file: File, now: datetime) -> None:
        async with self._storage.begin() as work:
            await work.outbox.add(post(pressed.chat_id, caption, file=file), now=now)

    async def _permitted(self, work: UnitOfWork, pressed: Tap, org_id: int, action: Action) -> Organization:
        """An organization of others looks like none at all; in a group nothing is shown."""
        organization = await work.organizations.get(org_id)
        actor, company = await work.users.actor(pressed.person.id), _company(organization)
        is_private = pressed.chat_id == pressed.person.id
        if organization is None or not is_private or not allowed(actor, Action.SEE_ORGANIZATION, company):
            raise Withheld("error.unknown_button")
        if not allowed(actor, action, company):
            raise NotPermitted
        return organization

    async def _locale(self, work: UnitOfWork, user_id: int) -> Locale:
        user = await work.users.get(user_id)
        assert user is not None  # noqa: S101 - members are known
        return user.locale

    # For whoever has the command line.

    async def of(self, by: Actor, tax_id: str) -> tuple[Sequence[str], Statistics]:
        """Of all years, with the tax ids that they are of; "" is every organization together."""
        async with self._storage.read() as work:
            if not tax_id:
                if not allowed(by, Action.ADMINISTER, System()):
                    raise NotPermitted
                tax_ids = [one for organization in await work.organizations.all() for one in organization.tax_ids]
            else:
                organization = await work.organizations.by_tax_id(tax_id)
                if organization is None or not allowed(by, Action.SEE_STATISTICS, _company(organization)):
                    raise NotFound("org.unknown", tax_id=tax_id)
                tax_ids = [*organization.tax_ids]
            return tax_ids, await self._statistics(work, tax_ids, None)

    async def plot(self, statistics: Statistics, locale: Locale) -> bytes:
        return await self._drawer.chart(chart(statistics, self._texts, locale))

    async def tables(self, tax_ids: Sequence[str], statistics: Statistics, locale: Locale) -> bytes:
        async with self._storage.read() as work:
            sheets, _is_cut = await self._sheets(work, tax_ids, statistics, locale)
        return await self._drawer.workbook(sheets)

    # What these have in common.

    async def _statistics(self, work: UnitOfWork, tax_ids: Sequence[str], year: int | None) -> Statistics:
        found = {direction: await work.invoices.tallies(tax_ids, direction) for direction in Direction}
        statistics = Statistics(None, found)
        latest = statistics.years[-1] if statistics.years else None
        return replace(statistics, year=latest if year == LATEST else year)

    async def _sheets(
        self, work: UnitOfWork, tax_ids: Sequence[str], statistics: Statistics, locale: Locale
    ) -> tuple[list[Sheet], bool]:
        """And whether there are more invoices than are listed."""
        year = statistics.year
        parts = [Part(date(year, 1, 1), date(year, 12, 31))] if year else [Part(), Part(last=None)]
        invoices = [invoice for part in parts async for invoice in _listed(work, tax_ids, part)]
        sheets = await asyncio.to_thread(self._card.sheets, statistics, invoices, tax_ids, locale, limit=LISTED)
        return sheets, len(invoices) > LISTED


async def _listed(work: UnitOfWork, tax_ids: Sequence[str], part: Part) -> AsyncIterator[Invoice]:
    """Newest first; ends once there are more than LISTED. A few at a time, so that nobody waits meanwhile."""
    place, count = None, 0
    while count <= LISTED and (page := await work.invoices.page(tax_ids, part, limit=CHUNK, place=place)):
        for one in page:
            yield one.invoice
        place, count = page[-1].place, count + len(page)


def _company(organization: Organization | None) -> Company | None:
    return Company(frozenset(organization.tax_ids)) if organization else None


def _name(statistics: Statistics) -> str:
    return f"statistics-{statistics.year or 'all'}"
