"""Invoices in, from files of every kind: idempotent, some thousands a transaction, with what was refused and why."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

from handlers.errors import InvalidInput
from handlers.import_export.reader import Chunk
from handlers.import_export.reading import chunks
from knowledge.invoices.flat import FACTS, NO_EXTRA, Flat, extra_text, whole
from knowledge.invoices.imports import RowProblem, may_change
from knowledge.invoices.model import Axis, Invoice
from knowledge.invoices.named import Named
from knowledge.invoices.status import status_label
from knowledge.tables import TableError
from storage.bulk import Bulk
from storage.parties import Party
from storage.unit_of_work import Storage, UnitOfWork

if TYPE_CHECKING:
    from handlers.alerts.service import AlertService
    from handlers.invoices.waiting import WaitService

MAX_BYTES = 20 * 1024 * 1024  # of what comes through Telegram or HTTP
KEPT = 1000  # problems of each kind that a summary holds; all of them are told as they come
PROVIDER = "import"
RESUMED = timedelta(days=7)  # a file that was cut off longer ago is begun anew


@dataclass(frozen=True, slots=True)
class Pace:
    """`rows` are read at once; a transaction holds at most `chunks` times as many, and the write lock no longer than
    `seconds` and one of them more."""

    rows: int = 2_000
    chunks: int = 1
    cache_kib: int | None = None  # for the database, instead of its own
    seconds: float = 3.0


LIVE = Pace()  # beside people who wait for their answers
# Each page of an index is written once for more rows, and most of them stay in memory.
WHOLE = Pace(1_000, 100, 86_016)


@dataclass(slots=True)
class Told:
    """Rows with something wrong: how many, and the first of them."""

    count: int = 0
    first: list[RowProblem] = field(default_factory=list)

    def add(self, problem: RowProblem) -> None:
        self.count += 1
        if len(self.first) < KEPT:
            self.first.append(problem)


@dataclass(slots=True)
class Summary:
    """Counts of invoices. `refused` are states that contradict what is known: kept as they were.

    `warnings` are about rows that were imported all the same. `stopped`: on request, between two transactions.
    """

    added: int = 0
    changed: int = 0
    same: int = 0
    before: int = 0  # stored by an import of this file that was cut off: not looked at again
    status_changed: int = 0
    refused: int = 0
    rejected: Told = field(default_factory=Told)
    warnings: Told = field(default_factory=Told)
    sample: list[Invoice] = field(default_factory=list)  # the first ones
    unknown: tuple[str, ...] = ()  # columns that are kept, but mean nothing to us
    share: float = 0.0  # of the file
    stopped: bool = False

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.same + self.before + self.rejected.count


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who follows one import: hears of every problem and, after each transaction, of the summary; may stop it."""

    progress: Callable[[Summary], None] = lambda _summary: None
    problem: Callable[[RowProblem], None] = lambda _problem: None
    is_stopped: Callable[[], bool] = lambda: False
    summary: Summary = field(default_factory=Summary)


class ImportService:
    """`told` gives what a change of state and an invoice that somebody waits for need, which is most of the bot."""

    def __init__(self, storage: Storage, told: Callable[[], tuple[AlertService, WaitService]]) -> None:
        self._storage, self._told = storage, told

    async def import_content(self, name: str, content: bytes, now: datetime) -> Summary:
        """As `import_path`, for what came over the network. InvalidInput if it is larger than 20 MB."""
        if len(content) > MAX_BYTES:
            raise InvalidInput("table.too_large", name=name)
        with TemporaryDirectory() as folder:
            path = Path(folder, "content")
            await asyncio.to_thread(path.write_bytes, content)
            return await self.import_path(path, now, name=name)

    async def import_path(
        self,
        path: Path,
        now: datetime,
        *,
        name: str = "",
        tax_ids: Collection[str] | None = None,
        dry_run: bool = False,
        pace: Pace = LIVE,
        watcher: Watcher | None = None,
    ) -> Summary:
        """Import a CSV, XLSX, XLS or JSON lines file of any size; the same file again changes nothing.

        Killed or stopped in the middle, run it again: it goes on behind what is stored, and ends as if nothing had
        happened. What a file does to an invoice depends on the order of its rows alone, not on where transactions end.
        With `tax_ids`, invoices of other parties are rejected, whether the file says so or what is on record. Raises
        InvalidInput if the file as a whole cannot be read.
        """
        try:
            digest = await asyncio.to_thread(_digest, path, tax_ids)
            run = _Import(self._storage, self._told, digest, now, watcher or Watcher(), tax_ids, is_dry=dry_run)
            async with aclosing(chunks(path, name or path.name, pace.rows, tax_ids)) as found:
                return await run.all(found, pace)
        except TableError as error:
            raise InvalidInput(error.problem.key, **error.problem.params) from error


