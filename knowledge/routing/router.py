"""The decision for one free text."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from threading import Lock
from typing import Protocol

from knowledge.articles import Article
from knowledge.invoices.digits import fold
from knowledge.invoices.fields import query_facts
from knowledge.invoices.parties import has_legal_form
from knowledge.invoices.queries import bare_name, understand
from knowledge.routing.base import Base
from knowledge.routing.engine import Engine, engine_for
from knowledge.routing.normalize import normalise, without_numbers
from knowledge.routing.retriever import Hit
from knowledge.routing.smalltalk import SmallTalk, SmallTalkDetector, wants_list
from knowledge.routing.words import Classes, load_classes, load_words
from knowledge.routing.zones import Zone
from knowledge.texts import Locale, Localized

LOOKUP, HUMAN, SMALLTALK, OOS = "lookup", "human", "smalltalk", "oos"
COMPLIANCE = "compliance"  # the article that refuses
ABOUT_ONE = frozenset({LOOKUP, SMALLTALK, "track-status", "search-invoice"})  # of an invoice that is named: look it up
FLOW = "-flow"
DIGITAL_LENGTH = 20
CHATTY = 0.5  # the lead that small talk needs where no rule told it
TELLING = 3  # letters a remark must have to be resembled; a Chinese character counts as two
PRIOR = 0.1  # for the topic that was spoken of last

_BARE_NUMBER = re.compile(r"[\d ]{4,}")
_SEVERAL_NUMBERS = re.compile(r"(?:(?<![a-z0-9])(?:[0-9]{8}|[0-9]{20})(?![0-9]).*?){2}")


class FlowLike(Protocol):
    @property
    def title(self) -> Localized: ...
    @property
    def phrasings(self) -> Mapping[Locale, tuple[str, ...]]: ...


@dataclass(frozen=True, slots=True)
class Route:
    """slug: an article's or flow's, or lookup, human, smalltalk, oos.

    score: -1 to 1, higher = surer that it is ours; lead: how far the first topic is ahead of all others, 1 if a rule
    decided; flow: begins instead of the article `slug`, for whoever wants to be led step by step; is_list: of a
    look-up, all of one's invoices are meant.
    """

    zone: Zone
    slug: str
    top3: tuple[str, ...]
    score: float
    reason: str
    facts: Mapping[str, str] = field(default_factory=dict)  # what the text says about an invoice
    small_talk: SmallTalk | None = None
    lead: float = 1.0
    flow: str = ""
    is_list: bool = False


class Router:
    """May be used from any thread. `warm` makes what takes seconds; without it the first `route` does."""

    def __init__(
        self,
        articles: Mapping[str, Article],
        flows: Mapping[str, FlowLike],
        make: Callable[[Base], Engine] = engine_for,
    ) -> None:
        self._words, self._make = load_words(), make
        self._topics = frozenset({*articles, *flows, LOOKUP, HUMAN, SMALLTALK})
        self._guides = re.compile("|".join(map(re.escape, self._words.guides)))
        self._vague = _nothing_but(self._words.vague)
        self._small_talk = SmallTalkDetector(self._words.smalltalk, self._words.fillers)
        self.base = base_of(articles, flows, load_classes(), self._words.smalltalk)
        self._alone, self._made = Lock(), list[Engine]()

    def warm(self) -> Engine:
        """A few seconds, the first time; longer if the base was changed since `invoice-bot knowledge fit`."""
        with self._alone:
            if not self._made:
                self._made.append(self._make(self.base))
        return self._made[0]

    def replace(self, other: Router) -> None:
        """From now on route as the other one does."""
        with self._alone:
            self._words, self._small_talk, self._guides = other._words, other._small_talk, other._guides
            self._vague = other._vague
            self._topics, self.base, self._made = other._topics, other.base, other._made

    def route(self, text: str, today: date, last: str = "") -> Route:
        """Pure small talk → one's invoices → a person → orders to the bot → trade → identifying data → topics.

        Small talk comes first because it must be the whole text: "are you a real person" asks for nobody.
        `last`: the topic that was spoken of in the last ten minutes, which is a little likelier than others.
        """
        if kind := self._small_talk(text):
            return Route(Zone.ANSWER, SMALLTALK, (SMALLTALK,), 1.0, f"nothing but {kind}", small_talk=kind)
        if wants_list(text):
            return Route(Zone.ANSWER, LOOKUP, (LOOKUP,), 1.0, "asks for one's invoices", is_list=True)
        engine = self.warm()
        said = engine.canonical(text)
        if self._wants_human(said):
            return Route(Zone.ANSWER, HUMAN, (HUMAN,), 1.0, "asks for a person")
        if trick := _one_in(said, self._words.tricks):
            return Route(Zone.UNKNOWN, OOS, (), -1.0, f"gives the bot orders: {trick!r}")
        if COMPLIANCE in self._topics and (trade := _one_in(said, self._words.compliance)):
            return Route(Zone.ANSWER, COMPLIANCE, (COMPLIANCE,), 1.0, f"trade in invoices: {trade!r}")
        facts, plain = query_facts(text, today), normalise(text)
        if _identifies(facts) or _BARE_NUMBER.fullmatch(plain) or _SEVERAL_NUMBERS.search(plain):
            return self._by_data(engine, engine.canonical(without_numbers(plain)), facts)
        if has_legal_form(fold(text)) and bare_name(understand(text, today)):
            return Route(Zone.ANSWER, LOOKUP, (LOOKUP,), 1.0, "nothing but the name of a company", facts)
        asked = normalise(self._guides.sub(" ", said)) or said
        found = self._by_topic(engine, self._hits(engine, asked, last), facts)
        if found.zone is Zone.ANSWER and self._vague.fullmatch(said):
            return replace(found, zone=Zone.CLARIFY, reason=f"names no topic; {found.reason}")
        return replace(found, flow=self._flow_of(found)) if asked != said else found

    def _flow_of(self, found: Route) -> str:
        flow = f"{found.slug}{FLOW}"
        return flow if found.zone is Zone.ANSWER and flow in self._topics else ""

    def _wants_human(self, said: str) -> bool:
        return bool(_one_in(said, self._words.human.says)) and not self._refuses_human(said)

    def _refuses_human(self, said: str) -> bool:
        return bool(_one_in(said, self._words.human.refuses))

    def _hits(self, engine: Engine, said: str, last: str) -> list[Hit]:
        hits = engine.search(said) if said else ()
        if last:
            likelier = (replace(hit, score=hit.score + PRIOR) if hit.topic == last else hit for hit in hits)
            hits = tuple(sorted(likelier, key=lambda hit: -hit.score))
        return [hit for hit in hits if hit.topic != HUMAN or not self._refuses_human(said)]

    def _by_data(self, engine: Engine, said: str, facts: Mapping[str, str]) -> Route:
        """A number inside a problem stays with its problem; otherwise the invoice itself is the answer.

        Words that are not ours make a single short number somebody else's; beside more than that they are a name.
        """
        hits = self._hits(engine, said, last=LOOKUP)
        problem = self._by_topic(engine, hits, facts)
        is_foreign = bool(hits) and hits[0].topic == OOS and problem.zone is Zone.UNKNOWN and not _is_plain(facts)
        if is_foreign or (problem.zone is Zone.ANSWER and problem.slug not in ABOUT_ONE):
            return problem
        why = f"identifies an invoice by {', '.join(facts)}" if facts else "nothing but numbers, or several"
        return Route(Zone.ANSWER, LOOKUP, (LOOKUP, *_ranked(hits, but=LOOKUP)[:2]), 1.0, why, facts)

    def _by_topic(self, engine: Engine, hits: list[Hit], facts: Mapping[str, str]) -> Route:
        """The best topic of ours, as far as it is ahead of the others and of what is not ours.

        What only resembles small talk, and is not clearly nothing else, may be a complaint: then the topics count, as
        far as they are ahead of it.
        """
        ours = next((hit for hit in hits if hit.topic != OOS), None)
        if ours is None:
            return Route(Zone.UNKNOWN, OOS, (), -1.0, "says nothing", facts)
        rest = [hit for hit in hits if hit.topic != ours.topic]
        lead = ours.score - max((hit.score for hit in rest), default=0.0)
        if ours.topic == SMALLTALK and lead < CHATTY and len(rest) > 1:
            return self._by_topic(engine, [replace(ours, topic=OOS), *rest], facts)
        not_ours = max((hit.score for hit in hits if hit.topic == OOS), default=0.0)
        score = max(-1.0, min(1.0, ours.score - not_ours))
        zone = engine.thresholds.zone(lead=lead, score=score)
        slug = OOS if zone is Zone.UNKNOWN else ours.topic
        then = "".join(f", then {hit.topic} {hit.score:.2f}" for hit in rest[:1])
        why = f"{ours.topic} {ours.score:.2f} ({ours.phrasing!r}){then}"
        kind = self._small_talk.kind(ours.phrasing) if slug == SMALLTALK else None
        return Route(zone, slug, _ranked(hits)[:3], score, why, facts, kind, lead)


def base_of(
    articles: Mapping[str, FlowLike],
    flows: Mapping[str, FlowLike],
    classes: Classes,
    small_talk: Mapping[str, Iterable[str]],
) -> Base:
    """Titles and phrasings of the topics, and what is no topic."""
    said: dict[str, list[str]] = {
        LOOKUP: list(classes.lookup),
        HUMAN: list(classes.human),
        SMALLTALK: [*classes.smalltalk, *filter(_is_telling, chain.from_iterable(small_talk.values()))],
        OOS: list(classes.oos),
    }
    for name, topic in (*articles.items(), *flows.items()):
        slug = topic_of(name, articles)
        phrasings = (phrasing for locale in Locale for phrasing in topic.phrasings[locale])
        said.setdefault(slug, []).extend((topic.title.zh, topic.title.en, *phrasings))
    return Base.of(said)


def _is_telling(remark: str) -> bool:
    """Whatever is as short as "k" resembles it."""
    return sum(1 if letter.isascii() else 2 for letter in remark) > TELLING


def topic_of(name: str, articles: Collection[str]) -> str:
    """An article's or a flow's.

    A flow `x-flow` does step by step what the article `x` tells, so who asks in its words is shown that article.
    """
    return told if (told := name.removesuffix(FLOW)) in articles else name


def _nothing_but(words: Iterable[str]) -> re.Pattern[str]:
    """Longest first and without a second thought, so that time grows with the text only. Latin words are whole."""
    parts = sorted(map(normalise, words), key=len, reverse=True)
    whole = (re.escape(part) + ("(?![a-z0-9])" if part.isascii() else "") for part in parts)
    return re.compile(rf"(?:(?:{'|'.join(whole)}) ?)++")


def _one_in(said: str, words: Iterable[str]) -> str | None:
    return next((word for word in words if word in said), None)


def _ranked(hits: Iterable[Hit], but: str = OOS) -> tuple[str, ...]:
    return tuple(hit.topic for hit in hits if hit.topic not in (OOS, but))


def _is_plain(facts: Mapping[str, str]) -> bool:
    """There is no doubt that an invoice is meant: its 20 digits, or two things that are known of it."""
    found = facts.keys() & {"number", "code", "tail", "issue_date", "amount", "check_code"}
    return len(facts.get("number", "")) == DIGITAL_LENGTH or len(found) > 1


def _identifies(facts: Mapping[str, str]) -> bool:
    return not facts.keys().isdisjoint({"number", "code", "tail"}) or facts.keys() >= {"issue_date", "amount"}
