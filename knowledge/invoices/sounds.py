"""How company names are written and how they sound: one script, without forms and punctuation, a syllable a character.

`norm` and `pinyin` have one character and one syllable at each place, so that a part of one is a part of the other.
Without the libraries that compare: the reader of an import does without them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from zlib import crc32

from knowledge.chinese import in_simplified_characters

_HAN = re.compile(r"[\u3400-\u9fff]")
_BRACKETED = re.compile(r"[（(\[【〔]([^（）()\[\]【】〔〕]{2,8})[)）\]】〕]")
FORM = re.compile(
    r"(?:(?:股份)?有限(?:责任)?公司|股份公司|集团公司|总公司|分公司|子公司|公司|集团|有限合伙|普通合伙|个人独资"
    r"|个体工商户|ltd|limited|coltd|inc|corp)+$"
)
_ENGLISH_FORM = re.compile(r"\W+(?:co|company|corp|corporation|inc|ltd|limited)(?![a-z])\.?")
_OF = re.compile("^(.+) of (?:the )?(.+)$")  # Bank of China
_INNER_FORM = re.compile("(?:股份)?有限(?:责任)?公司(?=.*(?:分公司|支公司|分行|支行)$)")
_DATA = tomllib.loads(files("knowledge.invoices").joinpath("data/names.toml").read_text(encoding="utf-8"))
_REGIONS: list[str] = _DATA["regions"].split()
_POLYPHONES: dict[str, str] = _DATA["polyphones"]
_SHORT_FOR: dict[str, str] = _DATA["short_for"]
_ENGLISH: dict[str, str] = _DATA["english"]
_ENGLISH_WORDS = re.compile(rf"(?<![a-z])(?:{'|'.join(sorted(_ENGLISH, key=len, reverse=True))})(?![a-z])")
_SHORT = re.compile("|".join(sorted(_SHORT_FOR, key=len, reverse=True)))
_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@dataclass(frozen=True, slots=True)
class Sounded:
    """A name as compared: `norm` without punctuation, lower case, simplified; `pinyin` a syllable a character."""

    norm: str
    pinyin: tuple[str, ...]


@cache
def _syllable(character: str) -> str:
    """Its usual sound without tone; letters and digits stand for themselves. `lü` and `nü` are typed in many ways."""
    if not _HAN.match(character):
        return character
    from pypinyin import lazy_pinyin

    return str(lazy_pinyin(character)[0]).replace("v", "u")


def simplified(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    return in_simplified_characters(folded) if _HAN.search(folded) else folded


def normal(name: str) -> str:
    """Simplified, lower case, letters, digits and Chinese characters only."""
    return "".join(character for character in simplified(name).casefold() if character.isalnum())


def sounded(name: str) -> Sounded:
    norm = normal(name)
    syllables: list[str] = []
    while len(syllables) < len(norm):
        at = len(syllables)
        words = (norm[at : at + size] for size in (4, 3, 2))
        syllables += next((found for word in words if (found := _word(word))), [_syllable(norm[at])])
    return Sounded(norm, tuple(syllables))


def _word(word: str) -> list[str] | None:
    """How it sounds, if it is one that may sound unlike its characters."""
    if not _HAN.match(word):
        return None
    if word in _POLYPHONES:
        return _POLYPHONES[word].split()
    return _phrase(word) if word in _phrases() else None


@cache
def _phrases() -> Mapping[str, object]:
    from pypinyin.constants import PHRASES_DICT

    phrases: Mapping[str, object] = PHRASES_DICT
    return phrases


@lru_cache(maxsize=20_000)
def _phrase(word: str) -> list[str]:
    from pypinyin import lazy_pinyin

    return [syllable.replace("v", "u") for syllable in lazy_pinyin(word)]


@lru_cache(maxsize=4096)
def sound(syllable: str) -> str:
    """What sounds alike in half of China is one: zh z, ch c, sh s, ang an, eng en, ing in."""
    for one, other in _FOLDS:
        syllable = syllable.replace(one, other)
    return syllable[:-1] if syllable.endswith("ng") and syllable[-3:-2] in "aei" else syllable


def without_form(name: str, whole: Sounded) -> Sounded:
    return _part(whole, _anatomy(name, whole.norm)[0]) if whole.norm else whole


def place_and_rest(name: str, whole: Sounded) -> tuple[Sounded, Sounded]:
    _stem, region, core = _anatomy(name, whole.norm)
    return _part(whole, region), _part(whole, core)


def without_inner_form(part: Sounded) -> Sounded:
    """Nobody says 股份有限公司 in the middle: 中国电信宜昌分公司."""
    form = _INNER_FORM.search(part.norm, 2)
    return _part(part, (i for i in range(len(part.norm)) if not form.start() <= i < form.end())) if form else part


def pieces(text: str) -> tuple[tuple[str, ...], ...]:
    """Ways to take a short name apart: a place and what goes by it, in either order, or two parts of a longer name
    (国网佛山, 佛山移动, 平安保险). None of them is nothing but places and trades."""
    if not 4 <= len(text) <= 12 or text.isascii():
        return ()
    by_place = tuple(piece for piece in re.split(f"({_REGION.pattern})", text) if piece)
    if len(by_place) == 1:
        ways: list[tuple[str, ...]] = (
            [(text[:cut], text[cut:]) for cut in range(2, len(text) - 1)] if len(text) <= 8 else []
        )
    else:
        ways = [by_place] if min(map(len, by_place)) > 1 else []
    return tuple(way for way in ways if any(is_own(piece) for piece in way))


def is_own(piece: str) -> bool:
    """Neither a place nor a trade."""
    return not _is_region(piece) and not _COMMON.fullmatch(piece)


def variants(name: str, whole: Sounded) -> tuple[Sounded, ...]:
    """How people say it, the fullest first: whole, without its form, without its region, and with the region in front
    (北京华信 for 华信（北京）科技有限公司)."""
    stem, region, core = _anatomy(name, whole.norm)
    places = [list(range(len(whole.norm))), list(stem), core, [*region, *core] if region else []]
    found = [_part(whole, part) for part in places if part]
    return tuple(dict.fromkeys(found)) or (whole,)


def _anatomy(name: str, norm: str) -> tuple[range, list[int], list[int]]:
    """Places in `norm`: all but its form, its region, and the rest."""
    form = FORM.search(norm)
    stem = range(form.start() if form and form.start() else len(norm))
    inner = _region_in_brackets(name, norm)
    rest = [i for i in stem if i not in inner]
    prefix = 0 if inner else _prefix("".join(norm[i] for i in rest))
    return stem, [i for i in inner or rest[:prefix] if norm[i] not in "省市"], rest[prefix:]


def own_part(name: str, whole: Sounded) -> tuple[Sounded, bool]:
    """What no other company's name has, and whether a trade comes after it: 华信 of 华信（北京）科技有限公司."""
    core = _anatomy(name, whole.norm)[2]
    norm = "".join(whole.norm[i] for i in core)
    trade = None if _TRADE.match(norm) else _TRADE.search(norm, 1)
    return _part(whole, core[: trade.start()] if trade else core), trade is not None


