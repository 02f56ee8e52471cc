"""How well questions find their topics, beside rapidfuzz's WRatio on the same phrasings: `make bench-retrieval`.

The questions (tests/fixtures/utterances-dev.jsonl) are nobody's phrasings. Out of fold, thresholds are fitted on the
other four fifths; "unseen" are those of them that do not happen to read like a phrasing; "own" are questions that were
never used for fitting (utterances-own.jsonl, utterances-not-ours.jsonl); "learnt" also takes the other folds as
phrasings, which the bot never does: what more phrasings would give.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from time import perf_counter

import numpy as np
from rapidfuzz import fuzz, process
from rich import box
from rich.console import Console
from rich.table import Table

from knowledge.articles import load_articles
from knowledge.flows.loader import load_flows
from knowledge.routing import Route, Router, Zone, encoders
from knowledge.routing.base import Base
from knowledge.routing.encoders import Encoder, remembering
from knowledge.routing.engine import Engine
from knowledge.routing.fitting import Judged, always, fit_thresholds
from knowledge.routing.phrasebook import Phrasebook
from knowledge.routing.prepared import prepare
from knowledge.routing.retriever import Retriever
from knowledge.routing.router import OOS
from knowledge.routing.zones import CAUTIOUS, Thresholds
from tests.benchmarks.figures import percentile
from tests.benchmarks.retrieval_figures import MEASURES, Answered, Answers, Line, Measure, of_style

FIXTURES = Path(__file__).parents[1] / "fixtures"
DEV, OWN, NOT_OURS = (FIXTURES / f"utterances-{name}.jsonl" for name in ("dev", "own", "not-ours"))
TODAY = date(2026, 11, 24)
FOLDS = 5
WIDTH = 140
COSTS = {"p50 ms": 5.0, "p99 ms": 40.0, "start s": 4.0, "RSS MB": 450.0}
ARTICLES, FLOWS = load_articles(), load_flows()


def read_lines(file: Path = DEV) -> list[Line]:
    rows = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [Line(row["text"], tuple(row["gold"]), row["lang"], row["style"]) for row in rows]


def answered(router: Router, lines: Iterable[Line]) -> list[Answered]:
    return [Answered(line, router.route(line.text, TODAY)) for line in lines]


def out_of_fold(lines: Sequence[Line], router_for: Callable[[Sequence[Line]], Router]) -> list[Answered]:
    """Every line by a router whose thresholds never saw it."""
    results: list[Answered] = []
    for fold in range(FOLDS):
        others = [line for number, line in enumerate(lines) if number % FOLDS != fold]
        results += answered(router_for(others), lines[fold::FOLDS])
    return results


def unseen(answers: Answers, base: Base, canonical: Callable[[str], str]) -> list[Answered]:
    known = set(map(canonical, base.phrasings))
    return [one for one in answers if canonical(one.line.text) not in known]


def with_thresholds(engine: Engine, thresholds: Thresholds) -> Router:
    return Router(ARTICLES, FLOWS, always(replace(engine, thresholds=thresholds)))


def fitted(engine: Engine, others: Sequence[Line]) -> Router:
    cautious = with_thresholds(engine, CAUTIOUS)
    judged = [Judged(frozenset(line.gold), cautious.route(line.text, TODAY)) for line in others]
    return with_thresholds(engine, fit_thresholds(judged))


def learnt(base: Base, others: Sequence[Line], use: Encoder | None, e5: Encoder | None, shipped: Thresholds) -> Router:
    """With the other folds' lines among the phrasings; thresholds as shipped, for these lines are known to it."""
    said: dict[str, list[str]] = {}
    for phrasing, topic in zip(base.phrasings, base.topics, strict=True):
        said.setdefault(topic, []).append(phrasing)
    for line in others:
        said.setdefault(line.gold[0], []).append(line.text)
    book = Phrasebook(Base.of(said))
    return with_thresholds(Engine.of(book, Retriever(book, prepare(book, use, e5), use, e5), shipped), shipped)


