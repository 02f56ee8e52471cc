from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.content import ContentError
from knowledge.headers import headers, normalized, parse_headers
from knowledge.tables import Row, TableError, cell_text, read_table
from knowledge.texts import Texts

HEADER = "发票号码,开票日期,价税合计"
NUMBER = "26110000482913073017"
VALUES = {"number": NUMBER, "issue_date": "2026-09-15", "total": "1280.00"}
LINE = f"{NUMBER},2026-09-15,1280.00"


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts.load()


def rows(content: bytes | str, name: str = "发票.csv") -> list[Row]:
    return list(read_table(name, io.BytesIO(content.encode() if isinstance(content, str) else content)).rows)


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, lines in sheets:
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert rows(f"{HEADER}\r\n{LINE}\r\n".encode(encoding)) == [Row(2, VALUES)]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiters(delimiter: str) -> None:
    assert rows(f"{HEADER}\n{LINE}\n".replace(",", delimiter)) == [Row(2, VALUES)]


def test_a_remark_full_of_other_delimiters_changes_nothing() -> None:
    (row,) = rows(f"{HEADER},备注\n{LINE},a;b;c;d;e\t;f;g;h;i;j\n")
    assert row.values == {**VALUES, "remark": "a;b;c;d;e\t;f;g;h;i;j"}


def test_headers_are_found_below_a_preface_and_written_anyhow() -> None:
    text = (
        "用途确认\n\n税款所属期,202607\n数电发票号码*, 开票日期 *,价税合计（小写）：,销方名称,自定义\n"
        + LINE
        + ",甲,乙\n"
    )
    expected = {
        "digital_no": NUMBER,
        "issue_date": "2026-09-15",
        "total": "1280.00",
        "seller_name": "甲",
        "自定义": "乙",
    }
    assert rows(text) == [Row(5, expected)]


def test_blank_and_summary_rows_are_left_out_and_lines_stay_true() -> None:
    text = f'{HEADER},备注\n\n{LINE},"两\n行"\n,,,\n{LINE},\n合 计,,2560.00,\n总计：,,,\n'
    assert [row.line for row in rows(text)] == [3, 6]


def test_the_first_of_two_columns_of_one_meaning_counts() -> None:
    text = "发票号码,发票号,开票日期,价税合计\n,1,2026-09-15,5\n2,1,2026-09-15,5\n"
    assert [row.values["number"] for row in rows(text)] == ["1", "2"]


def test_a_comma_that_was_not_quoted_is_told(texts: Texts) -> None:
    (row,) = rows(f"{HEADER}\n{NUMBER},2026-09-15,1,280.00\n")
    assert row.problem is not None
    assert row.problem.text(texts).zh == "这一行有 4 格，表头只有 3 列；含逗号的内容要加引号。"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"\xfe\xff", "empty"),
        (b"\xef\xbb\xbf\n", "empty"),
        (b"%PDF-1.7", "unsupported"),
        (b"\x89PNG\r\n", "unsupported"),
        (b"PK\x03\x04 broken", "broken"),
        (b"\xd0\xcf\x11\xe0 broken", "broken"),
        (b"a,b,c\n1,2,3\n", "no_header"),
        ("发票号码,开票日期\n1,2\n".encode(), "no_header"),
        (f"{HEADER}\n".encode(), "no_rows"),
        (b"\xff\xff\xff\xff\x00", "encoding"),
        (b"a\x00b", "encoding"),
        (b"<html><table><tr><td>1</td></tr></table>", "web_page"),
        (b'[{"number": "1"}]', "json_array"),
        (b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
        ("销方名称,开票日期,价税合计\n甲,2026-09-15,1\n".encode(), "no_number"),
        ("发票号码码,开票日期,价税合计,税额\n1,2026-09-15,1,1\n".encode(), "typo"),
        (b'{"numbre": "1", "total": "2"}', "typo"),
    ],
)
def test_files_that_are_no_table_are_refused_at_once(content: bytes, key: str, texts: Texts) -> None:
    with pytest.raises(TableError) as caught:
        read_table("文件.csv", io.BytesIO(content))
    assert caught.value.key == f"table.{key}"
    assert caught.value.problem.text(texts).en


