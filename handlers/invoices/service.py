"""Finding an invoice for somebody who may see it, and telling how what they typed differs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.errors import Withheld
from handlers.invoices.card import invoice_card, invoice_line
from handlers.invoices.near import also_near, despite, list_message, near_text, several, winner_message
from handlers.messenger import Message, post
from knowledge.flows.facts import of_invoice
from knowledge.flows.state import Done
from knowledge.invoices.compare import Agreement
from knowledge.invoices.lookup import LookupResult, query_of, says_something, with_answer
from knowledge.invoices.model import Invoice
from knowledge.invoices.queries import understand
from knowledge.invoices.query import Query
from knowledge.invoices.sounds import normal
from knowledge.permissions import Action, Actor, Parties, allowed
from knowledge.texts import Localized, Texts, join
from storage.scope import Everything, Scope
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User
from storage.waits import Wait

APART = "apart"  # begins what a conversation expects: then what we asked for, and the look-up's id
UNSURE = frozenset({"invoice_key", "tax_status", "review"})


class InvoiceService:
    def __init__(self, storage: Storage, texts: Texts, zone: ZoneInfo) -> None:
        self._storage, self._texts, self._zone = storage, texts, zone

    async def find(self, actor: Actor, query: Query) -> LookupResult:
        """Only what the actor may see: the very same result whether an invoice is elsewhere or nowhere."""
        return await self.find_in(actor.scope, query)

    async def find_in(self, tax_ids: Scope, query: Query) -> LookupResult:
        """For administrators, who answer for the scope that they give."""
        return await self._storage.finder.find(query, tax_ids)

    async def prepare(self, tax_ids: Scope) -> None:
        """For many look-ups in one scope."""
        if not isinstance(tax_ids, Everything):
            await self._storage.finder.prepare(tax_ids)

    async def names_party(self, actor: Actor, query: Query) -> bool:
        """Whether the query is the name, or a part of it as it stands, of a party of what the actor may see."""
        result = await self.find(actor, query)
        said = normal(query.text)
        return bool(said) and any(
            said in normal(name)
            for match in result.near
            for name in (match.invoice.seller_name, match.invoice.buyer_name)
        )

    async def agrees_twice(self, actor: Actor, query: Query) -> bool:
        """Whether two things that the query says are those of an invoice which the actor may see, and none is not."""
        if len(query.tokens) < 2:
            return False
        result = await self.find(actor, query)
        found = [result.comparison] if result.comparison else [match.comparison for match in result.near[:1]]
        return any(len(one.fields) > 1 and Agreement.DIFFERENT not in one.fields.values() for one in found)

    async def diagnose(self, actor: Actor, facts: Mapping[str, str]) -> Done:
        """The look-up step of a flow: found, near, several, none, or no_scope for somebody without an organization."""
        if not actor.tax_ids:
            return Done("no_scope", note=self._texts("lookup.no_scope"))
        result = await self.find(actor, query_of(facts))
        if result.exact is not None:
            line = invoice_line(self._texts, result.exact)
            note = join("\n", [self._texts("lookup.found"), line, *self._beside(result)])
            return Done("found", of_invoice(result.exact), note)
        if result.winner is not None:
            return Done("near", _identity(result.winner.invoice), near_text(self._texts, result.winner))
        if result.near:
            return Done("several", note=several(self._texts, result))
        return Done("none", note=self._texts("lookup.none"))

    def _beside(self, result: LookupResult) -> list[Localized]:
        """What was said and isn't so of an exact one, and which others are a digit away."""
        return [*despite(self._texts, result), *also_near(self._texts, result)]

    async def answer(
        self, work: UnitOfWork, user: User, query: Query, now: datetime, *, facts: Mapping[str, str] | None = None
    ) -> bool:
        """Look up and tell: a card, a near miss, a list, or that nothing is there. Whether anything was found.

        What is not sure is remembered, with `facts` for whatever comes next.
        """
        actor = await work.users.actor(user.id)
        if not actor.tax_ids:
            await self._say(work, user, Message(self._texts("lookup.no_scope")), now)
            return False
        result = await self.find(actor, query)
        if result.exact is not None:
            card = await self.card(work, user, result.exact)
            message = Message(join("\n", [card.text, *self._beside(result)]), card.rows)
        elif result.near:
            wait_id = await work.waits.remember(user.id, facts or {}, query.text, self.today(now), (), now)
            message = await self._unsure(work, user, result, wait_id)
        else:
            return False
        await self._say(work, user, message, now)
        return True

    async def _unsure(self, work: UnitOfWork, user: User, result: LookupResult, wait_id: int) -> Message:
        """If the message asks what would tell the invoices of a list apart, the next one may say it: `told_apart`."""
        if result.winner is None and result.ask:
            talk = await work.users.conversation(user.id)
            expecting = f"{APART}:{result.ask}:{wait_id}"
            await work.users.save_conversation(user.id, replace(talk, expecting=expecting))
        return await self.near(work, user, result, wait_id)

    async def told_apart(self, work: UnitOfWork, user: User, expecting: str, text: str, now: datetime) -> bool:
        """What we asked for beside a list, looked up with what was asked before. Whether it was that: it says more of
        an invoice than was said, and fits it."""
        verb, ask, wait_id = expecting.split(":") if expecting.count(":") == 2 else ("", "", "0")
        wait = await work.waits.get(int(wait_id), user.id) if verb == APART else None
        if wait is None or not wait.text or not says_something(understand(text, wait.asked_on)):
            return False
        actor = await work.users.actor(user.id)
        before = await self.find(actor, query_of_wait(wait))
        said = {field for match in before.near for field in match.comparison.fields}
        query = understand(with_answer(wait.text, ask, text), wait.asked_on)
        found = without(await self.find(actor, query), wait.refused)
        fitting = [one for one in found.near if set(one.comparison.fields) - said and not one.comparison.contradicts]
        shown = {match.invoice.key for match in before.near}
        of_the_list = [match for match in fitting if match.invoice.key in shown]
        result = replace(found, near=tuple(of_the_list or fitting))
        if result.exact is not None or not result.near:
            return False
        next_id = await work.waits.remember(user.id, wait.facts, query.text, wait.asked_on, wait.refused, now)
        await self._say(work, user, await self._unsure(work, user, result, next_id), now)
        return True

    async def near(self, work: UnitOfWork, user: User, result: LookupResult, wait_id: int) -> Message:
        """Nothing exact: the one clearly ahead, or a few."""
        if result.winner is None:
            return list_message(self._texts, result, wait_id)
        changes = await work.invoices.changes(result.winner.invoice.key, (await work.users.actor(user.id)).scope)
        return winner_message(self._texts, result.winner, changes, self._zone, wait_id)

    async def not_this(self, work: UnitOfWork, user: User, wait: Wait, now: datetime) -> bool:
        """What was shown is not the one: the next, if there is any. Whether there was."""
        actor = await work.users.actor(user.id)
        result = without(await self.find(actor, query_of_wait(wait)), wait.refused)
        shown = result.near[:1] if result.winner else result.near
        refused = wait.refused | {match.invoice.key for match in shown}
        await work.waits.refuse(wait, refused)
        left = without(result, refused)
        if not left.near:
            return False
        await self._say(work, user, await self._unsure(work, user, left, wait.id), now)
        return True

    def today(self, now: datetime) -> date:
        return now.astimezone(self._zone).date()

    async def show(self, user_id: int, key: str, now: datetime) -> None:
        """The card of one invoice of a list. Raises NotFound in the same words if it is not theirs or not there."""
        async with self._storage.begin() as work:
            user = await work.users.get(user_id)
            invoice = await self.visible(work, user_id, key)
            if user is None or invoice is None:
                raise Withheld("lookup.none")
            await self._say(work, user, await self.card(work, user, invoice), now)

    async def visible(
        self, work: UnitOfWork, user_id: int, key: str, action: Action = Action.SEE_INVOICE
    ) -> Invoice | None:
        """The invoice, if this person may see it, or do this with it."""
        actor = await work.users.actor(user_id)
        stored = await work.invoices.visible(key, actor.scope)
        if stored is None:
            return None
        parties = Parties(frozenset({stored.invoice.buyer_tax_id, stored.invoice.seller_tax_id}))
        return stored.invoice if allowed(actor, action, parties) else None

    async def card(self, work: UnitOfWork, user: User, invoice: Invoice) -> Message:
        watched = {watch.invoice_key for watch in await work.alerts.of_user(user.id) if not watch.muted}
        changes = await work.invoices.changes(invoice.key, (await work.users.actor(user.id)).scope)
        return invoice_card(self._texts, invoice, changes, self._zone, is_watched=invoice.key in watched)

    async def _say(self, work: UnitOfWork, user: User, message: Message, now: datetime) -> None:
        await work.outbox.add(post(user.id, message), now=now)


def _identity(invoice: Invoice) -> dict[str, str]:
    """Of a near match, until somebody says that it is the one: what was typed stays beside it."""
    return {name: value for name, value in of_invoice(invoice).items() if name in UNSURE}


def query_of_wait(wait: Wait) -> Query:
    """What was asked, as it was understood on that day."""
    return understand(wait.text, wait.asked_on) if wait.text else query_of(wait.facts)


def without(result: LookupResult, refused: Collection[str]) -> LookupResult:
    return replace(result, near=tuple(match for match in result.near if match.invoice.key not in refused))
