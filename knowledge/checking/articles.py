"""What an article, though it can be read, does wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from knowledge.articles import Article
from knowledge.checking.findings import Finding, found
from knowledge.checking.language import language_fault
from knowledge.checking.lines import body_line, line_of
from knowledge.sources import Sources
from knowledge.texts import Locale

CHECKED_FOR = timedelta(days=180)  # after that somebody should compare the words with the source again
_LINK = re.compile(r'href="([^"]*)"')
_STEP = re.compile(r"^\d+[.、)）]", re.MULTILINE)


def article_findings(articles: Mapping[str, Article], sources: Sources, today: date) -> Iterator[Finding]:
    for article in articles.values():
        yield from _leads(article, sources)
        yield from _dates(article, sources.articles[_file(article, Locale.ZH)], today)
        yield from _steps(article, sources)
        for locale in Locale:
            yield from _language(article, locale, sources.articles[_file(article, locale)])


def _file(article: Article, locale: Locale) -> str:
    return f"{article.slug}.{locale}.md"


def _leads(article: Article, sources: Sources) -> Iterator[Finding]:
    """Both languages say the same, so the Chinese file is named."""
    file = _file(article, Locale.ZH)
    if article.flow and f"{article.flow}.yaml" not in sources.flows:
        line = line_of(sources.articles[file], ["flow"])
        yield found(file, line, "flow", f"no flow {article.flow!r}")
    if not article.flow and not article.related:
        line = line_of(sources.articles[file], ["related"])
        yield found(file, line, "related", "leads nowhere: give it a flow or related articles", is_error=False)


def _dates(article: Article, source: str, today: date) -> Iterator[Finding]:
    file = _file(article, Locale.ZH)
    ends = article.effective_to
    if ends is not None and article.effective_from is not None and ends < article.effective_from:
        yield found(file, line_of(source, ["effective_to"]), "effective_to", "lies before effective_from")
    elif ends is not None and ends < today:
        line = line_of(source, ["effective_to"])
        yield found(file, line, "effective_to", f"the rule ended on {ends}", is_error=False)
    for number, one in enumerate(article.sources):
        line = line_of(source, ["sources", number, "checked_at"])
        yield from checked_at(file, line, f"sources.{number}.checked_at", one.checked_at, today)


def checked_at(file: str, line: int, field: str, checked: date, today: date) -> Iterable[Finding]:
    if checked > today:
        yield found(file, line, field, f"{checked} is yet to come")
    elif checked < today - CHECKED_FOR:
        days = (today - checked).days
        yield found(file, line, field, f"was last compared {days} days ago: compare it again", is_error=False)


def _steps(article: Article, sources: Sources) -> Iterator[Finding]:
    zh, en = (len(_STEP.findall(article.body[locale])) for locale in Locale)
    if zh != en:
        file = _file(article, Locale.EN)
        message = f"{en} numbered steps, but {zh} in Chinese"
        yield found(file, body_line(sources.articles[file]), "body", message, is_error=False)


def _language(article: Article, locale: Locale, source: str) -> Iterator[Finding]:
    file, body = _file(article, locale), article.body[locale]
    if fault := language_fault(article.title[locale], locale):
        yield found(file, line_of(source, ["title"]), "title", fault)
    if fault := language_fault(body, locale):
        yield found(file, body_line(source), "body", fault)
    begins = body_line(source)
    named = {one.url for one in article.sources}
    for number, line in enumerate(body.splitlines()):
        for url in _LINK.findall(line):
            yield from _link(file, begins + number, url, named)


def _link(file: str, line: int, url: str, named: set[str]) -> Iterator[Finding]:
    if not url.startswith("https://"):
        yield found(file, line, "body", f"a link must begin with https://: {url!r}")
    elif url not in named:
        message = f"{url} is not among the sources: nobody knows when it was last compared"
        yield found(file, line, "body", message, is_error=False)
