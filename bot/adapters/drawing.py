"""Pictures and workbooks, made in a process of their own that ends with them: its memory goes back, and a drawing
that hangs or dies takes nothing with it."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from knowledge.invoices.chart import Bars, Chart, draw
from knowledge.invoices.workbook import Column, Sheet, write_workbook

SECONDS = 60.0

_log = logging.getLogger(__name__)


class Drawing:
    """One at a time: each takes a hundred megabytes while it lasts. Raises SubprocessError if it fails."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def chart(self, chart: Chart) -> bytes:
        """A PNG."""
        return await self._made("chart", chart)

    async def workbook(self, sheets: Sequence[Sheet]) -> bytes:
        """An XLSX file."""
        return await self._made("workbook", *sheets)

    async def _made(self, what: str, *of: Chart | Sheet) -> bytes:
        async with self._turn:
            return await asyncio.to_thread(_run, what, of)


def _run(what: str, of: Sequence[Chart | Sheet]) -> bytes:
    source = json.dumps([asdict(one) for one in of]).encode()
    command = [sys.executable, "-m", __name__, what]
    try:
        done = subprocess.run(command, input=source, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603 - ourselves
    except subprocess.CalledProcessError as error:
        _log.error("a %s could not be made: %s", what, error.stderr.decode(errors="replace")[-1000:])
        raise
    return done.stdout


def _make(what: str, of: Sequence[Any]) -> bytes:
    if what == "chart":
        return draw(Chart(**of[0] | {"bars": [Bars(**bars) for bars in of[0]["bars"]]}))
    return write_workbook([Sheet(**sheet | {"columns": [*map(Column, sheet["columns"])]}) for sheet in of])


if __name__ == "__main__":
    sys.stdout.buffer.write(_make(sys.argv[1], json.load(sys.stdin.buffer)))
