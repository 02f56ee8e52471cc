"""What somebody finds by typing the bot's name in any chat: their own organizations' invoices, in a short form."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.invoices.card import money, other_party, title
from handlers.invoices.service import InvoiceService
from knowledge.invoices.model import Axis, Invoice
from knowledge.invoices.queries import understand
from knowledge.invoices.status import status_label
from knowledge.permissions import Action, Actor, Parties, allowed
from knowledge.texts import Locale, Param, Texts, plain
from storage.invoice_pages import Part
from storage.unit_of_work import Storage

MOST = 10


@dataclass(frozen=True, slots=True)
class Found:
    """In the asker's language: a line to choose, with a line about it, and what is then sent, as Telegram HTML."""

    key: str
    title: str
    description: str
    html: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`join` is what a button says that leads to the bot, for whoever belongs to no organization."""

    found: Sequence[Found] = ()
    join: str = ""


class InlineService:
    def __init__(
        self, storage: Storage, texts: Texts, invoices: InvoiceService, zone: ZoneInfo, default: Locale
    ) -> None:
        self._storage, self._texts, self._invoices = storage, texts, invoices
        self._zone, self._default = zone, default

    async def find(self, user_id: int, text: str, now: datetime) -> Answer:
        """Whatever the text is, without an error: the latest invoices if it is empty."""
        async with self._storage.read() as work:
            user, actor = await work.users.get(user_id), await work.users.actor(user_id)
            locale = user.locale if user else self._default
            latest = [] if text.strip() else await work.invoices.page(actor.scope, Part(), limit=MOST)
        if not actor.scope:
            return Answer(join=plain(self._texts("inline.join")[locale]))
        invoices = [one.invoice for one in latest] or await self._matching(actor, text, now)
        seen = [one for one in invoices if allowed(actor, Action.FIND_INLINE, _parties(one))]
        return Answer([self._found(one, actor, locale) for one in seen[:MOST]])

    async def _matching(self, actor: Actor, text: str, now: datetime) -> list[Invoice]:
        query = await asyncio.to_thread(understand, text, now.astimezone(self._zone).date())
        result = await self._invoices.find(actor, query)
        exact = [result.exact] if result.exact else []
        return [*exact, *(match.invoice for match in result.near)]

    def _found(self, invoice: Invoice, actor: Actor, locale: Locale) -> Found:
        """It goes into any chat, by the member's own will: no more of the number than its end."""
        params: dict[str, Param] = {
            "kind": title(self._texts, invoice),
            "tail": invoice.number[-4:],
            "party": other_party(invoice, actor.scope),
            "date": invoice.issue_date.isoformat() if invoice.issue_date else "—",
            "total": money(invoice.total),
            "state": self._texts(status_label(Axis.TAX_STATUS, invoice.tax_status)),
        }
        shown = {key: self._texts(f"inline.{key}", **params)[locale] for key in ("title", "description", "message")}
        return Found(invoice.key, plain(shown["title"]), plain(shown["description"]), shown["message"])


def _parties(invoice: Invoice) -> Parties:
    return Parties(frozenset({invoice.buyer_tax_id, invoice.seller_tax_id}))
