"""Kinds of invoices in the vocabularies of QR codes, tax codes and exports (data/kinds.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

from knowledge.content import ContentError
from knowledge.invoices.model import Family, Kind
from knowledge.invoices.rules import Asks, asked_for

__all__ = ["Asks", "KindInfo", "asks", "kind_named", "kind_of_qr", "kinds", "parse_kinds"]

FILE = "kinds.toml"
_FOREIGN = "foreign"  # the table of papers that are no invoice of ours, though their names contain one
_PUNCTUATION = re.compile(r"[\s（）()「」]")


@dataclass(frozen=True, slots=True)
class KindInfo:
    kind: Kind
    family: Family
    qr: tuple[str, ...]
    tax_codes: tuple[str, ...]
    baiwang: tuple[str, ...]
    names: tuple[str, ...]  # without brackets and spaces


def parse_kinds(source: str, file: str = FILE) -> Mapping[Kind, KindInfo]:
    try:
        tables = tomllib.loads(source)
        tables.pop(_FOREIGN, None)
        found = {Kind(name): _parse(Kind(name), table) for name, table in tables.items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ContentError(file, str(error)) from error
    if missing := set(Kind) - set(found):
        raise ContentError(file, f"kinds are missing: {sorted(missing)}")
    return found


def _parse(kind: Kind, table: Mapping[str, object]) -> KindInfo:
    lists = {key: tuple(map(_bare, _strings(table[key]))) for key in ("qr", "tax_codes", "baiwang", "names")}
    return KindInfo(kind, Family(str(table["family"])), **lists)


def _strings(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("needs a list of strings")
    return value


def _bare(text: str) -> str:
    return _PUNCTUATION.sub("", text)


@lru_cache(maxsize=1)
def kinds() -> Mapping[Kind, KindInfo]:
    return parse_kinds(files("knowledge.invoices").joinpath("data", FILE).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _foreign() -> tuple[str, ...]:
    source = files("knowledge.invoices").joinpath("data", FILE).read_text(encoding="utf-8")
    return tuple(map(_bare, _strings(tomllib.loads(source)[_FOREIGN]["names"])))


def asks(kind: Kind, *, digital: bool = False, day: date | None = None) -> Asks:
    """Toll invoices come in both families: the digital one is a 数电普票. `day`: of the verification."""
    return asked_for(Kind.D_NORMAL if kind is Kind.TOLL and digital else kind, day)


def kind_of_qr(code: str) -> Kind | None:
    return next((info.kind for info in kinds().values() if code in info.qr), None)


def kind_named(text: str, *, digital: bool, paper: bool) -> Kind | None:
    """The kind that an export or a person calls so: canonical name, code or 票种 text. None if unknown.

    Exports shorten: 增值税专用发票 with 20 digits is a 数电专票, and a 数电纸质专票 if it has a code as well.
    """
    bare = _bare(text)
    if bare in set(Kind):
        return Kind(bare)
    if any(name in bare for name in _foreign()):
        return None
    exact = (i.kind for i in kinds().values() if bare in i.tax_codes or bare in i.baiwang or bare in i.names)
    kind = next(exact, None) or _longest_within(bare)
    return _in_family(kind, digital=digital, paper=paper)


def _longest_within(bare: str) -> Kind | None:
    hits = [(len(name), info.kind) for info in kinds().values() for name in info.names if name in bare]
    return max(hits)[1] if hits else None


def _in_family(kind: Kind | None, *, digital: bool, paper: bool) -> Kind | None:
    if not digital:
        return kind
    if kind in {Kind.PAPER_SPECIAL, Kind.D_SPECIAL}:
        return Kind.D_PAPER_SPECIAL if paper else Kind.D_SPECIAL
    if kind in {Kind.PAPER_NORMAL, Kind.D_NORMAL}:
        return Kind.D_PAPER_NORMAL if paper else Kind.D_NORMAL
    return kind
