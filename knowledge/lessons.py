"""What the desk taught: phrasings for topics that exist or for answers of its own, and when each may answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from knowledge.gaps import MASK, masked
from knowledge.routing import Route, Zone
from knowledge.routing.base import Base
from knowledge.routing.language import simplified
from knowledge.routing.normalize import normalise
from knowledge.routing.router import COMPLIANCE, HUMAN, LOOKUP, OOS, SMALLTALK
from knowledge.taught import Answer, Flaw, flaws

SHADOW_MATCHES = 3  # in silence, before it answers
LEAST_DOWNS = 3  # 👎 that retire it, if they are more than the 👍
SAME = 90  # of 100: as good as the taught phrasing itself
SHORTEST = 3  # characters of a phrasing as it is compared
MOST_PHRASINGS = 8  # a lesson
RULED = frozenset({HUMAN, LOOKUP, SMALLTALK, COMPLIANCE})  # no lesson corrects these
_LETTERS = str.maketrans("0123456789", "abcdefghij")


class LessonState(StrEnum):
    DRAFT = "draft"
    SHADOW = "shadow"  # accepted; only watched
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Lesson:
    """These phrasings, masked, ask for the article or flow `slug`, or for an `answer` of their own ("" then).

    `matches` counts what it answered, or would have answered in shadow. `corrects`: made from a 👎, so that for its
    very phrasings it comes before what the router is sure of.
    """

    id: int
    slug: str
    phrasings: tuple[str, ...]
    state: LessonState
    author_id: int
    matches: int = 0
    answer: Answer | None = None
    corrects: bool = False

    @property
    def topic(self) -> str:
        """Slugs, and so the files that an answer may become, have letters only."""
        return self.slug or f"taught-{str(self.id).translate(_LETTERS)}"


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


def answering(text: str, route: Route, lessons: Sequence[Lesson], canonical: Canonical) -> Lesson | None:
    """What was taught for this text: where the router is not sure, and where a correction has these very words."""
    if route.zone is not Zone.ANSWER:
        return matching(text, lessons, canonical)
    corrections = [lesson for lesson in reversed(lessons) if lesson.corrects] if route.slug not in RULED else []
    if not corrections:
        return None
    said = compared(text, canonical)
    return next((one for one in corrections if said in {compared(each, canonical) for each in one.phrasings}), None)


def objections(
    lesson: Lesson,
    known: Sequence[Lesson],
    cases: Sequence[Case],
    base: Base,
    route: Callable[[str], Route],
    canonical: Canonical,
) -> list[Failure | Flaw]:
    """What speaks against it: its own words and questions, and every case that would go wrong because of it."""
    if short := too_short(lesson.phrasings, canonical):
        return [Failure(Case(short, lesson.topic), "")]
    others = [case for case in cases if case.text not in lesson.phrasings]
    already = [failure.case for failure in failures(others, known, route, canonical)]
    asked = [*cases_of(lesson), *(case for case in others if case not in already)]
    wrong = [*collisions(lesson, base), *failures(asked, [*known, lesson], route, canonical)]
    return [*(flaws(lesson.answer) if lesson.answer else []), *dict.fromkeys(wrong)]


def cases_of(lesson: Lesson) -> list[Case]:
    return [Case(phrasing, lesson.topic) for phrasing in lesson.phrasings]


def collisions(lesson: Lesson, base: Base) -> list[Failure]:
    """Phrasings that are written down for another topic; a correction is made for just that."""
    if lesson.corrects:
        return []
    asked = {_read(phrasing): phrasing for phrasing in lesson.phrasings}
    written = zip(base.phrasings, base.topics, strict=True)
    same = ((_read(text), topic) for text, topic in written if topic not in (OOS, lesson.slug))
    return [Failure(Case(asked[read], lesson.topic), topic) for read, topic in same if read in asked]


def _read(text: str) -> str:
    return normalise(simplified(text))


def failures(
    cases: Sequence[Case], lessons: Sequence[Lesson], route: Callable[[str], Route], canonical: Canonical
) -> list[Failure]:
    """Which cases would not lead to their topic if these lessons answered."""
    decided = ((case, _decided(case.text, lessons, route(case.text), canonical)) for case in cases)
    return [Failure(case, slug) for case, slug in decided if slug != case.slug]


def _decided(text: str, lessons: Sequence[Lesson], route: Route, canonical: Canonical) -> str:
    lesson = answering(text, route, lessons, canonical)
    if lesson is not None:
        return lesson.topic
    return route.slug if route.zone is Zone.ANSWER else ""


def is_failing(*, ups: int, downs: int) -> bool:
    return downs >= LEAST_DOWNS and downs > ups
