"""A million invoices in, twice: `make bench-import`.

The command itself, in a process of its own and with an empty database, is given three files of the same invoices, each
twice. Beside it, in the same run, what Python's csv and sqlite3 take when they check nothing and index nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich import box
from rich.console import Console
from rich.table import Table

from tests.fixtures.invoices import HEADERS, party

ROWS = 1_000_000
PARTIES, BUYERS = 35_000, 2_000
TARGET_SPEED, TARGET_MEMORY = 20_000, 300  # rows a second, MB
# fmt: off
EXPORT = (
    "序号", "发票代码", "发票号码", "数电发票号码", "销方识别号", "销方名称", "购方识别号", "购买方名称", "开票日期",
    "金额", "税额", "价税合计", "发票来源", "发票票种", "发票状态", "是否正数发票", "发票风险等级", "开票人", "备注",
)
# fmt: on

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """`memory`: the greatest sum of what the process and its reader held, in MB; `cpu`: seconds of both."""

    seconds: float
    memory: float
    cpu: float


def rows(count: int) -> Iterator[Row]:
    """Nobody's invoices, in no order: three tenths of the old system, sellers of 35,000, buyers of 2,000."""
    chance = Random(11)
    parties = [(f"虚构{n}号{name[2:]}", tax_id) for n in range(PARTIES) for name, tax_id in [party(n)]]
    first = date(2024, 1, 1)
    for _ in range(count):
        day = first + timedelta(chance.randrange(1000))
        region = chance.choice(("11", "31", "44"))
        is_digital = chance.random() < 0.7
        number = f"{day:%y}{region}0{chance.randrange(10**15):015}" if is_digital else f"{chance.randrange(10**8):08}"
        net = chance.randrange(1000, 5_000_000)
        tax = net * 13 // 100
        seller, buyer = chance.choice(parties), parties[chance.randrange(BUYERS)]
        yield {
            "kind": "d_normal" if is_digital else "e_normal",
            "code": "" if is_digital else f"0{region}00{day:%y}{chance.randrange(1000):03}11",
            "number": number,
            "seller_name": seller[0],
            "seller_tax_id": seller[1],
            "buyer_name": buyer[0],
            "buyer_tax_id": buyer[1],
            "issue_date": day.isoformat(),
            "net": _yuan(net),
            "tax": _yuan(tax),
            "total": _yuan(net + tax),
            "status": "normal",
        }


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def write_csv(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADERS)
        writer.writeheader()
        writer.writerows(rows(count))


def write_export(path: Path, count: int) -> None:
    """As 电子税务局 names its columns, saved as CSV by a Chinese Excel."""
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(EXPORT)
        for n, row in enumerate(rows(count), 1):
            digital = len(row["number"]) == 20
            kind = "数电发票（普通发票）" if digital else "增值税电子普通发票"
            writer.writerow(
                [
                    n, row["code"], "" if digital else row["number"], row["number"] if digital else "",
                    row["seller_tax_id"], row["seller_name"], row["buyer_tax_id"], row["buyer_name"],
                    f"{row['issue_date']} 10:20:{n % 60:02}", row["net"], row["tax"], row["total"],
                    "电子发票服务平台", kind, "正常", "是", "正常", "示例开票人", "",
                ]
            )  # fmt: skip


def write_json_lines(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(count))


def keep_bytecode(folder: Path) -> None:
    """As at any start but the first, whatever this environment says of it: both processes have been there once."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    write_csv(folder / "first.csv", 10_000)
    run_import(folder, folder / "first.csv")


def run_import(folder: Path, file: Path) -> Run:
    """The command as an administrator gives it."""
    environment = os.environ | {"INVOICE_BOT_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'bench.db'}"}
    started, cpu = time.perf_counter(), _cpu_of_children()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "import", str(file)], env=environment, stdout=subprocess.PIPE, text=True
    )
    memory = 0.0
    while process.poll() is None:
        memory = max(memory, sum(map(_resident, (process.pid, *_children(process.pid)))))
        time.sleep(0.05)
    seconds = time.perf_counter() - started
    told = process.communicate()[0]
    if process.returncode or " 0 rows rejected, 0 warnings" not in told:
        raise RuntimeError(told)
    return Run(seconds, memory, _cpu_of_children() - cpu)


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _resident(pid: int) -> float:
    """MB now; 0 for a process that is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def run_plain(folder: Path, file: Path) -> Run:
    """The yardstick: csv.DictReader into one table of text, one transaction."""
    started, cpu = time.perf_counter(), time.process_time()
    with file.open(encoding="utf-8", newline="") as source, closing(sqlite3.connect(folder / "plain.db")) as database:
        database.execute(f"CREATE TABLE invoices ({', '.join(HEADERS)})")
        places = ", ".join(f":{name}" for name in HEADERS)
        with database:
            database.executemany(f"INSERT INTO invoices VALUES ({places})", csv.DictReader(source))
    return Run(time.perf_counter() - started, 0, time.process_time() - cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast a million invoices come in.")
    parser.add_argument("--rows", type=int, default=ROWS)
    count = parser.parse_args().rows
    with TemporaryDirectory() as place:
        keep_bytecode(Path(place))
        measure(count)


def measure(count: int) -> None:
    files: dict[str, tuple[str, Callable[[Path, int], None]]] = {
        "CSV, English headers": ("english.csv", write_csv),
        "CSV, 电子税务局, GB18030": ("export.csv", write_export),
        "JSON lines": ("lines.jsonl", write_json_lines),
    }
    shown = Table(box=box.MARKDOWN)
    shown.add_column("file")
    for name in ("rows/s", "CPU µs a row", "peak MB", "of the yardstick's speed", "met"):
        shown.add_column(name, justify="right")
    for title, (name, write) in files.items():
        with TemporaryDirectory() as place:
            folder = Path(place)
            write(folder / name, count)
            if write is write_csv:
                plain = run_plain(folder, folder / name)
                shown.add_row("csv.DictReader + sqlite3", *_figures(plain, count))
            for again in ("", ", again"):
                run = run_import(folder, folder / name)
                is_met = count / run.seconds >= TARGET_SPEED and run.memory <= TARGET_MEMORY
                speed = f"{plain.seconds / run.seconds:.2f}"
                shown.add_row(
                    title + again, *_figures(run, count), f"{run.memory:.0f}", speed, "yes" if is_met else "no"
                )
    Console(width=130).print(shown)


def _figures(run: Run, count: int) -> tuple[str, str]:
    return f"{count / run.seconds:,.0f}", f"{run.cpu / count * 1e6:.1f}"


if __name__ == "__main__":
    main()
