"""How an organization's statistics look: in the chat, and as sheets of a workbook."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from handlers.invoices.card import money, title
from handlers.messenger import Button, Message, Rows
from knowledge.invoices.model import Axis, Invoice
from knowledge.invoices.statistics import Direction, Month, Statistics, Sums
from knowledge.invoices.status import status_label
from knowledge.invoices.workbook import Cell, Column, Sheet
from knowledge.texts import Locale, Localized, Texts, join, plain
from storage.organizations import Organization

LAST_YEARS = 7  # that have a button
IN_A_ROW = 4

_SUMS = (Column.COUNT, Column.MONEY, Column.COUNT, Column.MONEY)


class StatisticsCard:
    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def choice(self, organizations: Sequence[Organization]) -> Message:
        rows = [(Button(self._texts("org.button.open", name=one.name), f"s:page:{one.id}:"),) for one in organizations]
        return Message(self._texts("stats.choose"), tuple(rows))

    def page(self, here: Organization, statistics: Statistics) -> Message:
        return Message(self.text(here.name, statistics), self._rows(here, statistics))

    def text(self, name: str, statistics: Statistics) -> Localized:
        year = statistics.year
        period = self._texts("stats.year", year=year) if year else self._texts("stats.all")
        parts = [self._texts("stats.head", name=name, period=period)]
        if _has_none(statistics):
            return join("\n\n", [*parts, self._texts("stats.nothing")])
        parts += [self._direction(direction, statistics) for direction in Direction]
        return join("\n\n", [*parts, self._texts("stats.note")])

    def _direction(self, direction: Direction, statistics: Statistics) -> Localized:
        total, states = statistics.total(direction), statistics.by_status(direction)
        name = self._texts(f"direction.{direction}")
        lines = [self._texts("stats.direction", direction=name, count=f"{total.count:,}", amount=money(total.yuan))]
        if total.red_count:
            lines.append(self._texts("stats.red", count=f"{total.red_count:,}", amount=money(total.red_yuan)))
        if total.unpriced:
            lines.append(self._texts("stats.unpriced", count=f"{total.unpriced:,}"))
        if states:
            each = [self._texts("stats.state", state=self._state(s), count=f"{states[s].count:,}") for s in states]
            lines.append(join(" · ", each))
        return join("\n", lines)

    def _rows(self, here: Organization, statistics: Statistics) -> Rows:
        def year(text: Localized, value: int | None) -> Button:
            label = self._texts("browse.chosen", label=text) if value == statistics.year else text
            return Button(label, f"s:page:{here.id}:{value or 0}")

        years = [year(self._texts("stats.button.year", year=one), one) for one in statistics.years[-LAST_YEARS:]]
        years.append(year(self._texts("stats.button.all"), None))
        what = f"{here.id}:{statistics.year or 0}"
        files = (
            Button(self._texts("stats.button.picture"), f"s:picture:{what}"),
            Button(self._texts("stats.button.workbook"), f"s:workbook:{what}"),
        )
        back = (Button(self._texts("stats.button.organization"), f"o:card:{here.id}:{here.version}:"),)
        if _has_none(statistics):
            return (back,)
        return (*(tuple(years[i : i + IN_A_ROW]) for i in range(0, len(years), IN_A_ROW)), files, back)

    def _state(self, status: str) -> Localized:
        return self._texts(status_label(Axis.TAX_STATUS, status))

    def sheets(
        self,
        statistics: Statistics,
        invoices: Sequence[Invoice],
        tax_ids: Collection[str],
        locale: Locale,
        *,
        limit: int,
    ) -> list[Sheet]:
        """Sums by month, sums by tax status, and the first `limit` invoices, the newest first: received by whoever has
        these tax ids, or issued, or both."""

        def say(key: str, **params: str | int) -> str:
            return plain(self._texts(key, **params)[locale])

        sums = [say(f"stats.column.{name}") for name in ("count", "amount", "red_count", "red_amount")]
        direction = say("stats.column.direction")
        return [
            Sheet(
                say("stats.sheet.months"),
                [direction, say("stats.column.month"), *sums],
                (Column.TEXT, Column.TEXT, *_SUMS),
                [*self._months(statistics, locale)],
            ),
            Sheet(
                say("stats.sheet.states"),
                [direction, say("stats.column.status"), *sums],
                (Column.TEXT, Column.TEXT, *_SUMS),
                [
                    [say(f"direction.{one}"), plain(self._state(status)[locale]), *_cells(each)]
                    for one in Direction
                    for status, each in statistics.by_status(one).items()
                ],
            ),
            Sheet(
                say("stats.sheet.invoices") if len(invoices) <= limit else say("stats.sheet.newest", count=limit),
                [say(f"stats.column.{name}") for name, _ in _INVOICE],
                [column for _, column in _INVOICE],
                [self._invoice(invoice, tax_ids, locale) for invoice in invoices[:limit]],
            ),
        ]

    def _months(self, statistics: Statistics, locale: Locale) -> Iterator[list[Cell]]:
        for direction in Direction:
            name = plain(self._texts(f"direction.{direction}")[locale])
            for month, sums in statistics.by_month(direction).items():
                yield [name, self._month(month, locale), *_cells(sums)]
            total = plain(self._texts("stats.total")[locale])
            yield [name, total, *_cells(statistics.total(direction))]

    def _month(self, month: Month, locale: Locale) -> str:
        return f"{month[0]}-{month[1]:02}" if month else plain(self._texts("browse.undated")[locale])

    def _invoice(self, invoice: Invoice, tax_ids: Collection[str], locale: Locale) -> list[Cell]:
        is_received, is_issued = invoice.buyer_tax_id in tax_ids, invoice.seller_tax_id in tax_ids
        direction = "browse.both" if is_received and is_issued else f"direction.{_DIRECTION[is_issued]}"
        return [
            plain(title(self._texts, invoice)[locale]),
            invoice.code,
            invoice.number,
            invoice.issue_date.isoformat() if invoice.issue_date else None,
            invoice.seller_name,
            invoice.seller_tax_id,
            invoice.buyer_name,
            invoice.buyer_tax_id,
            *(None if amount is None else float(amount) for amount in (invoice.net, invoice.tax, invoice.total)),
            plain(self._state(invoice.tax_status)[locale]),
            plain(self._texts(direction)[locale]),
        ]


_INVOICE = (
    ("kind", Column.TEXT),
    ("code", Column.TEXT),
    ("number", Column.TEXT),
    ("day", Column.DAY),
    ("seller", Column.TEXT),
    ("seller_tax_id", Column.TEXT),
    ("buyer", Column.TEXT),
    ("buyer_tax_id", Column.TEXT),
    ("net", Column.MONEY),
    ("tax", Column.MONEY),
    ("total", Column.MONEY),
    ("status", Column.TEXT),
    ("direction", Column.TEXT),
)
_DIRECTION = {True: Direction.ISSUED, False: Direction.RECEIVED}


def _has_none(statistics: Statistics) -> bool:
    """Not in any year."""
    return not any(statistics.tallies.values())


def _cells(sums: Sums) -> list[Cell]:
    return [sums.count, float(sums.yuan), sums.red_count, float(sums.red_yuan)]
