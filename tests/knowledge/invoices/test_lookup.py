from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.invoices.compare import Agreement, AmountMatch, Edit, Slip, edits_between
from knowledge.invoices.lookup import compare, explain
from knowledge.invoices.model import Invoice, Kind
from knowledge.invoices.names import name_score
from knowledge.invoices.queries import understand
from knowledge.texts import Locale, Texts, plain
from tests.fixtures.invoices import build
from tests.knowledge.invoices.ranking import rank

INVOICE = Invoice(
    "digital:26110000482913073017",
    Kind.D_NORMAL,
    "",
    "26110000482913073017",
    seller_name="虚构云杉酒店管理（北京）有限公司",
    buyer_name="虚构青禾科技有限公司",
    issue_date=date(2026, 9, 15),
    net=Decimal("1207.55"),
    tax=Decimal("72.45"),
    total=Decimal("1280.00"),
    tax_status="normal",
)
FACTS = {"number": INVOICE.number, "issue_date": "2026-09-15", "amount": "1280.00"}
PAPER = replace(
    INVOICE, key="legacy:1100263110:00008006", kind=Kind.PAPER_SPECIAL, code="1100263110", number="00008006"
)

numbers = st.text("0123456789", min_size=20, max_size=20)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "号码一致 · 日期一致 · 金额一致"),
        ({"number": "26110000482917073017"}, "号码第 14 位 您填 7｜系统 3 · 日期一致 · 金额一致"),
        (
            {"number": "26110000482917073017", "issue_date": "2026-09-16"},
            "号码第 14 位 您填 7｜系统 3 · 日期差 1 天 · 金额一致",
        ),
        ({"number": "26110000482913073071"}, "号码第 19、20 位颠倒 您填 71｜系统 17 · 日期一致 · 金额一致"),
        ({"number": "2611000048291307301"}, "号码第 20 位漏了 7 · 日期一致 · 金额一致"),
        ({"number": "261100004829130730174"}, "号码第 21 位多了 4 · 日期一致 · 金额一致"),
        ({"amount": "1207.55"}, "号码一致 · 日期一致 · 金额填的是不含税金额，查验要填价税合计"),
        ({"amount": "1820.00"}, "号码一致 · 日期一致 · 金额 您填 1820.00｜系统 1280.00"),
        ({"amount": "1820.00", "issue_date": "2026-09-25"}, "号码一致 · 日期不一致 · 金额不一致"),
        ({"issue_date": "", "amount": "", "number": "26110000482917073017"}, "号码不一致"),
        ({"number": "73017"}, "尾号 73017 一致 · 日期一致 · 金额一致"),
        ({"seller_name": "云杉酒店"}, "号码一致 · 日期一致 · 金额一致 · 销售方相近"),
    ],
)
def test_what_differs_and_how_much_is_told(changes: dict[str, str], sentence: str, texts: Texts) -> None:
    assert explain(compare({**FACTS, **changes}, INVOICE), texts).zh == sentence


def test_names_of_people_who_write_html_are_escaped(texts: Texts) -> None:
    facts = {**FACTS, "seller_name": "<b>别家</b>"}
    assert "&lt;b&gt;别家&lt;/b&gt;｜系统 虚构云杉" in explain(compare(facts, INVOICE), texts).zh


@given(st.fixed_dictionaries({}, optional={
    "number": numbers, "issue_date": st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(str),
    "amount": st.integers(1, 10**7).map(lambda n: f"{n / 100:.2f}"), "seller_name": st.just("完全别家"),
}))  # fmt: skip
def test_nothing_is_fished_out_with_fewer_than_two_fields_right(query: dict[str, str]) -> None:
    """What of the invoice the sentence holds, the person has said themselves, unless two other fields match."""
    comparison = compare(query, INVOICE)
    said = explain(comparison, _TEXTS)
    for field, own in (
        ("number", INVOICE.number),
        ("amount", "1280.00"),
        ("issue_date", "差"),
        ("seller_name", "云杉"),
    ):
        others = [a for name, a in comparison.fields.items() if name != field and a is not Agreement.DIFFERENT]
        if len(others) < 2 and query.get(field) != own:
            assert own not in said.zh


_TEXTS = Texts.load()


