"""How good the router is on questions that are nobody's phrasings.

Its thresholds were fitted on tests/fixtures/utterances-dev.jsonl; `make bench-retrieval` also tells how it does where
they were not. The other two files were never used for fitting; whoever wrote them wrote phrasings as well.
"""

from __future__ import annotations

import pytest

from knowledge.articles import load_articles
from knowledge.flows.loader import load_flows
from knowledge.routing import Router, Zone
from knowledge.routing.prepared import load_prepared
from knowledge.routing.zones import load_zones
from tests.benchmarks.retrieval import NOT_OURS, OWN, answered, read_lines
from tests.benchmarks.retrieval_figures import MEASURES, Answers, Measure, share

ROUTER = Router(load_articles(), load_flows())


@pytest.fixture(scope="module")
def answers() -> Answers:
    return answered(ROUTER, read_lines())


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_what_was_promised(measure: Measure, answers: Answers) -> None:
    assert measure.is_met(measure.of(answers))


@pytest.fixture(scope="module")
def others() -> Answers:
    return answered(ROUTER, [*read_lines(OWN), *read_lines(NOT_OURS)])


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_what_was_promised_holds_for_others(measure: Measure, others: Answers) -> None:
    assert measure.is_met(measure.of(others))


def test_what_is_not_ours_is_rarely_answered_whatever_it_is() -> None:
    """Gibberish, vague words, other people's nouns, talk, other offices: neither an article nor small talk."""
    answers = answered(ROUTER, read_lines(NOT_OURS))
    for style in {one.line.style for one in answers}:
        alike = [one for one in answers if one.line.style == style]
        assert share(one.route.zone is Zone.ANSWER and not one.is_shown for one in alike) <= 0.1, style
        assert share(one.route.zone is Zone.UNKNOWN for one in alike) >= 0.5, style


def test_no_question_that_is_measured_is_learnt() -> None:
    """A few short ones that anybody would write are in both, so does not hold to the letter."""
    known = set(ROUTER.base.phrasings)
    assert not known & {line.text for line in read_lines(NOT_OURS)}
    assert share(line.text in known for line in read_lines(OWN)) <= 0.06


def test_what_is_prepared_belongs_to_these_phrasings() -> None:
    """If not: `make fit`."""
    assert {load_prepared().hash, load_zones().hash} == {ROUTER.base.hash}
