"""How good the router is on questions that are nobody's phrasings (tests/fixtures/utterances-dev.jsonl).

Its thresholds were fitted on these lines; `make bench-retrieval` also tells how it does where they were not.
"""

from __future__ import annotations

import pytest

from knowledge.articles import load_articles
from knowledge.flows.loader import load_flows
from knowledge.routing import Router
from knowledge.routing.prepared import load_prepared
from knowledge.routing.zones import load_zones
from tests.benchmarks.retrieval import answered, read_lines
from tests.benchmarks.retrieval_figures import MEASURES, Answers, Measure

ROUTER = Router(load_articles(), load_flows())


@pytest.fixture(scope="module")
def answers() -> Answers:
    return answered(ROUTER, read_lines())


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_what_was_promised(measure: Measure, answers: Answers) -> None:
    assert measure.is_met(measure.of(answers))


def test_what_is_prepared_belongs_to_these_phrasings() -> None:
    """If not: `make fit`."""
    assert {load_prepared().hash, load_zones().hash} == {ROUTER.base.hash}