@pytest.mark.parametrize(
    ("invoice", "amount", "match"),
    [
        (INVOICE, "1280.00", AmountMatch.SAME),
        (INVOICE, "1207.55", AmountMatch.NET_FOR_TOTAL),
        (replace(INVOICE, net=None), "1207.55", AmountMatch.NET_FOR_TOTAL),
        (replace(INVOICE, net=None), "1132.74", AmountMatch.NET_FOR_TOTAL),
        (replace(INVOICE, total=Decimal("1280.60")), "1280.00", AmountMatch.ABOUT),
        (replace(INVOICE, total=Decimal("1283.10")), "1280.00", AmountMatch.ABOUT),
        (INVOICE, "1300.00", AmountMatch.ABOUT),
        (INVOICE, "1281.50", AmountMatch.DIFFERENT),
        (INVOICE, "2000.00", AmountMatch.DIFFERENT),
        (PAPER, "1207.55", AmountMatch.SAME),
        (PAPER, "1280.00", AmountMatch.TOTAL_FOR_NET),
        (replace(PAPER, kind=Kind.PAPER_NORMAL), "1207.55", AmountMatch.SAME),
        (replace(INVOICE, net=Decimal("-1207.55"), total=Decimal("-1280.00")), "1280.00", AmountMatch.SAME),
    ],
)
def test_amounts(invoice: Invoice, amount: str, match: AmountMatch) -> None:
    assert compare({"amount": amount}, invoice).amount is match


@pytest.mark.parametrize(
    ("yours", "theirs", "at_least", "below"),
    [
        ("虚构青禾科技有限公司", "虚构青禾科技有限公司", 100, 101),
        ("虚构青禾科技(北京)有限公司", "虚构青禾科技（北京） 有限公司", 100, 101),
        ("青禾科技", "虚构青禾科技（北京）有限公司", 80, 100),
        ("远山物流", "虚构青禾科技有限公司", 0, 80),
        ("有限公司", "虚构青禾科技有限公司", 0, 1),
    ],
)
def test_names(yours: str, theirs: str, at_least: float, below: float) -> None:
    assert at_least <= name_score(yours, theirs) < below


# ── Edits ─────────────────────────────────────────────────────────────────────


def _changed(text: str, place: int, digit: str) -> str:
    return text[:place] + digit + text[place + 1 :]


def _swapped(text: str, place: int, _digit: str) -> str:
    return text[:place] + text[place : place + 2][::-1] + text[place + 2 :]


def _dropped(text: str, place: int, _digit: str) -> str:
    return text[:place] + text[place + 1 :]


def _inserted(text: str, place: int, digit: str) -> str:
    return text[:place] + digit + text[place:]


Slips = Callable[[str, int, str], str]
slips = st.tuples(
    st.sampled_from([_changed, _swapped, _dropped, _inserted]), st.integers(0, 18), st.sampled_from("0123456789")
)


def undo(yours: str, edits: tuple[Edit, ...]) -> str:
    """Mend what was typed, from its end."""
    text, shift = yours, sum({Slip.MISSING: -1, Slip.EXTRA: 1}.get(e.slip, 0) for e in edits)
    for edit in reversed(edits):
        if edit.slip is Slip.EXTRA:
            shift -= 1
            place = edit.position - 1
            text = text[:place] + text[place + 1 :]
            continue
        shift += edit.slip is Slip.MISSING
        place = edit.position - 1 + shift
        text = text[:place] + edit.theirs + text[place + len(edit.yours) :]
    return text


@given(numbers, slips)
def test_one_slip_is_found_and_can_be_undone(number: str, slip: tuple[Slips, int, str]) -> None:
    make, place, digit = slip
    typed = make(number, place, digit)
    edits = edits_between(typed, number)
    assert edits is not None
    assert len(edits) == (typed != number)
    assert undo(typed, edits) == number


@given(numbers, slips, slips)
def test_two_slips_are_never_more_than_two_edits(
    number: str, one: tuple[Slips, int, str], other: tuple[Slips, int, str]
) -> None:
    typed = other[0](one[0](number, *one[1:]), *other[1:])
    edits = edits_between(typed, number)
    if edits is not None:  # a swap of what was just inserted can't be undone in two edits by OSA
        assert len(edits) <= 2
        assert undo(typed, edits) == number


def test_three_edits_are_no_near_miss() -> None:
    assert edits_between("111", "222") is None


# ── Ranking ───────────────────────────────────────────────────────────────────

SCOPE = build(300)


def test_exact() -> None:
    found = rank(FACTS, [*SCOPE, INVOICE])
    assert found.exact == INVOICE
    assert found.near == ()
    assert found.winner is None


@given(st.sampled_from(SCOPE), slips)
def test_a_slip_still_finds_the_invoice(invoice: Invoice, slip: tuple[Slips, int, str]) -> None:
    make, place, digit = slip
    typed = make(invoice.number, place % len(invoice.number), digit)
    query = {"number": typed, "issue_date": str(invoice.issue_date), "amount": str(invoice.total)}
    found = rank(query, SCOPE)
    if found.exact is None:
        assert found.near[0].invoice == invoice
        assert found.winner == found.near[0]
    else:
        assert found.exact == invoice
        assert typed == invoice.number


