"""Reads dialogues: YAML files that say, line by line, what people do and what the bot must answer (README.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge.flows.nodes import Node
from knowledge.texts import Locale

FOLDER = Path(__file__).parent
SPEAKERS = ("member", "stranger", "newcomer")

# What may stand in a step, each with what it may be combined with.
ACTS: Mapping[str, tuple[str, ...]] = {
    "say": ("by", "times"),
    "reply": ("to",),
    "edit": ("to",),
    "tap": ("on", "by"),
    "forge": (),
    "file": ("caption",),
    "agent says": ("by",),
    "agent replies": ("to", "by"),
    "agent edits": ("to",),
    "agent taps": ("by",),
    "agent sends": ("to",),
    "ticket": (),
    "platform": (),
    "invitation": ("role",),
    "wait": (),
}
_CHECKS = (
    *("bot", "bot not", "bot sends", "bot quotes", "buttons", "has buttons", "popup", "reaction"),
    *("desk", "desk not", "desk quotes", "card", "card not", "card buttons", "topic", "topics"),
)
KNOWN: Mapping[str, tuple[str, ...]] = {**ACTS, **dict.fromkeys(_CHECKS, ())}


@dataclass(frozen=True, slots=True)
class Step:
    """One act or check. `options` are what it was combined with."""

    verb: str
    value: Node
    options: Mapping[str, Node]

    @property
    def place(self) -> str:
        return f"{self.value.file}:{self.value.value.start_mark.line + 1}"

    def text(self, option: str, default: str = "") -> str:
        return self.options[option].text() if option in self.options else default

    def texts(self) -> tuple[str, ...]:
        """One text, or a list of them."""
        return self.value.texts() if isinstance(self.value.value, yaml.SequenceNode) else (self.value.text(),)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """`reaches`: the flow's steps that must have been asked along the way."""

    name: str
    title: str
    language: Locale
    speaker: str
    reaches: frozenset[str]
    steps: tuple[Step, ...]


def load_dialogues(folder: Path = FOLDER) -> list[Dialogue]:
    return [parse_dialogue(path.read_text(encoding="utf-8"), path.name) for path in sorted(folder.glob("*.yaml"))]


def parse_dialogue(source: str, file: str) -> Dialogue:
    """Raises ContentError with file, line and what is wrong."""
    fields = Node.root(source, file).fields("title", "language", "steps", optional=("speaker", "reaches"))
    speaker = fields["speaker"].text() if "speaker" in fields else SPEAKERS[0]
    if speaker not in SPEAKERS:
        raise fields["speaker"].wrong(f"one of {', '.join(SPEAKERS)}")
    return Dialogue(
        name=file.removesuffix(".yaml"),
        title=fields["title"].text(),
        language=fields["language"].one_of(Locale),
        speaker=speaker,
        reaches=frozenset(fields["reaches"].texts() if "reaches" in fields else ()),
        steps=tuple(_step(node) for node in fields["steps"].items()),
    )


def _step(node: Node) -> Step:
    (verb, value), *rest = node.entries()
    if verb not in KNOWN:
        raise value.wrong(f"unknown step; known are {', '.join(KNOWN)}")
    for name, option in rest:
        if name not in KNOWN[verb]:
            raise option.wrong(f"does not go with {verb}; {', '.join(KNOWN[verb]) or 'nothing'} does")
    return Step(verb, value, dict(rest))
