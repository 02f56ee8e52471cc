"""`make coverage-flows`: plays every dialogue and tells which steps and repairs of each flow they exercise.

A step is where a flow stops: a question, a look-up or a link to another flow; branches and groups are only passed
on the way.
Exits 1 if a flow falls below FLOOR, if one of its repairs is never exercised, or if a dialogue goes otherwise.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from knowledge.flows.engine import MAX_STRIKES, advance
from knowledge.flows.loader import load_flows, load_forms
from knowledge.flows.model import Ask, Branch, End, Flow, Group, Result
from knowledge.flows.state import State, Why
from knowledge.texts import Locale, Localized, Texts, plain
from tests.dialogues.script import Dialogue, load_dialogues
from tests.dialogues.stage import BEGINNING, Mismatch, Seen, stage

FLOOR = 0.95
FLOWS, TEXTS = {**load_flows(), **load_forms()}, Texts.load()


class Repair(StrEnum):
    BACK = "back"
    SKIP = "skip"
    WHY = "why"
    CANCEL = "cancel"
    HUMAN = "human"
    DIGRESSION = "digression"
    RESUME = "resume"
    STRIKES = "three strikes"


@dataclass
class Covered:
    """Of one flow. A flow that a link leads into counts as well."""

    steps: dict[Locale, set[str]] = field(default_factory=lambda: {locale: set() for locale in Locale})
    repairs: set[Repair] = field(default_factory=set)

    def everywhere(self) -> set[str]:
        """In every language."""
        return set.intersection(*self.steps.values())


def watch(covered: Mapping[str, Covered], dialogue: Dialogue, seen: list[Seen]) -> None:
    """Add what one dialogue exercised."""
    known: dict[int, State] = {}
    for act in seen:
        for session in act.sessions:
            now = State.from_json(session.state)
            covered[now.flow].steps[dialogue.language] |= stops(now)
            if session.id in known:
                covered[now.flow].repairs |= set(repairs(FLOWS[now.flow], known[session.id], now, act))
            known[session.id] = now


def stops(state: State) -> set[str]:
    """Where somebody is and was; Back forgets, but what it forgot was seen when it was there."""
    return {state.step, *(tried.step for tried in state.tried), *(visit.step for visit in state.trail)}


def repairs(flow: Flow, before: State, now: State, act: Seen) -> Iterator[Repair]:
    """What an act made of `before`. Choices that end a flow are no repair: they leave their mark in what was tried."""
    new = now.tried[len(before.tried) :]
    if len(now.trail) < len(before.trail):
        yield Repair.BACK
    if any(tried.outcome == Result.SKIPPED for tried in new):
        yield Repair.SKIP
    if now.end is not before.end and not new:
        yield from {End.CANCELLED: [Repair.CANCEL], End.HUMAN: [Repair.HUMAN]}.get(now.end or End.SOLVED, [])
    if now.strikes >= MAX_STRIKES:
        yield Repair.STRIKES
    step = flow.steps.get(before.step)
    if isinstance(step, Ask):
        if _says(act, advance(flow, before, Why(), BEGINNING.date()).notice):
            yield Repair.WHY
        if _says(act, TEXTS("flow.we_were_at", title=step.title)):
            yield Repair.RESUME if act.act.value.text() == "/resume" else Repair.DIGRESSION


def _says(act: Seen, words: Localized | None) -> bool:
    return words is not None and any(plain(words[locale]) in text for locale in Locale for text in act.fresh)


def table(covered: Mapping[str, Covered]) -> Table:
    shown = Table("flow", "steps", "zh-CN", "en", "both", "not in both", "repairs", "missing", box=box.SIMPLE)
    for name, flow in FLOWS.items():
        one, steps = covered[name], stopping(flow)
        shown.add_row(
            name,
            str(len(steps)),
            *(f"{len(steps & one.steps[locale])}" for locale in Locale),
            f"{share(flow, one):.0%}",
            ", ".join(sorted(steps - one.everywhere())),
            f"{len(one.repairs)}/{len(Repair)}",
            ", ".join(sorted(set(Repair) - one.repairs)),
        )
    return shown


def stopping(flow: Flow) -> set[str]:
    return {name for name, step in flow.steps.items() if not isinstance(step, Branch | Group)}


def share(flow: Flow, covered: Covered) -> float:
    steps = stopping(flow)
    return len(steps & covered.everywhere()) / len(steps)


async def play_all(covered: Mapping[str, Covered], console: Console) -> bool:
    """Whether all went as written."""
    good = True
    for dialogue in load_dialogues():
        with tempfile.TemporaryDirectory() as folder:
            async with stage(dialogue, Path(folder)) as played:
                try:
                    await played.play()
                except Mismatch as mismatch:
                    good = False
                    console.print(str(mismatch).partition("\n")[0], markup=False)
                watch(covered, dialogue, played.seen)
    return good


async def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 160)
    covered = {name: Covered() for name in FLOWS}
    good = await play_all(covered, console)
    console.print(table(covered))
    reached = all(share(flow, covered[name]) >= FLOOR for name, flow in FLOWS.items())
    repaired = all(len(one.repairs) == len(Repair) for one in covered.values())
    return 0 if good and reached and repaired else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