@given(numbers.filter(lambda n: n[0] not in "26"))
def test_a_number_far_from_all_finds_nothing(number: str) -> None:
    if all(edits_between(number, invoice.number) is None for invoice in SCOPE):
        assert rank({"number": number}, SCOPE) == rank({"number": number}, [])


def test_a_number_that_is_right_with_a_wrong_date_is_near() -> None:
    found = rank({**FACTS, "issue_date": "2026-09-25"}, [*SCOPE, INVOICE])
    assert found.exact is None
    assert [match.invoice for match in found.near] == [INVOICE]


def test_a_short_number_alone_is_exact_only_if_no_other_has_it() -> None:
    twin = replace(PAPER, key="legacy:3100263110:00008006", code="3100263110")
    assert rank({"number": "00008006"}, [PAPER]).exact == PAPER
    found = rank({"number": "00008006"}, [PAPER, twin])
    assert found.exact is None
    assert [match.invoice for match in found.near] == [PAPER, twin]
    assert found.winner is None
    assert rank({"number": "00008006", "code": "3100263110"}, [PAPER, twin]).exact == twin


def test_without_a_number_several_fields_point() -> None:
    query = {"name": "云杉酒店", "amount": "1280.00", "issue_date": "2026-09-15"}
    found = rank(query, [*SCOPE, INVOICE])
    assert found.exact is None
    assert found.winner is not None
    assert found.winner.invoice == INVOICE


def test_last_digits() -> None:
    found = rank({"tail": "3017"}, [*SCOPE, INVOICE])
    assert INVOICE in [match.invoice for match in found.near]
    assert all(match.invoice.number.endswith("3017") for match in found.near)


@pytest.mark.parametrize("head", ["2611", "26110000482"])
def test_first_digits(head: str, texts: Texts) -> None:
    found = rank(understand(f"{head}开头的 1280元", date(2026, 11, 24)), [*SCOPE, INVOICE])
    assert found.near[0].invoice == INVOICE
    assert plain(explain(found.near[0].comparison, texts)[Locale.ZH]) == f"开头 {head} 一致 · 金额一致"
    assert rank({"head": "9911"}, [*SCOPE, INVOICE]).near == ()


def test_what_was_bought_tells_invoices_apart_and_rules_out_none() -> None:
    other = replace(INVOICE, key="digital:26110000482913013017", number="26110000482913013017")
    fuel = replace(other, seller_name="中国石化销售股份有限公司北京石油分公司", seller_tax_id="91000000MA0000999X")
    today = date(2026, 11, 24)
    for invoices in ([INVOICE, fuel], [fuel, INVOICE]):
        found = rank(understand("9月15号的加油费 1280元", today), invoices)
        assert [match.invoice for match in found.near] == [fuel, INVOICE]
    assert [match.invoice for match in rank(understand("加油费 1280元", today), [INVOICE]).near] == [INVOICE]
    assert rank(understand("加油费", today), [fuel]).near == ()


def test_first_digits_may_be_the_code_s() -> None:
    found = rank({"head": PAPER.code[:6], "amount": "1280.00"}, [PAPER, INVOICE])
    assert [match.invoice for match in found.near] == [PAPER]
    assert found.near[0].comparison.fields["head"] is Agreement.SAME


@pytest.mark.parametrize("text", ["3017 1280", "1280 3017", "0915 1280"])
def test_two_groups_of_four_may_be_two_facts(text: str) -> None:
    twin = replace(INVOICE, key="digital:26110000482913013017", number="26110000482913013017", total=Decimal("1450.00"))
    found = rank(understand(text, date(2026, 11, 24)), [*SCOPE, twin, INVOICE])
    assert found.near[0].invoice == INVOICE
    assert set(found.near[0].comparison.fields) == {"tail" if "3017" in text else "issue_date", "amount"}


def test_neighbours_are_listed_five_at_most_look_alikes_first_then_the_newest() -> None:
    block = [
        replace(
            INVOICE, key=f"digital:2611000048291307{n:04}", number=f"2611000048291307{n:04}",
            issue_date=date(2026, 9, 1) + timedelta(n),
        )
        for n in range(10)
    ]  # fmt: skip
    found = rank({"number": "26110000482913070000"}, block)
    assert found.exact == block[0]
    assert [match.invoice for match in found.near] == [block[n] for n in (9, 8, 7, 6, 5)]


def test_nothing_asked_finds_nothing() -> None:
    assert rank({}, SCOPE).near == ()
