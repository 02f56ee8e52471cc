"""Ranking without a database: invoices as the columns that storage would make of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from knowledge.invoices import lookup
from knowledge.invoices.lookup import LookupResult, query_of
from knowledge.invoices.model import Invoice
from knowledge.invoices.query import Query
from knowledge.invoices.rows import UNKNOWN, Party, Record, Rows
from knowledge.invoices.sounds import sounded


class Scope:
    """Invoices to ask again and again."""

    def __init__(self, invoices: Iterable[Invoice]) -> None:
        self.held = dict(enumerate(invoices, 1))
        ids: dict[tuple[str, str], int] = {}
        records = [_record(invoice_id, invoice, ids) for invoice_id, invoice in self.held.items()]
        self._rows = Rows(records, {party_id: _party(party_id, *party) for party, party_id in ids.items()})

    def rank(self, query: Query | Mapping[str, str]) -> LookupResult:
        asked = query if isinstance(query, Query) else query_of(query)
        return lookup.rank(asked, self._rows, lambda wanted: {i: self.held[i] for i in wanted})


def rank(query: Query | Mapping[str, str], invoices: Iterable[Invoice]) -> LookupResult:
    return Scope(invoices).rank(query)


def _record(invoice_id: int, invoice: Invoice, ids: dict[tuple[str, str], int]) -> Record:
    day = invoice.issue_date.toordinal() if invoice.issue_date else UNKNOWN
    sides = ((invoice.seller_tax_id, invoice.seller_name), (invoice.buyer_tax_id, invoice.buyer_name))
    seller, buyer = (ids.setdefault(side, len(ids) + 1) if any(side) else UNKNOWN for side in sides)
    return invoice_id, invoice.number, invoice.code, day, _fen(invoice.total), _fen(invoice.net), seller, buyer


def _fen(yuan: Decimal | None) -> int:
    return UNKNOWN if yuan is None else int(abs(yuan) * 100)


def _party(party_id: int, tax_id: str, name: str) -> Party:
    whole = sounded(name)
    return Party(party_id, tax_id, name, whole.norm, " ".join(whole.pinyin))
