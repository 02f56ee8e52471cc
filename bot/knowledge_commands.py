"""`invoice-bot knowledge …`: what is done to the knowledge base before it goes live."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.app import Services, utc_now
from bot.terminal import err, say, show, with_services
from knowledge.articles import load_articles
from knowledge.checking import Checked, Finding, check, misrouted, stale
from knowledge.checking.findings import findings
from knowledge.checking.left_out import Tell
from knowledge.content import ContentError
from knowledge.flows.diagram import graph as diagram
from knowledge.flows.loader import load_flows, load_forms
from knowledge.flows.ordering import Standing, standings
from knowledge.gaps import Cluster
from knowledge.routing import Router, prepared, zones
from knowledge.routing.fitting import Question, fit_base
from knowledge.sources import Sources, read_sources, shipped
from knowledge.taught import article_files
from knowledge.texts import Locale

app = typer.Typer(help="The knowledge base: articles, flows and how they are found.", no_args_is_help=True)
EXAMPLES = 5  # a cluster


@app.command("check")
def check_command(
    fast: Annotated[bool, typer.Option("--fast", help="Without trying every phrasing: a second, not 20.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="A copy of the folder `knowledge`, instead of what is in use."),
    ] = None,
) -> None:
    """Find what is wrong: one line a finding, `file:line: field: what`; exit code 1 if one is no mere warning."""
    try:
        sources = read_sources(folder or shipped())
    except ContentError as error:
        broken = findings((error, *error.others))
        _tell(broken)
        raise typer.Exit(1) from None
    checked = check(sources, utc_now().date())
    found = list(checked.findings)
    if not checked.errors:
        found += stale(Router(checked.articles, checked.flows).base)
        found += [] if fast else _tried(checked)
    _tell(found)
    say(_summary(sources, checked, found))
    if checked.errors:
        raise typer.Exit(1)


def _tell(found: list[Finding]) -> None:
    for finding in sorted(found, key=lambda finding: (finding.is_error, finding.place)):
        say(str(finding))


def _summary(sources: Sources, checked: Checked, found: list[Finding]) -> str:
    """Below the errors, which stand last, where they are seen."""
    wrong, warned = len(checked.errors), len(found) - len(checked.errors)
    files_read = sum(map(len, (sources.articles, sources.flows, sources.forms, sources.texts)))
    return f"{files_read} files, {len(checked.said)} phrasings and titles: {wrong} errors, {warned} warnings"


def _tried(checked: Checked) -> list[Finding]:
    with _bar("each phrasing, left out") as tell:
        return list(misrouted(checked, utc_now().date(), tell))


@contextmanager
def _bar(name: str) -> Iterator[Tell]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task(name, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@app.command()
def graph(
    flow: Annotated[str, typer.Argument(help="A flow's or form's name, as its file is called.", show_default=False)],
    lang: Annotated[Locale, typer.Option(help="Language of the steps' titles.")] = Locale.ZH,
) -> None:
    """A flow or form as a Mermaid diagram: https://mermaid.live and GitHub's Markdown draw it."""
    flows = {**load_flows(), **load_forms()}
    if flow not in flows:
        raise ContentError(flow, f"no such flow; there are {', '.join(flows)}")
    say(diagram(flows[flow], lang).rstrip())


@app.command()
def order(
    flow: Annotated[str, typer.Argument(help="A flow's name; else all with checks in free order.")] = "",
) -> None:
    """In which order checks are offered, by symptom, and what that is learned from; `all`: symptoms taken together."""
    flows = load_flows()
    if flow and flow not in flows:
        raise ContentError(flow, f"no such flow; there are {', '.join(flows)}")

    async def run(services: Services) -> None:
        async with services.storage.read() as work:
            seen = {name: await work.steps.seen(name) for name in ([flow] if flow else flows)}
        found = [(name, standing) for name, steps in seen.items() for standing in standings(flows[name], steps)]
        show(_STANDING, (_standing_row(name, standing) for name, standing in found))

    with_services(run)


_STANDING = ("flow", "symptom", "place", "check", "tried", "solved", "rate at least", "seconds")


def _standing_row(flow: str, standing: Standing) -> tuple[str, ...]:
    own, scored = standing.own, standing.scored
    known = (f"{scored.rate:.0%}", f"{scored.seconds:.0f}") if scored.bearing else ("", "")
    return (
        *(flow, standing.symptom or "all", f"{standing.place}", standing.check),
        *(f"{own.tried:.0f}", f"{own.solved:.0f}", *known),
    )


@app.command()
def fit(
    questions: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON lines with `text` and `gold`.")],
) -> None:
    """Prepare the retriever for today's articles and flows, and fit its thresholds; about a minute.

    Writes data/prepared.npz and data/zones.toml of knowledge.routing. To be run after every change of phrasings; the
    questions only decide how sure is sure enough, they are not learnt.
    """
    made, fitted = fit_base(load_articles(), load_flows(), _read(questions), utc_now().date())
    with as_file(files("knowledge.routing").joinpath("data")) as folder:
        prepared.save_prepared(made, folder / prepared.FILE)
        (folder / zones.FILE).write_text(zones.dump_zones(fitted), encoding="utf-8")
    for name, one in fitted.fitted.items():
        say(f"{name}: answer from {one.answer}, clarify from {one.clarify}")


@app.command()
def gaps(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Questions that found no answer and articles that did not help, alike ones together, the commonest first."""

    async def run(services: Services) -> None:
        rows = [_gap_row(cluster) for cluster in await services.features.lessons.clusters()]
        if as_json:
            say(json.dumps(rows, ensure_ascii=False, indent=2))
        else:
            cells = ([str(row["count"]), row["kind"], "\n".join(row["examples"]), row["nearest"]] for row in rows)
            show(("times", "kind", "examples", "nearest"), cells)

    with_services(run)


@app.command()
def taught(
    target: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder to write to.", show_default=False)],
) -> None:
    """Write the articles that the desk has taught as files, for an author to go on with.

    Two files each, as in `knowledge/articles/data`; `knowledge check --folder` says what they need to be adopted.
    """

    async def run(services: Services) -> None:
        target.mkdir(parents=True, exist_ok=True)
        lessons = await services.features.lessons.in_use()
        written = [(lesson.topic, lesson.answer, lesson.phrasings) for lesson in lessons if lesson.answer]
        for one in written:
            for name, text in article_files(*one).items():
                (target / name).write_text(text, encoding="utf-8")
                say(name)
        if not written:
            say("nothing was taught that is no file yet")

    with_services(run)


def _gap_row(cluster: Cluster) -> dict[str, Any]:
    return {
        "count": cluster.size,
        "kind": cluster.first.kind,
        "locale": cluster.first.locale,
        "examples": [gap.text for gap in cluster.gaps[:EXAMPLES] if gap.text],
        "nearest": cluster.first.slug,
    }


def _read(path: Path) -> list[Question]:
    lines = enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1)
    return [_question(path.name, number, line) for number, line in lines if line.strip()]


def _question(file: str, number: int, line: str) -> Question:
    try:
        data = json.loads(line)
        return Question(str(data["text"]), frozenset(map(str, data["gold"])))
    except (ValueError, TypeError, KeyError) as error:
        raise ContentError(file, "expected a JSON object with `text` and a list `gold`", line=number) from error
