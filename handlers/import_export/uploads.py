"""A manager sends a file in the chat, and its invoices come in: one message that grows, a button to stop, the result.

What is to be done is a row. A file that was being imported when the process died is begun anew: that changes nothing
twice. One file at a time; the others wait.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from handlers.browsing.view import OPEN
from handlers.errors import Conflict, InvalidInput, NotFound
from handlers.import_export.ports import FileLost, Files
from handlers.import_export.problems import ProblemTable
from handlers.import_export.service import MAX_BYTES, ImportService, Summary, Watcher
from handlers.incoming import Document, Incoming, Tap, attempt
from handlers.messenger import Button, Message, post
from knowledge.invoices.imports import RowProblem
from knowledge.permissions import Action, Actor, Parties, allowed
from knowledge.texts import Locale, Localized, Texts, join
from storage.file_imports import FileImport, ImportState
from storage.messages import File, Outgoing
from storage.unit_of_work import Storage, UnitOfWork
from storage.users import User

ENDINGS = (".csv", ".tsv", ".xlsx", ".xls", ".jsonl")
PROGRESS_SECONDS = 3.0  # between two edits

_log = logging.getLogger(__name__)


def is_table(document: Document | None) -> bool:
    return document is not None and document.name.lower().endswith(ENDINGS)


class UploadService:
    def __init__(self, storage: Storage, texts: Texts, imports: ImportService) -> None:
        self._storage, self._texts, self._imports = storage, texts, imports
        self._there_is_work = asyncio.Event()
        self._stopping: set[int] = set()

    def asks_import(self, caption: str) -> bool:
        """Said with a file while something else is going on, to which it would belong otherwise."""
        word = self._texts("upload.caption")
        return word.zh in caption or word.en in caption.lower()

    async def may_import(self, work: UnitOfWork, user: User) -> bool:
        return bool(_managed(await work.users.actor(user.id)))

    async def accept(self, work: UnitOfWork, user: User, message: Incoming, now: datetime) -> Localized | None:
        """Take a manager's table in; otherwise why not. Raises Conflict if Telegram doesn't show the file any more."""
        document = message.document
        if document is None:
            raise Conflict("upload.gone")
        if not await self.may_import(work, user):
            await work.audit.refused(user.id, attempt(message, "upload", "upload.not_permitted"), now)
            return self._texts("upload.not_permitted")
        if document.size > MAX_BYTES:
            return self._texts("upload.too_large", name=document.name)
        import_id = await work.file_imports.add(user.id, document.file_id, document.name, now)
        await self._tell(work, user.id, import_id, self._progress(import_id, document.name, Summary()), now)
        self._there_is_work.set()
        return None

    async def stop(self, pressed: Tap, import_id: int, now: datetime) -> None:
        """What is stored stays stored. Raises NotFound if there is nothing of theirs to stop."""
        async with self._storage.begin() as work:
            found = await work.file_imports.get(import_id)
            if found is None or found.user_id != pressed.person.id or found.state is ImportState.OVER:
                raise NotFound("error.unknown_button")
            await work.file_imports.move(import_id, ImportState.STOPPING)
            await self._tell(work, found.user_id, import_id, Message(self._texts("upload.stopping")), now)
        self._stopping.add(import_id)

    async def run(self, files: Files, clock: Callable[[], datetime]) -> None:
        """Import what waits, one after the other, until cancelled."""
        while True:
            self._there_is_work.clear()
            async with self._storage.begin() as work:  # behind whoever is just accepting one
                waiting = await work.file_imports.unfinished()
            for each in waiting:
                await self._import(each, files, clock)
            if not waiting:
                await self._there_is_work.wait()

    async def _import(self, this: FileImport, files: Files, clock: Callable[[], datetime]) -> None:
        summary = Summary()
        try:
            told = await self._imported(this, files, clock, summary)
        except FileLost as error:
            _log.info("file import %s: %s", this.id, error)
            told = Message(self._texts("upload.lost", name=this.name))
        except InvalidInput as error:
            reason = self._texts(error.text_key, **error.params)
            told = Message(self._texts("upload.unreadable", name=this.name, reason=reason))
        except Exception:
            _log.exception("file import %s", this.id)
            told = Message(self._texts("upload.failed", name=this.name))
        now = clock()
        async with self._storage.begin() as work:
            await work.file_imports.move(this.id, ImportState.OVER)
            await self._tell(work, this.user_id, this.id, told, now)
            user = await work.users.get(this.user_id)
            if user is not None:
                for outgoing in self._problems(user, this.name, summary):
                    await work.outbox.add(outgoing, now=now)
        self._stopping.discard(this.id)

    async def _imported(
        self, this: FileImport, files: Files, clock: Callable[[], datetime], summary: Summary
    ) -> Message:
        async with self._storage.read() as work:
            tax_ids = _managed(await work.users.actor(this.user_id))
        watcher = Watcher(
            is_stopped=lambda: this.state is ImportState.STOPPING or this.id in self._stopping, summary=summary
        )
        telling = asyncio.create_task(self._keep_telling(this, summary, clock))
        try:
            with TemporaryDirectory() as folder:
                path = Path(folder, "file")
                await files.download(this.file_id, path)
                await self._imports.import_path(path, clock(), name=this.name, tax_ids=tax_ids, watcher=watcher)
        finally:
            telling.cancel()
        return self._told(this.name, summary)

    async def _keep_telling(self, this: FileImport, summary: Summary, clock: Callable[[], datetime]) -> None:
        rows = 0
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            if summary.rows == rows or this.id in self._stopping:
                continue
            rows = summary.rows
            async with self._storage.begin() as work:
                await self._tell(work, this.user_id, this.id, self._progress(this.id, this.name, summary), clock())

    async def _tell(self, work: UnitOfWork, user_id: int, import_id: int, message: Message, now: datetime) -> None:
        """One living message an import."""
        await work.outbox.add(post(user_id, message, slot=f"import:{import_id}"), now=now)

    def _progress(self, import_id: int, name: str, summary: Summary) -> Message:
        text = self._texts("upload.waiting", name=name)
        if summary.rows:
            percent = round(100 * summary.share)
            text = self._texts("upload.progress", name=name, rows=f"{summary.rows:,}", percent=percent)
        return Message(text, ((Button(self._texts("upload.button.stop"), f"u:stop:{import_id}"),),))

    def _told(self, name: str, summary: Summary) -> Message:
        """What became of the rows; what occurs seldom is said only if it has."""
        same = summary.same + summary.before
        taken = summary.added + summary.changed + same
        rare = {
            "upload.moved": summary.status_changed,
            "upload.refused": summary.refused,
            "upload.rejected_rows": summary.rejected.count,
            "upload.odd": summary.warnings.count,
        }
        head = "upload.stopped" if summary.stopped else "upload.done" if taken else "upload.nothing"
        lines = [
            self._texts(head, name=name),
            self._texts("upload.counts", added=f"{summary.added:,}", changed=f"{summary.changed:,}", same=f"{same:,}"),
        ]
        if told := [self._texts(what, count=f"{count:,}") for what, count in rare.items() if count]:
            lines.append(join(" · ", told))
        if summary.unknown:
            lines.append(self._texts("upload.unknown", columns=", ".join(summary.unknown)))
        rows = ((Button(self._texts("menu.button.invoices"), OPEN),),) if taken else ()
        return Message(join("\n", lines), rows)

    def _problems(self, user: User, name: str, summary: Summary) -> Iterator[Outgoing]:
        """A file of each kind. Of very many rows, the first; with a BOM, by which Excel knows UTF-8."""
        kinds = (
            ("rejected", summary.rejected, "upload.rejected", "upload.rejected_all"),
            ("warnings", summary.warnings, "upload.warnings", "upload.warnings_all"),
        )
        for kind, told, some, every in kinds:
            if shown := len(told.first):
                content = self._table(told.first, user.locale).encode("utf-8-sig")
                key = some if shown < told.count else every
                caption = Message(self._texts(key, count=f"{told.count:,}", shown=shown))
                yield post(user.id, caption, file=File(f"{name}.{kind}.csv", content))

    def _table(self, problems: Sequence[RowProblem], locale: Locale) -> str:
        file = io.StringIO()
        table = ProblemTable(file, self._texts, locale)
        for problem in problems:
            table.add(problem)
        return file.getvalue()


def _managed(actor: Actor) -> set[str]:
    """The tax ids whose invoices this person may bring in."""
    return {
        tax_id
        for tax_id, _role in actor.tax_ids
        if allowed(actor, Action.IMPORT_INVOICES, Parties(frozenset({tax_id})))
    }
