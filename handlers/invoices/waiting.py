"""Waiting for an invoice that cannot be found yet: looked for again, silently, until there is one thing to tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from handlers.errors import Conflict, NotFound
from handlers.incoming import Tap
from handlers.invoices.service import InvoiceService, query_of_wait, without
from handlers.messenger import Button, Message, Rows, edit, post
from handlers.tickets.service import Request, TicketService
from knowledge.flows.shown import shown_facts
from knowledge.invoices.compare import Agreement, Comparison
from knowledge.invoices.flat import Flat
from knowledge.invoices.lookup import LookupResult
from knowledge.invoices.model import Invoice, TaxStatus
from knowledge.texts import Localized, Texts, join, literal, plain
from storage.alerts import Notification
from storage.messages import Lane, Link
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User
from storage.waits import Wait, WaitState

CHECK = "wait.check"
APPEARED = "invoice.appeared"
MOST = 20  # that one person may wait for
DAYS = 14
_AT = [timedelta(hours=hours) for hours in (1, 3, 8)] + [timedelta(days=days) for days in range(1, DAYS + 1)]
_ENOUGH = 2  # fields that are the same, where the number is not


class WaitService:
    """Methods that take `work` are part of a larger use case."""

    def __init__(self, storage: Storage, texts: Texts, invoices: InvoiceService, tickets: TicketService) -> None:
        self._storage, self._texts, self._invoices, self._tickets = storage, texts, invoices, tickets

    async def offer(self, work: UnitOfWork, user: User, facts: Mapping[str, str], text: str, now: datetime) -> Rows:
        """A button to wait for what was not found; none for whoever could not see it if it came."""
        if not (await work.users.actor(user.id)).scope:
            return ()
        return self.rows(await work.waits.remember(user.id, facts, text, self._invoices.today(now), (), now))

    def rows(self, wait_id: int) -> Rows:
        return ((Button(self._texts("wait.button.begin"), f"i:wait:{wait_id}"),),)

    async def begin(self, pressed: Tap, wait_id: int, now: datetime) -> None:
        """Look for it from now on. Raises Conflict beyond MOST, NotFound for what is not theirs."""
        async with self._storage.begin() as work:
            wait = await work.waits.get(wait_id, pressed.person.id)
            if wait is None or not (await work.users.actor(wait.user_id)).scope:
                raise NotFound("error.unknown_button")
            if wait.state is not WaitState.WAITING:
                if await work.waits.count(wait.user_id) >= MOST:
                    raise Conflict("wait.too_many", limit=MOST)
                await work.waits.move(wait.id, WaitState.WAITING, now)
                await work.timers.set(CHECK, wait.id, now)
            text = self._texts("wait.begun", facts=described(self._texts, wait), days=DAYS)
            row = ((Button(self._texts("wait.button.stop"), f"i:stop:{wait.id}"),),)
            await work.outbox.add(post(wait.user_id, Message(text, row)), now=now)

    async def stop(self, pressed: Tap, wait_id: int, now: datetime) -> None:
        """The tapped message says so. A second tap, or one too late, changes nothing."""
        async with self._storage.begin() as work:
            wait = await work.waits.get(wait_id, pressed.person.id)
            if wait is not None and wait.state is WaitState.WAITING:
                await end(work, wait.id)
            text = Message(self._texts("wait.stopped"))
            await work.outbox.add(edit(pressed.chat_id, pressed.message_id, text), now=now)

    async def check(self, wait_id: int, now: datetime) -> None:
        """Look once more; what is told, and that nobody waits any more, are one transaction."""
        async with self._storage.begin() as work:
            wait = await work.waits.get(wait_id)
            user = await work.users.get(wait.user_id) if wait else None
            if wait is not None and user is not None and wait.state is WaitState.WAITING:
                await self._check(work, user, wait, now)

    async def look(self, pressed: Tap, wait_id: int, now: datetime) -> str:
        """The same at once, because the person asks. What pops up if it is still missing.

        Raises NotFound for what they don't wait for.
        """
        async with self._storage.begin() as work:
            wait = await work.waits.get(wait_id, pressed.person.id)
            user = await work.users.get(pressed.person.id)
            if wait is None or user is None or wait.state is not WaitState.WAITING:
                raise NotFound("error.unknown_button")
            is_missing = await self._check(work, user, wait, now)
            return plain(self._texts("wait.not_yet")[user.locale]) if is_missing else ""

    async def _check(self, work: UnitOfWork, user: User, wait: Wait, now: datetime) -> bool:
        """Whether it is still waited for."""
        actor = await work.users.actor(user.id)
        if not actor.scope:
            await end(work, wait.id)
            return False
        result = without(await self._invoices.find(actor, query_of_wait(wait)), wait.refused)
        if has_come(result):
            await self._appeared(work, user, wait, result, now)
        elif (due := next_check(wait.since, now)) is not None:
            await work.timers.set(CHECK, wait.id, due)
            return True
        else:
            await self._give_up(work, wait, now)
        return False

    async def _appeared(self, work: UnitOfWork, user: User, wait: Wait, result: LookupResult, now: datetime) -> None:
        """`entity_version` is the wait's id: whatever happens, this is told once."""
        found = result.exact or result.near[0].invoice
        details = {"since": wait.since.isoformat()}
        entry = Notification(user.id, APPEARED, found.key, wait.id, "sent", "waited", now, details)
        entry_id = await work.alerts.log(entry)
        if entry_id is not None:
            message = await self._told(work, user, wait, result, found)
            row = post(user.id, message, lane=Lane.ALERT, link=Link("alert", entry_id))
            await work.outbox.add(row, now=now)
        if result.exact is not None:
            await end(work, wait.id)
        else:  # its buttons still need it
            await work.timers.cancel(CHECK, wait.id)
            await work.waits.move(wait.id, WaitState.ASKED, now)

    async def _told(self, work: UnitOfWork, user: User, wait: Wait, result: LookupResult, found: Invoice) -> Message:
        if result.exact is not None:
            card = await self._invoices.card(work, user, found)
        else:
            card = await self._invoices.near(work, user, result, wait.id)
        head = self._texts(_HEADS.get(found.tax_status, "wait.appeared"))
        return Message(join("\n\n", [head, card.text]), card.rows)

    async def _give_up(self, work: UnitOfWork, wait: Wait, now: datetime) -> None:
        await work.timers.cancel(CHECK, wait.id)
        await work.waits.move(wait.id, WaitState.GIVEN_UP, now)
        text = self._texts("wait.given_up", facts=described(self._texts, wait), days=DAYS)
        rows = ((Button(self._texts("wait.button.ticket"), f"i:ticket:{wait.id}"),),)
        await work.outbox.add(post(wait.user_id, Message(text, rows), lane=Lane.ALERT), now=now)

    async def file(self, pressed: Tap, wait_id: int, now: datetime) -> None:
        """A ticket with all that is known of it. Raises NotFound for a second tap."""
        async with self._storage.begin() as work:
            wait = await work.waits.get(wait_id, pressed.person.id)
            user = await work.users.get(pressed.person.id)
            if wait is None or user is None or wait.state is not WaitState.GIVEN_UP:
                raise NotFound("error.unknown_button")
            words = (wait.text,) if wait.text else ()
            request = Request(self._texts("wait.ticket"), "invoice-not-showing", wait.facts, words=words)
            await self._tickets.file(work, user, request, now)
            await work.waits.drop(wait.id)

    async def arrived(self, work: UnitOfWork, invoices: Iterable[Invoice | Flat], now: datetime) -> None:
        """Invoices came in: whoever waits and may see one of them is served next, after this transaction."""
        if not await work.waits.any():
            return
        await seen_more(work, {tax_id for one in invoices for tax_id in (one.seller_tax_id, one.buyer_tax_id)}, now)


