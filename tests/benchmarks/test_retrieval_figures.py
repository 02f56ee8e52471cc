"""The measures of retrieval on a handful of answers."""

import pytest

from knowledge.routing import Route, Zone
from tests.benchmarks.retrieval_figures import MEASURES, Answered, Line, auc, f1_of_oos

ANSWERS = [
    Answered(Line("1", ("a",), "zh", "terse"), Route(Zone.ANSWER, "a", ("a", "b"), 0.9, "")),
    Answered(Line("2", ("a",), "pinyin", "pinyin"), Route(Zone.CLARIFY, "b", ("b", "c", "a"), 0.3, "")),
    Answered(Line("3", ("a", "b"), "zh", "typo"), Route(Zone.UNKNOWN, "oos", ("b",), -0.2, "")),
    Answered(Line("4", ("oos",), "zh", "chitchat"), Route(Zone.ANSWER, "c", ("c",), 0.3, "")),
    Answered(Line("5", ("oos",), "zh", "chitchat"), Route(Zone.UNKNOWN, "oos", ("c",), -0.9, "")),
    Answered(Line("6", ("human",), "zh", "angry"), Route(Zone.ANSWER, "human", ("human",), 1.0, "")),
    Answered(Line("7", ("lookup",), "zh", "terse"), Route(Zone.CLARIFY, "a", ("a",), 0.2, "")),
]
EXPECTED = {
    "first topic is right": 2 / 3,
    "one of the first three is": 1.0,
    "first, pinyin": 0.0,
    "first, homophones": 1.0,
    "not ours, but an article shown": 1 / 2,
    "right, of what is answered at once": 2 / 3,
    "ours, answered at once": 2 / 5,
    "ours, right at once or by one tap": 3 / 5,
    "ours, called unknown": 1 / 5,
    "asks for a person: recognised": 1.0,
    "look-up: recognised": 0.0,
}


@pytest.mark.parametrize("measure", [one for one in MEASURES if one.name in EXPECTED], ids=lambda one: one.name)
def test_measures(measure: object) -> None:
    assert {one.name: one.of(ANSWERS) for one in MEASURES if one is measure} == {
        name: pytest.approx(value) for name, value in EXPECTED.items() if name == getattr(measure, "name", "")
    }


def test_scores_of_ours_and_others() -> None:
    assert auc(ANSWERS) == pytest.approx((5 + 2 + 0.5 + 0) / 10)


def test_f1() -> None:
    assert f1_of_oos(ANSWERS) == pytest.approx(2 * 1 / (1 + 1 + 2))
