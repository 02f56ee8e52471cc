"""What leads see of gaps and lessons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from handlers.messenger import Button, Message
from knowledge.gaps import Cluster, GapKind
from knowledge.lessons import MOST_PHRASINGS, SHADOW_MATCHES, Failure, Lesson, LessonState
from knowledge.taught import Answer, Flaw
from knowledge.texts import Locale, Localized, Texts, join

SHOWN = 5  # clusters
LISTED = 10  # lessons a page
LONGEST = 100  # characters of a phrasing beside an answer: two of 1,200 characters leave no room for more

Name = Callable[[str], Localized]


def overview(texts: Texts, clusters: Sequence[Cluster], name: Name) -> Message:
    """The commonest questions, a button each."""
    if not clusters:
        return Message(texts("teach.nothing"))
    top = list(enumerate(clusters[:SHOWN], 1))
    lines = [_line(texts, place, cluster, name) for place, cluster in top]
    buttons = tuple(Button(texts("teach.button.see", place=place), f"k:see:{one.first.id}") for place, one in top)
    return Message(texts("teach.overview", count=len(clusters), lines=join("\n", lines)), (buttons,))


def _line(texts: Texts, place: int, cluster: Cluster, name: Name) -> Localized:
    params: dict[str, str | int] = {"place": place, "count": cluster.size, "text": cluster.first.text}
    told = next((gap for gap in cluster.gaps if gap.kind is GapKind.MISSED), cluster.first)
    if not told.slug:
        return texts("teach.line", **params)
    return texts(f"teach.line.{told.kind}", title=name(told.slug), **params)


def cluster(texts: Texts, asked: Cluster, slugs: Sequence[str], name: Name) -> Message:
    """`slugs`: the articles and flows that are offered."""
    rows = [(Button(name(slug), f"k:draft:{asked.first.id}:{slug}"),) for slug in slugs]
    said = _list(texts, [gap.text for gap in asked.gaps[:MOST_PHRASINGS]])
    return Message(texts("teach.cluster", count=asked.size, texts=said), tuple(rows))


def lesson(texts: Texts, taught: Lesson, found: Sequence[Failure | Flaw], name: Name) -> Message:
    """`found`: what speaks against it."""
    buttons = _buttons(texts, taught, is_refused=bool(found))
    parts = [texts("teach.failed" if found else f"teach.lesson.{taught.state}")]
    parts.append(_list(texts, taught.phrasings, LONGEST if taught.answer else None))
    parts += _shown(texts, taught.answer) if taught.answer else [texts("teach.leads_to", title=name(taught.slug))]
    if found:
        parts.append(join("\n", [_problem(texts, one, name) for one in found[:MOST_PHRASINGS]]))
    else:
        parts += _next(texts, taught)
    return Message(join("\n\n", parts), (buttons,) if buttons else ())


def _shown(texts: Texts, answer: Answer) -> list[Localized]:
    """Each language as it would be read."""
    return [_one(texts, answer, locale) for locale in Locale if locale not in answer.missing]


def _one(texts: Texts, answer: Answer, locale: Locale) -> Localized:
    title, body = (Localized(said[locale], said[locale]) for said in (answer.title, answer.body))
    return texts("teach.written", language=texts(f"language.{locale}"), title=title, body=body)


def _next(texts: Texts, taught: Lesson) -> list[Localized]:
    """What happens from here on."""
    missing = taught.answer.missing if taught.answer else ()
    match taught.state:
        case LessonState.DRAFT if missing:
            return [texts(f"teach.missing.{locale}") for locale in missing]
        case LessonState.DRAFT:
            corrects = [texts("teach.corrects")] if taught.corrects else []
            change = [texts("teach.change")] if taught.answer else []
            return [*corrects, texts("teach.then.draft", matches=SHADOW_MATCHES), *change]
        case LessonState.SHADOW:
            return [texts("teach.then.shadow", matches=SHADOW_MATCHES - taught.matches)]
        case _:
            return []


def _buttons(texts: Texts, taught: Lesson, *, is_refused: bool) -> tuple[Button, ...]:
    no = Button(texts("teach.button.no"), f"k:no:{taught.id}")
    match taught.state:
        case LessonState.DRAFT if is_refused or (taught.answer and taught.answer.missing):
            return (no,)
        case LessonState.DRAFT:
            return (Button(texts("teach.button.yes"), f"k:yes:{taught.id}"), no)
        case LessonState.RETIRED:
            return ()
        case _:
            return (Button(texts("teach.button.stop"), f"k:stop:{taught.id}"),)


def _problem(texts: Texts, found: Failure | Flaw, name: Name) -> Localized:
    if isinstance(found, Flaw):
        return texts(f"teach.problem.{found.kind}", language=texts(f"language.{found.locale}"))
    if not found.slug:
        return texts("teach.problem.nothing", text=found.case.text)
    return texts("teach.problem.elsewhere", text=found.case.text, title=name(found.slug))


def listed(texts: Texts, rows: Sequence[tuple[Lesson, tuple[int, int]]], first: int, name: Name) -> Message:
    """A page of lessons with their votes, from the `first`, which is 0; if there is one too many, another follows."""
    if not rows:
        return Message(texts("teach.list_empty"))
    shown = list(enumerate(rows[:LISTED], first + 1))
    lines = [_listed(texts, place, lesson, votes, name) for place, (lesson, votes) in shown]
    buttons = [Button(texts("teach.button.see", place=place), f"k:lesson:{lesson.id}") for place, (lesson, _) in shown]
    turns = []
    if first:
        turns.append(Button(texts("teach.button.newer"), f"k:list:{max(0, first - LISTED)}"))
    if len(rows) > LISTED:
        turns.append(Button(texts("teach.button.older"), f"k:list:{first + LISTED}"))
    grid = (tuple(buttons[:SHOWN]), tuple(buttons[SHOWN:]), tuple(turns))
    return Message(texts("teach.list", lines=join("\n", lines)), tuple(row for row in grid if row))


def _listed(texts: Texts, place: int, taught: Lesson, votes: tuple[int, int], name: Name) -> Localized:
    text = _cut(taught.phrasings[0], LONGEST)
    return texts(
        f"teach.listed.{taught.state}",
        place=place,
        text=text,
        title=heading(taught, name),
        matches=taught.matches,
        ups=votes[0],
        downs=votes[1],
    )


def heading(taught: Lesson, name: Name) -> Localized:
    """What it leads to; the title of an answer that has one language only, in that one."""
    if taught.answer is None:
        return name(taught.slug)
    title = taught.answer.title
    return Localized(title.zh or title.en, title.en or title.zh)


def _list(texts: Texts, said: Sequence[str], longest: int | None = None) -> Localized:
    return join("\n", [texts("teach.phrasing", text=_cut(text, longest)) for text in said])


def _cut(text: str, longest: int | None) -> str:
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "…"
