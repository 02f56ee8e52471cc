"""Answers from the knowledge base."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.messenger import Button, Message, Rows
from knowledge.articles import Article
from knowledge.texts import Localized, Texts, literal


class ArticleService:
    def __init__(self, texts: Texts, articles: Mapping[str, Article]) -> None:
        self._texts, self._articles = texts, articles

    def replace(self, articles: Mapping[str, Article]) -> None:
        self._articles = articles

    def exists(self, slug: str) -> bool:
        return slug in self._articles

    def name(self, slug: str) -> Localized | None:
        article = self._articles.get(slug)
        return article.title if article else None

    def title(self, slug: str) -> Button:
        return Button(self._articles[slug].title, f"m:topic:{slug}")

    def message(self, slug: str, lesson_id: int | None = None) -> Message:
        """The article, its flow, related ones, and whether it helped; `lesson_id`: what was taught led to it."""
        article = self._articles[slug]
        shown = slug if lesson_id is None else f"{slug}:{lesson_id}"
        return Message(self._text(article.title, article.body), (*self._rows(article), self._votes(shown)))

    def taught(self, title: Localized, body: Localized, shown: str) -> Message:
        """What the desk wrote, like an article; `shown` comes back with the vote."""
        return Message(self._text(title, body), (self._votes(shown),))

    def _text(self, title: Localized, body: Localized) -> Localized:
        return self._texts("article.title", title=title) + literal("\n\n") + body

    def _votes(self, shown: str) -> tuple[Button, ...]:
        helped = Button(self._texts("article.button.helped"), f"m:helped:{shown}")
        return (helped, self.missed(shown))

    def missed(self, shown: str) -> Button:
        return Button(self._texts("article.button.missed"), f"m:missed:{shown}")

    def _rows(self, article: Article) -> Rows:
        flow = [(Button(self._texts("article.button.flow"), f"m:topic:{article.flow}"),)] if article.flow else []
        return (*flow, *((self.title(slug),) for slug in article.related if self.exists(slug)))
