"""What an article is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge.texts import Locale, Localized


class Category(StrEnum):
    """The parts of the taxonomy."""

    INVOICES = "invoices"  # making and finding
    PROBLEMS = "problems"  # something is wrong with an invoice
    TECHNICAL = "technical"
    SERVICE = "service"
    PRACTICE = "practice"  # today's rules


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is written; `checked_at`: when somebody last compared our words with it."""

    title: Localized
    url: str
    checked_at: date


@dataclass(frozen=True, slots=True)
class Article:
    """One answer. The body is Telegram HTML of at most 1,200 characters and links its sources itself."""

    slug: str
    category: Category
    title: Localized
    body: Localized
    phrasings: Mapping[Locale, tuple[str, ...]]
    related: tuple[str, ...]  # slugs of other articles
    flow: str | None  # the flow that does it step by step
    sources: tuple[Source, ...]
    effective_from: date | None
    effective_to: date | None

    @property
    def checked_at(self) -> date | None:
        """The oldest check of its sources; None if it states no rule."""
        return min((source.checked_at for source in self.sources), default=None)
