"""`invoice-bot knowledge …`: what is done to the knowledge base before it goes live."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.app import Services, utc_now
from bot.terminal import say, show, with_services
from knowledge.articles import load_articles
from knowledge.content import ContentError
from knowledge.flows.loader import load_flows
from knowledge.gaps import Cluster
from knowledge.routing import prepared, zones
from knowledge.routing.fitting import Question, fit_base

app = typer.Typer(help="The knowledge base: articles, flows and how they are found.", no_args_is_help=True)
out = Console()
EXAMPLES = 5  # a cluster


@app.callback()
def _group() -> None:
    """Keeps `fit` a command of the group while it is the only one."""


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
        out.print(f"{name}: answer from {one.answer}, clarify from {one.clarify}", highlight=False)


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
