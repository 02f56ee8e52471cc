"""What people write, and what it is read as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.routing.canonical import MASK, Canonical
from knowledge.routing.normalize import LIMIT

READ = Canonical(
    2 * ["发票丢了怎么办", "发票作废", "遗失发票怎么补", "怎么备份数据", "清理缓存", "查不到发票", "税号写错了"]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fapiao diu le zenme ban", "发票丢了怎么办"),
        ("fapiaodiule", "发票丢了"),
        ("FAPIAO zuofei?", "发票作废"),
        ("發票遺失", "发票遗失"),
        ("軟體", "软件"),
        ("软体动物", "软体动物"),
        ("发票唔見咗點算", "发票弄丢了怎么办"),
        ("发飘丢了", "发票丢了"),
        ("被分数据", "备份数据"),
        ("清里换存", "清理缓存"),
        ("疑似丢了", "疑似丢了"),
        ("发票 26117000000583921764 丢了", f"发票 {MASK} 丢了"),
        ("INV-20261103 丢了", f"invoice {MASK} 丢了"),
        ("我的fapiao丢了", "我的发票丢了"),
        ("fp丢了", "发票丢了"),
        ("I lost my fapiao", "i lost my invoice"),
        ("can you change me", "can you change me"),
        ("pdf zuofei", "pdf 作废"),
        ("", ""),
        ("？！", ""),
    ],
)
def test_reading(text: str, expected: str) -> None:
    assert READ(text) == expected


@pytest.mark.parametrize("text", ["税号写错了", "发票丢了怎么办", "清理缓存", "今天天气不错", "hello there"])
def test_what_is_written_well_stays(text: str) -> None:
    assert READ(text) == text


@given(st.text(max_size=2 * LIMIT) | st.text(alphabet="发票遺失fapio 0129#\u200b唔係😀", max_size=2 * LIMIT))
def test_any_text_can_be_read(text: str) -> None:
    said = READ(text)
    assert said == " ".join(said.split())
    assert len(said) <= 20 * LIMIT


def test_only_the_beginning_is_read() -> None:
    assert READ("发票" * 5000) == READ("发票" * (LIMIT // 2))
