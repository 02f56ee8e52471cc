from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import knowledge.invoices
from knowledge.invoices.digits import LOOK_ALIKES
from knowledge.invoices.fields import (
    Problem,
    Value,
    amount_asked,
    cross_check,
    find_facts,
    is_only_facts,
    read_amount,
    read_check_code,
    read_code,
    read_date,
    read_number,
    read_tax_id,
    sum_beside,
    without_days_and_sums,
)
from knowledge.invoices.kinds import Asks
from knowledge.invoices.model import Family
from knowledge.invoices.tax_ids import check_character
from knowledge.texts import Texts
from tests.fixtures.invoices import uscc
from tests.knowledge.invoices.conftest import Said

TODAY = date(2026, 11, 24)
NUMBER = "26110000482913073017"
CODE, SHORT = "011002600111", "00008006"
TAX_ID = uscc(7)

digital_numbers = st.builds(
    "{}{}{:016}".format,
    st.integers(21, 49),
    st.sampled_from(["11", "31", "44", "65", "95"]),
    st.integers(0, 10**16 - 1),
)
hostile = (
    st.text(st.sampled_from("0123456789OlIB|,.-:/ \u200b年月日号元块万壹拾佰仟零今昨天abcXYZ¥１２３\n"), max_size=60)
    | st.text()
)


def value(read: Value | Problem) -> Value:
    assert isinstance(read, Value), read
    return read


def problem(read: Value | Problem) -> Problem:
    assert isinstance(read, Problem), read
    return read


# ── Numbers ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        f" {NUMBER}\n",
        "2611 0000 4829 1307 3017",
        "2611-0000-4829-1307-3017",
        "２６１１００００482913073017",
        f"发票号码：{NUMBER}。",
        f"号码是{NUMBER} 谢谢",
        f"No.{NUMBER}",
        f"The number is {NUMBER}, 1280.00",
        f"26\u200b{NUMBER[2:]}",
        "261100OO4829l3O73017",
    ],
)
def test_a_digital_number_however_it_is_written(text: str) -> None:
    read = value(read_number(text))
    assert read.text == NUMBER
    assert read.facts == {"family": "digital", "number": NUMBER}


@given(digital_numbers, st.data())
def test_look_alikes_and_gaps_are_undone(number: str, data: st.DataObject) -> None:
    """Gaps stand only before a digit: a group of letters alone would be a word."""
    alike = {d: [d, *(c for c, e in LOOK_ALIKES.items() if e == d)] for d in "0123456789"}
    gaps = st.sampled_from(["", "", "", " ", "-"])
    typed = number[0]
    for digit in number[1:]:
        char = data.draw(st.sampled_from(alike[digit]))
        typed += (data.draw(gaps) if char.isdigit() else "") + char
    assert value(read_number(typed)).text == number


@pytest.mark.parametrize(
    ("text", "family", "key", "params"),
    [
        (NUMBER[:-1], None, "too_few", {"sent": 19, "need": 20, "gap": 1}),
        (NUMBER + "12", None, "too_many", {"sent": 22, "need": 20, "gap": 2}),
        ("1234567", None, "too_few", {"sent": 7, "need": 8, "gap": 1}),
        ("123456789", Family.LEGACY, "too_many", {"sent": 9, "need": 8, "gap": 1}),
        ("2611000048291X073017", None, "stray", {"position": 14, "char": "X", "count": 1}),
        (SHORT, Family.DIGITAL, "short_for_digital", {}),
        (CODE, None, "is_code", {"sent": 12}),
        (CODE, Family.LEGACY, "is_code", {"sent": 12}),
        ("13912345678", None, "phone", {}),
        (TAX_ID, None, "tax_id", {}),
        ("2.43220000004891e+19", None, "scientific", {}),
        ("2.43E19", None, "scientific", {}),
        ("2026-09-15", None, "date", {}),
        ("9月15日", None, "date", {}),
        ("https://example.test/26110000482913073017", None, "link", {}),
        ("不知道", None, "none", {}),
        ("\u200b", None, "empty", {}),
    ],
)
def test_what_is_wrong_with_a_number(
    text: str, family: Family | None, key: str, params: dict[str, object], said: Said
) -> None:
    found = problem(read_number(text, family=family))
    assert (found.key, found.params) == (f"invoice.number.{key}", params)
    assert said(found)


