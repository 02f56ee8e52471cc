"""Kinds of invoices in the vocabularies of QR codes, tax codes and exports (data/kinds.toml)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from knowledge.content import ContentError
from knowledge.invoices.model import Family, Kind

FILE = "kinds.toml"
_PUNCTUATION = re.compile(r"[\s（）()「」]")


class Asks(StrEnum):
    """What the official 查验 wants besides number and issue date."""

    NET = "net"
    TOTAL = "total"
    CHECK_CODE = "check_code"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class KindInfo:
    kind: Kind
    family: Family
    asks: Asks
    qr: tuple[str, ...]
    tax_codes: tuple[str, ...]
    names: tuple[str, ...]  # without brackets and spaces


def parse_kinds(source: str, file: str = FILE) -> Mapping[Kind, KindInfo]:
    try:
        found = {Kind(name): _parse(Kind(name), table) for name, table in tomllib.loads(source).items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ContentError(file, str(error)) from error
    if missing := set(Kind) - set(found):
        raise ContentError(file, f"kinds are missing: {sorted(missing)}")
    return found


def _parse(kind: Kind, table: Mapping[str, object]) -> KindInfo:
    lists = {key: tuple(map(_bare, _strings(table[key]))) for key in ("qr", "tax_codes", "names")}
    return KindInfo(kind, Family(str(table["family"])), Asks(str(table["asks"])), **lists)


def _strings(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("needs a list of strings")
    return value


def _bare(text: str) -> str:
    return _PUNCTUATION.sub("", text)


@lru_cache(maxsize=1)
def kinds() -> Mapping[Kind, KindInfo]:
    return parse_kinds(files("knowledge.invoices").joinpath("data", FILE).read_text(encoding="utf-8"))


def asks(kind: Kind, *, digital: bool = False) -> Asks:
    """Toll and vehicle invoices come in both families: the digital toll invoice asks for the total."""
    return Asks.TOTAL if kind is Kind.TOLL and digital else kinds()[kind].asks


def kind_of_qr(code: str) -> Kind | None:
    return next((info.kind for info in kinds().values() if code in info.qr), None)


def kind_named(text: str, *, digital: bool, paper: bool) -> Kind | None:
    """The kind that an export or a person calls so: canonical name, tax code or 票种 text. None if unknown.

    Exports shorten: 增值税专用发票 with 20 digits is a 数电专票, and a 数电纸质专票 if it has a code as well.
    """
    bare = _bare(text)
    if bare in set(Kind):
        return Kind(bare)
    exact = (i.kind for i in kinds().values() if bare in i.tax_codes or bare in i.names)
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
