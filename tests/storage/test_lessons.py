"""Gaps, lessons, votes and cases as rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from knowledge.gaps import Gap, GapKind
from knowledge.lessons import Case, Lesson, LessonState
from knowledge.taught import Answer, Written
from knowledge.texts import Locale
from storage.schema import gaps
from storage.unit_of_work import UnitOfWork
from tests.storage.conftest import NOW


async def test_gaps_are_counted_masked_and_nobodys(work: UnitOfWork) -> None:
    for number in ("26117000000583921764", "26117000000583921765"):
        await work.gaps.add(GapKind.UNKNOWN, Locale.ZH, f"{number} 咋整", "lookup", NOW)
    await work.gaps.add(GapKind.MISSED, Locale.EN, "", "about-system", NOW)
    assert [replace(gap, id=0) for gap in await work.gaps.all()] == [
        Gap(0, GapKind.UNKNOWN, Locale.ZH, "∎ 咋整", "lookup", 2),
        Gap(0, GapKind.MISSED, Locale.EN, "", "about-system", 1),
    ]
    assert "user_id" not in gaps.c


async def test_gaps_go_when_they_are_taught_or_old(work: UnitOfWork) -> None:
    for text, days in (("甲问题", 0), ("乙问题", 5), ("丙问题", 9)):
        await work.gaps.add(GapKind.UNKNOWN, Locale.ZH, text, "", NOW + timedelta(days=days))
    await work.gaps.answered(["乙问题"])
    await work.gaps.forget_before(NOW + timedelta(days=1))
    assert [gap.text for gap in await work.gaps.all()] == ["丙问题"]


async def test_a_lesson_comes_back_as_it_was(work: UnitOfWork) -> None:
    lesson = await work.lessons.add(Lesson(0, "about-system", ("甲", "乙"), LessonState.DRAFT, 7), NOW)
    assert await work.lessons.get(lesson.id) == lesson
    assert await work.lessons.in_use() == []
    live = Lesson(lesson.id, "about-system", ("甲", "乙"), LessonState.LIVE, 7, matches=3)
    await work.lessons.move(live, NOW)
    assert await work.lessons.in_use() == [live]
    assert await work.lessons.get(99) is None


async def test_an_answer_of_its_own_may_grow(work: UnitOfWork) -> None:
    half = Answer.of({Locale.ZH: Written("题", "答")})
    lesson = await work.lessons.add(Lesson(0, "", ("甲",), LessonState.DRAFT, 7, answer=half, corrects=True), NOW)
    assert await work.lessons.get(lesson.id) == lesson
    whole = replace(lesson, answer=half.with_parts({Locale.EN: Written("t", "a")}))
    await work.lessons.move(whole, NOW)
    assert await work.lessons.written() == [whole]


async def test_a_page_is_newest_first_and_without_what_is_over(work: UnitOfWork) -> None:
    states = (LessonState.LIVE, LessonState.RETIRED, LessonState.DRAFT, LessonState.SHADOW)
    for state in states:
        await work.lessons.add(Lesson(0, "about-system", ("甲",), state, 7), NOW)
    assert [lesson.id for lesson in await work.lessons.page(0, 2)] == [4, 3]
    assert [lesson.id for lesson in await work.lessons.page(2, 2)] == [1]
    assert await work.lessons.written() == []


async def test_what_got_a_thumb_down(work: UnitOfWork) -> None:
    await work.gaps.add(GapKind.UNKNOWN, Locale.ZH, "甲问题", "", NOW)
    await work.gaps.add(GapKind.MISSED, Locale.ZH, "乙问题", "about-system", NOW)
    assert await work.gaps.is_missed(["甲问题"]) is False
    assert await work.gaps.is_missed(["甲问题", "乙问题"]) is True


async def test_drafts_that_nobody_wanted_are_forgotten(work: UnitOfWork) -> None:
    draft = await work.lessons.add(Lesson(0, "about-system", ("甲",), LessonState.DRAFT, 7), NOW)
    live = await work.lessons.add(Lesson(0, "about-system", ("乙",), LessonState.LIVE, 7), NOW)
    await work.lessons.forget_drafts(NOW + timedelta(days=1))
    assert [await work.lessons.get(lesson.id) for lesson in (draft, live)] == [None, live]


async def test_the_last_vote_of_each_counts(work: UnitOfWork) -> None:
    lesson = await work.lessons.add(Lesson(0, "about-system", ("甲",), LessonState.LIVE, 7), NOW)
    await work.lessons.vote(lesson.id, 42, is_up=True)
    await work.lessons.vote(lesson.id, 43, is_up=False)
    assert await work.lessons.vote(lesson.id, 42, is_up=False) == (0, 2)


async def test_a_case_has_one_topic_and_only_its_lesson_drops_it(work: UnitOfWork) -> None:
    await work.lessons.add_cases([Case("甲", "a"), Case("乙", "a")])
    await work.lessons.add_cases([Case("甲", "b")])
    await work.lessons.drop_cases([Case("甲", "a"), Case("乙", "a")])
    assert await work.lessons.cases() == [Case("甲", "b")]
