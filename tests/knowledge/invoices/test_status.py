from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.content import ContentError
from knowledge.invoices.model import Axis, Invoice, Kind, TaxStatus
from knowledge.invoices.status import (
    VALUES,
    Verdict,
    judge,
    may_change,
    parse_states,
    rank,
    state_named,
    status_label,
)
from knowledge.texts import Texts

ISSUED = date(2026, 9, 15)
DIGITAL = Invoice("digital:26110000482913073017", Kind.D_SPECIAL, "", "26110000482913073017", issue_date=ISSUED)
D_PAPER = replace(DIGITAL, kind=Kind.D_PAPER_SPECIAL, code="031002600106")
LEGACY = Invoice("legacy:011002600104:00008006", Kind.PAPER_NORMAL, "011002600104", "00008006", issue_date=ISSUED)


@pytest.mark.parametrize(
    ("old", "new", "digital", "legacy"),
    [
        ("", "normal", True, True),
        ("normal", "partly_red", True, True),
        ("normal", "fully_red", True, True),
        ("normal", "red_pending", True, True),
        ("normal", "void", False, True),
        ("", "void", False, True),
        ("normal", "red", False, True),
        ("normal", "normal", False, False),
        ("partly_red", "partly_red", True, True),
        ("partly_red", "fully_red", True, True),
        ("partly_red", "normal", False, False),
        ("red_pending", "normal", True, True),
        ("red_pending", "fully_red", True, True),
        ("red_pending", "void", False, False),
        ("void", "normal", False, False),
        ("fully_red", "partly_red", False, False),
        ("normal", "", False, False),
        ("normal", "nonsense", False, False),
    ],
)
def test_tax_status(old: str, new: str, *, digital: bool, legacy: bool) -> None:
    assert may_change(Axis.TAX_STATUS, old, new, DIGITAL) is digital
    assert may_change(Axis.TAX_STATUS, old, new, LEGACY) is legacy


def test_paper_is_voided_only_in_its_month() -> None:
    for paper in (LEGACY, D_PAPER):
        assert may_change(Axis.TAX_STATUS, "normal", "void", paper, on=date(2026, 9, 30))
        assert not may_change(Axis.TAX_STATUS, "normal", "void", paper, on=date(2026, 10, 1))


def test_a_digital_invoice_of_unknown_kind_is_paper_only_with_a_code() -> None:
    assert not may_change(Axis.TAX_STATUS, "normal", "void", replace(DIGITAL, kind=None))
    assert may_change(Axis.TAX_STATUS, "normal", "void", replace(D_PAPER, kind=None))


def test_a_negative_digital_invoice_may_be_reported_red() -> None:
    assert may_change(Axis.TAX_STATUS, "", "red", replace(DIGITAL, total=Decimal(-1)))
    assert not may_change(Axis.TAX_STATUS, "", "red", replace(DIGITAL, total=Decimal(1)))


@pytest.mark.parametrize(
    ("axis", "path"),
    [
        (Axis.RED_FORM, ["", "wait_buyer", "confirmed", "cancelled"]),
        (Axis.RED_FORM, ["wait_seller", "expired"]),
        (Axis.USAGE, ["", "unused", "selected", "unused", "selected", "booked", "revoked", "booked"]),
        (Axis.REVIEW, ["", "draft", "pending", "rejected", "pending", "approved"]),
        (Axis.REIMBURSE, ["", "init", "lock", "init", "lock", "closure"]),
        (Axis.REIMBURSE, ["init", "cancel"]),
    ],
)
def test_paths_of_the_other_axes(axis: Axis, path: list[str]) -> None:
    steps = list(pairwise(path))
    assert [may_change(axis, old, new, DIGITAL) for old, new in steps] == [True] * len(steps)


@pytest.mark.parametrize(
    ("axis", "last"),
    [
        (Axis.TAX_STATUS, ["void", "red", "fully_red"]),
        (Axis.RED_FORM, ["not_needed", "expired", "withdrawn", "cancelled", "refund_applied"]),
        (Axis.REVIEW, ["approved"]),
        (Axis.REIMBURSE, ["closure", "cancel"]),
    ],
)
def test_final_states(axis: Axis, last: list[str]) -> None:
    assert not any(may_change(axis, old, new, LEGACY) for old in last for new in VALUES[axis])