def by_wratio(base: Base, lines: Sequence[Line]) -> tuple[list[Answered], list[float]]:
    """What a small bot does: the phrasing with the highest WRatio. And the seconds each took."""
    results, seconds = [], []
    phrasings = [phrasing.lower() for phrasing in base.phrasings]
    for line in lines:
        begun = perf_counter()
        scores = process.cdist([line.text.lower()], phrasings, scorer=fuzz.WRatio)[0]
        ranked = list(dict.fromkeys(base.topics[number] for number in np.argsort(-scores, kind="stable")))
        best = max(score for score, topic in zip(scores, base.topics, strict=True) if topic != OOS)
        seconds.append(perf_counter() - begun)
        top3 = tuple(topic for topic in ranked if topic != OOS)[:3]
        results.append(Answered(line, Route(Zone.CLARIFY, top3[0], top3, float(best) / 100, "WRatio")))
    return results, seconds


def cost() -> dict[str, float]:
    """Of a fresh process: until the first answer, then of each question, then its memory."""
    begun = perf_counter()
    router = Router(load_articles(), load_flows())
    router.route("怎么查发票", TODAY)
    start, seconds = perf_counter() - begun, []
    for line in read_lines():
        begun = perf_counter()
        router.route(line.text, TODAY)
        seconds.append(perf_counter() - begun)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    times = {f"p{share} ms": percentile(seconds, share) * 1000 for share in (50, 99)}
    return times | {"start s": start, "RSS MB": pages * 4096 / 1e6}


def cost_of_fresh_process() -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.retrieval", "--cost"]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def table(columns: dict[str, Answers], measures: Iterable[Measure], main: str) -> Table:
    shown = Table(box=box.MARKDOWN)
    shown.add_column("measured")
    for name in (*columns, "target", "met"):
        shown.add_column(name, justify="right")
    for measure in measures:
        values = {name: measure.of(answers) for name, answers in columns.items() if measure.by_rank or name != "WRatio"}
        met = "" if not measure.target else "yes" if measure.is_met(values[main]) else "**no**"
        cells = [f"{values[name]:.3f}" if name in values else "" for name in columns]
        shown.add_row(measure.name, *cells, measure.target, met)
    return shown


def cost_table(ours: dict[str, float], wratio: Sequence[float]) -> Table:
    theirs = {f"p{share} ms": f"{percentile(wratio, share) * 1000:.1f}" for share in (50, 99)}
    shown = Table("cost", "ours", "WRatio", "target", "met", box=box.MARKDOWN)
    for name, most in COSTS.items():
        met = "yes" if ours[name] <= most else "**no**"
        shown.add_row(name, f"{ours[name]:.1f}", theirs.get(name, ""), f"≤ {most:g}", met)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description="How well questions find their topics.")
    parser.add_argument("--cost", action="store_true", help="only this process's start, times and memory, as JSON")
    parser.add_argument("--quick", action="store_true", help="without the column for which the folds are learnt")
    arguments = parser.parse_args()
    if arguments.cost:
        print(json.dumps(cost()))  # noqa: T201
        return
    lines, console = read_lines(), Console(width=WIDTH)
    shipped = Router(ARTICLES, FLOWS)
    engine = shipped.warm()
    wratio, seconds = by_wratio(shipped.base, lines)
    columns: dict[str, Answers] = {
        "as shipped": answered(shipped, lines),
        "out of fold": out_of_fold(lines, lambda others: fitted(engine, others)),
    }
    columns["unseen"] = unseen(columns["out of fold"], shipped.base, engine.canonical)
    columns["own"] = answered(shipped, [*read_lines(OWN), *read_lines(NOT_OURS)])
    if not arguments.quick:
        use, e5 = (made and remembering(made, {}) for made in (encoders.use(), encoders.e5()))
        columns["learnt"] = out_of_fold(lines, lambda others: learnt(shipped.base, others, use, e5, engine.thresholds))
    columns["WRatio"] = wratio
    questions = f"{len(lines)} questions, {len(columns['unseen'])} of them unseen"
    console.print(f"{len(shipped.base.phrasings)} phrasings, {questions}, encoders: {engine.encoders}")
    console.print(table(columns, MEASURES, "unseen"))
    styles = sorted({line.style for line in lines if line.is_topical})
    counts = {style: sum(line.style == style and line.is_topical for line in lines) for style in styles}
    by_style = [Measure(f"first, {style} ({counts[style]})", of_style(style)) for style in styles]
    console.print(table(columns, by_style, "unseen"))
    console.print(cost_table(cost_of_fresh_process(), seconds))


if __name__ == "__main__":
    main()
