"""From rows of a table to invoices, or to what exactly is wrong with a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as default
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from knowledge.invoices.amounts import LARGEST
from knowledge.invoices.compare import CENT
from knowledge.invoices.digits import fold
from knowledge.invoices.identity import invoice_key
from knowledge.invoices.kinds import kind_named
from knowledge.invoices.model import Axis, Invoice, Kind, Problem, TaxStatus
from knowledge.invoices.status import state_named
from knowledge.invoices.structure import is_plausible_number, kind_of_code
from knowledge.invoices.tax_ids import is_valid_tax_id
from knowledge.tables import Row
from knowledge.texts import Localized, Param, Texts

ROUNDING = Decimal("0.06")  # tax is rounded line by line
_GLUE = re.compile(r"[\s'‘’`-]")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?e\+?[0-9]+", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?(?:[0-9]{6})?(?![0-9])")
_NO_TAX = frozenset({"*", "**", "***", "免税", "不征税", "-"})
_NO = frozenset({"否", "n", "no", "false", "0"})
_EXCEL_EPOCH = date(1899, 12, 30)
_CONSUMED = frozenset(
    {
        "kind", "code", "number", "digital_no", "seller_name", "seller_tax_id", "buyer_name", "buyer_tax_id",
        "issue_date", "net", "tax", "total", "status", "red_form", "usage", "review", "reimburse", "row_no",
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row was not imported, or what is odd about one that was."""

    line: int
    field: str  # canonical column, or "row"
    key: str
    params: Mapping[str, Param] = default(default_factory=dict)
    is_warning: bool = False

    def text(self, texts: Texts) -> Localized:
        return texts(self.key, **self.params)


class _BadCell(Exception):
    def __init__(self, column: str, key: str, **params: Param) -> None:
        self.column, self.key, self.params = column, key, params
        super().__init__(key)


def read_invoices(rows: Iterable[Row]) -> Iterator[Invoice | RowProblem]:
    """Stream a table, each invoice followed by its warnings.

    One with a row for each line item is added up first: an invoice then comes once, at the end, without warnings.
    """
    items: dict[str, Invoice] = {}
    for row in rows:
        read = read_invoice(row)
        if isinstance(read, RowProblem) or not row.is_line_item:
            yield read
            if isinstance(read, Invoice):
                warnings = row_warnings(row, read)
                yield from (RowProblem(row.line, "row", w.key, w.params, is_warning=True) for w in warnings)
        else:
            items[read.key] = _added(items[read.key], read) if read.key in items else read
    yield from items.values()


def read_invoice(row: Row) -> Invoice | RowProblem:
    if row.problem:
        return RowProblem(row.line, "row", row.problem.key, row.problem.params)
    try:
        return _read(row.values)
    except _BadCell as bad:
        return RowProblem(row.line, bad.column, bad.key, bad.params)


def _read(values: Mapping[str, str]) -> Invoice:
    code, number = _identity(values)
    net, tax, total = (_amount(values, column) for column in ("net", "tax", "total"))
    if total is None and net is not None and tax is not None:
        total = net + tax
    kind = _kind(values, code, number)
    return Invoice(
        key=invoice_key(code, number),
        kind=kind,
        code=code,
        number=number,
        seller_name=values.get("seller_name", ""),
        seller_tax_id=_tax_id(values, "seller_tax_id"),
        buyer_name=values.get("buyer_name", ""),
        buyer_tax_id=_tax_id(values, "buyer_tax_id"),
        issue_date=_day(values.get("issue_date", "")),
        net=net,
        tax=tax,
        total=total,
        tax_status=_tax_status(values, total),
        red_form=_state(values, Axis.RED_FORM),
        usage=_usage(values),
        review=_state(values, Axis.REVIEW),
        reimburse=_state(values, Axis.REIMBURSE),
        extra=_extra(values, kind),
    )


def _identity(values: Mapping[str, str]) -> tuple[str, str]:
    """(code, number). A 20-digit number wins over the paper number beside it, which stays in `extra`."""
    code = _digits(values, "code")
    number = _digits(values, "digital_no") or _digits(values, "number")
    if not number:
        raise _BadCell("number", "import.no_number")
    if code and len(code) not in {10, 12}:
        raise _BadCell("code", "import.code", value=code)
    if len(number) <= 8 and code:
        return code, number.zfill(8)
    if len(number) == 8:
        raise _BadCell("code", "import.no_code", value=number)
    if len(number) != 20:
        raise _BadCell("number", "import.number", value=number, sent=len(number))
    return code, number


def _digits(values: Mapping[str, str], column: str) -> str:
    text = _GLUE.sub("", fold(values.get(column, ""))).removesuffix(".0")
    if _SCIENTIFIC.fullmatch(text):
        raise _BadCell(column, "import.scientific", value=text)
    if text and re.fullmatch("[0-9]+", text) is None:
        raise _BadCell(column, "import.not_digits", value=text)
    return text


