"""Invoices out of a file, some thousand at a time. A large file is read in a process of its own: the bot goes on
answering, the second core has work, and a file that is made to break its reader breaks only that."""

from __future__ import annotations

import asyncio
import json
import logging
import marshal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing, suppress
from itertools import islice
from pathlib import Path

from handlers.import_export.reader import MODULE, Chunk, chunk_of, read
from knowledge.tables import TableError

OWN_PROCESS = 2**20  # bytes from which a file is worth one: it starts in a fifth of a second

Chunks = AsyncGenerator[Chunk, None]

_log = logging.getLogger(__name__)


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
    coming = asyncio.ensure_future(_chunk(process))  # while the one before is written
    try:
        while chunk := await coming:
            coming = asyncio.ensure_future(_chunk(process))
            yield chunk
        if await process.wait() != 0:
            _log.warning("the reader of a file of %s bytes ended with %s", path.stat().st_size, process.returncode)
            raise TableError("table.broken", name=name)
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, TableError):
            await coming
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _chunk(process: Process) -> Chunk | None:
    """None at the end, and if the process died amid one."""
    assert process.stdout is not None  # noqa: S101 - asked for a pipe
    try:
        length = int.from_bytes(await process.stdout.readexactly(4))
        content = await process.stdout.readexactly(length)
    except asyncio.IncompleteReadError:
        return None
    return chunk_of(await asyncio.to_thread(marshal.loads, content))
