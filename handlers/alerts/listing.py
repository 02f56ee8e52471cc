"""What somebody watches or waits for: a page of it, each with what can be done with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from handlers.invoices.card import invoice_line, open_button
from handlers.invoices.waiting import DAYS, described
from handlers.messenger import Button, Message
from knowledge.invoices.identity import mask
from knowledge.invoices.model import Invoice
from knowledge.texts import Localized, Texts, join
from storage.alerts import Subscription
from storage.waits import Wait

PAGE = 8  # of both kinds: what is waited for is told in up to 400 characters

Row = tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """`nth`: where its first entry stands among the `count` of all. An invoice that may no longer be seen is None."""

    watches: Sequence[tuple[Subscription, Invoice | None]]
    waits: Sequence[Wait]
    nth: int
    count: int


def list_message(texts: Texts, page: Page, ours: Collection[str], zone: ZoneInfo) -> Message:
    """`ours`: the tax ids of whoever looks."""
    if not page.count:
        return Message(texts("alert.none"))
    watched = [_watched(texts, nth, *one, ours) for nth, one in enumerate(page.watches, page.nth)]
    waited = [_waited(texts, nth, one, zone) for nth, one in enumerate(page.waits, page.nth + len(watched))]
    parts = [
        join("\n", [texts(head), *(line for line, _row in entries)])
        for head, entries in (("alert.list", watched), ("wait.list", waited))
        if entries
    ]
    rows = (*(row for _line, row in (*watched, *waited)), _turn(texts, page))
    return Message(join("\n\n", parts), tuple(row for row in rows if row))


def _watched(
    texts: Texts, nth: int, watch: Subscription, invoice: Invoice | None, ours: Collection[str]
) -> tuple[Localized, Row]:
    number = mask(watch.invoice_key)
    line = invoice_line(texts, invoice, ours) if invoice else texts("alert.unseen", number=number)
    stop = Button(texts("alert.button.unwatch", number=number), f"a:drop:{watch.invoice_key}")
    state = "alert.line_muted" if watch.muted else "alert.line"
    return texts(state, nth=nth, line=line), (open_button(texts, nth, invoice), stop) if invoice else (stop,)


def _waited(texts: Texts, nth: int, wait: Wait, zone: ZoneInfo) -> tuple[Localized, Row]:
    until = (wait.since + timedelta(DAYS)).astimezone(zone).date().isoformat()
    look = Button(texts("wait.button.look", nth=nth), f"i:look:{wait.id}")
    stop = Button(texts("wait.button.stop_nth", nth=nth), f"a:stop:{wait.id}")
    return texts("wait.line", nth=nth, facts=described(texts, wait), until=until), (look, stop)


def _turn(texts: Texts, page: Page) -> Row:
    before, after = page.nth - 1 - PAGE, page.nth - 1 + PAGE
    back = Button(texts("alert.button.back"), f"a:page:{max(before, 0)}")
    on = Button(texts("alert.button.on"), f"a:page:{after}")
    return (*((back,) if page.nth > 1 else ()), *((on,) if after < page.count else ()))