def _tax_id(values: Mapping[str, str], column: str) -> str:
    return _GLUE.sub("", fold(values.get(column, ""))).upper()


def _amount(values: Mapping[str, str], column: str) -> Decimal | None:
    text = fold(values.get(column, "")).replace(",", "").replace(" ", "").lstrip("¥$").removesuffix("元")
    if not text or text in _NO_TAX:
        return None
    try:
        amount = Decimal(text)
        return _two_places(amount, text, column)
    except InvalidOperation as error:
        raise _BadCell(column, "import.amount", value=text) from error


def _two_places(amount: Decimal, text: str, column: str) -> Decimal:
    if not amount.is_finite() or abs(amount) >= LARGEST:
        raise _BadCell(column, "import.amount", value=text)
    return amount.quantize(CENT, ROUND_HALF_UP)


def _day(text: str) -> date | None:
    """Any order year-month-day with or without a clock, or Excel's day number."""
    folded = fold(text)
    if not folded:
        return None
    if re.fullmatch(r"[3-6][0-9]{4}", folded):
        return _EXCEL_EPOCH + timedelta(days=int(folded))
    found = _DAY.match(folded)
    try:
        return date(*(int(part) for part in found.groups())) if found else _bad_day(folded)
    except ValueError:
        return _bad_day(folded)


def _bad_day(text: str) -> date:
    raise _BadCell("issue_date", "import.date", value=text)


def _kind(values: Mapping[str, str], code: str, number: str) -> Kind | None:
    digital = len(number) == 20
    named = kind_named(values.get("kind", ""), digital=digital, paper=bool(code))
    return named if named or digital else kind_of_code(code)


def _tax_status(values: Mapping[str, str], total: Decimal | None) -> str:
    text = values.get("status", "")
    status = state_named(Axis.TAX_STATUS, text)
    if text and not status and not re.search("失控|异常|非正常", text):
        raise _BadCell("status", "import.status", value=text)
    negative = values.get("is_positive", "").lower() in _NO or (total is not None and total < 0)
    return TaxStatus.RED if negative and status in {"", TaxStatus.NORMAL} else status


def _state(values: Mapping[str, str], axis: Axis) -> str:
    text = values.get(axis.value, "")
    state = state_named(axis, text)
    if text and not state:
        raise _BadCell(axis.value, "import.status", value=text)
    return state


def _usage(values: Mapping[str, str]) -> str:
    return _state(values, Axis.USAGE) or state_named(Axis.USAGE, values.get("deduct_flag", ""))


def _extra(values: Mapping[str, str], kind: Kind | None) -> dict[str, str]:
    extra = {name: text for name, text in values.items() if name not in _CONSUMED}
    if "digital_no" in values and "number" in values:
        extra["paper_number"] = values["number"]
    if kind is None and "kind" in values:
        extra["kind"] = values["kind"]
    return extra


def _added(one: Invoice, other: Invoice) -> Invoice:
    return replace(
        one,
        net=_sum(one.net, other.net),
        tax=_sum(one.tax, other.tax),
        total=_sum(one.total, other.total),
    )


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one if other is None else other if one is None else one + other


def row_warnings(row: Row, invoice: Invoice) -> tuple[Problem, ...]:
    """What is odd about a row that was imported all the same."""
    found = []
    typed = _GLUE.sub("", fold(row.values.get("number", ""))).removesuffix(".0")
    if len(invoice.number) == 8 > len(typed):
        found.append(Problem("import.padded"))
    if _is_off(invoice):
        amounts = {"net": str(invoice.net), "tax": str(invoice.tax), "total": str(invoice.total)}
        found.append(Problem("import.arithmetic", amounts))
    found += _odd_number(invoice)
    ids = {invoice.seller_tax_id, invoice.buyer_tax_id}
    found += [Problem("import.tax_id", {"value": i}) for i in sorted(ids) if len(i) == 18 and not is_valid_tax_id(i)]
    return tuple(found)


def _is_off(invoice: Invoice) -> bool:
    if invoice.net is None or invoice.tax is None or invoice.total is None:
        return False
    return abs(invoice.net + invoice.tax - invoice.total) > ROUNDING


def _odd_number(invoice: Invoice) -> list[Problem]:
    number, issued = invoice.number, invoice.issue_date
    if len(number) != 20:
        return []
    if not is_plausible_number(number):
        return [Problem("import.odd_start", {"start": number[:4]})]
    if issued and f"20{number[:2]}" != str(issued.year):
        return [Problem("import.year", {"number_year": f"20{number[:2]}", "date_year": str(issued.year)})]
    return []
