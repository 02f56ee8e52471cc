"""What is kept of a question without an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.gaps import LIMIT, Gap, GapKind, clusters, masked, masked_answer
from knowledge.texts import Locale


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("发票26117000000583921764丢了", "发票∎丢了"),
        ("２６１１７０００ 在哪", "∎ 在哪"),
        ("我电话 138-0000-0000 打给我", "我电话 ∎ 打给我"),
        ("call +86 138 0000 0000 please", "call ∎ please"),
        ("发到 some.one@example.com 吧", "发到 ∎ 吧"),
        ("税号91000000MA00000157对吗", "税号∎对吗"),
        ("找 @some_body", "找 ∎"),
        ("看 https://example.com/x?id=1 打不开", "看 ∎ 打不开"),
        ("号码一三八零零零零零零零零", "号码∎"),
        ("开 1280 元的\n三张票", "开 1280 元的 三张票"),
    ],
)
def test_what_identifies_is_masked(text: str, kept: str) -> None:
    assert masked(text) == kept


@given(st.text())
def test_masked_twice_is_masked_once(text: str) -> None:
    once = masked(text)
    assert len(once) <= LIMIT
    assert masked(once) == once


@given(st.text(alphabet="发票 ,。", max_size=20), st.from_regex(r"[0-9]{5,20}", fullmatch=True))
def test_no_long_number_stays(around: str, number: str) -> None:
    assert number not in masked(f"{around}{number}{around}")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("打 12366 或者 95588 问", "打 12366 或者 95588 问"),
        ("2024-12-01 起", "2024-12-01 起"),
        ('<a href="https://example.com/help/20241201">看</a>', '<a href="https://example.com/help/20241201">看</a>'),
        ("打 138-0000-0000 找", "打 ∎ 找"),
        ("票号 26117000000583921764", "票号 ∎"),
        ("写给 some.one@example.com，或 @some_body", "写给 ∎，或 ∎"),
        ("号码 ２６１１７０００ 在", "号码 ∎ 在"),
    ],
)
def test_an_answer_keeps_what_everybody_may_know(text: str, kept: str) -> None:
    assert masked_answer(text) == kept


def gap(number: int, text: str, count: int = 1, slug: str = "") -> Gap:
    return Gap(number, GapKind.UNKNOWN, Locale.ZH, text, slug, count)


def test_alike_ones_are_together_and_the_commonest_comes_first() -> None:
    found = clusters([gap(1, "打车票能报吗"), gap(2, "打车票能报销吗", 3), gap(3, "宠物粮怎么开", 5)], str)
    assert [[one.id for one in cluster.gaps] for cluster in found] == [[3], [2, 1]]
    assert [cluster.size for cluster in found] == [5, 4]


def test_ratings_without_a_question_are_together_by_article() -> None:
    found = clusters([gap(1, "", slug="a"), gap(2, "", slug="b"), gap(3, "", slug="a")], str)
    assert [[one.id for one in cluster.gaps] for cluster in found] == [[1, 3], [2]]
