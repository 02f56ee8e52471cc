"""`import`: files of any size into the database, with a bar, and Ctrl-C between two transactions."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from bot.config import Settings
from bot.terminal import cause_of, complain, err, note_unknown, run_app, run_to_end, say, settings_now, until_stopped
from handlers.errors import InvalidInput
from handlers.import_export.problems import ProblemTable
from handlers.import_export.reader import RARELY
from handlers.import_export.service import WHOLE, ImportService, Summary, Watcher
from knowledge.invoices.imports import RowProblem
from knowledge.texts import Locale, Texts
from storage.database import Database
from storage.migrate import migrate
from storage.unit_of_work import Storage

if TYPE_CHECKING:
    from handlers.alerts.service import AlertService
    from handlers.invoices.waiting import WaitService


def main() -> None:
    """This command alone, as `python -m bot` calls it."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.callback()(lambda: None)  # the command keeps its name
    app.command("import")(import_command)
    run_app(app)


def import_command(
    paths: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, metavar="FILE…", show_default=False, help="As exported."),
    ],
    org_tax_id: Annotated[
        str, typer.Option("--org", help="Refuse invoices of which this organization is no party.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
) -> None:
    """Invoices in: CSV, XLSX, XLS or JSON lines. Rejected rows go to FILE.rejected.csv, odd ones to …warnings.csv."""
    run_to_end(_import(settings_now(), paths, org_tax_id, dry_run=dry_run))


async def _import(settings: Settings, paths: list[Path], org_tax_id: str, *, dry_run: bool) -> None:
    async with until_stopped() as stopped, _opened(settings) as storage:
        imports, texts = ImportService(storage, cache(partial(_alerts_and_waits, settings, storage))), Texts.load()
        tax_ids = await _tax_ids(storage, org_tax_id) if org_tax_id else None
        refused = False
        for path in paths:
            try:
                summary = await _import_file(
                    imports, texts, path, tax_ids, settings.default_locale, stopped, dry_run=dry_run
                )
            except InvalidInput as error:
                complain(f"{path.name}: {cause_of(error)}")
                refused = True
                continue
            if summary.stopped:
                say(f"stopped at {summary.share:.0%} of {path.name}: all of the above is stored; run it again to go on")
                raise typer.Exit(130)
        if refused:
            raise typer.Exit(1)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Storage]:
    """As in bot/app.py, with nothing on it yet."""
    gc.freeze()
    gc.set_threshold(RARELY)
    database = Database(settings.database_url)
    try:
        await migrate(database)
        yield Storage(database)
    finally:
        await database.close()


def _alerts_and_waits(settings: Settings, storage: Storage) -> tuple[AlertService, WaitService]:
    from bot.app import build_services

    features = build_services(settings, storage).features
    return features.alerts, features.waits


async def _tax_ids(storage: Storage, tax_id: str) -> frozenset[str]:
    """All of the organization that has this one."""
    async with storage.read() as work:
        organization = await work.organizations.by_tax_id(tax_id)
    if organization is None:
        note_unknown(tax_id)
    return frozenset(organization.tax_ids if organization else {tax_id})


async def _import_file(
    imports: ImportService,
    texts: Texts,
    path: Path,
    tax_ids: frozenset[str] | None,
    locale: Locale,
    stopped: asyncio.Event,
    *,
    dry_run: bool,
) -> Summary:
    with _ProblemFiles(path, texts, locale) as problems:
        with _bar(path) as progress:
            summary = await imports.import_path(
                path,
                datetime.now(UTC),
                tax_ids=tax_ids,
                dry_run=dry_run,
                pace=WHOLE,
                watcher=Watcher(progress, problems.add, stopped.is_set),
            )
        say(f"{path.name}: {_told(summary)}" + (" (dry run)" if dry_run else ""))
    return summary


def _told(summary: Summary) -> str:
    told = (
        f"{summary.added} added, {summary.changed} changed, {summary.same} the same, "
        f"{summary.status_changed} states changed, {summary.refused} states refused, "
        f"{summary.rejected.count} rows rejected, {summary.warnings.count} warnings"
    )
    told += f", {summary.before} stored before" if summary.before else ""
    return told + (f"; columns kept as they are: {', '.join(summary.unknown)}" if summary.unknown else "")


class _ProblemFiles:
    """FILE.rejected.csv and FILE.warnings.csv, each made when it has something to tell; older ones are taken away."""

    def __init__(self, path: Path, texts: Texts, locale: Locale) -> None:
        self._texts, self._locale = texts, locale
        self._paths = {name: path.with_name(f"{path.name}.{name}.csv") for name in ("rejected", "warnings")}
        self._tables: dict[str, ProblemTable] = {}
        self._open = ExitStack()

    def __enter__(self) -> _ProblemFiles:
        for path in self._paths.values():
            path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()
        for name in self._tables:
            say(f"{name}: {self._paths[name]}")

    def add(self, problem: RowProblem) -> None:
        name = "warnings" if problem.is_warning else "rejected"
        if name not in self._tables:
            file = self._open.enter_context(self._paths[name].open("w", encoding="utf-8-sig", newline=""))
            self._tables[name] = ProblemTable(file, self._texts, self._locale)
        self._tables[name].add(problem)


@contextmanager
def _bar(path: Path) -> Iterator[Callable[[Summary], None]]:
    """Bytes of the file, rows, rows a second, time. On a terminal only."""
    rows, speed = TextColumn("{task.fields[rows]:,} rows"), TextColumn("{task.fields[speed]:,.0f} rows/s")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), rows, speed)
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, *times, console=err, transient=True, disable=not err.is_terminal) as progress:
        size = path.stat().st_size
        task = progress.add_task(path.name, total=size, rows=0, speed=0)
        yield lambda summary: _advance(progress, task, size, summary)


def _advance(progress: Progress, task: TaskID, size: int, summary: Summary) -> None:
    speed = summary.rows / (progress.tasks[0].elapsed or 1)
    progress.update(task, completed=round(size * summary.share), rows=summary.rows, speed=speed)