def test_what_is_wrong_with_a_header_is_named(texts: Texts) -> None:
    with pytest.raises(TableError) as caught:
        rows("发票号马,开票日期,价税合计,销方名称\n1,2026-09-15,1,甲\n")
    assert caught.value.problem.text(texts).zh == (
        "表头里没有发票号码这一列；“发票号马”是不是“发票号”？找到的列：发票号马, 开票日期, 价税合计, 销方名称"
    )
    with pytest.raises(TableError) as caught:
        rows("甲,乙\n1,2\n")
    assert "找到的是：甲, 乙" in caught.value.problem.text(texts).zh


def test_chinese_that_comes_late_is_read_in_its_own_encoding() -> None:
    """A megabyte of plain digits says nothing of the rest."""
    plain = f"{NUMBER},2026-09-15,1280.00,\n" * 30_000
    text = f"number,issue_date,total,remark\n{plain}{NUMBER},2026-09-15,1280.00,备注\n"
    *_, last = rows(text.encode("gb18030"))
    assert last.values["remark"] == "备注"


def test_a_quote_that_nobody_closed_costs_what_it_swallowed(texts: Texts) -> None:
    swallowed = f"{LINE},x\n" * 4000
    found = rows(f'{HEADER},备注\n{LINE},a\n{LINE},"b\n{swallowed}{LINE},c\n')
    bad = [row for row in found if row.problem]
    assert [row.line for row in bad] == [3]
    assert bad[0].problem is not None
    assert "引号没有闭合" in bad[0].problem.text(texts).zh
    assert found[-1] == Row(4004, {**VALUES, "remark": "c"})


