"""What is refused is refused with all that is wrong, and its first line says the first."""

from pathlib import Path

import pytest

from knowledge.articles.loader import parse_articles
from knowledge.content import ContentError, read_folder, refuse, sift
from knowledge.flows.loader import parse_flows
from knowledge.texts import Texts


def halved(number: int) -> int:
    if number % 2:
        raise ContentError("numbers", f"{number} is odd")
    return number // 2


def test_what_can_be_made_and_what_was_refused() -> None:
    made, errors = sift(halved, [4, 3, 2, 1])
    assert (made, [str(error) for error in errors]) == ([2, 1], ["numbers: 3 is odd", "numbers: 1 is odd"])


def test_the_first_carries_the_others_through_every_floor() -> None:
    def both(numbers: list[int]) -> list[int]:
        made, errors = sift(halved, numbers)
        refuse(errors)
        return made

    made, errors = sift(both, [[1, 3], [4], [5]])
    assert made == [[2]]
    assert [str(error) for error in errors] == ["numbers: 1 is odd", "numbers: 3 is odd", "numbers: 5 is odd"]
    assert [error.others for error in errors] == [(), (), ()]


def test_nothing_refused() -> None:
    refuse([])


def test_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes("发票".encode("gb18030"))
    (tmp_path / "b.txt").write_bytes(b"\xff")
    with pytest.raises(ContentError, match=r"^a\.md: is not UTF-8"):
        read_folder(tmp_path, ".md")


@pytest.mark.parametrize("parse", [parse_articles, parse_flows, Texts.parse])
def test_two_broken_files_are_both_told(parse: object) -> None:
    names = ("a.zh-CN.md", "b.zh-CN.md") if parse is parse_articles else ("a", "b")
    assert callable(parse)
    with pytest.raises(ContentError) as raised:
        parse(dict.fromkeys(names, "[: {"))
    assert {error.file for error in (raised.value, *raised.value.others)} >= set(names)
