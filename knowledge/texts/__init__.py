"""Every sentence that a person reads, by key, in both languages side by side (data/*.toml)."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from string import Formatter

from knowledge.content import ContentError, read_folder, refuse, sift


class Locale(StrEnum):
    ZH = "zh-CN"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Localized:
    """One text in every language, as Telegram HTML: what comes from people is escaped already."""

    zh: str
    en: str

    def __getitem__(self, locale: Locale) -> str:
        return self.zh if locale is Locale.ZH else self.en

    def __add__(self, other: Localized) -> Localized:
        return Localized(self.zh + other.zh, self.en + other.en)

    def to_json(self) -> dict[str, str]:
        return {Locale.ZH: self.zh, Locale.EN: self.en}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> Localized:
        return cls(data[Locale.ZH], data[Locale.EN])


def plain(text: str) -> str:
    """Telegram HTML as pop-ups and titles show it: without tags and escapes."""
    return html.unescape(re.sub(r"<[^>]+>", "", text))


Param = str | int | Localized


def literal(text: str) -> Localized:
    """The same words in every language (a name, what a person wrote), escaped."""
    escaped = html.escape(text, quote=False)
    return Localized(escaped, escaped)


def join(separator: str, parts: list[Localized] | tuple[Localized, ...]) -> Localized:
    return Localized(separator.join(p.zh for p in parts), separator.join(p.en for p in parts))


def fill(template: Localized, params: Mapping[str, Param]) -> Localized:
    """Fill `{name}` placeholders: plain values are escaped, `Localized` ones inserted as they are."""
    both = {name: p if isinstance(p, Localized) else literal(str(p)) for name, p in params.items()}
    zh = template.zh.format_map({name: value.zh for name, value in both.items()})
    en = template.en.format_map({name: value.en for name, value in both.items()})
    return Localized(zh, en)


class Texts:
    """Look up and fill: `texts("ticket.received", ticket=1042)`. KeyError for an unknown key or a missing parameter."""

    def __init__(self, templates: Mapping[str, Localized]) -> None:
        self._templates = templates

    def __call__(self, key: str, /, **params: Param) -> Localized:
        return fill(self._templates[key], params)

    def __contains__(self, key: str) -> bool:
        return key in self._templates

    def keys(self) -> Iterator[str]:
        return iter(self._templates)

    def template(self, key: str) -> Localized:
        """As it is written, with its placeholders."""
        return self._templates[key]

    def replace(self, other: Texts) -> None:
        """From now on say what the other one says, to everybody who has this one."""
        self._templates = other._templates

    @classmethod
    def load(cls) -> Texts:
        """All shipped texts. Raises ContentError for a missing language, unequal placeholders or a key used twice."""
        return cls.parse(read_folder(files(__name__).joinpath("data"), ".toml"))

    @classmethod
    def parse(cls, sources: Mapping[str, str]) -> Texts:
        """From file name → text."""
        tables, errors = sift(lambda name: (name, parse_texts(sources[name], name)), sources)
        templates: dict[str, Localized] = {}
        for file, texts in tables:
            errors += [
                ContentError(file, "this key stands in another file too", line=line_of(sources[file], key), field=key)
                for key in texts
                if key in templates
            ]
            templates |= texts
        refuse(errors)
        return cls(templates)


@lru_cache(maxsize=64)  # whoever writes changes a few files at a time
def parse_texts(source: str, file: str) -> Mapping[str, Localized]:
    try:
        tables = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+)", str(error))
        raise ContentError(file, str(error), line=int(found[1]) if found else None) from error
    parsed, errors = sift(lambda key: (key, _parse_text(tables[key], file, key, source)), tables)
    refuse(errors)
    return dict(parsed)


def line_of(source: str, key: str) -> int | None:
    return next((n for n, text in enumerate(source.splitlines(), 1) if text.startswith(f'["{key}"]')), None)


def _parse_text(table: object, file: str, key: str, source: str) -> Localized:
    def wrong(message: str) -> ContentError:
        return ContentError(file, message, line=line_of(source, key), field=key)

    if not isinstance(table, dict) or set(table) != set(Locale):
        raise wrong(f"needs exactly the languages {', '.join(Locale)}")
    if not all(isinstance(text, str) and text.strip() for text in table.values()):
        raise wrong("must be a text in every language")
    text = Localized.from_json(table)
    try:
        zh, en = placeholders(text.zh), placeholders(text.en)
    except ValueError as error:
        raise wrong(str(error)) from error
    if zh != en:
        raise wrong(f"placeholders differ: {sorted(zh ^ en)}")
    return text


def placeholders(template: str) -> set[str]:
    """Names in braces. ValueError for unbalanced or nameless ones."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
    if not all(name.isidentifier() for name in names):
        raise ValueError(f"placeholders need plain names: {sorted(names)}")
    return names
