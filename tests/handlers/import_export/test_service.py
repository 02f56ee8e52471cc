"""Invoices in: the same file twice, other columns, states that change, rows that are refused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from handlers.errors import InvalidInput
from handlers.import_export import reading, service
from handlers.import_export.problems import ProblemTable
from handlers.import_export.service import Pace, Summary, Watcher
from knowledge.invoices.imports import RowProblem
from knowledge.invoices.model import Invoice, Kind
from knowledge.invoices.sounds import index_grams, sounded
from knowledge.texts import Locale, Localized, Texts
from storage.schema import parties, party_grams
from tests.conftest import REQUESTER
from tests.fixtures.demo import BUYER, KEY, NUMBER, demo_csv
from tests.fixtures.invoices import build, to_csv
from tests.fixtures.services import NOW, Office

PAPER = "legacy:1100263130:04417523"  # issued on 2026-09-25


async def load(here: Office, content: bytes, name: str = "invoices.csv", **options: Any) -> Summary:
    path = here.folder / name
    path.write_bytes(content)
    return await here.services.imports.import_path(path, NOW, **options)


async def stored(here: Office, key: str = KEY) -> Invoice | None:
    async with here.services.storage.read() as work:
        found = await work.invoices.unscoped(key)
    return found.invoice if found else None


async def count(here: Office) -> int:
    async with here.services.storage.read() as work:
        return await work.invoices.count()


def counts(summary: Summary) -> tuple[int, int, int]:
    return summary.added, summary.changed, summary.same


def as_table(problems: Sequence[RowProblem], texts: Texts) -> list[list[str]]:
    file = io.StringIO(newline="")
    table = ProblemTable(file, texts, Locale.ZH)
    for problem in problems:
        table.add(problem)
    return list(csv.reader(io.StringIO(file.getvalue(), newline="")))


def lines(*rows: dict[str, Any]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


async def test_every_field_arrives(here: Office) -> None:
    invoices = build(40)
    summary = await load(here, to_csv(invoices))
    assert (counts(summary), summary.rejected.count) == ((40, 0, 0), 0)
    for invoice in invoices:
        found = await stored(here, invoice.key)
        assert found is not None
        assert replace(found, extra={}) == invoice


async def test_the_same_file_again_changes_nothing(here: Office) -> None:
    before = await count(here)
    summary = await load(here, demo_csv(), "demo.csv")
    assert counts(summary) == (0, 0, before)
    assert (summary.status_changed, summary.refused, summary.rejected.count) == (0, 0, 0)
    async with here.services.storage.read() as work:
        known = await work.invoices.unscoped(KEY)
    assert known is not None
    assert known.version == 1


async def test_a_dry_run_only_counts(here: Office) -> None:
    invoices = build(10)
    before = await count(here)
    assert counts(await load(here, to_csv(invoices), dry_run=True)) == (10, 0, 0)
    assert await count(here) == before
    changed = replace(invoices[0], seller_name="改名公司")
    await load(here, to_csv(invoices))
    assert counts(await load(here, to_csv([changed, *invoices[1:]]), dry_run=True)) == (0, 1, 9)
    found = await stored(here, invoices[0].key)
    assert found is not None
    assert found.seller_name == invoices[0].seller_name


async def test_a_changed_fact_is_taken_over(here: Office) -> None:
    summary = await load(here, lines({"number": NUMBER, "seller_name": "改名示例酒店", "total": "1281.00"}), "a.jsonl")
    assert counts(summary) == (0, 1, 0)
    found = await stored(here)
    assert found is not None
    assert (found.seller_name, found.total) == ("改名示例酒店", Decimal("1281.00"))


async def test_a_column_that_is_missing_takes_nothing_back(here: Office) -> None:
    """Exports for different purposes have different columns."""
    before = await stored(here)
    assert before is not None
    row = {"number": NUMBER, "kind": "", "seller_name": "", "total": "", "issue_date": "", "remark": "新备注"}
    assert counts(await load(here, lines(row), "a.jsonl")) == (0, 1, 0)
    after = await stored(here)
    assert after == replace(before, extra={**before.extra, "remark": "新备注"})
    assert after.kind is Kind.D_NORMAL


async def test_a_changed_state_raises_the_alert_once(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    changed = lines({"number": NUMBER, "status": "red_pending", "total": "1280.00"})
    summary = await load(here, changed, "a.jsonl")
    assert (counts(summary), summary.status_changed) == ((0, 0, 1), 1)
    assert (await load(here, changed, "a.jsonl")).status_changed == 0
    assert len(await here.queued(REQUESTER)) == 1
    found = await stored(here)
    assert found is not None
    assert found.tax_status == "red_pending"


@pytest.mark.parametrize(
    ("row", "changed", "refused"),
    [
        ({"number": NUMBER, "status": "void"}, 0, 1),  # 数电票 cannot be voided
        ({"code": "1100263130", "number": "04417532", "status": "normal"}, 0, 1),  # void for good
        ({"code": "1100263130", "number": "04417523", "status": "void"}, 1, 0),  # in September, found in November
    ],
)
async def test_a_state_that_contradicts_is_counted_and_not_applied(
    here: Office, row: dict[str, str], changed: int, refused: int
) -> None:
    summary = await load(here, lines(row | {"total": ""}), "a.jsonl")
    assert (summary.status_changed, summary.refused) == (changed, refused)
    assert [problem.key for problem in summary.warnings.first].count("import.state_kept") == refused


async def test_a_state_that_was_kept_is_told_with_its_invoice(here: Office) -> None:
    summary = await load(here, lines({"number": NUMBER, "status": "作废", "total": ""}), "a.jsonl")
    _header, row = as_table(summary.warnings.first, here.services.texts)
    assert row[:2] == ["", "发票状态"]
    assert row[2].startswith(f"发票 {NUMBER}：文件里是“作废”，已知状态“正常”不能变成它")


async def test_an_organization_keeps_others_invoices_out(here: Office) -> None:
    theirs, other = build(2)
    ours = replace(other, buyer_tax_id=BUYER)
    summary = await load(here, to_csv([theirs, ours]), tax_ids={BUYER})
    assert counts(summary) == (1, 0, 0)
    assert [problem.key for problem in summary.rejected.first] == ["import.other_party"]
    assert await stored(here, theirs.key) is None


THIRD = "91000000MA00000312"


@pytest.mark.parametrize(
    ("buyer", "row", "is_taken"),
    [
        (THIRD, {"buyer_tax_id": BUYER}, False),
        (THIRD, {"seller_tax_id": BUYER}, False),
        ("", {"buyer_tax_id": BUYER}, False),
        ("", {"buyer_tax_id": BUYER, "issue_date": "2026-02-03", "total": "106.01"}, False),
        ("", {"buyer_tax_id": BUYER, "issue_date": "2026-02-03", "total": "106.00"}, True),
        (BUYER, {"buyer_tax_id": BUYER}, True),
        (BUYER, {"buyer_tax_id": BUYER, "seller_tax_id": THIRD}, False),
    ],
)
async def test_nobody_claims_an_invoice_by_its_number_or_takes_it_from_its_parties(
    here: Office, buyer: str, row: dict[str, str], is_taken: bool
) -> None:
    dated = replace(build(1)[0], issue_date=date(2026, 2, 3), net=Decimal(100), tax=Decimal(6), total=Decimal(106))
    invoice = replace(dated, buyer_tax_id=buyer)
    async with here.services.storage.begin() as work:
        await work.invoices.save([invoice], NOW)
    asked = {"number": invoice.number, "code": invoice.code, "status": "void", "seller_name": "某公司", **row}
    summary = await load(here, lines(asked), "rows.jsonl", tax_ids={BUYER})
    told = [problem.key for problem in summary.rejected.first]
    assert told == ([] if is_taken else ["import.unconfirmed_party"])
    assert (await stored(here, invoice.key) == invoice) is not is_taken


async def test_refused_rows_are_told_one_by_one(here: Office) -> None:
    good = build(1)[0]
    rows = to_csv([good]).decode().splitlines()
    broken = [rows[1].replace(good.number, number, 1) for number in ("2.43220000004891e+19", "12345")]
    content = "\n".join([rows[0], broken[0], rows[1], broken[1]]).encode()
    summary = await load(here, content)
    assert counts(summary) == (1, 0, 0)
    assert [problem.line for problem in summary.rejected.first] == [2, 4]
    table = as_table(summary.rejected.first, here.services.texts)
    assert table[0] == ["行号", "字段", "原因"]
    assert [row[0] for row in table[1:]] == ["2", "4"]
    assert all(row[2] for row in table[1:])


async def test_transactions_are_told_as_they_are_done(here: Office) -> None:
    told: list[int] = []
    watcher = Watcher(lambda summary: told.append(summary.rows))
    summary = await load(here, to_csv(build(25)), pace=Pace(5, 2), watcher=watcher)
    assert told == [10, 20, 25]
    assert (summary.added, summary.stopped, summary.share) == (25, False, 1.0)


async def test_stopped_between_two_transactions_and_run_again(here: Office) -> None:
    content, told = to_csv(build(25)), list[int]()
    watcher = Watcher(lambda summary: told.append(summary.rows), is_stopped=lambda: bool(told))
    before = await count(here)
    summary = await load(here, content, pace=Pace(5, 2), watcher=watcher)
    assert (summary.stopped, counts(summary), await count(here)) == (True, (10, 0, 0), before + 10)
    again = await load(here, content)
    assert (counts(again), again.before, again.rows) == ((15, 0, 0), 10, 25)
    assert counts(await load(here, content)) == (0, 0, 25)


async def test_a_large_file_is_read_in_a_process_of_its_own(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same result, whatever is wrong with its rows or with it."""
    rows = to_csv(build(30)).decode().splitlines()
    content = "\n".join([*rows[:20], "坏,,1", *rows[20:]]).encode("gb18030")
    here_read = await load(here, content, dry_run=True)
    monkeypatch.setattr(reading, "OWN_PROCESS", 0)
    assert await load(here, content, dry_run=True, pace=Pace(7)) == here_read
    assert (here_read.added, here_read.rejected.count) == (30, 1)
    with pytest.raises(InvalidInput, match="no_header"):
        await load(here, b"a,b,c\n1,2,3\n")
    assert (await load(here, content, tax_ids=set())).rejected.count == 31


