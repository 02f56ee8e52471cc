"""What somebody finds by typing the bot's name in any chat: their own organizations' invoices, in a short form."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.invoices.card import money, other_party, title
from handlers.invoices.service import InvoiceService
from knowledge.invoices.model import Axis, Invoice
from knowledge.invoices.queries import understand
from knowledge.invoices.status import status_label
from knowledge.permissions import Action, Actor, Parties, allowed
from knowledge.texts import Locale, Param, Texts, plain
from storage.invoice_pages import Part, Place
from storage.unit_of_work import Storage

MOST = 10
DIGITS = 18  # of a row, at most: what the database holds


@dataclass(frozen=True, slots=True)
class Found:
    """In the asker's language: a line to choose, with a line about it, and what is then sent, as Telegram HTML."""

    key: str
    title: str
    description: str
    html: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a button says that leads to the bot: `join` for whoever belongs to no organization, `elsewhere` if nothing
    fits. `more`: where it goes on."""

    found: Sequence[Found] = ()
    join: str = ""
    elsewhere: str = ""
    more: str = ""


class InlineService:
    def __init__(
        self, storage: Storage, texts: Texts, invoices: InvoiceService, zone: ZoneInfo, default: Locale
    ) -> None:
        self._storage, self._texts, self._invoices = storage, texts, invoices
        self._zone, self._default = zone, default

    async def find(self, user_id: int, text: str, now: datetime, offset: str = "") -> Answer:
        """Whatever the text is, without an error: the latest invoices if it is empty, from an answer's `more` on."""
        is_list, place = not text.strip(), _place(offset)
        if offset and (place is None or not is_list):
            return Answer()
        async with self._storage.read() as work:
            user, actor = await work.users.get(user_id), await work.users.actor(user_id)
            locale = user.locale if user else self._default
            page = await work.invoices.page(actor.scope, Part(), limit=MOST + 1, place=place) if is_list else []
        if not actor.scope:
            return Answer(join=plain(self._texts("inline.join")[locale]))
        invoices = [one.invoice for one in page[:MOST]] if is_list else await self._matching(actor, text, now)
        seen = [one for one in invoices if allowed(actor, Action.FIND_INLINE, _parties(one))]
        if not seen and not offset:
            return Answer(elsewhere=plain(self._texts("inline.nothing")[locale]))
        more = f"{page[MOST - 1].place.day}.{page[MOST - 1].place.row_id}" if len(page) > MOST else ""
        return Answer([self._found(one, actor, locale) for one in seen[:MOST]], more=more)

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


def _place(offset: str) -> Place | None:
    """Back from `more`; None for what is none: a client may send anything."""
    day, _, row_id = offset.partition(".")
    if not row_id.isdecimal() or len(row_id) > DIGITS:
        return None
    try:
        return Place(date.fromisoformat(day), int(row_id))
    except ValueError:
        return None


def _parties(invoice: Invoice) -> Parties:
    return Parties(frozenset({invoice.buyer_tax_id, invoice.seller_tax_id}))
