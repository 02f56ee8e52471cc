"""Status changes come in, those who watch are told, and anybody can ask why they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from handlers.alerts.listing import PAGE, Page, list_message
from handlers.errors import NotFound, Withheld
from handlers.incoming import Tap
from handlers.invoices import waiting
from handlers.invoices.card import money
from handlers.invoices.service import InvoiceService
from handlers.messenger import Button, Message, Rows, edit, post
from knowledge.invoices.identity import mask
from knowledge.invoices.model import Axis, Invoice, RedForm
from knowledge.invoices.rules import Limit, limit
from knowledge.invoices.status import Verdict, judge, status_label
from knowledge.permissions import Action
from knowledge.texts import Localized, Texts, join, literal, plain
from storage.alerts import Notification, Subscription
from storage.invoices import StatusChange, Stored
from storage.messages import Lane, Link
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User

CHANGED = "invoice.changed"
NOT_PERMITTED = "not_permitted"


class Outcome(StrEnum):
    """What became of a report."""

    APPLIED = "applied"
    REPEATED = "repeated"  # this event came before
    SAME = "same"  # the invoice is in this state already
    LATE = "late"
    FORBIDDEN = "forbidden"
    UNKNOWN_INVOICE = "unknown"


_OUTCOMES = {
    Verdict.APPLY: Outcome.APPLIED,
    Verdict.REPEAT: Outcome.SAME,
    Verdict.LATE: Outcome.LATE,
    Verdict.FORBIDDEN: Outcome.FORBIDDEN,
}


@dataclass(frozen=True, slots=True)
class Report:
    """A status change as a platform reports it. `event_id` is unique for its provider; `occurred_at` is its time.

    Not `is_dated`: the change was found at that time, and happened somewhen before.
    """

    provider: str
    event_id: str
    invoice_key: str
    axis: Axis
    new: str
    occurred_at: datetime
    reason: str = ""
    is_dated: bool = True


class AlertService:
    def __init__(self, storage: Storage, texts: Texts, invoices: InvoiceService, zone: ZoneInfo) -> None:
        self._storage, self._texts, self._invoices, self._zone = storage, texts, invoices, zone

    async def record(self, report: Report, now: datetime) -> Outcome:
        """Remember the change and queue its alerts in one transaction. Safe to repeat."""
        async with self._storage.begin() as work:
            return await self.apply(work, report, now)

    async def apply(self, work: UnitOfWork, report: Report, now: datetime) -> Outcome:
        """The same as part of a larger use case (an import)."""
        if await work.invoices.has_event(report.provider, report.event_id):
            return Outcome.REPEATED
        stored = await work.invoices.unscoped(report.invoice_key)
        last = await work.invoices.last_change(report.invoice_key, report.axis)
        change = self._change(stored.invoice if stored else None, report, last.occurred_at if last else None, now)
        if not await work.invoices.record(change):  # the same event at the same moment, on PostgreSQL
            return Outcome.REPEATED
        if stored is not None and change.outcome == Outcome.APPLIED:
            version = await work.invoices.set_state(report.invoice_key, report.axis, report.new, now)
            await self._alert(work, stored.invoice, change, version, now)
        return Outcome(change.outcome)

    async def apply_all(self, work: UnitOfWork, reports: Sequence[Report], now: datetime) -> list[Outcome]:
        """The same for thousands of one provider's reports, at least one, no two of them of one axis of one invoice."""
        keys = {report.invoice_key for report in reports}
        known = await work.invoices.unscoped_many(keys)
        before = await work.invoices.events(reports[0].provider, {report.event_id for report in reports})
        last = await work.invoices.last_changes(keys)
        new = [report for report in reports if report.event_id not in before]
        changes = [
            self._change(
                known[report.invoice_key].invoice if report.invoice_key in known else None,
                report,
                last.get((report.invoice_key, report.axis)),
                now,
            )
            for report in new
        ]
        applied = [change for change in changes if change.outcome == Outcome.APPLIED]
        await work.invoices.record_all(changes)
        await work.invoices.set_states(applied, now)
        await self._alert_all(work, known, applied, now)
        outcomes = {change.event_id: Outcome(change.outcome) for change in changes}
        return [outcomes.get(report.event_id, Outcome.REPEATED) for report in reports]

    async def _alert_all(
        self, work: UnitOfWork, known: Mapping[str, Stored], applied: Sequence[StatusChange], now: datetime
    ) -> None:
        watched = await work.alerts.watched({change.invoice_key for change in applied})
        count: Counter[str] = Counter()
        for change in applied:
            count[change.invoice_key] += 1
            if change.invoice_key in watched:
                stored = known[change.invoice_key]
                await self._alert(work, stored.invoice, change, stored.version + count[change.invoice_key], now)

    def _change(self, invoice: Invoice | None, report: Report, last: datetime | None, now: datetime) -> StatusChange:
        """What to remember of a report; `last` is when this axis last changed."""
        outcome = self._judge(invoice, report) if invoice else Outcome.UNKNOWN_INVOICE
        if outcome is Outcome.APPLIED and last is not None and report.occurred_at < last:
            outcome = Outcome.LATE
        return StatusChange(
            provider=report.provider,
            event_id=report.event_id,
            invoice_key=report.invoice_key,
            axis=report.axis,
            old=invoice.state(report.axis) if invoice else "",
            new=report.new,
            reason=report.reason,
            outcome=outcome,
            occurred_at=report.occurred_at,
            received_at=now,
        )

    def _judge(self, invoice: Invoice, report: Report) -> Outcome:
        day = report.occurred_at.astimezone(self._zone).date() if report.is_dated else None
        return _OUTCOMES[judge(report.axis, invoice.state(report.axis), report.new, invoice, on=day)]

    async def _alert(
        self, work: UnitOfWork, invoice: Invoice, change: StatusChange, version: int, now: datetime
    ) -> None:
        for watch in await work.alerts.watching(invoice.key):
            decision, reason = await self._decide(work, watch, invoice.key)
            details = {
                "since": watch.created_at.isoformat(),
                "axis": change.axis,
                "old": change.old,
                "new": change.new,
                "at": change.occurred_at.isoformat(),
                "provider": change.provider,
            }
            entry = Notification(watch.user_id, CHANGED, invoice.key, version, decision, reason, now, details)
            entry_id = await work.alerts.log(entry)
            if entry_id is not None and decision == "sent":
                message = self._message(invoice, change)
                row = post(watch.user_id, message, lane=Lane.ALERT, link=Link("alert", entry_id))
                await work.outbox.add(row, now=now)

    async def _decide(self, work: UnitOfWork, watch: Subscription, key: str) -> tuple[str, str]:
        """Decision and reason. Somebody who has left the organization hears nothing more of its invoices."""
        if watch.muted:
            return "held", "muted"
        if await self._invoices.visible(work, watch.user_id, key, Action.WATCH_INVOICE) is None:
            return "held", NOT_PERMITTED
        user = await work.users.get(watch.user_id)
        if user is None or not user.reachable:
            return "held", "unreachable"
        return "sent", "watched"

    async def may_still_go(self, user_id: int, notification_id: int) -> bool:
        """Whether an alert that waits may be delivered: its reader may have left the organization meanwhile.

        If not, the decision is put right.
        """
        async with self._storage.read() as work:
            entry = await work.alerts.notification(notification_id, user_id)
            if entry is None or await self._invoices.visible(work, user_id, entry.entity, Action.WATCH_INVOICE):
                return True
        async with self._storage.begin() as work:
            await work.alerts.hold(notification_id, NOT_PERMITTED)
        return False

    async def forget_unseen(self, work: UnitOfWork, user_id: int, tax_ids: Collection[str]) -> None:
        """End the watches on these tax ids' invoices and the flow about one of them, but for those that the person
        may see in another part."""
        for watch in await work.alerts.of_user(user_id):
            is_theirs = await work.invoices.visible(watch.invoice_key, tax_ids) is not None
            if is_theirs and not await self._invoices.visible(work, user_id, watch.invoice_key, Action.WATCH_INVOICE):
                await work.alerts.unsubscribe(user_id, watch.invoice_key)
        await waiting.forget_unseen(work, user_id)
        flow = await work.flows.running(user_id)
        about = flow.state["facts"].get("invoice_key") if flow else None
        if flow and about and await self._invoices.visible(work, user_id, about) is None:
            await work.flows.save(replace(flow, running=False))

    def _message(self, invoice: Invoice, change: StatusChange) -> Message:
        text = self._texts(
            "alert.changed",
            number=invoice.number,
            party=invoice.seller_name or invoice.buyer_name,
            total=money(invoice.total),
            axis=self._texts(f"card.axis.{change.axis}"),
            old=self._texts(status_label(change.axis, change.old)),
            new=self._texts(status_label(change.axis, change.new)),
            time=change.occurred_at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M"),
        )
        return Message(join("\n\n", [text, *self._deadline(change)]), self._rows(invoice.key))

    def _deadline(self, change: StatusChange) -> list[Localized]:
        """Of a form that waits for somebody. Not as a moment: when it was begun is not always reported."""
        if change.axis is not Axis.RED_FORM or change.new not in (RedForm.WAIT_BUYER, RedForm.WAIT_SELLER):
            return []
        hours = limit(Limit.RED_FORM_HOURS, change.occurred_at.astimezone(self._zone).date())
        return [self._texts("alert.red_form_lapses", hours=hours)]

    def _rows(self, key: str) -> Rows:
        return (
            (
                Button(self._texts("alert.button.show"), f"i:show:{key}"),
                Button(self._texts("alert.button.mute"), f"a:mute:{key}"),
            ),
            (
                Button(self._texts("card.button.problem"), f"i:problem:{key}"),
                Button(self._texts("alert.button.settings"), "a:list:"),
            ),
        )

    async def watch(self, pressed: Tap, key: str, now: datetime, *, on: bool) -> str:
        """Tell this person of every change from now on, or no longer; the tapped message becomes the invoice's card.

        The result is for a pop-up. Raises NotFound if they may not see the invoice.
        """
        user_id = pressed.person.id
        async with self._storage.begin() as work:
            user = await work.users.get(user_id)
            invoice = await self._invoices.visible(work, user_id, key, Action.WATCH_INVOICE)
            if invoice is None or user is None:
                raise Withheld("lookup.none")
            if on:
                await work.alerts.subscribe(user_id, key, now)
            else:
                await work.alerts.unsubscribe(user_id, key)
            card = await self._invoices.card(work, user, invoice)
            await work.outbox.add(edit(user_id, pressed.message_id, card), now=now)
            return plain(self._texts("alert.watching" if on else "alert.unwatched", number=mask(key))[user.locale])

    async def mute(self, user_id: int, key: str, now: datetime) -> None:
        """Stop alerts of one invoice; watching it again turns them on."""
        async with self._storage.begin() as work:
            if not await work.alerts.mute(user_id, key, muted=True):
                raise NotFound("alert.not_watching")
            text = self._texts("alert.muted", number=mask(key))
            rows = ((Button(self._texts("alert.button.unmute"), f"a:watch:{key}"),),)
            await work.outbox.add(post(user_id, Message(text, rows)), now=now)

    async def drop(self, pressed: Tap, key: str, now: datetime) -> None:
        """Stop watching an invoice of the list, and show the list without it."""
        async with self._storage.begin() as work:
            keys = [watch.invoice_key for watch in await work.alerts.of_user(pressed.person.id)]
            await work.alerts.unsubscribe(pressed.person.id, key)
            await self._show_again(work, pressed, keys.index(key) if key in keys else 0, now)

    async def stop_waiting(self, pressed: Tap, wait_id: int, now: datetime) -> None:
        """Stop looking for an invoice of the list, and show the list without it."""
        async with self._storage.begin() as work:
            ids = [wait.id for wait in await work.waits.of_user(pressed.person.id)]
            at = len(await work.alerts.of_user(pressed.person.id))
            if wait_id in ids:
                await waiting.end(work, wait_id)
                at += ids.index(wait_id)
            await self._show_again(work, pressed, at, now)

    async def page(self, pressed: Tap, at: int, now: datetime) -> None:
        """The page of the list with this entry, counted from 0, in place of the one that was tapped."""
        async with self._storage.begin() as work:
            await self._show_again(work, pressed, at, now)

    async def _show_again(self, work: UnitOfWork, pressed: Tap, at: int, now: datetime) -> None:
        user = await work.users.get(pressed.person.id)
        if user is not None:
            shown = await self.list_for(work, user, at)
            await work.outbox.add(edit(user.id, pressed.message_id, shown), now=now)

    async def list_for(self, work: UnitOfWork, user: User, at: int = 0) -> Message:
        """What the person watches or waits for: the page with this entry, or the last one."""
        watches, waits = await work.alerts.of_user(user.id), await work.waits.of_user(user.id)
        count = len(watches) + len(waits)
        first = max(min(at, count - 1), 0) // PAGE * PAGE
        shown = watches[first : first + PAGE]
        invoices = [
            await self._invoices.visible(work, user.id, watch.invoice_key, Action.WATCH_INVOICE) for watch in shown
        ]
        rest = waits[max(first - len(watches), 0) : max(first + PAGE - len(watches), 0)]
        page = Page(list(zip(shown, invoices, strict=True)), rest, first + 1, count)
        return list_message(self._texts, page, (await work.users.actor(user.id)).scope, self._zone)

    async def show_list(self, user_id: int, now: datetime) -> None:
        async with self._storage.begin() as work:
            user = await work.users.get(user_id)
            if user is not None:
                await work.outbox.add(post(user_id, await self.list_for(work, user)), now=now)

    async def why(self, work: UnitOfWork, user: User, message_id: int | None) -> Message:
        """Why a push came: what is being watched since when, and what happened."""
        link = await work.outbox.linked(user.id, message_id) if message_id else None
        entry = await work.alerts.notification(link.entity, user.id) if link and link.kind == "alert" else None
        if entry is None or await self._invoices.visible(work, user.id, entry.entity) is None:
            return Message(self._texts("why.nothing"))
        details = entry.details
        if entry.type == waiting.APPEARED:
            return Message(self._texts("why.waited", number=mask(entry.entity), since=self._local(details["since"])))
        axis = Axis(details["axis"])
        text = self._texts(
            "why.watched",
            number=mask(entry.entity),
            since=self._local(details["since"]),
            time=self._local(details["at"]),
            provider=self._provider(details["provider"]),
            axis=self._texts(f"card.axis.{axis}"),
            old=self._texts(status_label(axis, details["old"])),
            new=self._texts(status_label(axis, details["new"])),
            decided=entry.decided_at.astimezone(self._zone).strftime("%H:%M:%S"),
        )
        return Message(text, ((Button(self._texts("alert.button.mute"), f"a:mute:{entry.entity}"),),))

    def _provider(self, name: str) -> Localized:
        """A platform's name in words, if we have one for it."""
        key = f"provider.{name}"
        return self._texts(key) if key in self._texts else literal(name)

    def _local(self, moment: str) -> str:
        return datetime.fromisoformat(moment).astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
