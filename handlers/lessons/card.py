"""What leads see of gaps and lessons."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.articles.service import ArticleService
from handlers.messenger import Button, Message
from knowledge.gaps import Cluster
from knowledge.lessons import MOST_PHRASINGS, SHADOW_MATCHES, Failure, Lesson, LessonState
from knowledge.texts import Localized, Texts, join, literal

SHOWN = 5  # clusters


def overview(texts: Texts, clusters: Sequence[Cluster], articles: ArticleService) -> Message:
    """The commonest questions, a button each."""
    if not clusters:
        return Message(texts("teach.nothing"))
    top = list(enumerate(clusters[:SHOWN], 1))
    lines = [_line(texts, place, cluster, articles) for place, cluster in top]
    buttons = tuple(Button(texts("teach.button.see", place=place), f"k:see:{one.first.id}") for place, one in top)
    return Message(texts("teach.overview", count=len(clusters), lines=join("\n", lines)), (buttons,))


def _line(texts: Texts, place: int, cluster: Cluster, articles: ArticleService) -> Localized:
    params: dict[str, str | int] = {"place": place, "count": cluster.size, "text": cluster.first.text}
    title = articles.name(cluster.first.slug)
    return texts("teach.line_near", title=title, **params) if title else texts("teach.line", **params)


def cluster(texts: Texts, asked: Cluster, slugs: Sequence[str], articles: ArticleService) -> Message:
    """`slugs`: the articles that are offered."""
    rows = [(Button(title, f"k:draft:{asked.first.id}:{slug}"),) for slug in slugs if (title := articles.name(slug))]
    said = _list(texts, [gap.text for gap in asked.gaps[:MOST_PHRASINGS]])
    return Message(texts("teach.cluster", count=asked.size, texts=said), tuple(rows))


def lesson(texts: Texts, taught: Lesson, found: Sequence[Failure], articles: ArticleService) -> Message:
    """`found`: what speaks against it."""
    title = articles.name(taught.slug) or literal(taught.slug)
    said = _list(texts, taught.phrasings)
    if found:
        problems = join("\n", [_problem(texts, failure, articles) for failure in found[:MOST_PHRASINGS]])
        text = texts("teach.failed", title=title, texts=said, problems=problems)
    else:
        text = texts(f"teach.lesson.{taught.state}", title=title, texts=said, matches=SHADOW_MATCHES)
    no = Button(texts("teach.button.no"), f"k:no:{taught.id}")
    match taught.state:
        case LessonState.DRAFT if not found:
            return Message(text, ((Button(texts("teach.button.yes"), f"k:yes:{taught.id}"), no),))
        case LessonState.DRAFT:
            return Message(text, ((no,),))
        case LessonState.RETIRED:
            return Message(text)
        case _:
            return Message(text, ((Button(texts("teach.button.stop"), f"k:stop:{taught.id}"),),))


def _problem(texts: Texts, failure: Failure, articles: ArticleService) -> Localized:
    if not failure.slug:
        return texts("teach.problem.nothing", text=failure.case.text)
    title = articles.name(failure.slug) or literal(failure.slug)
    return texts("teach.problem.elsewhere", text=failure.case.text, title=title)


def _list(texts: Texts, said: Sequence[str]) -> Localized:
    return join("\n", [texts("teach.phrasing", text=text) for text in said])