EXPORTS = {
    "全量发票查询": (
        """
        序号 发票代码 发票号码 数电发票号码 销方识别号 销方名称 购方识别号 购买方名称 开票日期 金额 税额 价税合计
        发票来源 发票票种 发票状态 是否正数发票 发票风险等级 开票人 备注
        """,
        """
        row_no code number digital_no seller_tax_id seller_name buyer_tax_id buyer_name issue_date net tax total
        source kind status is_positive risk issuer remark
        """,
    ),
    "信息汇总表": (
        """
        序号 发票代码 发票号码 数电发票号码 销方识别号 销方名称 购方识别号 购买方名称 开票日期 税收分类编码
        特定业务类型 货物或应税劳务名称 规格型号 单位 数量 单价 金额 税率 税额 价税合计 发票来源 发票票种 发票状态
        是否正数发票 发票风险等级 开票人 备注
        """,
        """
        row_no code number digital_no seller_tax_id seller_name buyer_tax_id buyer_name issue_date tax_class biz
        item_name spec unit qty price net tax_rate tax total source kind status is_positive risk issuer remark
        """,
    ),
    "抵扣勾选": (
        """
        序号 是否勾选* 数电发票号码 开票日期* 金额* 票面税额* 有效抵扣税额* 购买方识别号* 销售方纳税人名称
        销售方纳税人识别号 发票来源 票种* 发票状态 红字锁定标志 发票风险等级 风险状态
        """,
        """
        row_no deduct_flag digital_no issue_date net tax deduct_tax buyer_tax_id seller_name seller_tax_id source
        kind status red_lock risk 风险状态
        """,
    ),
    "用途确认": (
        """
        勾选状态 转内销证明编号 数电发票号码 发票代码 发票号码 开票日期 销售方纳税人识别号 销售方纳税人名称 金额 税额
        有效抵扣税额 票种 票种标签 发票状态 勾选时间 发票风险等级 风险状态
        """,
        """
        deduct_flag 转内销证明编号 digital_no code number issue_date seller_tax_id seller_name net tax deduct_tax kind
        票种标签 status deduct_time risk 风险状态
        """,
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_column_of_an_export(name: str) -> None:
    """What a column means, or that it is kept under its own name."""
    written, meant = (columns.split() for columns in EXPORTS[name])
    preface = "纳税人名称,示例\n税款所属期,202607\n\n"
    table = read_table("a.csv", io.BytesIO(f"{preface}{','.join(written)}\n{','.join(meant)}\n".encode()))
    (row,) = table.rows
    assert row.values == {column: column for column in meant}
    assert list(table.unknown) == [column for column in meant if not column.isascii()]


def test_a_workbook_bomb_is_refused() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as entry,
    ):
        for _ in range(301):
            entry.write(bytes(2**20))
    with pytest.raises(TableError, match=r"table\.too_large"):
        read_table("x.xlsx", out)


def test_xlsx_as_exported() -> None:
    """Cells are text, dates and numbers; lines are the sheet's; the sheet with line items is not added to it."""
    names: list[object] = ["序号", "发票代码", "发票号码", "数电发票号码", "开票日期", "价税合计", "发票状态"]
    lines: list[list[object]] = [
        [],
        names,
        [1, None, None, NUMBER, datetime(2026, 9, 15, 10, 20, 30), 1280, "正常"],  # noqa: DTZ001 - Excel has no zones
        [2, "011002600111", 8006.0, None, "2026-09-16", 52.7, "正常"],
        ["合计", None, None, None, None, 1332.7, None],
    ]
    items: list[list[object]] = [
        [*names, "货物或应税劳务名称"],
        [1, None, None, NUMBER, "2026-09-15", 1000, "正常", "笔"],
    ]
    content = workbook(("信息汇总表", items), ("发票基础信息", lines))
    assert rows(content, "全量发票查询导出结果.xlsx") == [
        Row(
            3,
            {
                "row_no": "1", "digital_no": NUMBER,
                "issue_date": "2026-09-15T10:20:30", "total": "1280", "status": "正常",
            },
        ),
        Row(
            4,
            {
                "row_no": "2", "code": "011002600111", "number": "8006",
                "issue_date": "2026-09-16", "total": "52.7", "status": "正常",
            },
        ),
    ]  # fmt: skip
    only_items = rows(workbook(("信息汇总表", items)))
    assert [row.is_line_item for row in only_items] == [True]


def test_a_wrong_dimension_hides_no_rows() -> None:
    lines: list[list[object]] = [
        ["发票号码", "开票日期", "价税合计"],
        *([NUMBER, "2026-09-15", n] for n in range(1, 51)),
    ]
    source, out = io.BytesIO(workbook(("发票基础信息", lines))), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                assert b'<dimension ref="A1:C51"' in data
                data = data.replace(b'ref="A1:C51"', b'ref="A1:C1"')
            new.writestr(entry, data)
    assert len(rows(out.getvalue())) == 50


def test_a_number_stored_as_a_number_is_lost_and_stays_visible() -> None:
    lines: list[list[object]] = [["发票号码", "开票日期", "价税合计"], [float(NUMBER), "2026-09-15", 1]]
    assert rows(workbook(("a", lines)))[0].values["number"] == repr(float(NUMBER))
    assert "e+19" in cell_text(float(NUMBER))


def test_json_lines_keep_every_digit() -> None:
    lines = [
        json.dumps(
            {"number": int(NUMBER), "total": 1280.5, "seller": {"name": "甲"}, "issue_date": None, "自定义": True}
        ),
        "",
        "[1, 2]",
        "{broken",
    ]
    first, second, third = rows("\n".join(lines), "a.jsonl")
    assert first.values == {"number": NUMBER, "total": "1280.5", "seller_name": '{"name": "甲"}', "自定义": "true"}
    assert [(row.line, row.problem and row.problem.key) for row in (second, third)] == [
        (3, "table.row_json"),
        (4, "table.row_json"),
    ]


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: (HEADER + "\n" + t).encode("utf-8", "ignore")))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        found = rows(content)
    except TableError:
        return
    assert all(row.values or row.problem for row in found)


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12).filter(
    lambda t: t.strip() and normalized(t) not in {"合计", "小计", "总计", "本页合计", "total", "subtotal"}
)


@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=15))
def test_cells_come_back_as_written(table: list[tuple[str, str, str]]) -> None:
    quoted = "\n".join(",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line) for line in table)
    found = rows(f"{HEADER}\n{quoted}\n")
    assert [tuple(row.values.values()) for row in found] == [tuple(c.strip() for c in line) for line in table]


def test_headers_mean_one_column_each() -> None:
    assert headers()["发票号码"] == "number"
    with pytest.raises(ContentError, match=r"headers\.toml: b: '甲' means two columns"):
        parse_headers('a = ["甲"]\nb = ["甲"]\n')
