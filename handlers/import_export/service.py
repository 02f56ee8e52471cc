"""Invoices in, from files of every kind: idempotent, in small transactions, with what was refused and why."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import html
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from itertools import islice

from handlers.alerts.service import AlertService, Outcome, Report
from handlers.errors import InvalidInput
from handlers.invoices.waiting import WaitService
from knowledge.invoices.imports import RowProblem, read_invoices
from knowledge.invoices.model import Axis, Invoice
from knowledge.tables import TableError, read_table
from knowledge.texts import Locale, Texts
from storage.unit_of_work import Storage, UnitOfWork

BATCH = 500
MAX_BYTES = 20 * 1024 * 1024
PROVIDER = "import"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_FACTS = [item.name for item in fields(Invoice) if item.name not in {*Axis, "extra"}]

Progress = Callable[[int], None]


@dataclass(slots=True)
class Summary:
    """Counts of invoices. `refused` are states that contradict what is known: kept as they were.

    `warnings` are about rows that were imported all the same.
    """

    added: int = 0
    changed: int = 0
    same: int = 0
    status_changed: int = 0
    refused: int = 0
    rejected: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)
    touched: list[Invoice] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.same + len(self.rejected)


def as_csv(problems: Sequence[RowProblem], texts: Texts, locale: Locale) -> str:
    """Line, field and reason of each. What comes from the file cannot become a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["line", "field", "reason"])
    for problem in problems:
        reason = html.unescape(problem.text(texts)[locale])
        writer.writerow([problem.line or "", problem.field, f"'{reason}" if reason[:1] in _FORMULA else reason])
    return buffer.getvalue()


class ImportService:
    def __init__(self, storage: Storage, alerts: AlertService, waits: WaitService) -> None:
        self._storage, self._alerts, self._waits = storage, alerts, waits

    async def import_file(
        self,
        name: str,
        content: bytes,
        now: datetime,
        *,
        tax_id: str = "",
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Summary:
        """Import a CSV, XLSX, XLS or JSON lines file; the same file again changes nothing.

        Each batch of 500 is one transaction: stopped in the middle, run it again. `progress` is called with the number
        of rows done; with `tax_id`, invoices of other parties are rejected. Raises InvalidInput if the file as a whole
        cannot be read.
        """
        if len(content) > MAX_BYTES:
            raise InvalidInput("table.too_large", name=name)
        try:
            rows = await asyncio.to_thread(lambda: read_invoices(read_table(name, content)))
            if tax_id:
                own = await self._tax_ids(tax_id)
                rows = (_within(row, tax_id, own) for row in rows)
            return await self._import(rows, hashlib.sha256(content).hexdigest()[:16], now, dry_run, progress)
        except TableError as error:
            raise InvalidInput(error.problem.key, **error.problem.params) from error

    async def _tax_ids(self, tax_id: str) -> Collection[str]:
        """All of the organization that has this one."""
        async with self._storage.read() as work:
            organization = await work.organizations.by_tax_id(tax_id)
            return organization.tax_ids if organization else (tax_id,)

    async def _import(
        self,
        rows: Iterator[Invoice | RowProblem],
        digest: str,
        now: datetime,
        dry_run: bool,
        progress: Progress | None,
    ) -> Summary:
        summary = Summary()
        while batch := await asyncio.to_thread(list, islice(rows, BATCH)):
            invoices = {row.key: row for row in batch if isinstance(row, Invoice)}
            problems = [row for row in batch if isinstance(row, RowProblem)]
            summary.rejected += [problem for problem in problems if not problem.is_warning]
            summary.warnings += [problem for problem in problems if problem.is_warning]
            async with self._storage.begin() as work:
                await self._merge(work, list(invoices.values()), digest, now, summary, dry_run=dry_run)
            if progress is not None:
                progress(summary.rows)
        return summary

    async def _merge(
        self,
        work: UnitOfWork,
        invoices: Sequence[Invoice],
        digest: str,
        now: datetime,
        summary: Summary,
        *,
        dry_run: bool,
    ) -> None:
        known = await work.invoices.unscoped_many([invoice.key for invoice in invoices])
        to_save = []
        for invoice in invoices:
            stored = known.get(invoice.key)
            if stored is None:
                summary.added += 1
                to_save.append(invoice)
                continue
            merged = _merged(invoice, stored.invoice)
            if merged == stored.invoice:
                summary.same += 1
            else:
                summary.changed += 1
                to_save.append(merged)
        summary.touched += invoices
        if dry_run:
            return
        await work.invoices.save(to_save, now)
        for invoice in invoices:
            if invoice.key in known:
                await self._states(work, known[invoice.key].invoice, invoice, digest, now, summary)
        await self._waits.arrived(work, to_save, now)

    async def _states(
        self, work: UnitOfWork, old: Invoice, new: Invoice, digest: str, now: datetime, summary: Summary
    ) -> None:
        """A state that the file brings anew goes the same way as a platform's report, alerts included.

        When it changed is not in the file, so the rule that paper is voided in its month of issue cannot be checked.
        """
        for axis in Axis:
            if new.state(axis) in ("", old.state(axis)):
                continue
            event_id = f"{digest}:{new.key}:{axis}"
            report = Report(PROVIDER, event_id, new.key, axis, new.state(axis), now, is_dated=False)
            outcome = await self._alerts.apply(work, report, now)
            summary.status_changed += outcome is Outcome.APPLIED
            summary.refused += outcome in (Outcome.LATE, Outcome.FORBIDDEN)


def _within(row: Invoice | RowProblem, tax_id: str, own: Collection[str]) -> Invoice | RowProblem:
    if isinstance(row, RowProblem) or row.seller_tax_id in own or row.buyer_tax_id in own:
        return row
    return RowProblem(0, "buyer_tax_id", "import.other_party", {"number": row.number, "tax_id": tax_id})


def _merged(new: Invoice, stored: Invoice) -> Invoice:
    """The file's facts over the known ones: exports differ in their columns, so a blank takes nothing back.

    States stay as they are: those change by reports only.
    """
    facts = {name: value for name in _FACTS if (value := getattr(new, name)) not in ("", None)}
    return replace(stored, **facts, extra={**stored.extra, **new.extra})