@pytest.mark.parametrize(
    "text", [f"{CODE} {SHORT}", f"{SHORT}，{CODE}", f"代码{CODE}\n号码{SHORT}", CODE + SHORT, f"{CODE}-{SHORT}"]
)
def test_code_and_number_together(text: str) -> None:
    expected = {"family": "legacy", "code": CODE, "number": SHORT, "kind": "e_normal"}
    assert value(read_number(text)).facts == expected
    assert value(read_code(text)).facts == expected
    assert (value(read_number(text)).text, value(read_code(text)).text) == (SHORT, CODE)


def test_leading_zeros_stay() -> None:
    assert value(read_number(SHORT)).facts == {"family": "legacy", "number": SHORT}


def test_the_notes_say_what_was_changed(said: Said) -> None:
    read = value(read_number("261100O04829l3073017", family=Family.LEGACY))
    assert [said(note) for note in read.notes] == [
        "已把形近字母改成数字：O→0, l→1。",
        "20 位是数电发票的号码，已按数电发票处理，不需要发票代码。",
    ]
    assert [n.key for n in value(read_number("99" + NUMBER[2:])).notes] == ["invoice.number.odd_start"]


def test_a_pasted_qr_text_is_read_whole() -> None:
    read = value(read_number("01,32,,24312000000136634917,0.01,20240514,,1DD6"))
    assert read.facts["amount"] == "0.01"
    assert [note.key for note in read.notes] == ["invoice.qr.read", "invoice.qr.crc_ok"]


@pytest.mark.parametrize(
    ("text", "key"),
    [(NUMBER, "code.is_digital"), (SHORT, "code.is_number"), ("01100260011", "code.length"), ("", "number.empty")],
)
def test_what_is_wrong_with_a_code(text: str, key: str, said: Said) -> None:
    found = problem(read_code(text))
    assert found.key == f"invoice.{key}"
    assert said(found)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (CODE, "e_normal"),
        ("1100263130", "paper_special"),
        ("1100263360", "paper_normal"),
        ("031002600104", "paper_normal"),
    ],
)
def test_a_code_tells_the_kind(code: str, kind: str) -> None:
    assert value(read_code(code)).facts.get("kind") == kind


def test_a_blockchain_code_says_what_it_takes(said: Said) -> None:
    read = value(read_code("144031809110"))
    assert [note.key for note in read.notes] == ["invoice.code.blockchain"]
    assert "5 位校验码" in said(read.notes[0])
    assert amount_asked({"family": "legacy", "code": "144031809110"}) is Asks.NET


def test_check_codes(said: Said) -> None:
    assert value(read_check_code("76939 05688 34666 77916")).text == "677916"
    assert value(read_check_code("校验码后6位：677916")).facts == {"check_code": "677916"}
    assert [n.key for n in value(read_check_code("12345")).notes] == ["invoice.check_code.blockchain"]
    assert "收到 4 位" in said(problem(read_check_code("6779")))
    assert said(problem(read_check_code("没有")))


# ── Dates ─────────────────────────────────────────────────────────────────────

days = st.dates(date(1994, 1, 1), TODAY)
FORMATS: tuple[Callable[[date], str], ...] = (
    date.isoformat,
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year}.{d.month:02}.{d.day:02}",
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"开票日期：{d.year} 年 {d.month} 月 {d.day} 日",
    lambda d: f"{d:%Y-%m-%d} 10:20:30",
    lambda d: f"{d:%b} {d.day}, {d.year}",
    lambda d: f"{d.day} {d:%B} {d.year}",
)


@given(days, st.sampled_from(FORMATS))
def test_a_date_however_it_is_written(day: date, write: Callable[[date], str]) -> None:
    assert value(read_date(write(day), TODAY)).facts == {"issue_date": day.isoformat()}


@given(st.integers(0, 364))
def test_without_a_year_it_is_the_latest_such_day(back: int) -> None:
    day = TODAY - timedelta(back)
    assert value(read_date(f"{day.month}月{day.day}日", TODAY)).text == day.isoformat()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天", "2026-11-24"), ("昨天开的", "2026-11-23"), ("大前天", "2026-11-21"), ("yesterday", "2026-11-23"),
        ("3天前", "2026-11-21"), ("12月26日", "2025-12-26"), ("12.26", "2025-12-26"), ("26号", "2026-10-26"),
        ("上个月5号", "2026-10-05"), ("十一月二十日", "2026-11-20"), ("二〇二六年九月十五日", "2026-09-15"),
        ("26/12/2024", "2024-12-26"), ("260915", "2026-09-15"), ("２０２６－０９－１５", "2026-09-15"),
    ],
)  # fmt: skip
def test_dates_as_people_say_them(text: str, day: str) -> None:
    assert value(read_date(text, TODAY)).text == day


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-02-30", "2026 年 2 月没有 30 日，最后一天是 28 日。"),
        ("2月29日", "2026 年 2 月没有 29 日，最后一天是 28 日。"),
        ("2026-13-01", "没有 13 月，月份是 1 到 12。"),
        ("2026-11-25", "2026-11-25 还没到（今天是 2026-11-24），开票日期不会在将来。"),
        ("03/04/2026", "是 2026-03-04 还是 2026-04-03？请写成 年-月-日。"),
        ("1993-12-31", "1993-12-31 太早了，增值税发票从 1994 年才有。"),
        ("不记得了", "没有看懂这个日期。可以这样写：2026-09-15、9月15日、昨天。"),
    ],
)
def test_what_is_wrong_with_a_date(text: str, sentence: str, said: Said) -> None:
    assert said(problem(read_date(text, TODAY))) == sentence


