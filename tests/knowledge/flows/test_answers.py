from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.flows.answers import chosen, control, is_attempt, is_question, told
from knowledge.flows.loader import load_flows
from knowledge.flows.model import Ask, Choice
from knowledge.flows.state import Control

FLOWS = load_flows()
STEPS = FLOWS["invoice-not-showing"].steps


def choices(step: str) -> tuple[Choice, ...]:
    ask = STEPS[step]
    assert isinstance(ask, Ask)
    return ask.choices


@pytest.mark.parametrize(
    ("step", "text", "choice"),
    [
        ("kind", "数电票", "digital"),
        ("kind", "數電票", None),
        ("kind", "应该是数电票吧", "digital"),
        ("kind", "1", "digital"),
        ("kind", "２", "legacy"),
        ("kind", "②", "legacy"),
        ("kind", "第3个", "other"),
        ("kind", "4.", "unsure"),
        ("kind", "5", None),
        ("kind", "0", None),
        ("kind", "不是数电票", None),
        ("kind", "数电票还是税控发票", None),
        ("kind", "数电票是什么", None),
        ("kind", "DIGITAL (20 digits)", "digital"),
        ("kind", "it is a paper invoice", "legacy"),
        ("near", "是", "yes"),
        ("near", "不是", "no"),
        ("near", "是这张！", "yes"),
        ("near", "不是这张", "no"),
        ("near", "好像不是这张", "no"),
        ("near", "Yes.", "yes"),
        ("near", "that’s it", "yes"),
        ("near", "✅", None),
        ("found", "解决了👍", "solved"),
        ("found", "还没解决", "elsewhere"),
        ("found", "没有解决", "elsewhere"),
        ("found", "not solved", None),
        ("browser", "i use chrome on windows", "chrome"),
        ("browser", "knowledge", None),
        ("browser", "微信", "wechat"),
        ("issued_today", "那就明天再说", "wait"),
        ("kind", "数电票" + "啊" * 300, None),
        ("kind", "我们公司上个月从好几家供应商那里收到的都是数电票", None),
        ("kind", "", None),
    ],
)
def test_chosen(step: str, text: str, choice: str | None) -> None:
    found = chosen(choices(step), text)
    assert (found.id if found else None) == choice


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("跳过", Control.SKIP),
        ("上一步", Control.BACK),
        ("为什么？", Control.WHY),
        ("Why?", Control.WHY),
        ("转人工", Control.HUMAN),
        ("退出。", Control.CANCEL),
        ("不知道", Control.SKIP),
        ("I don't know.", Control.SKIP),
        ("都不是", Control.SKIP),
        ("为什么要填日期", None),
        ("", None),
    ],
)
def test_control(text: str, named: Control | None) -> None:
    assert control(text) is named


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("数电票是什么", True),
        ("怎么红冲？", True),
        ("能不能报销", True),
        ("how do I get the file", True),
        ("What is a digital invoice", True),
        ("1280？", False),
        ("somewhat", False),
        ("昨天", False),
        ("数电票", False),
    ],
)
def test_is_question(text: str, question: bool) -> None:
    assert is_question(text) is question


@pytest.mark.parametrize(
    ("text", "attempt"),
    [
        ("2431200000013663491", True),
        ("号码 2431200000013663491", True),
        ("２４３１", True),
        ("O244", True),
        ("abc", False),
        ("昨天开的 3 张发票都看不到", False),
        ("", False),
    ],
)
def test_is_attempt(text: str, attempt: bool) -> None:
    assert is_attempt(text) is attempt


@given(st.text(max_size=300))
def test_no_text_breaks_anything(text: str) -> None:
    assert chosen(choices("kind"), text) in (None, *choices("kind"))
    assert is_question(text) in (True, False)
    assert is_attempt(text) in (True, False)


@pytest.mark.parametrize(
    ("text", "symptom"),
    [
        ("系统很慢怎么办", "slow"),
        ("页面白屏了", "blank"),
        ("the site shows an error message, what now?", "error"),
        ("很慢，有时还报错", ""),
        ("不慢，不卡顿，就是不对", ""),
        ("登录不进去", ""),
        ("2", ""),
        ("", ""),
    ],
)
def test_a_symptom_may_be_told_before_it_is_asked(text: str, symptom: str) -> None:
    assert told(FLOWS["system-slow-or-error-flow"], text) == ({"symptom": symptom} if symptom else {})


def test_nothing_else_is_taken_from_the_words_a_flow_was_asked_for_with() -> None:
    """The first question of this one is about the kind; its symptom is found out on the way."""
    assert told(FLOWS["invoice-not-showing"], "数电票查不到，官网能查到") == {}
