"""An invoice as one row of text and whole numbers: what a million of them are read, compared and written as."""

from __future__ import annotations

import json
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, overload

from knowledge.invoices.model import Invoice, Kind

_JSON = json.JSONEncoder(ensure_ascii=False)

FACTS = 12  # the fields before the states
NO_EXTRA = "{}"


class Flat(NamedTuple):
    """The fields of `Invoice`: the day in ISO form, amounts in fen, `extra` as JSON; states as `Axis` has them."""

    key: str
    kind: str
    code: str
    number: str
    seller_name: str
    seller_tax_id: str
    buyer_name: str
    buyer_tax_id: str
    issue_date: str | None
    net_fen: int | None
    tax_fen: int | None
    total_fen: int | None
    tax_status: str
    red_form: str
    usage: str
    review: str
    reimburse: str
    extra: str

    @property
    def states(self) -> tuple[str, ...]:
        return self[FACTS:-1]  # type: ignore[return-value]  # the slice holds the five states


def flat(invoice: Invoice) -> Flat:
    return Flat(
        invoice.key,
        invoice.kind.value if invoice.kind else "",
        invoice.code,
        invoice.number,
        invoice.seller_name,
        invoice.seller_tax_id,
        invoice.buyer_name,
        invoice.buyer_tax_id,
        invoice.issue_date.isoformat() if invoice.issue_date else None,
        fen(invoice.net),
        fen(invoice.tax),
        fen(invoice.total),
        invoice.tax_status,
        invoice.red_form,
        invoice.usage,
        invoice.review,
        invoice.reimburse,
        extra_text(dict(invoice.extra)),
    )


def whole(row: Flat) -> Invoice:
    return Invoice(
        key=row.key,
        kind=Kind(row.kind) if row.kind else None,
        code=row.code,
        number=row.number,
        seller_name=row.seller_name,
        seller_tax_id=row.seller_tax_id,
        buyer_name=row.buyer_name,
        buyer_tax_id=row.buyer_tax_id,
        issue_date=date.fromisoformat(row.issue_date) if row.issue_date else None,
        net=yuan(row.net_fen),
        tax=yuan(row.tax_fen),
        total=yuan(row.total_fen),
        tax_status=row.tax_status,
        red_form=row.red_form,
        usage=row.usage,
        review=row.review,
        reimburse=row.reimburse,
        extra=json.loads(row.extra),
    )


def extra_text(extra: dict[str, str]) -> str:
    return _JSON.encode(extra) if extra else NO_EXTRA


def fen(amount: Decimal | None) -> int | None:
    """Half a fen is a whole one."""
    return None if amount is None else int((amount * 100).to_integral_value(ROUND_HALF_UP))


@overload
def yuan(amount: int) -> Decimal: ...


@overload
def yuan(amount: int | None) -> Decimal | None: ...


def yuan(amount: int | None) -> Decimal | None:
    """With two decimals."""
    return None if amount is None else Decimal(amount).scaleb(-2)
