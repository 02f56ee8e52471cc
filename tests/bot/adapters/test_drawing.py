"""Drawing in a process of its own: what it gives, and what a failure does."""

from __future__ import annotations

import asyncio
import io
import logging
import subprocess
import sys

import openpyxl
import pytest

from bot.adapters.drawing import Drawing
from knowledge.invoices.chart import chart
from knowledge.invoices.statistics import Direction, Statistics
from knowledge.invoices.workbook import Column, Sheet
from knowledge.texts import Locale, Texts

EMPTY = Statistics(2026, {direction: [] for direction in Direction})


async def test_a_picture_and_a_workbook() -> None:
    """At once: each waits for its turn, and the loop goes on meanwhile."""
    drawing, ticks = Drawing(), 0
    picture = asyncio.create_task(drawing.chart(chart(EMPTY, Texts.load(), Locale.ZH)))
    sheet = Sheet(
        "甲", ["号码", "日期", "金额"], [Column.TEXT, Column.DAY, Column.MONEY], [["0" * 20, "2026-09-15", 1.5]]
    )
    workbook = asyncio.create_task(drawing.workbook([sheet]))
    while not (picture.done() and workbook.done()):
        await asyncio.sleep(0.01)
        ticks += 1
    assert picture.result()[:4] == b"\x89PNG"
    row = openpyxl.load_workbook(io.BytesIO(workbook.result()))["甲"][2]
    assert [cell.data_type for cell in row] == ["s", "d", "n"]
    assert ticks > 20


async def test_this_process_stays_small() -> None:
    """The libraries that draw are loaded by the other process only."""
    script = (
        "import asyncio, sys\n"
        "from bot.adapters.drawing import Drawing\n"
        "from knowledge.invoices.workbook import Sheet\n"
        "assert asyncio.run(Drawing().workbook([Sheet('a', [], [], [])]))[:2] == b'PK'\n"
        "print([name for name in ('matplotlib', 'openpyxl', 'PIL') if name in sys.modules])"
    )
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


async def test_a_failure_is_raised_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    wrong = Sheet("a", ["x"], [Column.DAY], [["no day"]])
    with caplog.at_level(logging.ERROR), pytest.raises(subprocess.CalledProcessError):
        await Drawing().workbook([wrong])
    assert "Invalid isoformat string" in caplog.text
