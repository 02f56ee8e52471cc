"""Reads article files and refuses what a reader would stumble over, with file, line and field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, ValidationError

from knowledge.articles.markup import markup_fault
from knowledge.articles.model import Article, Category, Source
from knowledge.content import ContentError, read_folder, refuse, sift
from knowledge.texts import Locale, Localized

MAX_BODY = 1200
MIN_PHRASINGS = 8
RESERVATION = Localized(zh="以税务机关为准", en="tax authority")  # must stand where a rule is stated
_FENCE = "---\n"

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\n]*$")]
_Slug = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _SourceMeta(_Strict):
    title: _Line
    url: HttpUrl
    checked_at: date


class _Shared(_Strict):
    """What must be the same in both languages."""

    category: Category
    related: tuple[_Slug, ...] = ()
    flow: _Slug | None = None
    effective_from: date | None = None
    effective_to: date | None = None


class _Meta(_Shared):
    title: _Line
    phrasings: Annotated[tuple[_Line, ...], Field(min_length=MIN_PHRASINGS)]
    sources: tuple[_SourceMeta, ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    """One language of an article, parsed. `front` is read once more when somebody has to be told a line in it."""

    name: str
    front: str
    meta: _Meta
    body: str

    def error(self, message: str, field: str | None = None) -> ContentError:
        line = _line_of(_compose(self.front, self.name), (field,) if field else ())
        return ContentError(self.name, message, line=line, field=field)


def load_articles() -> Mapping[str, Article]:
    """All shipped articles by slug, in alphabetical order."""
    return parse_articles(read_folder(files("knowledge.articles").joinpath("data"), ".md"))


def parse_articles(sources: Mapping[str, str]) -> Mapping[str, Article]:
    """From file name → text. Every slug needs both languages; `related` must name other articles."""
    articles, errors = sift_articles(sources)
    refuse(errors)
    return articles


def sift_articles(sources: Mapping[str, str]) -> tuple[dict[str, Article], list[ContentError]]:
    """The articles that can be used, and everything for which others are refused."""
    named, errors = sift(_slug_of, sources)
    slugs = sorted(set(named))
    articles, more = sift(lambda slug: _parse_pair(slug, sources, slugs), slugs)
    return {article.slug: article for article in articles}, errors + more


def parse_article(slug: str, zh: str, en: str) -> Article:
    """One article from the texts of its two files."""
    return _parse_pair(slug, {f"{slug}.{Locale.ZH}.md": zh, f"{slug}.{Locale.EN}.md": en}, None)


def _slug_of(name: str) -> str:
    slug, _, locale = name.removesuffix(".md").partition(".")
    if locale not in set(Locale):
        raise ContentError(name, f"is named neither <slug>.{Locale.ZH}.md nor <slug>.{Locale.EN}.md")
    return slug


def _parse_pair(slug: str, sources: Mapping[str, str], known: Collection[str] | None) -> Article:
    """`known`: the slugs that `related` may name; None: any."""
    both, errors = sift(lambda locale: _file(f"{slug}.{locale}.md", sources), Locale)
    refuse(errors)
    zh, en = both
    refuse((*_differences(zh, en), *_strangers(zh, slug, known)))
    return Article(
        slug=slug,
        category=zh.meta.category,
        title=Localized(zh.meta.title, en.meta.title),
        body=Localized(zh.body, en.body),
        phrasings={Locale.ZH: zh.meta.phrasings, Locale.EN: en.meta.phrasings},
        related=zh.meta.related,
        flow=zh.meta.flow,
        sources=tuple(map(_source, zh.meta.sources, en.meta.sources)),
        effective_from=zh.meta.effective_from,
        effective_to=zh.meta.effective_to,
    )


def _differences(zh: _File, en: _File) -> Iterator[ContentError]:
    for field in _Shared.model_fields:
        if getattr(zh.meta, field) != getattr(en.meta, field):
            yield en.error("differs from the Chinese file", field)
    if [(s.url, s.checked_at) for s in zh.meta.sources] != [(s.url, s.checked_at) for s in en.meta.sources]:
        yield en.error("URLs or dates differ from the Chinese file", "sources")


def _strangers(file: _File, slug: str, known: Collection[str] | None) -> Iterator[ContentError]:
    for other in file.meta.related:
        if known is not None and (other not in known or other == slug):
            yield file.error(f"no other article {other!r}", "related")


def _source(zh: _SourceMeta, en: _SourceMeta) -> Source:
    return Source(Localized(zh.title, en.title), str(zh.url), zh.checked_at)


def _file(name: str, sources: Mapping[str, str]) -> _File:
    if name not in sources:
        raise ContentError(name, "this language is missing")
    return _parse_file(name, sources[name])


@lru_cache(maxsize=256)  # whoever writes changes a few files at a time
def _parse_file(name: str, text: str) -> _File:
    head, front, body = ([*text.split(_FENCE, 2), "", ""])[:3]
    if head or not body.strip():
        raise ContentError(name, "needs front matter between two lines of --- and a body below", line=1)
    parsed = _File(name, front, _parse_meta(_compose(front, name), name), body.strip())
    locale = Locale(name.split(".", 1)[1].removesuffix(".md"))
    refuse((*_phrasing_faults(parsed), *_body_faults(parsed, line=2 + front.count("\n") + 1, locale=locale)))
    return parsed


def _compose(front: str, name: str) -> yaml.Node:
    try:
        node = yaml.compose(front, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ContentError(name, error.problem or "is not YAML", line=mark.line + 2 if mark else None) from error
    if not isinstance(node, yaml.MappingNode):
        raise ContentError(name, "front matter must be a mapping", line=2)
    return node


def _parse_meta(node: yaml.Node, name: str) -> _Meta:
    try:
        return _Meta.model_validate(yaml.SafeLoader("").construct_document(node))
    except ValidationError as error:
        refuse(
            ContentError(name, one["msg"], line=_line_of(node, one["loc"]), field=".".join(map(str, one["loc"])))
            for one in error.errors()
        )
        raise


def _line_of(node: yaml.Node, path: tuple[int | str, ...]) -> int:
    """Line in the file of what the path leads to, as far as it exists; the front matter begins in line 2."""
    line = node.start_mark.line
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        line, node = found
    return line + 2


def _child(node: yaml.Node, step: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line, value) for key, value in node.value if key.value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line, node.value[step]
    return None


def _phrasing_faults(file: _File) -> Iterator[ContentError]:
    folded = [phrasing.casefold() for phrasing in file.meta.phrasings]
    for phrasing in dict.fromkeys(phrasing for phrasing in folded if folded.count(phrasing) > 1):
        yield file.error(f"{phrasing!r} stands here twice", "phrasings")


def _body_faults(file: _File, *, line: int, locale: Locale) -> Iterator[ContentError]:
    fault = markup_fault(file.body)
    if fault:
        yield ContentError(file.name, fault.message, line=line + fault.line - 1, field="body")
    if len(file.body) > MAX_BODY:
        yield ContentError(file.name, f"{len(file.body)} characters, at most {MAX_BODY}", line=line, field="body")
    for source in file.meta.sources:
        if f'href="{source.url}"' not in file.body:
            yield file.error(f"the body does not link {source.url}", "sources")
    if file.meta.sources and RESERVATION[locale] not in file.body:
        yield ContentError(file.name, f"states a rule without {RESERVATION[locale]!r}", line=line, field="body")
