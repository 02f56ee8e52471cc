"""How sure is sure enough (data/zones.toml, written by `invoice-bot knowledge fit`)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from knowledge.routing.words import parse

FILE = "zones.toml"
HONEST = 2  # an article for what is not ours is worse than a button too many


class Zone(StrEnum):
    ANSWER = "answer"  # show `slug`
    CLARIFY = "clarify"  # offer `top3`
    UNKNOWN = "unknown"  # say so; `top3` are the nearest topics, if any


class Thresholds(BaseModel):
    """`answer`: the lead of the first topic over all others, and half of that over what is not ours.

    `clarify`: its lead over what is not ours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: float
    clarify: float

    def zone(self, *, lead: float, score: float) -> Zone:
        if score < self.clarify:
            return Zone.UNKNOWN
        return Zone.ANSWER if lead >= self.answer and score >= HONEST * self.answer else Zone.CLARIFY


CAUTIOUS = Thresholds(answer=0.4, clarify=0.0)  # where nothing was fitted


class Zones(BaseModel):
    """`hash`: the knowledge base's they were fitted for; one pair for each set of encoders."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hash: str = ""
    fitted: Mapping[str, Thresholds] = Field(default_factory=dict)

    def of(self, encoders: str) -> Thresholds:
        return self.fitted.get(encoders, CAUTIOUS)


def dump_zones(zones: Zones) -> str:
    """As the file has it."""
    lines = ["# Written by `invoice-bot knowledge fit`.", f'hash = "{zones.hash}"']
    for name, one in zones.fitted.items():
        lines += ["", f"[fitted.{name}]", f"answer = {one.answer}", f"clarify = {one.clarify}"]
    return "\n".join(lines) + "\n"


@cache
def load_zones() -> Zones:
    """Empty if there is no file."""
    resource = files("knowledge.routing").joinpath("data", FILE)
    return parse(Zones, resource.read_text(encoding="utf-8"), FILE) if resource.is_file() else Zones()
