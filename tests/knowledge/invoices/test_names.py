"""Names: what is said is recognised, however it is written, and other companies are not."""

from __future__ import annotations

import pytest

from knowledge.invoices.names import index_grams, name_score, query_grams, sounded, spellings, variants

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


def test_a_part_keeps_its_sounds() -> None:
    whole = sounded("重庆（厦门）佛山商行有限公司")
    assert whole.pinyin[:8] == ("chong", "qing", "xia", "men", "fo", "shan", "shang", "hang")
    assert all(len(part.norm) == len(part.pinyin) for part in variants("重庆（厦门）佛山商行有限公司", whole))


def test_the_region_is_said_in_front() -> None:
    assert [part.norm for part in variants(NAME, sounded(NAME))] == [
        "华信北京科技有限公司",
        "华信北京科技",
        "华信科技",
        "北京华信科技",
    ]


@pytest.mark.parametrize(
    ("letters", "cuts"),
    [("xianhuaxin", [("xian", "hua", "xin"), ("xi", "an", "hua", "xin")]), ("bjhx", []), ("", [])],
)
def test_pinyin_is_cut_into_syllables(letters: str, cuts: list[tuple[str, ...]]) -> None:
    assert spellings(letters)[:2] == cuts
