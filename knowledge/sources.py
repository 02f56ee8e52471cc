"""The files that people write, as they are: articles, flows, forms and texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from knowledge.content import read_folder

ARTICLES, FLOWS, FORMS, TEXTS = "articles/data", "flows/data", "flows/forms", "texts/data"  # below `knowledge`
SUFFIXES = {ARTICLES: ".md", FLOWS: ".yaml", FORMS: ".yaml", TEXTS: ".toml"}


@dataclass(frozen=True, slots=True)
class Sources:
    """File name → its text."""

    articles: Mapping[str, str]
    flows: Mapping[str, str]
    forms: Mapping[str, str]
    texts: Mapping[str, str]


def shipped() -> Traversable:
    return files("knowledge")


def read_sources(root: Traversable) -> Sources:
    """From a folder laid out as `knowledge` is. Raises ContentError for what is not UTF-8."""
    return Sources(*(read_folder(root.joinpath(*place.split("/")), suffix) for place, suffix in SUFFIXES.items()))
