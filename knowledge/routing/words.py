"""The router's own vocabulary: what people say when they do not ask about a topic."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from knowledge.content import ContentError

WORDS, CLASSES, NEGATIVES = "words.toml", "classes.toml", "negatives.txt"
NUMBER = "00000000"  # what # stands for in a phrasing
Phrases = tuple[str, ...]


def _numbered(phrases: Phrases) -> Phrases:
    return tuple(phrase.replace("#", NUMBER) for phrase in phrases)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Human(_Strict):
    says: Phrases
    refuses: Phrases  # the same words, but with "no" before them


class Words(_Strict):
    """What decides alone. Human, tricks, compliance: anywhere in the text; small talk: nothing but."""

    human: Human
    smalltalk: dict[str, Phrases]
    fillers: Phrases  # may stand between small talk without changing it
    tricks: Phrases  # attempts to give the bot orders
    compliance: Phrases  # wants to trade in invoices
    guides: Phrases  # wants to be led step by step; anywhere in the text
    mine: Phrases  # wants to see the list of one's invoices; the whole text
    vague: Phrases  # names no topic; the whole text, made of nothing else
    continues: Phrases  # goes on with what was spoken of; the whole text


class Classes(_Strict):
    """Phrasings of what is no topic, compared as the topics' own are."""

    lookup: Annotated[Phrases, AfterValidator(_numbered)]
    human: Phrases
    smalltalk: Phrases
    oos: Phrases


_Model = TypeVar("_Model", bound=BaseModel)


@cache
def load_words() -> Words:
    return parse(Words, _read(WORDS), WORDS)


@cache
def load_classes() -> Classes:
    """With the negatives among `oos`."""
    known = parse(Classes, _read(CLASSES), CLASSES)
    lines = (line.strip() for line in _read(NEGATIVES).splitlines())
    negatives = (line for line in lines if line and not line.startswith("#"))
    return Classes(lookup=known.lookup, human=known.human, smalltalk=known.smalltalk, oos=(*known.oos, *negatives))


def parse(model: type[_Model], source: str, file: str) -> _Model:
    """Raises ContentError with the field."""
    try:
        return model.model_validate(tomllib.loads(source))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(file, str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ContentError(file, first["msg"], field=".".join(map(str, first["loc"]))) from error


def _read(file: str) -> str:
    return files("knowledge.routing").joinpath("data", file).read_text(encoding="utf-8")
