"""The router's own vocabulary."""

import pytest

from knowledge.articles import load_articles
from knowledge.content import ContentError
from knowledge.flows.loader import load_flows
from knowledge.routing import Router
from knowledge.routing.normalize import normalise
from knowledge.routing.router import SMALLTALK
from knowledge.routing.smalltalk import SmallTalk
from knowledge.routing.words import NUMBER, Words, load_classes, load_words, parse

WORDS = load_words()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = [", "words.toml: "),
        ("", "human: Field required"),
        ("extra = 1\n[human]\nsays = 'x'", "human.says: "),
    ],
)
def test_a_broken_file_is_refused(source: str, message: str) -> None:
    with pytest.raises(ContentError, match=r"^words\.toml: ") as caught:
        parse(Words, source, "words.toml")
    assert message in str(caught.value)


def test_small_talk_has_words_for_every_kind_but_emoji() -> None:
    assert set(WORDS.smalltalk) == set(SmallTalk) - {SmallTalk.EMOJI}


@pytest.mark.parametrize("words", [WORDS.human.says, WORDS.human.refuses, WORDS.tricks, WORDS.compliance])
def test_what_is_sought_inside_a_text_is_written_as_texts_are_compared(words: tuple[str, ...]) -> None:
    assert [word for word in words if normalise(word) != word] == []


def test_no_phrasing_stands_for_two_things() -> None:
    base = Router(load_articles(), load_flows()).base
    meant: dict[str, set[str]] = {}
    for phrasing, topic in zip(base.phrasings, base.topics, strict=True):
        if topic != SMALLTALK:  # which is told by rule, and first
            meant.setdefault(normalise(phrasing), set()).add(topic)
    assert {said: topics for said, topics in meant.items() if len(topics) > 1} == {}


def test_numbers_in_phrasings_are_written_out() -> None:
    assert any(NUMBER in phrasing for phrasing in load_classes().lookup)
    assert [phrasing for phrasing in load_classes().lookup if "#" in phrasing] == []


def test_negatives_are_among_what_is_not_ours() -> None:
    assert len(load_classes().oos) > 500
    assert [phrasing for phrasing in load_classes().oos if phrasing.startswith("#")] == []
