"""An import that is killed in its middle and run again ends where an undisturbed one ends."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.app import opened
from bot.config import PREFIX
from tests.conftest import REQUESTER, seed, settings_for
from tests.fixtures.demo import BUYER
from tests.fixtures.invoices import build
from tests.fixtures.services import NOW

ROWS = 400
# One transaction a few rows, so that there are many moments to be killed at.
PROGRAM = """
import asyncio, sys
from datetime import datetime
from pathlib import Path
from bot.app import opened
from handlers.import_export.service import Pace, Watcher
from tests.conftest import settings_for

async def main(folder: str, file: str, now: str) -> None:
    async with opened(settings_for("http://127.0.0.1:1", Path(folder))) as services:
        print("ready", flush=True)
        watcher = Watcher(lambda summary: print(summary.rows, flush=True))
        await services.imports.import_path(Path(file), datetime.fromisoformat(now), pace=Pace(4, 2), watcher=watcher)

asyncio.run(main(*sys.argv[1:]))
"""
# What nobody sees: counters of rows, and the versions that tell caches of parties to look again.
STATE = {
    "invoices": "SELECT key, kind, code, number, s.tax_id, s.name, b.tax_id, b.name, issue_date, net_fen, tax_fen,"
    " total_fen, tax_status, red_form, usage, review, reimburse, extra, i.version FROM invoices i"
    " LEFT JOIN parties s ON s.id = seller_id LEFT JOIN parties b ON b.id = buyer_id ORDER BY key",
    "parties": "SELECT tax_id, name, norm, pinyin FROM parties ORDER BY tax_id, name",
    "grams": "SELECT gram, tax_id, name FROM party_grams JOIN parties ON id = party_id ORDER BY gram, tax_id, name",
    "counts": "SELECT gram, n FROM gram_counts ORDER BY gram",
    "changes": "SELECT provider, event_id, axis, old, new, outcome FROM status_changes ORDER BY provider, event_id",
    "alerts": "SELECT user_id, entity, entity_version, decision, reason FROM notifications ORDER BY entity, user_id",
    "messages": "SELECT chat_id, op, body FROM outbox ORDER BY body",
}


def content() -> bytes:
    """New invoices, known ones whose facts and states change, some of them twice, and rows that are refused."""
    chance = random.Random(7)
    rows: list[dict[str, Any]] = []
    for n, invoice in enumerate(build(ROWS)):
        row = {"code": invoice.code, "number": invoice.number, "seller_name": invoice.seller_name, "total": "1"}
        rows.append(row | {"buyer_tax_id": BUYER, "status": "normal", "extra": n})
        if n % 3 == 0:
            rows.append(row | {"status": "red_pending", "net": "1"})
        if n % 7 == 0:
            rows.append(row | {"status": "fully_red", "usage": "selected", "total": "2"})
        if n % 50 == 0:
            rows.append({"number": "12"})
    later = [row for row in rows if row.get("status") != "normal"]
    first = [row for row in rows if row.get("status") == "normal"]
    chance.shuffle(first)
    return "".join(json.dumps(row) + "\n" for row in [*first, *later]).encode()


async def prepare(folder: Path) -> None:
    """Half of the invoices are known and some are watched."""
    folder.mkdir()
    half = folder / "half.jsonl"
    half.write_bytes(b"".join(content().splitlines(keepends=True)[: ROWS // 2]))
    async with opened(settings_for("http://127.0.0.1:1", folder)) as services:
        await seed(services)
        await services.imports.import_path(half, NOW)
        async with services.storage.begin() as work:
            for invoice in build(ROWS)[::5]:
                await work.alerts.subscribe(REQUESTER, invoice.key, NOW)


async def run(folder: Path, file: Path, kill_at: int | None) -> bool:
    """Whether it came to its end; `kill_at` is how many rows it has told of when it is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(folder), str(file), NOW.isoformat(),
        stdout=asyncio.subprocess.PIPE, env={k: v for k, v in os.environ.items() if not k.startswith(PREFIX)},
    )  # fmt: skip
    assert process.stdout is not None
    async for line in process.stdout:
        if kill_at is not None and line.strip().isdigit() and int(line) >= kill_at:
            process.kill()
            break
    await process.wait()
    return process.returncode == 0


def state(folder: Path) -> dict[str, Sequence[Any]]:
    (path,) = folder.glob("*.db")
    with closing(sqlite3.connect(path)) as database:
        return {name: database.execute(query).fetchall() for name, query in STATE.items()}


@pytest.mark.kill
async def test_killed_and_run_again(tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    file.write_bytes(content())
    calm, disturbed = tmp_path / "calm", tmp_path / "disturbed"
    await prepare(calm)
    assert await run(calm, file, None)
    await prepare(disturbed)
    for kill_at in (1, 170, 330, 520):
        assert not await run(disturbed, file, kill_at)
    assert state(disturbed) != state(calm)
    assert await run(disturbed, file, None)
    expected, found = state(calm), state(disturbed)
    for name, rows in expected.items():
        assert found[name] == rows, name
    assert len(expected["alerts"]) > 20
    assert len(expected["messages"]) == len(expected["alerts"])
