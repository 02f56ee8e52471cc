"""What a router's decisions on questions with known topics are worth, and what was promised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from knowledge.routing import Route, Zone
from knowledge.routing.router import HUMAN, LOOKUP, OOS, SMALLTALK

NO_TOPICS = frozenset({OOS, SMALLTALK, HUMAN, LOOKUP})


@dataclass(frozen=True, slots=True)
class Line:
    """A question; `gold`: the primary topic first, then whatever else is right."""

    text: str
    gold: tuple[str, ...]
    lang: str
    style: str

    @property
    def is_topical(self) -> bool:
        return NO_TOPICS.isdisjoint(self.gold)

    @property
    def is_ours(self) -> bool:
        return OOS not in self.gold


@dataclass(frozen=True, slots=True)
class Answered:
    line: Line
    route: Route

    @property
    def is_first(self) -> bool:
        return self.route.top3[:1] != () and self.route.top3[0] in self.line.gold

    @property
    def is_among_three(self) -> bool:
        return not set(self.line.gold).isdisjoint(self.route.top3)

    @property
    def is_shown(self) -> bool:
        return self.route.slug in self.line.gold

    @property
    def is_one_tap(self) -> bool:
        """Shown, or among the buttons of a question back."""
        return self.is_shown or (self.route.zone is Zone.CLARIFY and self.is_among_three)


Answers = Sequence[Answered]


def share(of: Iterable[bool]) -> float:
    counted = list(of)
    return sum(counted) / len(counted) if counted else float("nan")


def topical(answers: Answers) -> list[Answered]:
    return [one for one in answers if one.line.is_topical]


def first(answers: Answers) -> float:
    return share(one.is_first for one in topical(answers))


def shown(answers: Answers) -> float:
    return share(one.is_shown for one in topical(answers))


def among_three(answers: Answers) -> float:
    return share(one.is_among_three for one in topical(answers))


def auc(answers: Answers) -> float:
    """How often something of ours scores higher than something that is not (ties count half)."""
    ours = [one.route.score for one in answers if one.line.is_ours]
    others = [one.route.score for one in answers if one.line.gold == (OOS,)]
    won = sum((high > low) + (high == low) / 2 for high in ours for low in others)
    return won / (len(ours) * len(others))


def f1_of_oos(answers: Answers) -> float:
    """Of "not ours"; what may be small talk as well and is answered so does not count."""
    said = [one.route.zone is Zone.UNKNOWN for one in answers if one.line.is_ours]
    meant = [one.route.zone is Zone.UNKNOWN for one in answers if not one.line.is_ours and not one.is_first]
    return 2 * sum(meant) / (sum(meant) + sum(said) + len(meant))


def wrong_on_oos(answers: Answers) -> float:
    """Answered with an article at once."""
    return share(
        one.route.zone is Zone.ANSWER and one.route.slug not in NO_TOPICS and not one.is_shown
        for one in answers
        if one.line.gold[0] == OOS
    )


def precision(answers: Answers) -> float:
    return share(one.is_shown for one in answers if one.route.zone is Zone.ANSWER)


def answered_at_once(answers: Answers) -> float:
    return share(one.route.zone is Zone.ANSWER for one in answers if one.line.is_ours)


def one_tap(answers: Answers) -> float:
    return share(one.is_one_tap for one in answers if one.line.is_ours)


def falsely_unknown(answers: Answers) -> float:
    return share(one.route.zone is Zone.UNKNOWN for one in answers if one.line.is_ours)


def of_class(slug: str) -> Callable[[Answers], float]:
    return lambda answers: share(one.is_shown for one in answers if one.line.gold[0] == slug)


def of_lang(lang: str) -> Callable[[Answers], float]:
    return lambda answers: first([one for one in answers if one.line.lang == lang])


def of_style(style: str) -> Callable[[Answers], float]:
    return lambda answers: first([one for one in answers if one.line.style == style])


@dataclass(frozen=True, slots=True)
class Measure:
    """`at_least` or, for what shall be rare, `at_most`; neither: only to be known."""

    name: str
    of: Callable[[Answers], float]
    at_least: float | None = None
    at_most: float | None = None
    by_rank: bool = True  # has a meaning for a method that only ranks

    @property
    def target(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:.2f}"
        return f"≤ {self.at_most:.2f}" if self.at_most is not None else ""

    def is_met(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


MEASURES = (
    Measure("first topic is right", first, at_least=0.90),
    Measure("one of the first three is", among_three, at_least=0.97),
    Measure("first, pinyin", of_lang("pinyin"), at_least=0.95),
    Measure("first, homophones", of_style("typo"), at_least=0.95),
    Measure("first, traditional", of_lang("zh-Hant"), at_least=0.95),
    Measure("first, English", of_lang("en")),
    Measure("first, mixed", of_lang("mixed")),
    Measure("ours or not: AUC", auc, at_least=0.95),
    Measure("ours or not: F1", f1_of_oos, at_least=0.78, by_rank=False),
    Measure("not ours, but an article shown", wrong_on_oos, at_most=0.05, by_rank=False),
    Measure("right, of what is answered at once", precision, at_least=0.95, by_rank=False),
    Measure("ours, answered at once", answered_at_once, by_rank=False),
    Measure("ours, right at once or by one tap", one_tap, at_least=0.93, by_rank=False),
    Measure("ours, called unknown", falsely_unknown, at_most=0.03, by_rank=False),
    Measure("asks for a person: recognised", of_class(HUMAN), at_least=0.95, by_rank=False),
    Measure("look-up: recognised", of_class(LOOKUP), at_least=0.95, by_rank=False),
)
