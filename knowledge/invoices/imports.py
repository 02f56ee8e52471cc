"""From rows of a table to invoices, or to what exactly is wrong with a row."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from dataclasses import field as default
from functools import lru_cache

from knowledge.invoices import cells
from knowledge.invoices.cells import BadCell
from knowledge.invoices.flat import Flat, extra_text, yuan
from knowledge.invoices.kinds import kind_named
from knowledge.invoices.model import Axis, TaxStatus
from knowledge.invoices.status import state_named
from knowledge.invoices.structure import is_plausible_number, kind_of_code
from knowledge.invoices.tax_ids import is_valid_tax_id
from knowledge.tables import Row, TableError
from knowledge.texts import Localized, Param, Texts

ROUNDING = 6  # fen: tax is rounded line by line
NAME_LIMIT = 256
ITEMIZED = 200_000  # invoices that come as several rows each are held until the file's end
_UNDECIDED = re.compile("失控|异常|非正常")
_NO = frozenset({"否", "n", "no", "false", "0"})
_CONSUMED = frozenset(
    {
        "kind", "code", "number", "digital_no", "seller_name", "seller_tax_id", "buyer_name", "buyer_tax_id",
        "issue_date", "net", "tax", "total", "status", "red_form", "usage", "review", "reimburse", "row_no",
    },
)  # fmt: skip

_state_named = lru_cache(maxsize=1024)(state_named)
_kind_named = lru_cache(maxsize=1024)(kind_named)
_is_valid_tax_id = lru_cache(maxsize=100_000)(is_valid_tax_id)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row was not imported, or what is odd about one that was. `labels`: params that are texts, by their keys."""

    line: int  # 0: a line that is not known any more
    field: str  # canonical column, or "row"
    key: str
    params: Mapping[str, Param] = default(default_factory=dict)
    is_warning: bool = False
    labels: Mapping[str, str] = default(default_factory=dict)

    def text(self, texts: Texts) -> Localized:
        return texts(self.key, **self.params, **{name: texts(key) for name, key in self.labels.items()})


def read_invoices(rows: Iterable[Row], tax_ids: Collection[str] | None = None) -> Iterator[Flat | RowProblem]:
    """Stream a table, each invoice followed by its warnings. With `tax_ids`, those of other parties are refused.

    One with a row for each line item is added up first: an invoice then comes once, at the end, without warnings.
    TableError if there are more of these than can be held.
    """
    items: dict[str, tuple[int, Flat]] = {}
    for row in rows:
        read = read_row(row)
        if isinstance(read, RowProblem):
            yield read
        elif tax_ids is not None and read.seller_tax_id not in tax_ids and read.buyer_tax_id not in tax_ids:
            yield RowProblem(
                row.line,
                "buyer_tax_id",
                "import.other_party",
                {"number": read.number, "tax_id": ", ".join(sorted(tax_ids))},
            )
        elif row.is_line_item:
            line, sum_ = items.get(read.key, (row.line, None))
            items[read.key] = line, _added(sum_, read) if sum_ else read
            if len(items) > ITEMIZED:
                raise TableError("table.too_many_items", limit=ITEMIZED)
        else:
            yield read
            yield from row_warnings(row, read)
    for _, invoice in items.values():
        yield invoice._replace(tax_status=_signed(invoice.tax_status, invoice.total_fen))


def read_row(row: Row) -> Flat | RowProblem:
    if row.problem:
        return RowProblem(row.line, "row", row.problem.key, row.problem.params)
    try:
        return _read(row.values, is_line_item=row.is_line_item)
    except BadCell as bad:
        return RowProblem(row.line, bad.column, bad.key, bad.params)


def _read(values: Mapping[str, str], *, is_line_item: bool) -> Flat:
    get = values.get
    code, number, key = _identity(get("code", ""), get("digital_no", ""), get("number", ""))
    net, tax = cells.amount("net", get("net", "")), cells.amount("tax", get("tax", ""))
    total = cells.amount("total", get("total", ""))
    if total is None and net is not None and tax is not None:
        total = net + tax
    kind = _kind(get("kind", ""), code, number)
    status = _tax_status(get("status", ""), get("is_positive", ""))
    return Flat(
        key,
        kind,
        code,
        number,
        get("seller_name", "")[:NAME_LIMIT],
        cells.tax_id(get("seller_tax_id", "")),
        get("buyer_name", "")[:NAME_LIMIT],
        cells.tax_id(get("buyer_tax_id", "")),
        cells.day(get("issue_date", "")),
        net,
        tax,
        total,
        status if is_line_item else _signed(status, total),
        _state(values, Axis.RED_FORM),
        _usage(values),
        _state(values, Axis.REVIEW),
        _state(values, Axis.REIMBURSE),
        _extra(values, kind),
    )