def _digest(path: Path, tax_ids: Collection[str] | None) -> str:
    """Of the file, and of whose invoices are wanted of it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    if tax_ids is not None:
        digest.update("\n".join(("", *sorted(tax_ids))).encode())
    return digest.hexdigest()[:16]


class _Import:
    """One file on its way in."""

    def __init__(
        self,
        storage: Storage,
        told: Callable[[], tuple[AlertService, WaitService]],
        digest: str,
        now: datetime,
        watcher: Watcher,
        tax_ids: Collection[str] | None,
        *,
        is_dry: bool,
    ) -> None:
        self._storage, self._told = storage, told
        self._digest, self._now = digest, now
        self._watcher, self._is_dry = watcher, is_dry
        self._tax_ids = None if tax_ids is None else frozenset(tax_ids)
        self._summary = watcher.summary
        self._ids: dict[Party, int] = {}
        self._done = self._stored = 0  # invoices of the file behind us, and those that were stored before

    async def all(self, found: AsyncIterator[Chunk], pace: Pace) -> Summary:
        if not self._is_dry:
            async with self._storage.read() as work:
                self._stored = await work.file_imports.progress(self._digest, self._now - RESUMED)
        chunk = await anext(found, None)
        while chunk is not None and not self._watcher.is_stopped():
            async with self._storage.begin() as work:
                bulk = Bulk(work.connection, self._ids)
                if pace.cache_kib:
                    await bulk.cache(pace.cache_kib)
                until = monotonic() + pace.seconds
                for left in range(pace.chunks - 1, -1, -1):
                    await self._take(work, bulk, chunk)
                    chunk = await anext(found, None) if left and monotonic() < until else None
                    if chunk is None:
                        break
                await bulk.finish()
                if not self._is_dry:
                    await work.file_imports.come_to(self._digest, max(self._done, self._stored), self._now)
            self._watcher.progress(self._summary)
            chunk = await anext(found, None)
        self._summary.stopped = chunk is not None
        if not self._is_dry and not self._summary.stopped:
            async with self._storage.begin() as work:
                await work.file_imports.finish(self._digest)
        return self._summary

    async def _take(self, work: UnitOfWork, bulk: Bulk, chunk: Chunk) -> None:
        for problem in chunk.problems:
            self._tell(problem)
        if len(self._summary.sample) < KEPT:
            self._summary.sample += map(whole, chunk.invoices[: KEPT - len(self._summary.sample)])
        self._summary.share, self._summary.unknown = chunk.share, chunk.unknown
        rest = chunk.invoices[max(0, self._stored - self._done) :]
        self._done += len(chunk.invoices)
        self._summary.before += len(chunk.invoices) - len(rest)
        while rest:
            firsts, rest = _firsts(rest)
            await self._merge(work, bulk, firsts, chunk.sounds)

    def _tell(self, problem: RowProblem) -> None:
        (self._summary.warnings if problem.is_warning else self._summary.rejected).add(problem)
        self._watcher.problem(problem)

    async def _merge(self, work: UnitOfWork, bulk: Bulk, invoices: Sequence[Flat], sounds: Mapping[str, Named]) -> None:
        known = await bulk.known([invoice.key for invoice in invoices])
        if self._tax_ids is not None:
            invoices = self._permitted(invoices, known, self._tax_ids)
        new = [invoice for invoice in invoices if invoice.key not in known]
        other = [invoice for invoice in invoices if known.get(invoice.key, invoice) != invoice]
        merged = [_merged(invoice, known[invoice.key]) for invoice in other]
        changed = [invoice for invoice in merged if invoice != known[invoice.key]]
        self._summary.added += len(new)
        self._summary.changed += len(changed)
        self._summary.same += len(invoices) - len(new) - len(changed)
        if not self._is_dry:
            await bulk.write(new, changed, sounds, self._now)
            await self._states(work, known, other)
            if await work.waits.any():
                _alerts, waits = self._told()
                await waits.arrived(work, (*new, *changed), self._now)

    def _permitted(self, invoices: Sequence[Flat], known: Mapping[str, Flat], tax_ids: frozenset[str]) -> list[Flat]:
        """The others are told without a word on whether there is such an invoice."""
        permitted = []
        for one in invoices:
            if one.key not in known or may_change(one, known[one.key], tax_ids):
                permitted.append(one)
            else:
                self._tell(RowProblem(0, "buyer_tax_id", "import.unconfirmed_party", {"number": one.number}))
        return permitted

    async def _states(self, work: UnitOfWork, known: dict[str, Flat], found: Sequence[Flat]) -> None:
        """A state that the file brings anew goes the same way as a platform's report, alerts included.

        When it changed is not in the file, so the rule that paper is voided in its month of issue cannot be checked.
        """
        moved = [
            (new.key, axis, state)
            for new in found
            for axis, state, old in zip(Axis, new.states, known[new.key].states, strict=True)
            if state not in ("", old)
        ]
        if not moved:
            return
        from handlers.alerts.service import Outcome, Report

        reports = [
            Report(PROVIDER, f"{self._digest}:{key}:{axis}:{state}", key, axis, state, self._now, is_dated=False)
            for key, axis, state in moved
        ]
        alerts, _waits = self._told()
        for report, outcome in zip(reports, await alerts.apply_all(work, reports, self._now), strict=True):
            if outcome is Outcome.APPLIED:
                self._summary.status_changed += 1
            elif outcome in (Outcome.LATE, Outcome.FORBIDDEN):
                self._summary.refused += 1
                self._tell(_kept(known[report.invoice_key], report.axis, report.new))


def _kept(invoice: Flat, axis: Axis, new: str) -> RowProblem:
    old = invoice.states[list(Axis).index(axis)]
    labels = {"old": status_label(axis, old), "new": status_label(axis, new)}
    column = "status" if axis is Axis.TAX_STATUS else axis.value
    return RowProblem(0, column, "import.state_kept", {"number": invoice.number}, is_warning=True, labels=labels)


def _firsts(invoices: list[Flat]) -> tuple[list[Flat], list[Flat]]:
    """Each invoice's first row, and the rows that come after one of their own."""
    seen: set[str] = set()
    rest = []
    for invoice in invoices:
        if invoice.key in seen:
            rest.append(invoice)
        seen.add(invoice.key)
    if not rest:
        return invoices, rest
    firsts = {invoice.key: invoice for invoice in reversed(invoices)}
    return list(firsts.values()), rest


def _merged(new: Flat, stored: Flat) -> Flat:
    """The file's facts over the known ones: exports differ in their columns, so a blank takes nothing back.

    States stay as they are: those change by reports only.
    """
    facts = [old if value in ("", None) else value for value, old in zip(new[:FACTS], stored, strict=False)]
    return Flat._make([*facts, *stored.states, _joined(new.extra, stored.extra)])


def _joined(new: str, stored: str) -> str:
    if new in (NO_EXTRA, stored):
        return stored
    known = json.loads(stored)
    both = known | json.loads(new)
    return stored if both == known else extra_text(both)