async def test_names_that_the_reader_heard_are_found_by_like_others(
    here: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "OWN_PROCESS", 0)
    names = ("重庆长沙银行股份有限公司", "华信（北京）科技有限公司", "Example & Söhne Ltd.", "")
    rows = [{"number": f"2611000000000000000{n}", "seller_name": name} for n, name in enumerate(names)]
    assert (await load(here, lines(*rows), "a.jsonl", pace=Pace(2))).added == len(names)
    async with here.services.storage.read() as work:
        for name in filter(None, names):
            whole = sounded(name)
            query = select(parties.c.id, parties.c.norm, parties.c.pinyin).where(parties.c.name == name)
            row = (await work.connection.execute(query)).one()
            assert (row.norm, row.pinyin) == (whole.norm, " ".join(whole.pinyin))
            grams = await work.connection.scalars(select(party_grams.c.gram).where(party_grams.c.party_id == row.id))
            assert set(grams) == index_grams(name, whole)


async def test_a_transaction_ends_when_its_time_is_over(here: Office) -> None:
    told: list[int] = []
    watcher = Watcher(lambda summary: told.append(summary.rows))
    await load(here, to_csv(build(9)), pace=Pace(3, 100, seconds=0), watcher=watcher)
    assert told == [3, 6, 9]


