"""Going through an organization's invoices: by month, a page at a time, in one message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from handlers.browsing.card import BrowsingCard, Page
from handlers.browsing.view import View
from handlers.errors import Withheld
from handlers.incoming import Person, Tap
from handlers.messenger import Message, edit, post
from handlers.organizations.card import nowhere
from handlers.users.service import UserService
from knowledge.invoices.statistics import Direction, Month, Statistics, Sums
from knowledge.permissions import Action, Parties, allowed
from knowledge.texts import Texts
from storage.organizations import Organization
from storage.unit_of_work import Storage, UnitOfWork

PAGE = 8  # invoices


class BrowsingService:
    """Pages are read outside of the transaction that sends them: they may look at ten thousands of rows."""

    def __init__(self, storage: Storage, texts: Texts, users: UserService) -> None:
        self._storage, self._texts, self._users = storage, texts, users
        self._card = BrowsingCard(texts)

    async def first(self, user_id: int) -> Message:
        """Which organization, or at once the months of the only one."""
        async with self._storage.read() as work:
            return await self._home(work, user_id)

    async def open(self, person: Person, now: datetime) -> None:
        """A message of its own."""
        message = await self.first(person.id)
        async with self._storage.begin() as work:
            user = await self._users.seen(work, person, now)
            await work.outbox.add(post(user.id, message), now=now)

    async def home(self, pressed: Tap, now: datetime) -> None:
        _require_private(pressed)
        await self._redraw(pressed, await self.first(pressed.person.id), now)

    async def page(self, pressed: Tap, verb: str, view: View, now: datetime) -> None:
        """Another page in place of the one that was tapped. Raises NotFound for an organization that is not theirs."""
        async with self._storage.read() as work:
            here = await self._permitted(work, pressed, view.org_id)
            if verb == "states":
                message = self._card.states(view)
            elif verb == "list":
                message = self._card.page(here, view, await self._page(work, here, view))
            else:
                message = await self._months(work, pressed.person.id, here, view)
        await self._redraw(pressed, message, now)

    async def _home(self, work: UnitOfWork, user_id: int) -> Message:
        organizations = await work.organizations.of_user(user_id)
        if not organizations:
            return nowhere(self._texts)
        if len(organizations) > 1:
            return self._card.choice(organizations)
        return await self._months(work, user_id, organizations[0], View(organizations[0].id))

    async def _months(self, work: UnitOfWork, user_id: int, here: Organization, view: View) -> Message:
        is_only = len(await work.organizations.of_user(user_id)) == 1
        return self._card.months(here, view, await self._counts(work, here, view), is_only=is_only)

    async def _counts(self, work: UnitOfWork, here: Organization, view: View) -> Mapping[Month, Sums]:
        if view.direction is None:
            tallies = await work.invoices.tallies_of_all(here.tax_ids)
        else:
            tallies = await work.invoices.tallies(here.tax_ids, view.direction)
        wanted = [tally for tally in tallies if view.status in (None, tally.status)]
        return Statistics(None, {Direction.RECEIVED: wanted}).by_month(Direction.RECEIVED)

    async def _page(self, work: UnitOfWork, here: Organization, view: View) -> Page:
        """Going back to the newest gives the first page whole."""
        found = await work.invoices.page(here.tax_ids, view.part, limit=PAGE + 1, place=view.place, older=view.is_older)
        has_more = len(found) > PAGE
        if not view.is_older and not has_more:
            return await self._page(work, here, replace(view, place=None, is_older=True))
        shown = found[:PAGE] if view.is_older else found[-PAGE:]
        has_newer = has_more if not view.is_older else view.place is not None
        newer = replace(view, place=shown[0].place, is_older=False) if shown and has_newer else None
        has_older = has_more or not view.is_older
        return Page(shown, newer, replace(view, place=shown[-1].place, is_older=True) if shown and has_older else None)

    async def _permitted(self, work: UnitOfWork, pressed: Tap, org_id: int) -> Organization:
        """An organization of others looks like none at all; in a group nothing is shown."""
        _require_private(pressed)
        organization = await work.organizations.get(org_id)
        actor = await work.users.actor(pressed.person.id)
        if organization is None or not allowed(actor, Action.SEE_INVOICE, Parties(frozenset(organization.tax_ids))):
            raise Withheld("error.unknown_button")
        return organization

    async def _redraw(self, pressed: Tap, message: Message, now: datetime) -> None:
        async with self._storage.begin() as work:
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, message), now=now)


def _require_private(pressed: Tap) -> None:
    if pressed.chat_id != pressed.person.id:
        raise Withheld("error.unknown_button")
