"""By what an invoice is recognised in whatever was sent, and whether its reader may have it."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from knowledge.invoices.flat import fen
from knowledge.invoices.model import Invoice
from knowledge.texts import plain

_WORD = re.compile(r"[0-9A-Za-z]{8,}")
_AMOUNT = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:,\d{3})+|\d+)\.\d{1,2}(?!\d)")
_CELL = re.compile(r"<v>(\d+(?:\.\d+)?)</v>")
_TAIL = re.compile(r"…(\d{4})(?!\d)")
_SPACES = re.compile(r"[\s\-]+")
_READ_AS = str.maketrans("OoIlBSsZzbq", "00118552269")  # how letters in a number are read
_SEED = 5  # characters of a name that are looked for before the whole


@dataclass(slots=True)
class Typed:
    """What somebody has typed: it may be said back to them, also as it was understood."""

    text: str = ""
    amounts: set[str] = field(default_factory=set)

    def add(self, text: str) -> None:
        said = unicodedata.normalize("NFKC", text)
        close = _SPACES.sub("", said)
        self.text += f"\n{close}\n{close.translate(_READ_AS)}"
        for digits in re.findall(r"\d+(?:\.\d+)?", said) + re.findall(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", said):
            self.amounts.add(_amount(digits.replace(",", "")))

    def has(self, marker: str) -> bool:
        if marker.startswith("¥"):
            return marker in self.amounts
        return _SPACES.sub("", unicodedata.normalize("NFKC", marker.removeprefix("…"))) in self.text


class Markers:
    """Every value that stands for invoices, with the tax ids of their parties: those may read it, nobody else."""

    def __init__(self, invoices: Iterable[Invoice] = ()) -> None:
        self._readers: defaultdict[str, set[str]] = defaultdict(set)
        self._names: defaultdict[str, set[str]] = defaultdict(set)  # by their beginnings
        self.add(invoices)

    def add(self, invoices: Iterable[Invoice]) -> None:
        for invoice in invoices:
            parties = {invoice.seller_tax_id, invoice.buyer_tax_id} - {""}
            for marker in _markers(invoice):
                self._readers[marker] |= parties
            for name in (invoice.seller_name, invoice.buyer_name):
                self._names[name[:_SEED]].add(name)

    def in_text(self, text: str) -> set[str]:
        """Those that are there, whoever may read them."""
        shown = plain(text)
        found = set(_WORD.findall(shown)) | {f"…{tail}" for tail in _TAIL.findall(shown)}
        found |= {_amount(amount.replace(",", "")) for amount in _AMOUNT.findall(shown)}
        found |= {word[at : at + 20] for word in found if len(word) > 20 for at in range(len(word) - 19)}
        found |= set(self._named(shown))
        return {marker for marker in found if marker in self._readers}

    def _named(self, text: str) -> Iterator[str]:
        for at in range(len(text) - _SEED + 1):
            for name in self._names.get(text[at : at + _SEED], ()):
                if text.startswith(name, at):
                    yield name

    def in_file(self, content: bytes) -> set[str]:
        """Of a workbook, its cells; of anything else, its bytes."""
        if not content.startswith(b"PK"):
            return self.in_text(content.decode("utf-8", "ignore"))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [archive.read(name).decode("utf-8", "ignore") for name in archive.namelist()]
        cells = {_amount(value) for part in parts for value in _CELL.findall(part)} & self._readers.keys()
        return cells.union(*(self.in_text(part.replace("<", "\n<")) for part in parts))

    def foreign(self, found: Iterable[str], scope: Collection[str], *typed: Typed) -> set[str]:
        """Those that a reader with these tax ids may not have, and that nobody of them has typed."""
        return {
            marker
            for marker in found
            if self._readers[marker].isdisjoint(scope) and not any(one.has(marker) for one in typed)
        }


def _markers(invoice: Invoice) -> Iterator[str]:
    yield from (invoice.number, f"…{invoice.number[-4:]}")
    yield from (invoice.seller_name, invoice.seller_tax_id, invoice.buyer_name, invoice.buyer_tax_id)
    yield from filter(None, (invoice.code, *map(str, invoice.extra.values())))
    for amount in (invoice.net, invoice.tax, invoice.total):
        if amount is not None:
            yield f"¥{fen(amount)}"


def _amount(digits: str) -> str:
    """In fen, however it is written."""
    try:
        return f"¥{int(Decimal(digits) * 100)}"
    except ArithmeticError:
        return ""