def own_syllables(syllables: tuple[str, ...]) -> tuple[str, ...]:
    """The same of pinyin: hua xin of bei jing hua xin ke ji; () without a trade, or if either may be the place."""
    sounds = [sound(syllable) for syllable in syllables]
    first = next((size for size in (3, 2, 4) if tuple(sounds[:size]) in _spoken_regions()), 0)
    for at in range(first + 1, len(sounds)):
        if any(tuple(sounds[at : at + size]) in _spoken_trades() for size in (2, 3, 4)):
            is_place = tuple(sounds[first:at]) in _spoken_regions()  # yun cheng shen zhen: 云橙（深圳）
            return () if is_place else syllables[first:at]
    return ()


@cache
def _spoken_regions() -> frozenset[tuple[str, ...]]:
    return _spoken(_REGIONS)


@cache
def _spoken_trades() -> frozenset[tuple[str, ...]]:
    return _spoken(_DATA["trades"].split())


def _spoken(words: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(map(sound, sounded(word).pinyin)) for word in words)


def _part(whole: Sounded, places: Iterable[int]) -> Sounded:
    chosen = list(places)
    return Sounded("".join(whole.norm[i] for i in chosen), tuple(whole.pinyin[i] for i in chosen))


def _region_in_brackets(name: str, norm: str) -> range:
    found = _BRACKETED.search(unicodedata.normalize("NFKC", name))
    inner = normal(found[1]) if found else ""
    if not inner or not _is_region(inner) or inner not in norm:
        return range(0)
    return range(norm.index(inner), norm.index(inner) + len(inner))


