"""The five state axes: which changes are allowed, which reports come late, how the states are called.

Rules of the tax status: 国家税务总局公告 2024 年第 11 号 (数电票 are never voided, only red-lettered);
国税发〔2006〕156 号第 20 条 (paper is voided within the month of issue).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from knowledge.content import ContentError
from knowledge.invoices.model import (
    Axis,
    Family,
    Invoice,
    RedForm,
    Reimburse,
    Review,
    TaxStatus,
    Usage,
)

VALUES: Mapping[Axis, type[StrEnum]] = {
    Axis.TAX_STATUS: TaxStatus,
    Axis.RED_FORM: RedForm,
    Axis.USAGE: Usage,
    Axis.REVIEW: Review,
    Axis.REIMBURSE: Reimburse,
}

_AFTER_WAITING = frozenset(
    {
        RedForm.CONFIRMED,
        RedForm.REFUSED_BY_BUYER,
        RedForm.REFUSED_BY_SELLER,
        RedForm.EXPIRED,
        RedForm.WITHDRAWN,
    },
)
_ENTRIES = frozenset({Usage.BOOKED, Usage.BOOKED_UNDEDUCTED})

_NEXT: Mapping[Axis, Mapping[str, frozenset[str]]] = {
    Axis.TAX_STATUS: {
        TaxStatus.NORMAL: frozenset(TaxStatus) - {TaxStatus.NORMAL},
        TaxStatus.RED_PENDING: frozenset({TaxStatus.NORMAL, TaxStatus.PARTLY_RED, TaxStatus.FULLY_RED}),
        TaxStatus.PARTLY_RED: frozenset({TaxStatus.PARTLY_RED, TaxStatus.FULLY_RED}),
    },
    Axis.RED_FORM: {
        RedForm.WAIT_BUYER: _AFTER_WAITING,
        RedForm.WAIT_SELLER: _AFTER_WAITING,
        RedForm.CONFIRMED: frozenset({RedForm.CANCELLED, RedForm.ABNORMAL}),
    },
    Axis.USAGE: {
        Usage.UNUSED: _ENTRIES | {Usage.SELECTED},
        Usage.SELECTED: _ENTRIES | {Usage.UNUSED},
        Usage.BOOKED: frozenset({Usage.REVOKED, Usage.BOOKED_UNDEDUCTED}),
        Usage.BOOKED_UNDEDUCTED: frozenset({Usage.REVOKED, Usage.BOOKED}),
        Usage.REVOKED: _ENTRIES,
    },
    Axis.REVIEW: {
        Review.DRAFT: frozenset({Review.PENDING}),
        Review.PENDING: frozenset({Review.APPROVED, Review.REJECTED, Review.WITHDRAWN}),
        Review.REJECTED: frozenset({Review.PENDING}),
        Review.WITHDRAWN: frozenset({Review.PENDING}),
    },
    Axis.REIMBURSE: {
        Reimburse.INIT: frozenset({Reimburse.LOCK, Reimburse.CANCEL}),
        Reimburse.LOCK: frozenset({Reimburse.INIT, Reimburse.CLOSURE, Reimburse.CANCEL}),
    },
}

_RANKS: Mapping[Axis, tuple[frozenset[str], ...]] = {
    Axis.TAX_STATUS: (
        frozenset({TaxStatus.NORMAL}),
        frozenset({TaxStatus.RED_PENDING}),
        frozenset({TaxStatus.PARTLY_RED}),
    ),
    Axis.RED_FORM: (
        frozenset({RedForm.NOT_NEEDED, RedForm.WAIT_BUYER, RedForm.WAIT_SELLER}),
        frozenset({RedForm.CONFIRMED}),
    ),
    Axis.USAGE: (frozenset({Usage.UNUSED}), frozenset({Usage.SELECTED}), _ENTRIES),
    Axis.REVIEW: (frozenset({Review.DRAFT}), frozenset({Review.PENDING})),
    Axis.REIMBURSE: (frozenset({Reimburse.INIT}), frozenset({Reimburse.LOCK})),
}


class Verdict(StrEnum):
    """What to do with a reported state. `late` and `forbidden` are stored and flagged, not applied."""

    APPLY = "apply"
    REPEAT = "repeat"
    LATE = "late"  # an earlier stage, reported after a later one
    FORBIDDEN = "forbidden"


def judge(axis: Axis, old: str, new: str, invoice: Invoice, *, on: date | None = None) -> Verdict:
    """`on` is the local day of the change, for the rule that paper is voided only in its month of issue.

    red_form: the states of one form; for a form with another number pass old="".
    """
    if may_change(axis, old, new, invoice, on=on):
        return Verdict.APPLY
    if old == new:
        return Verdict.REPEAT
    known = new in set(VALUES[axis]) and old in set(VALUES[axis])
    return Verdict.LATE if known and rank(axis, new) < rank(axis, old) else Verdict.FORBIDDEN


def may_change(axis: Axis, old: str, new: str, invoice: Invoice, *, on: date | None = None) -> bool:
    """From unknown ("") to any state, else by the table; a further partial red is a change, other repeats are not."""
    if new not in set(VALUES[axis]):
        return False
    if axis is Axis.TAX_STATUS and not _suits(TaxStatus(new), invoice, on):
        return False
    return old == "" or new in _NEXT[axis].get(old, frozenset())


def _suits(new: TaxStatus, invoice: Invoice, on: date | None) -> bool:
    if new is TaxStatus.VOID:
        return not is_electronic_digital(invoice) and _in_month_of_issue(invoice, on)
    if new is TaxStatus.RED:
        return invoice.family is Family.LEGACY or is_red_letter(invoice)
    return True


def is_electronic_digital(invoice: Invoice) -> bool:
    return invoice.family is Family.DIGITAL and not invoice.is_paper


def is_red_letter(invoice: Invoice) -> bool:
    """The negative invoice itself, not one that was red-lettered."""
    return invoice.total is not None and invoice.total < 0


def _in_month_of_issue(invoice: Invoice, on: date | None) -> bool:
    issued = invoice.issue_date
    return on is None or issued is None or (issued.year, issued.month) == (on.year, on.month)


def rank(axis: Axis, value: str) -> int:
    """How far along its axis a state is; all final states share the last rank."""
    ranks = _RANKS[axis]
    return next((n for n, values in enumerate(ranks) if value in values), len(ranks))


def status_label(axis: Axis, value: str) -> str:
    """Text key for a state."""
    return f"invoice.{axis}.{value}" if value else "invoice.state.unknown"


@dataclass(frozen=True, slots=True)
class _Names:
    value: str
    exact: frozenset[str]
    contains: tuple[str, ...]


def state_named(axis: Axis, text: str) -> str:
    """The state that a code, an export's word or its canonical name means; "" for an unknown one."""
    bare = "".join(text.split())
    if bare.lower() in set(VALUES[axis]):
        return bare.lower()
    names = _names()[axis]
    exact = (name.value for name in names if bare in name.exact)
    within = (name.value for name in names if any(part in bare for part in name.contains))
    return next(exact, None) or next(within, "")


@lru_cache(maxsize=1)
def _names() -> Mapping[Axis, tuple[_Names, ...]]:
    return parse_states(files("knowledge.invoices").joinpath("data/states.toml").read_text(encoding="utf-8"))


def parse_states(source: str, file: str = "states.toml") -> Mapping[Axis, tuple[_Names, ...]]:
    try:
        tables = tomllib.loads(source)
        found = {Axis(axis): tuple(_parse_names(Axis(axis), *i) for i in t.items()) for axis, t in tables.items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContentError(file, str(error)) from error
    for axis in Axis:
        if {name.value for name in found.get(axis, ())} != set(VALUES[axis]):
            raise ContentError(file, "not every state has names", field=axis)
    return found


def _parse_names(axis: Axis, value: str, table: Mapping[str, list[str]]) -> _Names:
    return _Names(VALUES[axis](value).value, frozenset(table["exact"]), tuple(table["contains"]))
