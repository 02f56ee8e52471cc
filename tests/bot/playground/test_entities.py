import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.entities import finish, utf16_length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start", [("bot_command", 0, 6)]),
        ("/start@invoice_bot now", [("bot_command", 0, 18)]),
        ("😀 /help", [("bot_command", 3, 5)]),
        ("a/b https://example.com/x?y=1。", [("url", 4, 25)]),
        ("见 @wang_1 #发票 #1042 a@b.example", [("mention", 2, 7), ("hashtag", 10, 3), ("email", 20, 11)]),
        ("24312000000136634917", []),
        ("//note", []),
    ],
)
def test_telegram_finds_entities_itself(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert [(e["type"], e["offset"], e["length"]) for e in finish(text).entities] == expected


def test_trimming_moves_and_clips_entities() -> None:
    formatted = finish("  ab  ", [{"type": "bold", "offset": 0, "length": 6}])
    assert formatted.text == "ab"
    assert formatted.entities == ({"type": "bold", "offset": 0, "length": 2},)


def test_nothing_is_found_inside_code() -> None:
    assert [e["type"] for e in finish("/start", [{"type": "code", "offset": 0, "length": 6}]).entities] == ["code"]


def test_control_characters_go() -> None:
    assert finish("a\r\nb\x00c\td").text == "a\nb c d"


@given(st.text())
def test_length_is_telegrams(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2
