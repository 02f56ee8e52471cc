import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.routing.normalize import LIMIT, grams, normalise, without_numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("发 票，查\u200b不到！", "发票查不到"),
        ("ＣＡＣＨＥ　清理", "cache 清理"),
        ("Can't  find\nit", "cant find it"),
        ("数电票PDF怎么开", "数电票pdf怎么开"),
        ("？！……", ""),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(st.text(max_size=2 * LIMIT) | st.text(alphabet="ß\u0130ﷺaＡ发\u200b' !", max_size=2 * LIMIT))
def test_only_words_with_single_spaces_are_left(text: str) -> None:
    said = normalise(text)
    assert len(said) <= 3 * LIMIT  # casefold makes at most three of one
    assert said == " ".join(said.split())
    assert [c for c in said if not c.isalnum() and c != " "] == []


@pytest.mark.parametrize(
    ("normalised", "expected"),
    [
        ("inv20 的第 3 张 12366", "的第张"),
        ("发票号码 583921 开票日期 2026 11 03 金额是 1280 50 麻烦看看", "麻烦看看"),
        ("number 583921 dated 2026 11 03 please", "please"),
        ("号码填哪个", "号码填哪个"),
    ],
)
def test_numbers_go_with_their_labels(normalised: str, expected: str) -> None:
    assert without_numbers(normalised) == expected


def test_grams() -> None:
    assert grams("查不到 ofd") == ["查", "不", "到", "查不", "不到", "查不到", "^ofd$", "^of", "ofd"]
