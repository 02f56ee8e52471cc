"""Names: what is said is recognised, however it is written, and other companies are not."""

from __future__ import annotations

import pytest

from knowledge.invoices.names import name_score, query_grams, spellings
from knowledge.invoices.sounds import index_grams, sounded

NAME = "华信（北京）科技有限公司"


@pytest.mark.parametrize(
    "said",
    [
        "华信科技",
        "北京华信",
        "华信",
        "華信（北京）科技有限公司",
        "北京华信科技",
        "beijinghuaxin",
        "huaxinkeji",
        "bjhxkj",
        "华新科技",
    ],
)
def test_ways_to_say_it(said: str) -> None:
    assert name_score(said, NAME) >= 72
    assert set(query_grams(said)) & index_grams(NAME, sounded(NAME))


@pytest.mark.parametrize("said", ["云海商贸", "上海云海科技有限公司", "有限公司", "", "中国", "xyz"])
def test_others_are_not_taken_for_it(said: str) -> None:
    assert name_score(said, NAME) < 72


@pytest.mark.parametrize(
    ("letters", "cuts"),
    [("xianhuaxin", [("xian", "hua", "xin"), ("xi", "an", "hua", "xin")]), ("bjhx", []), ("", [])],
)
def test_pinyin_is_cut_into_syllables(letters: str, cuts: list[tuple[str, ...]]) -> None:
    assert spellings(letters)[:2] == cuts


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("厦门弘通信息技术有限公司", "南京乐晖信息技术有限公司"),
        ("亿智会计师事务所（特殊普通合伙）北京分所", "锐雅会计师事务所（特殊普通合伙）"),
        ("弘通信息技术", "乐晖信息技术有限公司"),
    ],
)
def test_the_same_trade_is_not_the_same_company(said: str, name: str) -> None:
    assert name_score(said, name) <= 50


@pytest.mark.parametrize("said", ["华新科技", "华星科技", "北京华信科技股份有限公司", "华信科技集团"])
def test_a_brand_that_sounds_alike_or_nearly_may_be_it(said: str) -> None:
    assert name_score(said, NAME) > 60
