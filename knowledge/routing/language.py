"""How people write (data/language.toml), and the libraries that know Chinese, loaded when first needed."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from knowledge.chinese import converter, in_simplified_characters
from knowledge.routing.words import parse

if TYPE_CHECKING:
    from rjieba import Jieba

FILE = "language.toml"
FREQUENT = 20  # a dictionary word that is used more often means itself
HAN = r"[\u3400-\u9fff]"
_HAN_RUN = re.compile(rf"{HAN}+")
_MERGED = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"([aei]n)g$"), r"\1"))


class _Pinyin(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    syllables: str


class Language(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    terms: tuple[str, ...]
    latin: dict[str, str]
    english: dict[str, str]
    spoken: dict[str, str]
    pinyin: _Pinyin


@cache
def load_language() -> Language:
    source = files("knowledge.routing").joinpath("data", FILE).read_text(encoding="utf-8")
    return parse(Language, source, FILE)


@cache
def all_syllables() -> frozenset[str]:
    return frozenset(load_language().pinyin.syllables.split())


def simplified(text: str) -> str:
    """Simplified characters; words of Taiwan become the mainland's only if there was a traditional character."""
    return converter("tw2sp")(text) if in_simplified_characters(text) != text else text


def words(text: str) -> list[str]:
    """Cut by the dictionary alone: what it does not know falls apart into characters."""
    return dictionary().cut(text, False)


def is_frequent_word(text: str) -> bool:
    known = dictionary()
    return known.has_word(text) and known.suggest_freq(text) > FREQUENT


@lru_cache(maxsize=2000)  # there are some 400
def sound(syllable: str) -> str:
    """What the south does not tell apart becomes one: zh/z ch/c sh/s ang/an eng/en ing/in. Not l/n."""
    for pattern, replacement in _MERGED:
        syllable = pattern.sub(replacement, syllable)
    return syllable


def spoken(text: str) -> str:
    """Each Chinese run as its merged syllables, with a space round each."""
    return " ".join(_HAN_RUN.sub(lambda run: f" {' '.join(map(sound, syllables(run[0])))} ", text).split())


@cache
def dictionary() -> Jieba:
    """With the terms that it does not have of itself."""
    from rjieba import Jieba

    made = Jieba()
    for term in load_language().terms:
        made.add_word(term, None, None)
    return made


@lru_cache(maxsize=20_000)
def syllables(han: str) -> tuple[str, ...]:
    """One a character, toneless; `han` must be Chinese characters only."""
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(han, v_to_u=False))
