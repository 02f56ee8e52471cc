"""How names sound, and the parts they have."""

from __future__ import annotations

import pytest

from knowledge.invoices.sounds import own_part, sounded, variants

NAME = "华信（北京）科技有限公司"


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
    ("name", "own", "has_trade"),
    [
        (NAME, "华信", True),
        ("北京市云海餐饮管理有限公司", "云海", True),
        ("虚构云杉酒店", "虚构云杉", True),
        ("信息技术有限公司", "信息技术", False),
        ("某某大学", "某某大学", False),
    ],
)
def test_what_comes_before_the_trade_is_the_name_s_own(name: str, own: str, has_trade: bool) -> None:
    part, is_before_a_trade = own_part(name, sounded(name))
    assert (part.norm, is_before_a_trade) == (own, has_trade)
