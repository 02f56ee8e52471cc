"""The headers of tables of invoices: what people and exports write above a column, and which column that is."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from knowledge.content import ContentError


def normalized(header: str) -> str:
    folded = unicodedata.normalize("NFKC", header).lower()
    return "".join(c for c in folded if not c.isspace() and c not in "*::")


@lru_cache(maxsize=1)
def headers() -> Mapping[str, str]:
    """Normalized header → canonical column."""
    source = files("knowledge.invoices").joinpath("data/headers.toml").read_text(encoding="utf-8")
    return parse_headers(source)


def parse_headers(source: str, file: str = "headers.toml") -> Mapping[str, str]:
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ContentError(file, str(error)) from error
    aliases: dict[str, str] = {}
    for column, names in table.items():
        for name in (column, *names):
            if aliases.setdefault(normalized(name), column) != column:
                raise ContentError(file, f"{name!r} means two columns", field=column)
    return aliases
