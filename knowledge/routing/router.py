"""The decision for one free text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from knowledge.articles import Article
from knowledge.invoices.fields import query_facts
from knowledge.routing.index import Hit, Index
from knowledge.routing.normalize import normalise, without_identifiers, without_numbers
from knowledge.routing.smalltalk import SmallTalk, SmallTalkDetector
from knowledge.routing.words import Words, load_words
from knowledge.texts import Locale, Localized

LOOKUP, HUMAN, SMALLTALK, OOS = "lookup", "human", "smalltalk", "oos"

# Fitted on utterances-dev.jsonl (test_routing_quality.py measures them): from ANSWER on the first topic is shown at
# once, from CLARIFY on the person chooses. LEAD: how far the first must be ahead of the second to be shown alone.
ANSWER = 0.44
CLARIFY = 0.26
LEAD = 0.08

_BARE_NUMBER = re.compile(r"[\d ]{4,}")
_SEVERAL_NUMBERS = re.compile(r"(?:(?<![a-z0-9])(?:[0-9]{8}|[0-9]{20})(?![0-9]).*?){2}")


class Zone(StrEnum):
    ANSWER = "answer"  # show `slug`
    CLARIFY = "clarify"  # offer `top3`
    UNKNOWN = "unknown"  # say so; `top3` are the nearest topics, if any


class FlowLike(Protocol):
    @property
    def title(self) -> Localized: ...
    @property
    def phrasings(self) -> Mapping[Locale, tuple[str, ...]]: ...


@dataclass(frozen=True, slots=True)
class Route:
    """slug: an article's or flow's, or lookup, human, smalltalk, oos. score: at most 1, higher = surer it is ours."""

    zone: Zone
    slug: str
    top3: tuple[str, ...]
    score: float
    reason: str
    facts: Mapping[str, str] = field(default_factory=dict)  # what the text says about an invoice
    small_talk: SmallTalk | None = None


class Router:
    """Immutable after construction; `route` takes about a millisecond whatever the text."""

    def __init__(
        self, articles: Mapping[str, Article], flows: Mapping[str, FlowLike], words: Words | None = None
    ) -> None:
        self._words = words or load_words()
        self._topics = frozenset({*articles, *flows, LOOKUP, HUMAN})
        self._small_talk = SmallTalkDetector(self._words.smalltalk, self._words.fillers)
        phrasings = self._phrasings({**articles, **flows})
        self._index = Index(
            ((slug, normalise(said)) for slug, all_said in phrasings for said in all_said), self._words.weak
        )

    def route(self, text: str, today: date) -> Route:
        """Pure small talk → human words → attempts to give orders → identifying data → the most similar topic.

        Small talk comes first because it must be the whole text: "are you a real person" asks for nobody.
        """
        if kind := self._small_talk(text):
            return Route(Zone.ANSWER, SMALLTALK, (SMALLTALK,), 1.0, f"nothing but {kind}", small_talk=kind)
        said = normalise(text)
        if self._wants_human(said):
            return Route(Zone.ANSWER, HUMAN, (HUMAN,), 1.0, "asks for a person")
        if trick := next((words for words in self._words.tricks if words in said), None):
            return Route(Zone.UNKNOWN, OOS, (), 0.0, f"gives the bot orders: {trick!r}")
        facts = query_facts(text, today)
        if _identifies(facts) or _BARE_NUMBER.fullmatch(said) or _SEVERAL_NUMBERS.search(said):
            return self._by_data(said, facts)
        return self._by_topic(self._hits(without_identifiers(said)), facts)

    def _phrasings(self, known: Mapping[str, Article | FlowLike]) -> Iterator[tuple[str, Iterable[str]]]:
        for slug, topic in known.items():
            yield slug, (topic.title.zh, topic.title.en)
            yield from ((slug, phrasings) for phrasings in topic.phrasings.values())
        yield LOOKUP, self._words.lookup
        yield HUMAN, self._words.human.phrasings
        yield OOS, self._words.elsewhere
        yield from ((slug, said) for slug, said in self._words.uncovered.items() if slug not in known)

    def _wants_human(self, said: str) -> bool:
        return any(word in said for word in self._words.human.says) and not self._refuses_human(said)

    def _refuses_human(self, said: str) -> bool:
        return any(word in said for word in self._words.human.refuses)

    def _hits(self, said: str) -> list[Hit]:
        hits = self._index.search(said)
        return [hit for hit in hits if hit.topic != HUMAN] if self._refuses_human(said) else hits

    def _by_data(self, said: str, facts: Mapping[str, str]) -> Route:
        """A number inside a problem stays with its problem; otherwise the invoice itself is the answer."""
        hits = self._hits(without_numbers(said))
        problem = self._by_topic(hits, facts)
        is_foreign = bool(hits) and hits[0].topic == OOS and hits[0].score >= ANSWER
        if is_foreign or (problem.zone is Zone.ANSWER and problem.slug != LOOKUP):
            return problem
        why = f"identifies an invoice by {', '.join(facts)}" if facts else "nothing but numbers, or several"
        return Route(Zone.ANSWER, LOOKUP, (LOOKUP, *self._nearest(hits, but=LOOKUP)[:2]), 1.0, why, facts)

    def _by_topic(self, hits: list[Hit], facts: Mapping[str, str]) -> Route:
        """The best topic, as far as it is ahead of what is not ours or not answered yet."""
        top3 = self._nearest(hits)[:3]
        ours = next((hit for hit in hits if hit.topic in self._topics), None)
        if ours is None:
            return Route(Zone.UNKNOWN, OOS, (), 0.0, "shares no words with any topic", facts)
        rival = next(hit for hit in (*hits, Hit(OOS, 0.0, "")) if hit.topic != ours.topic)
        score = min(ours.score, 2 * ours.score - rival.score)
        why = f"{ours.topic} {ours.score:.2f} ({ours.phrasing!r}), then {rival.topic} {rival.score:.2f}"
        if score < CLARIFY:
            return Route(Zone.UNKNOWN, OOS, top3, score, why, facts)
        alone = ours.score >= ANSWER and ours.score - rival.score >= LEAD
        return Route(Zone.ANSWER if alone else Zone.CLARIFY, ours.topic, top3, score, why, facts)

    def _nearest(self, hits: list[Hit], but: str = "") -> tuple[str, ...]:
        return tuple(hit.topic for hit in hits if hit.topic in self._topics and hit.topic != but)


def _identifies(facts: Mapping[str, str]) -> bool:
    return not facts.keys().isdisjoint({"number", "code", "tail"}) or facts.keys() >= {"issue_date", "amount"}
