"""Which topics may be taken for each other."""

from knowledge.articles import load_articles
from knowledge.checking.neighbours import are_neighbours, groups
from knowledge.flows.loader import load_flows
from knowledge.routing import Router


def test_they_are_topics_that_there_are() -> None:
    topics = set(Router(load_articles(), load_flows()).base.topics)
    assert [slug for group in groups() for slug in group if slug not in topics] == []


def test_a_neighbour_is_one_both_ways_and_by_one_group() -> None:
    assert are_neighbours("void-invoice", "red-letter-invoice")
    assert are_neighbours("red-letter-invoice", "void-invoice")
    assert are_neighbours("incorrect-invoice", "verify-input")
    assert not are_neighbours("void-invoice", "verify-input")