@pytest.mark.parametrize(
    ("axis", "old", "new", "verdict"),
    [
        (Axis.TAX_STATUS, "normal", "fully_red", Verdict.APPLY),
        (Axis.TAX_STATUS, "partly_red", "partly_red", Verdict.APPLY),
        (Axis.TAX_STATUS, "normal", "normal", Verdict.REPEAT),
        (Axis.TAX_STATUS, "fully_red", "partly_red", Verdict.LATE),
        (Axis.TAX_STATUS, "fully_red", "normal", Verdict.LATE),
        (Axis.TAX_STATUS, "normal", "void", Verdict.FORBIDDEN),
        (Axis.TAX_STATUS, "fully_red", "void", Verdict.FORBIDDEN),
        (Axis.REIMBURSE, "closure", "lock", Verdict.LATE),
        (Axis.REVIEW, "draft", "approved", Verdict.FORBIDDEN),
        (Axis.USAGE, "unused", "eaten", Verdict.FORBIDDEN),
    ],
)
def test_what_to_do_with_a_report(axis: Axis, old: str, new: str, verdict: Verdict) -> None:
    assert judge(axis, old, new, DIGITAL) is verdict


states = st.sampled_from([(axis, value.value) for axis in Axis for value in VALUES[axis]])


@given(states, st.data())
def test_every_report_has_a_verdict_and_ranks_never_contradict(state: tuple[Axis, str], data: st.DataObject) -> None:
    axis, old = state
    new = data.draw(st.sampled_from([value.value for value in VALUES[axis]]))
    verdict = judge(axis, old, new, LEGACY)
    assert (verdict is Verdict.APPLY) == may_change(axis, old, new, LEGACY)
    if verdict is Verdict.LATE:
        assert rank(axis, new) < rank(axis, old)


@given(st.lists(st.sampled_from([value.value for value in TaxStatus]), max_size=12))
def test_a_digital_invoice_is_never_void_whatever_is_reported(reports: list[str]) -> None:
    state = "normal"
    for report in reports:
        if may_change(Axis.TAX_STATUS, state, report, DIGITAL):
            state = report
    assert state not in {"void", "red"}
    assert replace(DIGITAL, tax_status=state).state(Axis.TAX_STATUS) == state


def test_every_state_has_a_label(texts: Texts) -> None:
    keys = [status_label(axis, value) for axis in Axis for value in (*VALUES[axis], "")]
    assert [key for key in keys if key not in texts] == []
    assert [axis for axis in Axis if f"card.axis.{axis}" not in texts] == []
    assert [kind for kind in Kind if f"invoice.kind.{kind}" not in texts] == []


@pytest.mark.parametrize(
    ("axis", "text", "state"),
    [
        (Axis.TAX_STATUS, "正常", "normal"),
        (Axis.TAX_STATUS, "已作废", "void"),
        (Axis.TAX_STATUS, "部分红冲", "partly_red"),
        (Axis.TAX_STATUS, "已红冲-部分", "partly_red"),
        (Axis.TAX_STATUS, "已红冲-全额", "fully_red"),
        (Axis.TAX_STATUS, "红字待确认", "red_pending"),
        (Axis.TAX_STATUS, "8", "fully_red"),
        (Axis.TAX_STATUS, "red_pending", "red_pending"),
        (Axis.TAX_STATUS, "Normal", "normal"),
        (Axis.TAX_STATUS, "失控", ""),
        (Axis.RED_FORM, "07", "expired"),
        (Axis.USAGE, "已入账（不扣除）", "booked_undeducted"),
        (Axis.REIMBURSE, "LOCK", "lock"),
    ],
)
def test_names_of_states(axis: Axis, text: str, state: str) -> None:
    assert state_named(axis, text) == state


def test_states_without_names_are_refused() -> None:
    with pytest.raises(ContentError, match=r"states\.toml: tax_status: not every state"):
        parse_states("[tax_status.void]\nexact = []\ncontains = []\n")
    with pytest.raises(ContentError):
        parse_states("[tax_status.nonsense]\nexact = []\ncontains = []\n")
