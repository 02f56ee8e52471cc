"""The import command has its process for itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bot.config import PREFIX

NEEDLESS = ("apscheduler", "matplotlib", "numpy", "pypinyin", "rapidfuzz", "starlette", "tantivy", "telegram")


def test_it_loads_nothing_that_takes_the_memory_of_its_rows() -> None:
    program = "import sys, bot.cli_import; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert [name for name in NEEDLESS if name in loaded] == []


def test_it_brings_changes_of_states_all_the_same(tmp_path: Path) -> None:
    file, row = tmp_path / "a.jsonl", '{{"number": "26110000000000000001", "status": "{}"}}\n'
    told = []
    for status in ("normal", "red_pending"):
        file.write_text(row.format(status))
        told.append(_command(tmp_path, "import", str(file)))
    assert "1 added, 0 changed, 0 the same, 0 states changed" in told[0].stdout
    assert "0 added, 0 changed, 1 the same, 1 states changed" in told[1].stdout


def test_a_failure_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n")
    failed = _command(tmp_path, "import", str(file))
    assert (failed.returncode, failed.stdout, len(failed.stderr.splitlines())) == (1, "", 1)
    assert failed.stderr.startswith("invoice-bot: ")


def _command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = {f"{PREFIX}DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bot.db'}"}
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | url)
