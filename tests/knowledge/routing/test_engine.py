"""With neither encoder, and with a knowledge base that nothing is prepared for."""

import logging

import pytest

from knowledge.articles import load_articles
from knowledge.flows.loader import load_flows
from knowledge.routing import Router, encoders
from knowledge.routing.base import Base
from knowledge.routing.engine import engine_for
from knowledge.routing.zones import CAUTIOUS
from tests.benchmarks.retrieval import answered, read_lines
from tests.benchmarks.retrieval_figures import among_three, auc, first, precision


@pytest.fixture
def no_encoders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "find_spec", lambda _name: None)


@pytest.mark.usefixtures("no_encoders")
def test_without_encoders_it_answers_a_little_worse() -> None:
    router = Router(load_articles(), load_flows(), engine_for.__wrapped__)
    assert router.warm().encoders == "letters"
    answers = answered(router, read_lines())
    assert first(answers) >= 0.84
    assert among_three(answers) >= 0.94
    assert precision(answers) >= 0.95
    assert auc(answers) >= 0.9


@pytest.mark.usefixtures("no_encoders")
def test_a_changed_base_works_and_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    base = Base.of({"door": ["门打不开", "门卡住了"], "oos": ["今天天气"]})
    with caplog.at_level(logging.WARNING):
        engine = engine_for.__wrapped__(base)
    assert "invoice-bot knowledge fit" in caplog.text
    assert engine.search("门打不开了")[0].topic == "door"
    assert engine.thresholds != CAUTIOUS  # the old ones, which fit better than none
