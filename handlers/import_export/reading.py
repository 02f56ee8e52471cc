"""Invoices out of a file, some thousand at a time. A large file is read in a process of its own: the bot goes on
answering, the second core has work, and a file that is made to break its reader breaks only that."""

from __future__ import annotations

import asyncio
import json
import logging
import marshal
import resource
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Collection, Generator
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from knowledge.invoices.flat import Flat
from knowledge.invoices.imports import RowProblem, read_invoices
from knowledge.tables import TableError, read_table

OWN_PROCESS = 2**20  # bytes from which a file is worth one: it starts in a fifth of a second
MEMORY = 2 * 2**30  # bytes of address space for it
MODULE = "handlers.import_export.reading"  # this one

Chunks = AsyncGenerator["Chunk", None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chunk:
    """`share` is how much of the file is behind us, up to 1. `unknown` columns are complete in the last one."""

    invoices: list[Flat] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    share: float = 1.0
    unknown: tuple[str, ...] = ()


def read(
    name: str, file: BinaryIO, size: int, rows: int, tax_ids: Collection[str] | None
) -> Generator[Chunk, None, None]:
    """Chunks of as many rows. TableError comes with the first, unless a file of line items has too many invoices."""
    with closing(read_table(name, file)) as table:
        found = read_invoices(table.rows, tax_ids)
        while batch := list(islice(found, rows)):
            invoices = [row for row in batch if isinstance(row, Flat)]
            problems = [row for row in batch if isinstance(row, RowProblem)]
            yield Chunk(invoices, problems, min(1.0, file.tell() / size), tuple(table.unknown))


async def chunks(path: Path, name: str, rows: int, tax_ids: Collection[str] | None) -> Chunks:
    """The file's invoices, read ahead by one chunk. Raises TableError for the file as a whole."""
    size = path.stat().st_size
    if size == 0:
        raise TableError("table.empty")
    if size >= OWN_PROCESS:
        async with aclosing(_from_process(path, name, rows, tax_ids)) as found:
            async for chunk in found:
                yield chunk
        return
    with path.open("rb") as file:
        here = read(name, file, size, rows, tax_ids)
        try:
            while one := await asyncio.to_thread(lambda: [*islice(here, 1)]):
                yield one[0]
        finally:
            with suppress(ValueError):  # cut off while its thread is at work, which ends by itself
                here.close()


# ── The process ───────────────────────────────────────────────────────────────


async def _from_process(path: Path, name: str, rows: int, tax_ids: Collection[str] | None) -> Chunks:
    asked = json.dumps([str(path), name, rows, None if tax_ids is None else sorted(tax_ids)])
    command = (sys.executable, "-m", MODULE, asked)
    # A session of its own: Ctrl-C is for us, who then end it.
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, limit=2**20, start_new_session=True
    )
    try:
        while frame := await _frame(process):
            yield _chunk(frame)
        if await process.wait() != 0:
            _log.warning("the reader of a file of %s bytes ended with %s", path.stat().st_size, process.returncode)
            raise TableError("table.broken", name=name)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _frame(process: Process) -> Any:
    """None at the end, and if the process died amid one."""
    assert process.stdout is not None  # noqa: S101 - asked for a pipe
    try:
        length = int.from_bytes(await process.stdout.readexactly(4))
        content = await process.stdout.readexactly(length)
    except asyncio.IncompleteReadError:
        return None
    return await asyncio.to_thread(marshal.loads, content)


def _chunk(frame: Any) -> Chunk:
    if isinstance(frame[0], str):
        key, params = frame
        raise TableError(key, **params)
    invoices, problems, share, unknown = frame
    return Chunk([Flat._make(row) for row in invoices], [RowProblem(*row) for row in problems], share, unknown)


def _write(frame: Any) -> None:
    content = marshal.dumps(frame)
    sys.stdout.buffer.write(len(content).to_bytes(4) + content)
    sys.stdout.buffer.flush()


def _main(asked: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    path, name, rows, tax_ids = json.loads(asked)
    with Path(path).open("rb") as file:
        try:
            for chunk in read(name, file, Path(path).stat().st_size, rows, tax_ids and frozenset(tax_ids)):
                problems = [(p.line, p.field, p.key, dict(p.params), p.is_warning) for p in chunk.problems]
                _write(([tuple(row) for row in chunk.invoices], problems, chunk.share, chunk.unknown))
        except TableError as error:
            _write((error.key, dict(error.problem.params)))
        except BrokenPipeError:
            pass  # nobody wants the rest


if __name__ == "__main__":
    _main(sys.argv[1])
