from time import process_time

import pytest

from knowledge.routing.vocabulary import Vocabulary, is_pinyin

WORDS = Vocabulary(["西安的发票", "发票先查", "查发票", "发票", "重复的发票重复", "备份", "备份数据"])


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("fapiao", "发票"),
        ("xiandefapiao", "西安的发票"),
        ("chongfufapiao", "重复发票"),
        ("fapiaozhuang", "发票zhuang"),
        ("zhuangzhuangfapiao", None),
        ("hello", None),
    ],
)
def test_pinyin(letters: str, expected: str | None) -> None:
    assert WORDS.read(letters) == expected


def test_what_can_be_cut_into_syllables() -> None:
    assert [word for word in ("xian", "fapiao", "a", "pdf", "v", "lost") if is_pinyin(word)] == ["xian", "fapiao", "a"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("发漂", "发票"),
        ("查发漂吧", "查发票吧"),
        ("被分", "备份"),
        ("发票", "发票"),
        ("身份", "身份"),
        ("发", "发"),
        ("", ""),
    ],
)
def test_homophones(text: str, expected: str) -> None:
    assert WORDS.mend(text) == expected


def test_words_that_are_none_of_ours_are_heard_as_ours() -> None:
    words = Vocabulary(2 * ["没有权限", "发票过期了", "权限不足"])
    assert words.reread("没有全线怎么办，国旗") == "没有权限怎么办，过期"
    assert words.mend("没有全线怎么办，国旗") == "没有全线怎么办，国旗"
    assert words.reread("发票的权限") == "发票的权限"


def test_without_words_nothing_is_read() -> None:
    empty = Vocabulary([])
    assert (empty.read("fapiao"), empty.mend("发漂")) == (None, "发漂")


@pytest.mark.parametrize("letters", ["a" * 400, "xian" * 100, "zhuang" * 66])
def test_long_pinyin_is_quick(letters: str) -> None:
    begun = process_time()
    WORDS.read(letters)
    assert process_time() - begun < 0.1