def test_more_than_five_years_are_noted() -> None:
    assert value(read_date("2021-11-24", TODAY)).notes == ()
    assert [n.key for n in value(read_date("2021-11-23", TODAY)).notes] == ["invoice.date.over_five_years"]


# ── Amounts ───────────────────────────────────────────────────────────────────

cents = st.integers(1, 10**13).map(lambda n: Decimal(n) / 100)


@given(
    cents, st.sampled_from(["{:.2f}", "{:,.2f}", "¥{:,.2f}", "￥ {:.2f}", "{:.2f}元", "金额：{:,.2f} 元", "RMB {:.2f}"])
)
def test_an_amount_however_it_is_written(amount: Decimal, form: str) -> None:
    assert value(read_amount(form.format(amount))).facts == {"amount": f"{amount:.2f}"}


@given(st.integers(1, 999_999_999_999))
def test_capital_numerals(yuan: int) -> None:
    if yuan < 10**12 - 1:
        assert value(read_amount(capital(yuan) + "元整")).text == f"{yuan}.00"


def capital(number: int) -> str:
    """财务大写 without 元."""
    if number >= 10**8:
        return capital(number // 10**8) + "亿" + _rest(number % 10**8, 10**7)
    if number >= 10**4:
        return capital(number // 10**4) + "万" + _rest(number % 10**4, 10**3)
    for unit, name in ((1000, "仟"), (100, "佰"), (10, "拾")):
        if number >= unit:
            return "零壹贰叁肆伍陆柒捌玖"[number // unit] + name + _rest(number % unit, unit // 10)
    return "零壹贰叁肆伍陆柒捌玖"[number]


def _rest(number: int, full: int) -> str:
    return ("零" if 0 < number < full else "") + (capital(number) if number else "")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1280块左右", "1280.00"), ("1.28万", "12800.00"), ("一千二百八", "1280.00"), ("两万八", "28000.00"),
        ("壹佰贰拾叁元肆角伍分", "123.45"), ("-¥64.90", "-64.90"), ("1280块5", "1280.50"), ("1 280.00", "1280.00"),
        ("一亿二千万", "120000000.00"),
    ],
)  # fmt: skip
def test_amounts_as_people_say_them(text: str, amount: str) -> None:
    assert value(read_amount(text)).text == amount


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "empty"), ("忘了", "none"), ("1280 5600", "several"), ("1280,50", "comma"), ("12.345", "decimals"),
        ("0.00", "zero"), ("1000000000000", "too_large"), ("1.2.3", "none"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_amount(text: str, key: str, said: Said) -> None:
    found = problem(read_amount(text))
    assert found.key == f"invoice.amount.{key}"
    assert said(found)


# ── Taxpayer ids ──────────────────────────────────────────────────────────────


@given(st.integers(0, 999_999))
def test_ids_hold_and_one_wrong_character_never_does(serial: int) -> None:
    tax_id = uscc(serial)
    assert value(read_tax_id(f"税号：{tax_id.lower()}")).facts == {"buyer_tax_id": tax_id}
    wrong = tax_id[:-2] + ("1" if tax_id[-2] != "1" else "2") + tax_id[-1]
    assert problem(read_tax_id(wrong)).key == "invoice.tax_id.check"


def test_letters_that_cannot_occur_are_repaired(said: Said) -> None:
    read = value(read_tax_id(TAX_ID.replace("0", "O")))
    assert read.text == TAX_ID
    assert [said(note) for note in read.notes] == ["已把形近字母改成数字：O→0。"]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "empty"), ("没有税号", "none"), ("91110", "length"), (TAX_ID[:-1] + "V", "letter"),
        ("911A0000MA0000011X", "region"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_id(text: str, key: str, said: Said) -> None:
    found = problem(read_tax_id(text))
    assert found.key == f"invoice.tax_id.{key}"
    assert said(found)


def test_an_organization_code_that_does_not_hold_is_noted(said: Said) -> None:
    """GB 11714 inside of GB 32100: the last character may hold by chance, the 17th then seldom does."""
    body = TAX_ID[:16] + ("1" if TAX_ID[16] != "1" else "2")
    read = value(read_tax_id(body + check_character(body)))
    assert [note.key for note in read.notes] == ["invoice.tax_id.org_code"]
    assert said(read.notes[0])
    assert value(read_tax_id(TAX_ID)).notes == ()


@pytest.mark.parametrize(("text", "key"), [("110105123456789", "old"), ("11010519491231002X", "person")])
def test_ids_without_our_check_are_kept_with_a_note(text: str, key: str, said: Said) -> None:
    read = value(read_tax_id(text))
    assert [note.key for note in read.notes] == [f"invoice.tax_id.{key}"]
    assert said(read.notes[0])


# ── Free sentences ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (f"{NUMBER} 查不到", {"family": "digital", "number": NUMBER}),
        (
            f"9月15日开的 {NUMBER}，金额1,280.00元",
            {"family": "digital", "number": NUMBER, "issue_date": "2026-09-15", "amount": "1280.00"},
        ),
        (
            f"发票代码 {CODE} 号码 {SHORT}",
            {"family": "legacy", "kind": "e_normal", "code": CODE, "number": SHORT},
        ),
        ("号码20241226", {"family": "legacy", "number": "20241226"}),
        ("尾号3017的那张", {"tail": "3017"}),
        ("昨天刚开的票", {"issue_date": "2026-11-23"}),
        (f"我们公司税号 {TAX_ID}", {"buyer_tax_id": TAX_ID}),
        ("校验码 76939 05688 34666 77916", {"check_code": "677916"}),
        ("1280.00", {"amount": "1280.00"}),
        ("昨天提交的申请", {}),
        ("invoice of 2026-09-15 for 1280 RMB", {"issue_date": "2026-09-15", "amount": "1280.00"}),
        (
            "035002400211 76195316 2024-10-30 5159960.47 9518291.82 校验码851970",
            {
                "family": "legacy",
                "code": "035002400211",
                "number": "76195316",
                "kind": "e_normal",
                "check_code": "851970",
                "issue_date": "2024-10-30",
            },
        ),
    ],
)
def test_volunteered_facts(text: str, facts: dict[str, str]) -> None:
    assert find_facts(text, TODAY) == facts


