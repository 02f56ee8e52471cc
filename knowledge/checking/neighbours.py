"""Topics that people's words do not tell apart (knowledge/routing/data/neighbours.toml)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from knowledge.routing.words import parse

FILE = "neighbours.toml"


class _Neighbours(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    groups: tuple[frozenset[str], ...]


@cache
def groups() -> tuple[frozenset[str], ...]:
    source = files("knowledge.routing").joinpath("data", FILE).read_text(encoding="utf-8")
    return parse(_Neighbours, source, FILE).groups


def are_neighbours(one: str, other: str) -> bool:
    return any({one, other} <= group for group in groups())
