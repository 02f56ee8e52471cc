"""When what was taught may answer."""

from __future__ import annotations

import pytest

from knowledge.lessons import Case, Failure, Lesson, LessonState, failures, is_failing, matching, too_short
from knowledge.routing import Route, Zone
from knowledge.routing.normalize import normalise


def lesson(number: int, slug: str, *phrasings: str) -> Lesson:
    return Lesson(number, slug, phrasings, LessonState.LIVE, 1)


TAXI, PETS = lesson(1, "travel-tickets", "打车票能报吗"), lesson(2, "apply-for-invoice", "宠物粮怎么开 ∎ 票")


def unknown(_text: str) -> Route:
    return Route(Zone.UNKNOWN, "oos", (), 0.0, "")


@pytest.mark.parametrize(
    ("text", "found"),
    [("打车票能报吗？", TAXI), ("宠物粮怎么开 12345678 票", PETS), ("打车", None), ("", None), ("火车票能退吗", None)],
)
def test_only_what_says_the_same_matches(text: str, found: Lesson | None) -> None:
    assert matching(text, [TAXI, PETS], normalise) == found


def test_of_equals_the_newest() -> None:
    newer = lesson(3, "reimbursement", "打车票能报吗")
    assert matching("打车票能报吗", [newer, TAXI], normalise) == newer


def test_a_case_that_leads_elsewhere_is_named() -> None:
    cases = [Case("打车票能报吗", "travel-tickets"), Case("宠物粮怎么开票", "feedback"), Case("没教过", "feedback")]
    expected = [Failure(cases[1], "apply-for-invoice"), Failure(cases[2], "")]
    assert failures(cases, [TAXI, PETS], unknown, normalise) == expected


def test_what_is_known_for_sure_comes_before_what_was_taught() -> None:
    case = Case("打车票能报吗", "travel-tickets")

    def sure(_text: str) -> Route:
        return Route(Zone.ANSWER, "reimbursement", (), 1.0, "")

    assert failures([case], [TAXI], sure, normalise) == [Failure(case, "reimbursement")]


def test_a_phrasing_with_nothing_in_it_is_refused() -> None:
    assert too_short(["怎么开票", "∎ ？票"], normalise) == "∎ ？票"
    assert too_short(["怎么开票"], normalise) is None


@pytest.mark.parametrize(
    ("ups", "downs", "fails"), [(0, 2, False), (0, 3, True), (3, 3, False), (3, 4, True), (9, 3, False)]
)
def test_when_votes_retire_it(ups: int, downs: int, fails: bool) -> None:
    assert is_failing(ups=ups, downs=downs) == fails
