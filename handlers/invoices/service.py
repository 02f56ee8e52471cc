"""Finding an invoice for somebody who may see it, and telling how what they typed differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from handlers.errors import NotFound
from handlers.invoices.card import invoice_card, invoice_line, match_rows
from handlers.messenger import Message, post
from knowledge.flows.facts import of_invoice
from knowledge.flows.state import Done
from knowledge.invoices.lookup import LookupResult, Match, explain, query_of
from knowledge.invoices.model import Invoice
from knowledge.invoices.query import Query
from knowledge.permissions import Action, Actor, Parties, allowed
from knowledge.texts import Localized, Texts, join, literal
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User

UNSURE = frozenset({"invoice_key", "tax_status", "review"})


class InvoiceService:
    def __init__(self, storage: Storage, texts: Texts) -> None:
        self._storage, self._texts = storage, texts

    async def find(self, actor: Actor, query: Query) -> LookupResult:
        """Only what the actor may see: the very same result whether an invoice is elsewhere or nowhere."""
        return await self.find_in(actor.scope, query)

    async def find_in(self, tax_ids: Sequence[str] | None, query: Query) -> LookupResult:
        """For administrators, who answer for the scope that they give; None is everything."""
        return await self._storage.finder.find(query, tax_ids)

    async def diagnose(self, actor: Actor, facts: Mapping[str, str]) -> Done:
        """The look-up step of a flow: found, near, several, none, or no_scope for somebody without an organization."""
        if not actor.tax_ids:
            return Done("no_scope", note=self._texts("lookup.no_scope"))
        result = await self.find(actor, query_of(facts))
        if result.exact is not None:
            found = self._told(result.exact, self._texts("lookup.found"), *self._also(result))
            return Done("found", of_invoice(result.exact), found)
        if result.winner is not None:
            differs = explain(result.winner.comparison, self._texts)
            near = result.winner.invoice
            return Done("near", _identity(near), self._told(near, self._texts("lookup.near"), differs))
        if result.near:
            return Done("several", note=self._several(result))
        return Done("none", note=self._texts("lookup.none"))

    def _told(self, invoice: Invoice, *lines: Localized) -> Localized:
        return join("\n", [lines[0], invoice_line(self._texts, invoice), *lines[1:]])

    def _several(self, result: LookupResult) -> Localized:
        """Ties are shown, with what would tell them apart; never guessed."""
        lines = [self._texts("lookup.several"), *(self._near_line(match) for match in result.near)]
        return join("\n", [*lines, self._texts(f"lookup.tell.{result.ask}")] if result.ask else lines)

    def _also(self, result: LookupResult) -> list[Localized]:
        lines = [invoice_line(self._texts, match.invoice) for match in result.also]
        return [self._texts("lookup.also"), *lines] if lines else []

    def _near_line(self, match: Match) -> Localized:
        differs = explain(match.comparison, self._texts)
        return join("\n   ", [invoice_line(self._texts, match.invoice), differs])

    async def answer(self, work: UnitOfWork, user: User, query: Query, now: datetime) -> bool:
        """Look up and tell: a card, a near miss, a list, or that nothing is there. Whether anything was found."""
        actor = await work.users.actor(user.id)
        if not actor.tax_ids:
            await self._say(work, user, Message(self._texts("lookup.no_scope")), now)
            return False
        result = await self.find(actor, query)
        if result.exact is not None:
            card = await self.card(work, user, result.exact)
            message = Message(join("\n", [card.text, *self._also(result)]), card.rows)
        elif result.winner is not None:
            card = await self.card(work, user, result.winner.invoice)
            differs = explain(result.winner.comparison, self._texts)
            message = Message(join("\n", [self._texts("lookup.near"), differs, literal(""), card.text]), card.rows)
        elif result.near:
            message = Message(self._several(result), match_rows(self._texts, result.near))
        else:
            return False
        await self._say(work, user, message, now)
        return True

    async def show(self, user_id: int, key: str, now: datetime) -> None:
        """The card of one invoice of a list. Raises NotFound in the same words if it is not theirs or not there."""
        async with self._storage.begin() as work:
            user = await work.users.get(user_id)
            invoice = await self.visible(work, user_id, key)
            if user is None or invoice is None:
                raise NotFound("lookup.none")
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
        return invoice_card(self._texts, invoice, changes, is_watched=invoice.key in watched)

    async def _say(self, work: UnitOfWork, user: User, message: Message, now: datetime) -> None:
        await work.outbox.add(post(user.id, message), now=now)


def _identity(invoice: Invoice) -> dict[str, str]:
    """Of a near match, until somebody says that it is the one: what was typed stays beside it."""
    return {name: value for name, value in of_invoice(invoice).items() if name in UNSURE}