_HEADS: Mapping[str, str] = {
    TaxStatus.VOID: "wait.appeared_void",
    TaxStatus.RED: "wait.appeared_red",
    TaxStatus.FULLY_RED: "wait.appeared_red",
    TaxStatus.PARTLY_RED: "wait.appeared_red",
}


async def end(work: UnitOfWork, wait_id: int) -> None:
    await work.timers.cancel(CHECK, wait_id)
    await work.waits.drop(wait_id)


async def seen_more(work: UnitOfWork, tax_ids: Iterable[str], now: datetime, *, user_id: int | None = None) -> None:
    """There is more to see for whoever may see these tax ids, or for this one of them: they are served next, after
    this transaction. What they then may see is asked anew."""
    for wait_id in await work.waits.in_scope(set(tax_ids), user_id):
        await work.timers.set(CHECK, wait_id, now)


async def forget_unseen(work: UnitOfWork, user_id: int) -> None:
    """Whoever belongs to no organization any more waits for nothing. Those of another go on within that one."""
    if not (await work.users.actor(user_id)).scope:
        for wait in await work.waits.of_user(user_id):
            await end(work, wait.id)


def next_check(since: datetime, now: datetime) -> datetime | None:
    """After 1, 3 and 8 hours, then daily; None when the time is over."""
    return next((since + after for after in _AT if since + after > now), None)


def has_come(result: LookupResult) -> bool:
    """Exactly it; or one clearly ahead that nothing speaks against and at least two fields for."""
    winner = result.winner
    return result.exact is not None or (winner is not None and _agrees(winner.comparison))


def _agrees(comparison: Comparison) -> bool:
    found = list(comparison.fields.values())
    return Agreement.DIFFERENT not in found and found.count(Agreement.SAME) >= _ENOUGH


def described(texts: Texts, wait: Wait) -> Localized:
    """On one line: the facts, or what was written."""
    shown = [texts("flow.known.item", name=name, value=value) for name, value in shown_facts(texts, wait.facts)]
    return join(" · ", shown) if shown else literal(wait.text)