def may_change(row: Flat, stored: Flat, tax_ids: Set[str]) -> bool:
    """Whether an organization's file may add to what is on record: it gives the invoice no other party, and is of one
    of its parties; or, where one is not known, it says the same day and amount. Nobody claims or takes away an invoice
    by knowing its number."""
    before = (stored.seller_tax_id, stored.buyer_tax_id)
    if any(
        old and new not in ("", old) for old, new in zip(before, (row.seller_tax_id, row.buyer_tax_id), strict=True)
    ):
        return False
    facts = (row.issue_date, row.total_fen)
    return not tax_ids.isdisjoint(before) or (None not in facts and facts == (stored.issue_date, stored.total_fen))


def _identity(code_cell: str, digital_cell: str, number_cell: str) -> tuple[str, str, str]:
    """(code, number, key). A 20-digit number wins over the paper number beside it, which stays in `extra`."""
    code = cells.digits("code", code_cell)
    number = cells.digits("digital_no", digital_cell) or cells.digits("number", number_cell)
    if not number:
        raise BadCell("number", "import.no_number")
    if code and len(code) not in {10, 12}:
        raise BadCell("code", "import.code", value=code)
    if len(number) == 20:
        return code, number, f"digital:{number}"
    if len(number) <= 8 and code:
        number = number.zfill(8)
        return code, number, f"legacy:{code}:{number}"
    if len(number) == 8:
        raise BadCell("code", "import.no_code", value=number)
    raise BadCell("number", "import.number", value=number, sent=len(number))


def _kind(text: str, code: str, number: str) -> str:
    digital = len(number) == 20
    named = _kind_named(text, digital=digital, paper=bool(code)) if text else None
    kind = named if named or digital else kind_of_code(code)
    return kind.value if kind else ""


def _tax_status(text: str, is_positive: str) -> str:
    status = _state_named(Axis.TAX_STATUS, text) if text else ""
    if text and not status and not _UNDECIDED.search(text):
        raise BadCell("status", "import.status", value=text)
    return _signed(status, -1 if is_positive.lower() in _NO else None)


def _signed(status: str, total: int | None) -> str:
    """A negative invoice is a red-letter one, unless something else is said of it."""
    is_red = total is not None and total < 0 and status in {"", TaxStatus.NORMAL}
    return TaxStatus.RED.value if is_red else status


def _state(values: Mapping[str, str], axis: Axis) -> str:
    text = values.get(axis.value, "")
    if not text:
        return ""
    state = _state_named(axis, text)
    if not state:
        raise BadCell(axis.value, "import.status", value=text)
    return state


def _usage(values: Mapping[str, str]) -> str:
    return _state(values, Axis.USAGE) or _state_named(Axis.USAGE, values.get("deduct_flag", ""))


def _extra(values: Mapping[str, str], kind: str) -> str:
    extra = {name: text for name, text in values.items() if name not in _CONSUMED}
    if "digital_no" in values and values.get("number", "") not in ("", values["digital_no"]):
        paper = values["number"]
        extra["paper_number"] = paper.zfill(8) if paper.isdecimal() else paper
    if not kind and "kind" in values:
        extra["kind"] = values["kind"]
    return extra_text(extra)


def _added(one: Flat, other: Flat) -> Flat:
    return one._replace(
        net_fen=_sum(one.net_fen, other.net_fen),
        tax_fen=_sum(one.tax_fen, other.tax_fen),
        total_fen=_sum(one.total_fen, other.total_fen),
    )


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else one + other


def row_warnings(row: Row, invoice: Flat) -> list[RowProblem]:
    """What is odd about a row that was imported all the same."""
    found = _odd_number(row, invoice)
    if _is_off(invoice):
        amounts = {name: str(yuan(getattr(invoice, f"{name}_fen"))) for name in ("net", "tax", "total")}
        found.append(("import.arithmetic", amounts))
    for tax_id in sorted({invoice.seller_tax_id, invoice.buyer_tax_id}):
        if len(tax_id) == 18 and not _is_valid_tax_id(tax_id):
            found.append(("import.tax_id", {"value": tax_id}))
    return [RowProblem(row.line, "row", key, params, is_warning=True) for key, params in found]


def _odd_number(row: Row, invoice: Flat) -> list[tuple[str, dict[str, str]]]:
    number, issued = invoice.number, invoice.issue_date
    if len(number) == 8:
        is_padded = len(cells.loose_digits(row.values.get("number", ""))) < 8
        return [("import.padded", {})] if is_padded else []
    if not is_plausible_number(number):
        return [("import.odd_start", {"start": number[:4]})]
    if issued and issued[:4] != f"20{number[:2]}":
        return [("import.year", {"number_year": f"20{number[:2]}", "date_year": issued[:4]})]
    return []


def _is_off(invoice: Flat) -> bool:
    net, tax, total = invoice.net_fen, invoice.tax_fen, invoice.total_fen
    return net is not None and tax is not None and total is not None and abs(net + tax - total) > ROUNDING
