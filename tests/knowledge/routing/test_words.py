"""The router's own vocabulary."""

from itertools import combinations

import pytest

from knowledge.articles import load_articles
from knowledge.content import ContentError
from knowledge.flows.loader import load_flows
from knowledge.routing import FlowLike
from knowledge.routing.normalize import normalise
from knowledge.routing.smalltalk import SmallTalk
from knowledge.routing.words import load_words, parse_words

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
        parse_words(source, "words.toml")
    assert message in str(caught.value)


def test_small_talk_has_words_for_every_kind_but_emoji() -> None:
    assert set(WORDS.smalltalk) == set(SmallTalk) - {SmallTalk.EMOJI}


@pytest.mark.parametrize("words", [WORDS.human.says, WORDS.human.refuses, WORDS.tricks])
def test_what_is_sought_inside_a_text_is_written_as_texts_are_compared(words: tuple[str, ...]) -> None:
    assert [word for word in words if normalise(word) != word] == []


def test_no_phrasing_stands_for_two_things() -> None:
    topics: dict[str, FlowLike] = {**load_articles(), **load_flows()}
    groups = {slug: [phrase for said in topic.phrasings.values() for phrase in said] for slug, topic in topics.items()}
    groups |= {slug: list(said) for slug, said in WORDS.uncovered.items() if slug not in topics}
    groups |= {"lookup": list(WORDS.lookup), "human": list(WORDS.human.phrasings), "oos": list(WORDS.elsewhere)}
    said = {name: set(map(normalise, phrases)) for name, phrases in groups.items()}
    assert [(one, two, said[one] & said[two]) for one, two in combinations(said, 2) if said[one] & said[two]] == []
