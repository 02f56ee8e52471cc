"""What is prepared for a knowledge base, and thresholds out of questions whose topics are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from knowledge.articles import Article
from knowledge.routing import encoders
from knowledge.routing.base import Base
from knowledge.routing.engine import Engine
from knowledge.routing.phrasebook import Phrasebook
from knowledge.routing.prepared import Prepared, prepare
from knowledge.routing.retriever import Retriever
from knowledge.routing.router import OOS, FlowLike, Route, Router
from knowledge.routing.zones import CAUTIOUS, Thresholds, Zone, Zones

PRECISION = 0.98  # of what is answered at once; .95 is promised, and unseen questions do worse than these
FALSELY_UNKNOWN = 0.015  # of what is ours, at most; half of what is promised
WRONG_ON_OOS = 0.04  # answers to what is not ours, at most
_GRID = tuple(hundredth / 100 for hundredth in range(-100, 100))


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    gold: frozenset[str]  # acceptable topics


@dataclass(frozen=True, slots=True)
class Judged:
    """A question's acceptable topics, and what the retriever made of it (`route.top3`, `score`, `lead`)."""

    gold: frozenset[str]
    route: Route

    @property
    def is_ours(self) -> bool:
        return OOS not in self.gold

    @property
    def is_right(self) -> bool:
        """Its first topic is one of the acceptable ones."""
        return not self.gold.isdisjoint(self.route.top3[:1])

    def zone(self, thresholds: Thresholds) -> Zone:
        return thresholds.zone(lead=self.route.lead, score=self.route.score)


def fit_base(
    articles: Mapping[str, Article], flows: Mapping[str, FlowLike], questions: Sequence[Question], today: date
) -> tuple[Prepared, Zones]:
    """For every set of encoders that is installed. About a minute with E5."""
    book, use, e5 = Phrasebook(Router(articles, flows).base), encoders.use(), encoders.e5()
    without, made = prepare(book, None, None), prepare(book, use, e5)
    prepared = replace(made, coefficients={**without.coefficients, **made.coefficients})
    sets = (Retriever(book, prepared, *chosen) for chosen in ((None, None), (use, None), (use, e5)))
    retrievers = {retriever.encoders: retriever for retriever in sets}
    fitted = {}
    for name, retriever in retrievers.items():
        engine = Engine.of(book, retriever, CAUTIOUS)
        router = Router(articles, flows, always(engine))
        judged = [Judged(one.gold, router.route(one.text, today)) for one in questions]
        fitted[name] = fit_thresholds(judged)
    return prepared, Zones(hash=book.base.hash, fitted=fitted)


def always(engine: Engine) -> Callable[[Base], Engine]:
    """For a router that shall work with this one."""
    return lambda _base: engine


def fit_thresholds(judged: Sequence[Judged]) -> Thresholds:
    """Unknown: as much as possible while hardly anything of ours is lost; answer: the lowest that is right.

    What is nearer to ours than to anything else is never unknown. What rules decided does not count for the
    precision of answers.
    """
    clarify = max(at for at in _GRID if at <= 0 and _loses_little(judged, at))
    retrieved = [one for one in judged if one.route.lead < 1]
    fitting = (Thresholds(answer=at, clarify=clarify) for at in _GRID)
    return next((found for found in fitting if _is_precise(retrieved, found)), CAUTIOUS)


def _loses_little(judged: Sequence[Judged], at: float) -> bool:
    ours = [one.route.score < at for one in judged if one.is_ours]
    return sum(ours) <= FALSELY_UNKNOWN * len(ours)


def _is_precise(judged: Sequence[Judged], thresholds: Thresholds) -> bool:
    answered = [one for one in judged if one.zone(thresholds) is Zone.ANSWER]
    others = [one for one in judged if not one.is_ours]
    wrong = [one for one in answered if not one.is_right]
    wrong_on_others = [one for one in wrong if not one.is_ours]
    is_right = len(answered) > 0 and len(wrong) <= (1 - PRECISION) * len(answered)
    return is_right and len(wrong_on_others) <= WRONG_ON_OOS * len(others)