async def test_a_reader_that_dies_is_a_broken_file(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "OWN_PROCESS", 0)
    monkeypatch.setattr(reading, "MODULE", "handlers.import_export.nothing")
    with pytest.raises(InvalidInput, match="broken"):
        await load(here, demo_csv())


async def test_the_order_of_a_files_rows_decides_not_its_transactions(here: Office) -> None:
    """The same invoice three times: the last word on a fact counts, and its state moves as in three files."""
    number = NUMBER[:-1] + "9"
    rows = [
        {"number": number, "seller_name": "甲", "status": "normal", "total": "1"},
        {"number": number, "seller_name": "乙", "status": "red_pending", "net": "1", "total": "1"},
        {"number": number, "seller_name": "丙", "total": "2"},
    ]
    summary = await load(here, lines(*rows), "a.jsonl")
    assert (counts(summary), summary.status_changed) == ((1, 2, 0), 1)
    found = await stored(here, f"digital:{number}")
    assert found is not None
    assert (found.seller_name, found.tax_status, found.net, found.total) == (
        "丙", "red_pending", Decimal("1.00"), Decimal("2.00"),
    )  # fmt: skip


async def test_a_column_that_nobody_knows_is_kept_and_named(here: Office) -> None:
    summary = await load(here, lines({"number": NUMBER, "total": "1280.00", "成本中心": "研发"}), "a.jsonl")
    assert summary.unknown == ("成本中心",)
    found = await stored(here)
    assert found is not None
    assert found.extra["成本中心"] == "研发"


