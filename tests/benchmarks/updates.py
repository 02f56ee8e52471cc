"""What one reply costs, beside a plain echo bot on the same local Bot API: `make bench-updates`.

This process is Telegram and the people; each bot is a process of its own. docs/benchmarks.md tells how to read it.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bot.playground.server import serve
from tests.benchmarks.crowd import Crowd, paced, sustained
from tests.benchmarks.figures import SCENARIOS, Figures, Scenario
from tests.benchmarks.processes import ROOT, bot_process

BOTS = ("ours", "echo")
WARM_UP = 1.0
WIDTH = 120  # of the table, also where there is no terminal
SCRATCH = ROOT / "test-results"  # beside the code, so on a disk: /tmp is memory on many machines


async def measure(crowd: Crowd, bot: str, scenario: Scenario, seconds: float, figures: Figures) -> None:
    """With a delay, the time on the wire before the bot has the update is Telegram's and does not count."""
    crowd.delay = scenario.delay
    if not scenario.per_second:
        figures.add(bot, scenario, "replies/s", await sustained(crowd, scenario.chats, seconds))
        return
    spoken = await paced(crowd, scenario.chats, scenario.per_second, seconds)
    figures.add_times(bot, scenario, [one.inside if scenario.delay else one.whole for one in spoken])


async def one_round(bot: str, seconds: float, figures: Figures, progress: Progress, task: TaskID) -> None:
    """A fresh Bot API, a fresh process and a fresh database."""
    crowd = Crowd(max(scenario.chats for scenario in SCENARIOS))
    SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH, prefix="benchmark-") as folder:
        async with serve(crowd, page=False) as url, bot_process(bot, crowd, url, Path(folder)):
            await sustained(crowd, 50, WARM_UP)
            for scenario in SCENARIOS:
                progress.update(task, description=f"{bot}: {scenario.title}", refresh=True)
                await measure(crowd, bot, scenario, seconds, figures)
                progress.update(task, advance=1, refresh=True)
    crowd.check()


async def run(rounds: int, seconds: float) -> None:
    figures, console = Figures(), Console(width=WIDTH)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, auto_refresh=False) as progress:  # a refresh takes time from the bots
        task = progress.add_task("", total=rounds * len(BOTS) * len(SCENARIOS))
        for _ in range(rounds):
            for bot in BOTS:
                await one_round(bot, seconds, figures, progress, task)
    console.print(figures.table())


def main() -> None:
    parser = argparse.ArgumentParser(description="One reply's cost, beside a plain echo bot.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    arguments = parser.parse_args()
    uvloop.run(run(arguments.rounds, arguments.seconds))


if __name__ == "__main__":
    main()
