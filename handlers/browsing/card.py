"""How an organization's invoices look in the chat: its months, and a page of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from handlers.browsing.view import HOME, View, period_of
from handlers.invoices.card import money, open_button, other_party
from handlers.messenger import Button, Message, Rows
from knowledge.invoices.model import Axis, Invoice
from knowledge.invoices.statistics import STATES, Direction, Month, Sums
from knowledge.invoices.status import status_label
from knowledge.texts import Localized, Texts, join
from storage.invoices import Placed
from storage.organizations import Organization

IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Page:
    """`newer` and `older` lead to the neighbouring pages, if there are any."""

    invoices: Sequence[Placed]
    newer: View | None
    older: View | None


class BrowsingCard:
    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def choice(self, organizations: Sequence[Organization]) -> Message:
        rows = [
            (Button(self._texts("org.button.open", name=one.name), View(one.id).data("year")),) for one in organizations
        ]
        return Message(self._texts("browse.choose"), tuple(rows))

    def months(self, here: Organization, view: View, found: Mapping[Month, Sums], *, is_only: bool) -> Message:
        """The months of the view's year, or of the latest, with how many invoices each has."""
        years = sorted({month[0] for month in found if month})
        year = view.year or (years[-1] if years else None)
        view = replace(view, period=str(year or ""), place=None)
        count = sum(sums.count for month, sums in found.items() if month and month[0] == year)
        filters = self._filters(view)
        if year:
            text = self._texts("browse.year", name=here.name, year=year, filters=filters, count=f"{count:,}")
        elif view.direction is None and view.status is None and not found:
            return Message(self._texts("browse.none", name=here.name), self._home(is_only=is_only))
        else:
            text = self._texts("browse.empty", name=here.name, filters=filters)
        months = [self._month(view, month, sums) for month, sums in found.items() if month and month[0] == year]
        rows = [*_in_rows(months, IN_A_ROW), self._years(view, years, year)]
        if None in found:
            label = self._texts("browse.button.undated", count=f"{found[None].count:,}")
            rows.append((Button(label, replace(view, period=period_of(None)).data("list")),))
        rows += self._filter_rows(view, "year")
        return Message(text, (*(row for row in rows if row), *self._home(is_only=is_only)))

    def _home(self, *, is_only: bool) -> Rows:
        """To the other organizations, if there are any."""
        return () if is_only else ((Button(self._texts("browse.button.home"), HOME),),)

    def _month(self, view: View, month: Month, sums: Sums) -> Button:
        assert month is not None  # noqa: S101 - the caller has left it out
        label = self._texts("browse.button.month", month=self._texts(f"month.{month[1]}"), count=f"{sums.count:,}")
        return Button(label, replace(view, period=period_of(month)).data("list"))

    def _years(self, view: View, years: Sequence[int], year: int | None) -> tuple[Button, ...]:
        """To the nearest year before and after that has any."""
        before = [one for one in years if year and one < year][-1:]
        after = [one for one in years if year and one > year][:1]
        back = [Button(self._texts("browse.button.earlier", year=one), _of(view, one)) for one in before]
        return (*back, *(Button(self._texts("browse.button.later", year=one), _of(view, one)) for one in after))

    def page(self, here: Organization, view: View, page: Page) -> Message:
        """Up to a page's invoices, newest first, each with a button for its card."""
        view = replace(view, place=None)
        invoices = [*enumerate((one.invoice for one in page.invoices), 1)]
        lines = [self._line(here, nth, one) for nth, one in invoices]
        head = self._texts("browse.page", name=here.name, period=self._period(view.month), filters=self._filters(view))
        text = join("\n", [head, *(lines or [self._texts("browse.nothing")])])
        opening = _in_rows([open_button(self._texts, nth, one) for nth, one in invoices], 2)
        turn = [
            Button(self._texts(key), there.data("list"))
            for key, there in (("browse.button.newer", page.newer), ("browse.button.older", page.older))
            if there
        ]
        year = str(view.year or "")
        back = Button(self._texts("browse.button.months"), replace(view, period=year).data("year"))
        directions, states = self._filter_rows(view, "list")
        rows = [*opening, tuple(turn), directions, (*states, back)]
        return Message(text, tuple(row for row in rows if row))

    def _line(self, here: Organization, nth: int, invoice: Invoice) -> Localized:
        """Three short lines, which wrap on no telephone; the year stands above the list."""
        return self._texts(
            "browse.line",
            nth=nth,
            number=self._texts("card.number", number=invoice.number),
            day=invoice.issue_date.strftime("%m-%d") if invoice.issue_date else "—",
            state=self._state(invoice.tax_status),
            party=other_party(invoice, here.tax_ids),
            total=money(invoice.total),
        )

    def states(self, view: View) -> Message:
        """Which tax status to show; whatever is chosen leads back to where one was."""
        verb = "list" if view.is_list else "year"
        chosen = [(self._texts("browse.any"), None), *((self._state(status), status) for status in STATES)]
        buttons = [
            Button(self._marked(label, view.status == status), replace(view, status=status).data(verb))
            for label, status in chosen
        ]
        return Message(self._texts("browse.choose_state"), _in_rows(buttons, 2))

    def _filter_rows(self, view: View, verb: str) -> tuple[tuple[Button, ...], tuple[Button, ...]]:
        directions = tuple(
            Button(self._marked(label, view.direction == one), replace(view, direction=one).data(verb))
            for one, label in (
                (None, self._texts("browse.button.both")),
                *((one, self._direction(one)) for one in Direction),
            )
        )
        label = self._texts("browse.button.state", state=self._status(view))
        return (directions, (Button(label, view.data("states")),))

    def _marked(self, label: Localized, is_chosen: bool) -> Localized:
        return self._texts("browse.chosen", label=label) if is_chosen else label

    def _filters(self, view: View) -> Localized:
        return join(" · ", [self._direction(view.direction), self._texts("browse.state", state=self._status(view))])

    def _status(self, view: View) -> Localized:
        return self._texts("browse.any") if view.status is None else self._state(view.status)

    def _state(self, status: str) -> Localized:
        return self._texts(status_label(Axis.TAX_STATUS, status))

    def _direction(self, direction: Direction | None) -> Localized:
        return self._texts("browse.both") if direction is None else self._texts(f"direction.{direction}")

    def _period(self, month: Month) -> Localized:
        if month is None:
            return self._texts("browse.undated")
        return self._texts("browse.period", year=month[0], month=self._texts(f"month.{month[1]}"))


def _of(view: View, year: int) -> str:
    return replace(view, period=str(year)).data("year")


def _in_rows(buttons: Sequence[Button], size: int) -> Rows:
    return tuple(tuple(buttons[i : i + size]) for i in range(0, len(buttons), size))
