"""Files that are imported from a chat: what is to be done, and whether it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.rows import insert_id, upsert
from storage.schema import file_imports, import_progress


class ImportState(StrEnum):
    RUNNING = "running"  # or waiting for its turn
    STOPPING = "stopping"  # its person wants no more of it
    OVER = "over"


@dataclass(frozen=True, slots=True)
class FileImport:
    id: int
    user_id: int
    file_id: str
    name: str
    state: ImportState


class FileImports:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, user_id: int, file_id: str, name: str, now: datetime) -> int:
        state = ImportState.RUNNING
        values = {"user_id": user_id, "file_id": file_id, "name": name, "state": state, "created_at": now}
        return await insert_id(self._connection, file_imports, values)

    async def get(self, import_id: int) -> FileImport | None:
        return next(iter(await self._where(file_imports.c.id == import_id)), None)

    async def unfinished(self) -> list[FileImport]:
        """In the order they came."""
        return await self._where(file_imports.c.state != ImportState.OVER)

    async def move(self, import_id: int, state: ImportState) -> None:
        await self._connection.execute(update(file_imports).where(file_imports.c.id == import_id).values(state=state))

    async def progress(self, run: str, since: datetime) -> int:
        """How many invoices of a file that was cut off are stored; older ones are begun anew."""
        where = (import_progress.c.run == run) & (import_progress.c.at >= since)
        return await self._connection.scalar(select(import_progress.c.invoices).where(where)) or 0

    async def come_to(self, run: str, invoices: int, now: datetime) -> None:
        await upsert(self._connection, import_progress, {"run": run, "invoices": invoices, "at": now}, key=("run",))

    async def finish(self, run: str) -> None:
        await self._connection.execute(delete(import_progress).where(import_progress.c.run == run))

    async def _where(self, condition: ColumnElement[bool]) -> list[FileImport]:
        columns = (file_imports.c[name] for name in ("id", "user_id", "file_id", "name", "state"))
        rows = await self._connection.execute(select(*columns).where(condition).order_by(file_imports.c.id))
        return [FileImport(row.id, row.user_id, row.file_id, row.name, ImportState(row.state)) for row in rows]
