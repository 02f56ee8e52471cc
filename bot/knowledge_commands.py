"""`invoice-bot knowledge …`: what is done to the knowledge base before it goes live."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.app import utc_now
from knowledge.articles import load_articles
from knowledge.content import ContentError
from knowledge.flows.loader import load_flows
from knowledge.routing import prepared, zones
from knowledge.routing.fitting import Question, fit_base

app = typer.Typer(help="The knowledge base: articles, flows and how they are found.", no_args_is_help=True)
out = Console()


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


def _read(path: Path) -> list[Question]:
    lines = enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1)
    return [_question(path.name, number, line) for number, line in lines if line.strip()]


def _question(file: str, number: int, line: str) -> Question:
    try:
        data = json.loads(line)
        return Question(str(data["text"]), frozenset(map(str, data["gold"])))
    except (ValueError, TypeError, KeyError) as error:
        raise ContentError(file, "expected a JSON object with `text` and a list `gold`", line=number) from error
