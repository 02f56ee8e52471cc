"""How an invoice looks in the chat: its card, and its line in a list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from handlers.messenger import Button, Message, Rows
from knowledge.invoices.model import Axis, Invoice
from knowledge.invoices.status import status_label
from knowledge.texts import Localized, Texts, join, literal
from storage.invoices import StatusChange

TIMELINE = 5


def invoice_card(
    texts: Texts, invoice: Invoice, changes: Sequence[StatusChange], zone: ZoneInfo, *, is_watched: bool
) -> Message:
    """Identity, parties, amounts, the states of all five axes, the last changes; watch, problem, copy."""
    number = texts("card.number", number=invoice.number)
    return Message(card_text(texts, invoice, changes, zone, number), _rows(texts, invoice, is_watched=is_watched))


def card_text(
    texts: Texts,
    invoice: Invoice,
    changes: Sequence[StatusChange],
    zone: ZoneInfo,
    number: Localized,
    hidden: Collection[str] = (),
) -> Localized:
    """`hidden` are the fields whose values stay untold."""

    def unless(fields: Collection[str], value: str) -> Localized:
        return texts("card.hidden") if not frozenset(fields).isdisjoint(hidden) else literal(value or "—")

    code = unless({"code"}, invoice.code)
    text = texts(
        "card.invoice",
        title=title(texts, invoice),
        code=texts("card.code", code=code) if invoice.code else literal(""),
        number=number,
        seller=unless({"seller_name", "name"}, invoice.seller_name),
        buyer=unless({"buyer_name", "name"}, invoice.buyer_name),
        date=unless({"issue_date"}, issued(invoice)),
        net=unless({"amount"}, money(invoice.net)),
        tax=unless({"amount"}, money(invoice.tax)),
        total=unless({"amount"}, money(invoice.total)),
        states=_states(texts, invoice),
    )
    applied = [change for change in changes if change.outcome == "applied"]
    if applied:
        text = text + literal("\n\n") + texts("card.timeline") + literal("\n")
        text = text + join("\n", [_change_line(texts, change, zone) for change in applied[-TIMELINE:]])
    return text


def _states(texts: Texts, invoice: Invoice) -> Localized:
    """A line each; what nobody has reported yet shares the last one."""
    unknown = [axis for axis in Axis if not invoice.state(axis)]
    lines = [
        texts("card.state", axis=texts(f"card.axis.{axis}"), state=texts(status_label(axis, invoice.state(axis))))
        for axis in Axis
        if axis not in unknown
    ]
    if unknown:
        axes = [texts(f"card.axis.{axis}") for axis in unknown]
        names = Localized("、".join(axis.zh for axis in axes), ", ".join(axis.en for axis in axes))
        lines.append(texts("card.state", axis=names, state=texts("invoice.state.unknown")))
    return join("\n", lines)


def title(texts: Texts, invoice: Invoice) -> Localized:
    return texts(f"invoice.kind.{invoice.kind}") if invoice.kind else texts("card.unknown_kind")


def money(amount: Decimal | None) -> str:
    if amount is None:
        return "—"
    return f"{'-' if amount < 0 else ''}¥{abs(amount):,.2f}"


def issued(invoice: Invoice) -> str:
    return invoice.issue_date.isoformat() if invoice.issue_date else "—"


def invoice_line(texts: Texts, invoice: Invoice, ours: Collection[str] = ()) -> Localized:
    """`ours`: the tax ids of whoever looks, so that the other party is named."""
    return texts(
        "card.line",
        number=texts("card.number", number=invoice.number),
        party=other_party(invoice, ours),
        date=issued(invoice),
        total=money(invoice.total),
        state=texts(status_label(Axis.TAX_STATUS, invoice.tax_status)),
    )


def other_party(invoice: Invoice, ours: Collection[str]) -> str:
    names = (invoice.seller_name, invoice.buyer_name)
    return next(filter(None, reversed(names) if invoice.seller_tax_id in ours else names), "—")


def open_button(texts: Texts, nth: int, invoice: Invoice) -> Button:
    """Short enough for two in a row on a telephone."""
    label = texts("card.button.one", nth=nth, tail=invoice.number[-4:])
    return Button(label, _data("show", invoice))


def _rows(texts: Texts, invoice: Invoice, *, is_watched: bool) -> Rows:
    watch = "unwatch" if is_watched else "watch"
    return (
        (
            Button(texts(f"card.button.{watch}"), f"a:{watch}:{invoice.key}"),
            Button(texts("card.button.problem"), _data("problem", invoice)),
        ),
        (Button(texts("card.button.copy"), copies=invoice.number),),
    )


def _data(verb: str, invoice: Invoice) -> str:
    return f"i:{verb}:{invoice.key}"


def _change_line(texts: Texts, change: StatusChange, zone: ZoneInfo) -> Localized:
    return texts(
        "card.change",
        time=change.occurred_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        axis=texts(f"card.axis.{change.axis}"),
        old=texts(status_label(change.axis, change.old)),
        new=texts(status_label(change.axis, change.new)),
    )