async def test_states_of_thousands_take_the_same_way_as_one(here: Office) -> None:
    """Every axis of one invoice in one row: each is a version, an entry of the timeline and an alert."""
    await here.watch(REQUESTER, KEY)
    states = {"usage": "selected", "review": "pending", "reimburse": "lock", "red_form": "wait_buyer"}
    summary = await load(here, lines({"number": NUMBER, "total": "1280.00", **states}), "a.jsonl")
    assert summary.status_changed == 4
    async with here.services.storage.read() as work:
        known = await work.invoices.unscoped(KEY)
        assert known is not None
        changes = await work.invoices.changes(KEY, [known.invoice.seller_tax_id])
    assert (known.version, {c.axis.value: c.new for c in changes}) == (5, states)
    assert len(await here.queued(REQUESTER)) == 4


async def test_a_platforms_later_word_is_not_taken_back_by_an_old_export(here: Office) -> None:
    """An export says 正常 of what was red-lettered since: late, and counted as refused."""
    moved = lines({"number": NUMBER, "status": "fully_red", "total": "1280.00"})
    assert (await load(here, moved, "a.jsonl")).status_changed == 1
    summary = await load(here, lines({"number": NUMBER, "status": "normal", "total": "1280.00"}), "old.jsonl")
    assert (summary.status_changed, summary.refused) == (0, 1)


async def test_an_invoice_twice_in_a_file_counts_once(here: Office) -> None:
    invoice = build(1)[0]
    await load(here, to_csv([invoice, invoice]))
    assert counts(await load(here, to_csv([invoice]))) == (0, 0, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_encodings(here: Office, encoding: str) -> None:
    invoice = replace(build(1)[0], seller_name="虚构龘靐公司")
    await load(here, to_csv([invoice]).decode().encode(encoding))
    found = await stored(here, invoice.key)
    assert found is not None
    assert found.seller_name == "虚构龘靐公司"


async def test_a_workbook(here: Office) -> None:
    invoices = build(5)
    sheet = openpyxl.Workbook()
    assert sheet.active is not None
    for row in csv.reader(io.StringIO(to_csv(invoices).decode())):
        sheet.active.append(row)
    buffer = io.BytesIO()
    sheet.save(buffer)
    assert counts(await load(here, buffer.getvalue(), "导出结果.xlsx")) == (5, 0, 0)


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("a.csv", b"", "table.empty"),
        ("a.csv", b"a,b,c\n1,2,3\n", "table.no_header"),
        ("a.pdf", b"%PDF-1.7 hello", "table.unsupported"),
        ("a.xlsx", b"PK\x03\x04 broken", "table.broken"),
    ],
)
async def test_a_file_that_cannot_be_read(here: Office, name: str, content: bytes, key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await load(here, content, name)
    assert refused.value.text_key == key
    assert here.services.texts(refused.value.text_key, **refused.value.params)


async def test_what_comes_over_the_network_has_a_limit(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_BYTES", 10)
    with pytest.raises(InvalidInput, match=r"table\.too_large"):
        await here.services.imports.import_content("a.csv", b"x" * 11, NOW)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_comes_from_a_file_cannot_become_a_formula(start: str) -> None:
    """The list of refused rows is opened in a spreadsheet; a reason may begin with what stood in the cell."""
    texts = Texts({"x": Localized(f"{start}1+1", ""), "upload.problem_columns": Localized("a b c", "")})
    row = as_table([RowProblem(2, "number", "x")], texts)[1]
    assert row == ["2", "number", f"'{start}1+1"]


async def test_what_is_odd_is_imported_and_named(here: Office) -> None:
    """A number that lost its zeros, and amounts that don't add up."""
    head = "发票代码,发票号码,销方名称,购方识别号,开票日期,金额,税额,价税合计"
    row = f"011002600111,7311,示例公司,{BUYER},2026-09-01,100.00,6.00,107.00"
    summary = await load(here, f"{head}\n{row}\n".encode())
    assert (summary.added, summary.rejected.count) == (1, 0)
    assert [(warning.line, warning.key) for warning in summary.warnings.first] == [
        (2, "import.padded"),
        (2, "import.arithmetic"),
    ]