def in_full(text: str) -> str:
    """中石化苏州: 中国石化苏州; 上海铁路局: 铁路上海局."""
    text = _BUREAU.sub(r"中国建筑第\1工程局", _RAILWAY.sub(r"铁路\1局", text))
    return _SHORT.sub(lambda match: _SHORT_FOR[match[0]], text)


def in_pinyin(text: str) -> tuple[str, ...]:
    """Beijing Huaxin Trading Co., Ltd.: beijing huaxin mao yi, beijing huaxin shang mao; none without such a word."""
    lower = text.casefold()
    if not lower.isascii() or not _ENGLISH_WORDS.search(lower):
        return ()
    bare = _OF.sub(r"\2 \1", _ENGLISH_FORM.sub("", lower))
    return tuple(dict.fromkeys(_ENGLISH_WORDS.sub(way, bare) for way in (_first_way, _last_way)))


def _first_way(word: re.Match[str]) -> str:
    return _ENGLISH[word[0]].split(" / ")[0]


def _last_way(word: re.Match[str]) -> str:
    return _ENGLISH[word[0]].split(" / ")[-1]


def _is_region(text: str) -> bool:
    return text in _REGION_SET or text.rstrip("省市区县") in _REGION_SET


def _prefix(text: str) -> int:
    """How long the region is that a name begins with; at least two characters stay."""
    end = 0
    while (found := _REGION.match(text, end)) and len(text) - found.end() >= 2:
        end = found.end()
    return end


_TRADE = re.compile("|".join(sorted(_DATA["trades"].split(), key=len, reverse=True)))
_REGION_SET = frozenset(_REGIONS)
_COMMON = re.compile(f"(?:{'|'.join((*_DATA['trades'].split(), *_DATA['common'].split()))})+")
_BUREAU = re.compile("中建([一二三四五六七八])局")
_RAILWAY = re.compile(f"({'|'.join(_REGIONS)})铁路局")
_REGION = re.compile(f"(?:{'|'.join(sorted(_REGIONS, key=len, reverse=True))})[省市]?")


def grams(syllables: tuple[str, ...]) -> Iterator[tuple[int, float]]:
    """What names are found by, with weights: neighbouring syllables, those with one between, three initials."""
    sounds = [sound(syllable) for syllable in syllables]
    for one, other in pairwise(sounds):
        yield _gram(f"{one} {other}"), 1.0
    for one, other in zip(sounds, sounds[2:], strict=False):
        yield _gram(f"{one} . {other}"), 0.5
    yield from initial_grams("".join(syllable[0] for syllable in syllables if syllable))


def initial_grams(initials: str) -> Iterator[tuple[int, float]]:
    for i in range(len(initials) - 2):
        yield _gram(initials[i : i + 3]), 0.5


def _gram(text: str) -> int:
    """32 bits with a sign: four bytes in the database."""
    return crc32(text.encode()) - 2**31


def index_grams(name: str, whole: Sounded) -> frozenset[int]:
    """What a name is kept under: its form says nothing, and a region in brackets is said in front."""
    parts = variants(name, whole)
    said = [part for part in parts if part.norm != whole.norm] or parts
    return frozenset(gram for part in said for gram, _weight in grams(part.pinyin))
