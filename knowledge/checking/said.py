"""What people say, with the place where it is written; the same words must not stand for two topics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from knowledge.articles import Article
from knowledge.checking.findings import Finding, found
from knowledge.checking.lines import line_of, lines_of
from knowledge.flows.model import Flow
from knowledge.routing.language import simplified
from knowledge.routing.normalize import normalise
from knowledge.routing.router import HUMAN, LOOKUP, OOS, SMALLTALK, topic_of
from knowledge.routing.words import load_classes
from knowledge.sources import Sources
from knowledge.texts import Locale


@dataclass(frozen=True, slots=True)
class Said:
    """A phrasing or title; `field` as its file names it."""

    topic: str
    text: str
    file: str
    line: int
    field: str

    @property
    def read(self) -> str:
        """What is the same to whoever reads it: case, width, punctuation and traditional characters do not count."""
        return normalise(simplified(self.text))


def all_said(sources: Sources, articles: Mapping[str, Article], flows: Mapping[str, Flow]) -> tuple[Said, ...]:
    return (*_by_articles(sources, articles), *_by_flows(sources, articles, flows))


def _by_articles(sources: Sources, articles: Mapping[str, Article]) -> Iterator[Said]:
    for slug, article in articles.items():
        for locale in Locale:
            file = f"{slug}.{locale}.md"
            source = sources.articles[file]
            yield Said(slug, article.title[locale], file, line_of(source, ["title"]), "title")
            lines = lines_of(source, ["phrasings"])
            for number, (text, line) in enumerate(zip(article.phrasings[locale], lines, strict=True)):
                yield Said(slug, text, file, line, f"phrasings.{number}")


def _by_flows(sources: Sources, articles: Mapping[str, Article], flows: Mapping[str, Flow]) -> Iterator[Said]:
    for name, flow in flows.items():
        file, topic = f"{name}.yaml", topic_of(name, articles)
        source = sources.flows[file]
        for locale in Locale:
            line = line_of(source, ["title", locale])
            yield Said(topic, flow.title[locale], file, line, f"title.{locale}")
            lines = lines_of(source, ["phrasings", locale])
            for number, (text, at) in enumerate(zip(flow.phrasings[locale], lines, strict=True), 1):
                yield Said(topic, text, file, at, f"phrasings.{locale}.{number}")


def collisions(said: Sequence[Said]) -> Iterator[Finding]:
    """Each place after the first one, and whatever stands among what is no topic."""
    places: defaultdict[str, list[Said]] = defaultdict(list)
    for one in said:
        places[one.read].append(one)
    others = _no_topics()
    for read, same in places.items():
        first = same[0]
        for one in same:
            if one.topic != first.topic:
                where = f"{first.topic} ({first.file}:{first.line})"
                yield found(one.file, one.line, one.field, f"{one.text!r} stands for {where} already")
            if read in others:
                yield found(one.file, one.line, one.field, f"{one.text!r} stands for {others[read]} already")


def _no_topics() -> dict[str, str]:
    classes = load_classes()
    named = {LOOKUP: classes.lookup, HUMAN: classes.human, SMALLTALK: classes.smalltalk, OOS: classes.oos}
    return {normalise(simplified(text)): f"{name} (routing)" for name, texts in named.items() for text in texts}
