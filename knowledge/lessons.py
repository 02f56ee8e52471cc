"""What the desk taught: further phrasings for topics that exist, and when each may answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from knowledge.gaps import MASK, masked
from knowledge.routing import Route, Zone

SHADOW_MATCHES = 3  # in silence, before it answers
LEAST_DOWNS = 3  # 👎 that retire it, if they are more than the 👍
SAME = 90  # of 100: as good as the taught phrasing itself
SHORTEST = 3  # characters of a phrasing as it is compared
MOST_PHRASINGS = 8  # a lesson


class LessonState(StrEnum):
    DRAFT = "draft"
    SHADOW = "shadow"  # accepted; only watched
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Lesson:
    """These phrasings, masked, ask for the article `slug`. `matches` counts what it would have answered in shadow."""

    id: int
    slug: str
    phrasings: tuple[str, ...]
    state: LessonState
    author_id: int
    matches: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """A question, masked, and the topic that it must lead to."""

    text: str
    slug: str


@dataclass(frozen=True, slots=True)
class Failure:
    """`case` leads to `slug` instead ("" for no answer)."""

    case: Case
    slug: str


Canonical = Callable[[str], str]


def matching(text: str, lessons: Iterable[Lesson], canonical: Canonical) -> Lesson | None:
    """The lesson with the phrasing nearest to the text, if it says the same; of equals the newest: it corrects."""
    said = compared(text, canonical)
    best = max(((_likeness(said, lesson, canonical), lesson.id, lesson) for lesson in lessons), default=None)
    return best[2] if best and best[0] >= SAME else None


def _likeness(said: str, lesson: Lesson, canonical: Canonical) -> float:
    return max((fuzz.ratio(said, compared(phrasing, canonical)) for phrasing in lesson.phrasings), default=0.0)


def compared(text: str, canonical: Canonical) -> str:
    """As texts are compared: what is masked in what was taught is left out of what is asked."""
    return canonical(masked(text).replace(MASK, " "))


def too_short(phrasings: Iterable[str], canonical: Canonical) -> str | None:
    """The first phrasing with so little in it that it would catch everything."""
    return next((phrasing for phrasing in phrasings if len(compared(phrasing, canonical)) < SHORTEST), None)


def failures(
    cases: Sequence[Case], lessons: Sequence[Lesson], route: Callable[[str], Route], canonical: Canonical
) -> list[Failure]:
    """Which cases would not lead to their topic if these lessons answered. What is known for sure comes before them."""
    decided = ((case, _decided(case.text, lessons, route(case.text), canonical)) for case in cases)
    return [Failure(case, slug) for case, slug in decided if slug != case.slug]


def _decided(text: str, lessons: Sequence[Lesson], route: Route, canonical: Canonical) -> str:
    if route.zone is Zone.ANSWER:
        return route.slug
    lesson = matching(text, lessons, canonical)
    return lesson.slug if lesson else ""


def is_failing(*, ups: int, downs: int) -> bool:
    return downs >= LEAST_DOWNS and downs > ups
