"""Remarks that ask for nothing, and above all thanks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.routing import SmallTalk, is_thanks
from knowledge.routing.smalltalk import SmallTalkDetector
from knowledge.routing.words import load_words

DETECT = SmallTalkDetector(load_words().smalltalk, load_words().fillers)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢",
        "谢谢您啦！",
        "好的，谢谢",
        "多謝",
        "辛苦了🌹",
        "解决了，感谢",
        "收到",
        "嗯嗯",
        "thx",
        "Thanks a lot!",
        "ok, got it",
        "that worked, thank you",
        "🙏",
        "❤️👍🏽",
    ],
)
def test_thanks(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "谢谢，但还是不行",
        "谢谢，另外还有一张",
        "没解决",
        "解决了吗",
        "好了？",
        "ok?",
        "thanks, but it fails again",
        "no",
        "你好",
        "在吗",
        "👎",
        "👍👎",
        "废物",
        "谢" * 500 + "不行",
    ],
)
def test_not_thanks(text: str) -> None:
    assert not is_thanks(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("您好", SmallTalk.GREETING),
        ("Good morning!", SmallTalk.GREETING),
        ("拜拜", SmallTalk.BYE),
        ("are you a robot?", SmallTalk.ROBOT),
        ("你好，你是机器人吗", SmallTalk.ROBOT),
        ("菜单", SmallTalk.MENU),
        ("好的", SmallTalk.OK),
        ("😂😂", SmallTalk.EMOJI),
        ("没用的东西", SmallTalk.CALM),
        ("hello and thanks", SmallTalk.THANKS),
    ],
)
def test_kinds(text: str, kind: SmallTalk) -> None:
    assert DETECT(text) is kind


@pytest.mark.parametrize("text", ["你好，发票查不到", "akita", "hire", "的", "!!!", "123", "hi 26117000000583921764"])
def test_more_than_small_talk_is_none(text: str) -> None:
    assert DETECT(text) is None


@given(
    st.lists(st.sampled_from(["谢谢", "好的", "thanks", "ok", "啊"]), min_size=1, max_size=8),
    st.sampled_from(["查不到", "still broken"]),
)
def test_a_request_behind_thanks_is_never_swallowed(parts: list[str], request: str) -> None:
    assert DETECT(" ".join([*parts, request])) is None


@given(st.text(max_size=500))
def test_never_an_exception(text: str) -> None:
    assert DETECT(text) in {None, *SmallTalk}
