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
        text = self._texts("article.title", title=article.title) + literal("\n\n") + article.body
        return Message(text, self._rows(article, lesson_id))

    def _rows(self, article: Article, lesson_id: int | None) -> Rows:
        rows: list[tuple[Button, ...]] = []
        if article.flow:
            rows.append((Button(self._texts("article.button.flow"), f"m:topic:{article.flow}"),))
        rows += [(self.title(slug),) for slug in article.related if self.exists(slug)]
        shown = article.slug if lesson_id is None else f"{article.slug}:{lesson_id}"
        helped = Button(self._texts("article.button.helped"), f"m:helped:{shown}")
        missed = Button(self._texts("article.button.missed"), f"m:missed:{shown}")
        return (*rows, (helped, missed))
