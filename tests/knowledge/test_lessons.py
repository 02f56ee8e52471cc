"""When what was taught may answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.lessons import (
    Case,
    Failure,
    Lesson,
    LessonState,
    answering,
    collisions,
    failures,
    is_failing,
    matching,
    objections,
    too_short,
)
from knowledge.routing import Route, Zone
from knowledge.routing.base import Base
from knowledge.routing.normalize import normalise
from knowledge.taught import Answer, Flaw, FlawKind, Written
from knowledge.texts import Locale


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


def sure(_text: str) -> Route:
    return Route(Zone.ANSWER, "reimbursement", (), 1.0, "")


def test_what_is_known_for_sure_comes_before_what_was_taught() -> None:
    case = Case("打车票能报吗", "travel-tickets")
    assert failures([case], [TAXI], sure, normalise) == [Failure(case, "reimbursement")]


@pytest.mark.parametrize(
    ("text", "slug", "answers"),
    [
        ("打车票能报吗？", "reimbursement", True),
        ("打车票能报", "reimbursement", False),
        ("打车票能报吗", "human", False),
        ("打车票能报吗", "compliance", False),
    ],
)
def test_a_correction_wins_for_its_very_words(text: str, slug: str, answers: bool) -> None:
    correction = replace(TAXI, corrects=True)
    route = Route(Zone.ANSWER, slug, (), 1.0, "")
    assert answering(text, route, [correction, PETS], normalise) == (correction if answers else None)
    assert answering(text, route, [TAXI, PETS], normalise) is None


def test_of_corrections_the_newest() -> None:
    older, newer = replace(TAXI, corrects=True), lesson(3, "feedback", "打车票能报吗")
    newer = replace(newer, corrects=True)
    assert answering("打车票能报吗", sure(""), [older, newer], normalise) == newer


BASE = Base.of({"reimbursement": ["打车票能报吗"], "oos": ["宠物粮怎么开 ∎ 票"], "human": ["人工"]})


def test_the_same_words_stand_for_one_topic() -> None:
    assert collisions(TAXI, BASE) == [Failure(Case("打车票能报吗", "travel-tickets"), "reimbursement")]
    assert collisions(replace(TAXI, slug="reimbursement"), BASE) == []
    assert collisions(replace(TAXI, corrects=True), BASE) == []
    assert collisions(PETS, BASE) == []


def test_everything_that_speaks_against_a_lesson() -> None:
    half = Answer.of({Locale.ZH: Written("打车", "可以报")})
    draft = replace(TAXI, id=12, slug="", answer=half, corrects=True)
    assert draft.topic == "taught-bc"
    cases = [Case("打车票能报吗？", "reimbursement"), Case("宠物粮怎么开", "feedback")]
    found = objections(draft, [], cases, BASE, sure, normalise)
    assert found == [Flaw(FlawKind.MISSING, Locale.EN), Failure(cases[0], "taught-bc")]
    assert objections(replace(TAXI, slug="reimbursement"), [], [], BASE, sure, normalise) == []
    short = replace(TAXI, phrasings=("票",))
    assert objections(short, [], [], BASE, sure, normalise) == [Failure(Case("票", "travel-tickets"), "")]


def test_a_phrasing_with_nothing_in_it_is_refused() -> None:
    assert too_short(["怎么开票", "∎ ？票"], normalise) == "∎ ？票"
    assert too_short(["怎么开票"], normalise) is None


@pytest.mark.parametrize(
    ("ups", "downs", "fails"), [(0, 2, False), (0, 3, True), (3, 3, False), (3, 4, True), (9, 3, False)]
)
def test_when_votes_retire_it(ups: int, downs: int, fails: bool) -> None:
    assert is_failing(ups=ups, downs=downs) == fails
