"""Answers that the desk wrote: articles kept as rows, held to the rules of the article files."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import yaml

from knowledge.articles.loader import MAX_BODY
from knowledge.articles.markup import markup_fault
from knowledge.articles.model import Category
from knowledge.checking.language import language_fault
from knowledge.gaps import MASK, masked_answer
from knowledge.texts import Locale, Localized, plain

MAX_TITLE = 80  # characters, as in a file

_LANGUAGES = {"zh": Locale.ZH, "zh-cn": Locale.ZH, "中文": Locale.ZH, "en": Locale.EN, "英文": Locale.EN}
_NAMES = "|".join(sorted(_LANGUAGES, key=len, reverse=True))
_MARK = re.compile(rf"^[ \t]*({_NAMES})[ \t]*[:\uff1a][ \t]*", re.IGNORECASE | re.MULTILINE)
_HAN, _WORD = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[A-Za-z]{2,}")
_HREF = re.compile(r'href="([^"]*)"')
_STEP = re.compile(r"^\d+[.、)）]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Written:
    """One language of an answer, as Telegram HTML, masked: a title without tags and a body."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Answer:
    """ "" where a language is still missing."""

    title: Localized
    body: Localized

    @classmethod
    def of(cls, parts: Mapping[Locale, Written]) -> Answer:
        return cls(Localized("", ""), Localized("", "")).with_parts(parts)

    def with_parts(self, parts: Mapping[Locale, Written]) -> Answer:
        """These languages instead of its own."""
        both = {one: parts.get(one, Written(self.title[one], self.body[one])) for one in Locale}
        zh, en = both[Locale.ZH], both[Locale.EN]
        return Answer(Localized(zh.title, en.title), Localized(zh.body, en.body))

    @property
    def missing(self) -> tuple[Locale, ...]:
        return tuple(one for one in Locale if not self.body[one])


class FlawKind(StrEnum):
    """What of the rules for article files an answer breaks."""

    MISSING = "missing"
    LONG = "long"
    TITLE = "title"
    MARKUP = "markup"
    LANGUAGE = "language"
    LINK = "link"
    HIDDEN = "hidden"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Flaw:
    kind: FlawKind
    locale: Locale


def written(text: str) -> Written | None:
    """The title in the first line and the answer below, out of a message's HTML; None if one of them is missing."""
    first, _, rest = text.strip().partition("\n")
    title = html.escape(masked_answer(plain(first).strip()), quote=False)
    return Written(title, masked_answer(rest.strip())) if title and rest.strip() else None


def parts(text: str) -> dict[Locale, Written | None]:
    """`zh: …` and `en: …`, each with a title and an answer; empty if the message does not begin like that."""
    before, *found = _MARK.split(text)
    if before.strip():
        return {}
    return {_LANGUAGES[name.lower()]: written(one) for name, one in zip(found[::2], found[1::2], strict=True)}


def language_of(text: str) -> Locale:
    """What most of it is; a Chinese word has one character and a half."""
    said = plain(text)
    return Locale.EN if 3 * len(_WORD.findall(said)) > 2 * len(_HAN.findall(said)) else Locale.ZH


def unshowable(one: Written) -> FlawKind | None:
    """What would keep Telegram from showing it even to those who should judge it."""
    if len(one.body) > MAX_BODY:
        return FlawKind.LONG
    if len(plain(one.title)) > MAX_TITLE:
        return FlawKind.TITLE
    return FlawKind.MARKUP if markup_fault(one.body) else None


def flaws(answer: Answer) -> list[Flaw]:
    """What an article file would be refused for, and what was hidden in it."""
    return [Flaw(kind, locale) for locale in Locale for kind in _flaws(answer, locale)]


def _flaws(answer: Answer, locale: Locale) -> Iterator[FlawKind]:
    title, body = answer.title[locale], answer.body[locale]
    if not body:
        yield FlawKind.MISSING
        return
    if kind := unshowable(Written(title, body)):
        yield kind
    if language_fault(title, locale) or language_fault(body, locale):
        yield FlawKind.LANGUAGE
    if not all(url.startswith("https://") for url in _HREF.findall(body)):
        yield FlawKind.LINK
    if MASK in title + body:
        yield FlawKind.HIDDEN
    if locale is Locale.EN and len(_STEP.findall(body)) != len(_STEP.findall(answer.body[Locale.ZH])):
        yield FlawKind.STEPS


def article_files(slug: str, answer: Answer, phrasings: tuple[str, ...]) -> dict[str, str]:
    """The two files that an author can go on with. What is not known is left to `knowledge check` to ask for."""
    said = {locale: [one for one in phrasings if language_of(one) is locale] for locale in Locale}
    return {f"{slug}.{locale}.md": _file(answer, locale, said[locale]) for locale in Locale}


def _file(answer: Answer, locale: Locale, said: list[str]) -> str:
    meta = {"title": plain(answer.title[locale]), "category": str(Category.SERVICE), "phrasings": said}
    front = yaml.safe_dump(meta, allow_unicode=True, sort_keys=False)
    return f"---\n{front}---\n{answer.body[locale]}\n"