@pytest.mark.parametrize(
    "text",
    [
        "今天查不到发票", "13912345678", "电话 010-12345678", "订单号20241226", "订单号码 33207675", "QQ: 33207675",
        f"{NUMBER}123", "INV-2024-0098", "1280元还是1208元", "2026-11-30 之前",
        "三张发票", "12.26", "https://example.test/?n=26110000482913073017", "税率13%", "100张发票都查不到", "",
        f"{NUMBER} 和 {NUMBER[:-1]}8",
    ],
)  # fmt: skip
def test_never_a_guess(text: str) -> None:
    assert find_facts(text, TODAY) == {}


@given(hostile)
def test_no_text_is_too_much(text: str) -> None:
    """Every reader answers; what it accepts, it accepts again unchanged."""
    readers: tuple[Callable[[str], Value | Problem], ...] = (
        read_number, read_code, read_check_code, read_amount, read_tax_id, lambda t: read_date(t, TODAY),
    )  # fmt: skip
    for read in readers:
        first = read(text)
        if isinstance(first, Value) and "invoice.qr.read" not in {note.key for note in first.notes}:
            assert value(read(first.text)).text == first.text
    facts = find_facts(text, TODAY)
    assert all(facts.values())
    assert isinstance(cross_check(facts), tuple)


# ── Together ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("facts", "keys"),
    [
        ({"number": NUMBER, "issue_date": "2026-09-15"}, []),
        ({"number": NUMBER, "issue_date": "2025-09-15"}, ["invoice.check.year"]),
        ({"number": "99" + NUMBER[2:]}, ["invoice.number.odd_start"]),
        ({"number": SHORT}, ["invoice.check.code_missing"]),
        ({"number": SHORT, "code": "099002600111"}, ["invoice.code.odd_region"]),
    ],
)
def test_facts_that_do_not_fit_together(facts: dict[str, str], keys: list[str], said: Said) -> None:
    hints = cross_check(facts)
    assert [hint.key for hint in hints] == keys
    assert all(said(hint) for hint in hints)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"family": "digital"}, Asks.TOTAL),
        ({"family": "legacy"}, None),
        ({"family": "legacy", "kind": "paper_special"}, Asks.NET),
        ({"family": "legacy", "kind": "e_normal"}, Asks.CHECK_CODE),
        ({"family": "digital", "kind": "toll"}, Asks.TOTAL),
        ({"family": "digital", "kind": "d_paper_special"}, Asks.NET),
        ({"family": "legacy", "kind": "used_vehicle"}, Asks.PRICE),
    ],
)
def test_which_amount_verifying_asks_for(facts: dict[str, str], expected: Asks | None) -> None:
    assert amount_asked(facts) is expected


