"""The router's own vocabulary (data/words.toml): what people say when they do not ask about a topic."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.content import ContentError

FILE = "words.toml"
Phrases = tuple[str, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Human(_Strict):
    says: Phrases  # anywhere in the text, normalised
    refuses: Phrases  # the same words, but with "no" before them
    phrasings: Phrases


class Words(_Strict):
    human: Human
    smalltalk: dict[str, Phrases]
    fillers: Phrases  # may stand between small talk without changing it
    weak: Phrases  # not compared
    tricks: Phrases  # attempts to give the bot orders; anywhere in the text
    lookup: Phrases
    elsewhere: Phrases  # our words round things that are not ours
    uncovered: dict[str, Phrases] = Field(default_factory=dict)  # topics (slugs) that may have no article yet


@cache
def load_words() -> Words:
    source = files("knowledge.routing").joinpath("data", FILE).read_text(encoding="utf-8")
    return parse_words(source, FILE)


def parse_words(source: str, file: str) -> Words:
    try:
        return Words.model_validate(tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(file, str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ContentError(file, first["msg"], field=".".join(map(str, first["loc"]))) from error