def test_every_key_in_the_code_has_a_text(texts: Texts) -> None:
    package = Path(knowledge.invoices.__file__).parent
    sources = [*package.glob("*.py"), package.parent / "tables.py"]
    keys = {key for path in sources for key in re.findall(r'"((?:invoice|import|table)\.[a-z_.]+)"', path.read_text())}
    assert len(keys) > 60
    assert [key for key in sorted(keys) if key not in texts] == []


@pytest.mark.parametrize(
    "text",
    [
        "26110000482913073017 2026-09-15 ¥1280.00",
        "2026-09-15 26110000482913073017 1280元",
        "26110000482913073017-2026-09-15 1280元",
        "9月15日 26110000482913073017 1280 元",
    ],
)
def test_a_number_beside_a_date(text: str) -> None:
    facts = find_facts(text, date(2026, 11, 24))
    assert (facts["number"], facts["issue_date"], facts["amount"]) == ("26110000482913073017", "2026-09-15", "1280.00")


@pytest.mark.parametrize(
    ("text", "amount"),
    [("上海商贸 11月2日 1280左右", "1280.00"), ("about 1280 on 2026-11-02", "1280.00"), ("大约30天才能查到吗", None)],
)
def test_a_rough_figure_is_a_sum_unless_it_counts_something(text: str, amount: str | None) -> None:
    assert find_facts(text, date(2026, 11, 24)).get("amount") == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("77120943 2026-11-11 4000", "4000.00"),
        ("77120943，2026-11-11，4000", "4000.00"),
        (f"4000 {NUMBER}", "4000.00"),
        (f"{NUMBER} 9月15日 123456", "123456.00"),
        ("00008006 2026-09-23 123456", None),  # or a check code
        ("77120943 4000 5000", None),
        ("77120943 2026-11-11 2026", None),
        ("2026-11-11 4000", None),  # or the end of a number
        ("77120943 共 3 箱 4000", None),
        (NUMBER, None),
    ],
)
def test_beside_a_number_a_sum_needs_no_sign(text: str, amount: str | None) -> None:
    assert find_facts(text, TODAY).get("amount") == amount


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("77120943 2026-11-11 4000", "4000"),
        ("2026-11-11 4000", "4000"),
        ("11月11日，4000", "4000"),
        ("00008006 2026-09-23 123456", "123456"),
        ("4000", ""),
        ("11.11 4000", ""),
        ("4000 5000 2026-11-11", ""),
        ("77120943 2026-11-11", ""),
    ],
)
def test_an_answer_that_wants_a_sum_may_have_more_beside_it(text: str, said: str) -> None:
    assert sum_beside(text, TODAY) == said


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("77120943 2026-11-11 4000", "77120943 4000"),
        ("4000元 2026-11-11", ""),
        (f"9月15日的 {NUMBER}", f"的 {NUMBER}"),
        ("2611 0000 4829 1307 3017", "2611 0000 4829 1307 3017"),
        ("20241226", "20241226"),
    ],
)
def test_an_answer_that_wants_a_number_without_days_and_sums(text: str, rest: str) -> None:
    assert " ".join(without_days_and_sums(text, TODAY).split()) == rest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9月23日 270", True),
        ("270，9月23日？", True),
        ("Sep 23, 270", True),
        ("9月23号270", True),
        ("上个月 1280", True),
        ("昨天 一千二", True),
        ("9月23日", False),
        ("270", False),
        ("今天 666", False),
        ("今天 10:30", False),
        ("9月23日 10:30", False),
        ("9月23日 13912345678", False),
        ("9月23日 270 300", False),
        ("9月23日 吃饭 270", False),
        ("今天三点", False),
        ("", False),
        ("2631开头 680块", True),
        ("680元，2631开头", True),
        ("starts with 2631, Sep 23", True),
        ("2631开头", False),
        ("2631开头 3017", True),  # or a sum
    ],
)
def test_two_facts_and_not_a_word_more(text: str, expected: bool) -> None:
    assert is_only_facts(text, TODAY) is expected
