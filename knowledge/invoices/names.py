"""Company names made comparable: one script, without forms and punctuation, and as they sound.

`norm` and `pinyin` have one character and one syllable at each place, so that a part of one is a part of the other.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import count, pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from knowledge.routing.language import all_syllables, in_simplified_characters

_HAN = re.compile(r"[\u3400-\u9fff]")
_BRACKETED = re.compile(r"[（(\[【〔]([^（）()\[\]【】〔〕]{2,8})[)）\]】〕]")
_FORM = re.compile(
    r"(?:(?:股份)?有限(?:责任)?公司|股份公司|集团公司|总公司|分公司|子公司|公司|集团|有限合伙|普通合伙|个人独资"
    r"|个体工商户|ltd|limited|coltd|inc|corp)+$"
)
_DATA = tomllib.loads(files("knowledge.invoices").joinpath("data/names.toml").read_text(encoding="utf-8"))
_REGIONS: list[str] = _DATA["regions"].split()
_POLYPHONES: dict[str, str] = _DATA["polyphones"]
_WITHIN = 72.0
_SAME_BRAND, _OTHER = 50.0, 50.0  # from what likeness on brands may be one; what a name with another one is worth
_SPELLINGS = 4
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


def has_form(name: str) -> bool:
    """有限公司, Ltd.: it is meant as a company's name."""
    return _FORM.search(normal(name)) is not None


def variants(name: str, whole: Sounded) -> tuple[Sounded, ...]:
    """How people say it, the fullest first: whole, without its form, without its region, and with the region in front
    (北京华信 for 华信（北京）科技有限公司)."""
    stem, region, core = _anatomy(name, whole.norm)
    places = [list(range(len(whole.norm))), list(stem), core, [*region, *core] if region else []]
    found = [_part(whole, part) for part in places if part]
    return tuple(dict.fromkeys(found)) or (whole,)


def _anatomy(name: str, norm: str) -> tuple[range, list[int], list[int]]:
    """Places in `norm`: all but its form, its region, and the rest."""
    form = _FORM.search(norm)
    stem = range(form.start() if form and form.start() else len(norm))
    inner = _region_in_brackets(name, norm)
    rest = [i for i in stem if i not in inner]
    prefix = 0 if inner else _prefix("".join(norm[i] for i in rest))
    return stem, [i for i in inner or rest[:prefix] if norm[i] not in "省市"], rest[prefix:]


def _brand(name: str, whole: Sounded) -> tuple[str, bool]:
    """How its own part sounds, and whether a trade comes after it: 华信 of 华信（北京）科技有限公司."""
    core = _part(whole, _anatomy(name, whole.norm)[2])
    trade = None if _TRADE.match(core.norm) else _TRADE.search(core.norm, 1)
    return _sounds(core.pinyin[: trade.start()] if trade else core.pinyin), trade is not None


def _part(whole: Sounded, places: Iterable[int]) -> Sounded:
    chosen = list(places)
    return Sounded("".join(whole.norm[i] for i in chosen), tuple(whole.pinyin[i] for i in chosen))


def _region_in_brackets(name: str, norm: str) -> range:
    found = _BRACKETED.search(unicodedata.normalize("NFKC", name))
    inner = normal(found[1]) if found else ""
    if not inner or not _is_region(inner) or inner not in norm:
        return range(0)
    return range(norm.index(inner), norm.index(inner) + len(inner))


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


@dataclass(frozen=True, slots=True)
class Said:
    """A name as compared with another: characters, a sign a sound, and initials; "" is what it doesn't have."""

    text: str
    sounds: str
    initials: str
    brand: str = ""  # sounds


@cache
def _sign(sounded_as: str) -> str:
    """One character for each sound, while this process lives."""
    return chr(0xE000 + next(_signs))


_signs = count()


def _sounds(syllables: Iterable[str]) -> str:
    return "".join(_sign(sound(syllable)) for syllable in syllables)


def _said(part: Sounded, brand: str) -> Said:
    return Said(part.norm, _sounds(part.pinyin), "".join(syllable[0] for syllable in part.pinyin), brand)


@lru_cache(maxsize=2048)
def asked(text: str) -> tuple[Said, ...]:
    """What somebody types for a name: characters, pinyin, or initials; the form of the company does not count."""
    whole = sounded(text)
    if not whole.norm or _FORM.fullmatch(whole.norm):
        return ()
    if not whole.norm.isascii():
        brand, has_trade = _brand(text, whole)
        stem = (variants(text, whole)[1:2] or (whole,))[0]
        return (_said(stem, brand if has_trade else ""),)
    plain = Said(_FORM.sub("", whole.norm) or whole.norm, "", "")
    if spelt := spellings(whole.norm):
        return (plain, *(Said("", _sounds(cut), "") for cut in spelt))
    return (plain, Said("", "", whole.norm)) if 3 <= len(whole.norm) <= 12 and whole.norm.isalpha() else (plain,)


def _without_form(syllables: tuple[str, ...]) -> tuple[str, ...]:
    for form in (("you", "xian", "gong", "si"), ("gong", "si")):
        if syllables[-len(form) :] == form and len(syllables) > len(form):
            return syllables[: -len(form)]
    return syllables


def spellings(letters: str) -> list[tuple[str, ...]]:
    """Pinyin cut into syllables in the likeliest ways, the fewest first (xian: xian, xi an); none if it can't be."""
    best: list[list[tuple[str, ...]]] = [[()]]
    for end in range(1, len(letters) + 1):
        cuts = [
            (*before, letters[begin:end])
            for begin in range(max(0, end - 6), end)
            if letters[begin:end] in all_syllables()
            for before in best[begin]
        ]
        best.append(sorted(cuts, key=len)[:_SPELLINGS])
    return [_without_form(tuple(syllable.replace("v", "u") for syllable in cut)) for cut in best[-1] if cut]


def query_grams(text: str) -> dict[int, float]:
    """What a typed name is looked for under."""
    norm = normal(text)
    if norm.isascii():
        spelt = spellings(norm)
        return dict(gram for cut in spelt or [tuple(norm)] for gram in grams(cut))
    whole = sounded(text)
    return {gram: weight for part in variants(text, whole)[1:2] or (whole,) for gram, weight in grams(part.pinyin)}


def called(name: str, whole: Sounded) -> tuple[Said, ...]:
    """All that a party may be called."""
    brand, _has_trade = _brand(name, whole)
    return tuple(_said(part, brand) for part in variants(name, whole))


def alike(text: str, theirs: Sequence[Said]) -> npt.NDArray[np.float32]:
    """0 to 100 for each of these: characters and sounds alike, and how much of what was said is in the name, in order
    and in one piece."""
    best = np.zeros(len(theirs), np.float32)
    for yours in asked(text):
        best = np.maximum(best, _alike(yours, theirs))
    return best


@lru_cache(maxsize=4096)  # a scope has few parties and many invoices
def _called(name: str) -> tuple[Said, ...]:
    return called(name, sounded(name))


@lru_cache(maxsize=4096)  # those who are shown are few
def name_score(text: str, name: str) -> float:
    return float(alike(text, _called(name)).max(initial=0)) if name else 0.0


def _alike(yours: Said, theirs: Sequence[Said]) -> npt.NDArray[np.float32]:
    if yours.initials and not yours.text and not yours.sounds:
        return 0.9 * _parts(yours.initials, [one.initials for one in theirs])
    texts, sounds = [one.text for one in theirs], [one.sounds for one in theirs]
    if not yours.sounds:
        return _parts(yours.text, texts)
    heard = _parts(yours.sounds, sounds)
    if not yours.text:
        return heard
    ratio = process.cdist([yours.text], texts, scorer=fuzz.ratio, dtype=np.float32)[0]
    heard_ratio = process.cdist([yours.sounds], sounds, scorer=fuzz.ratio, dtype=np.float32)[0]
    found = heard + 0.3 * (ratio - heard_ratio)
    if yours.brand:
        brands = [one.brand for one in theirs]
        is_other = process.cdist([yours.brand], brands, scorer=fuzz.ratio, dtype=np.float32)[0] < _SAME_BRAND
        is_other &= np.array([bool(brand) and yours.brand not in brand for brand in brands])
        found = np.where(is_other, np.minimum(found, _OTHER), found)
    return np.where(np.array([text == yours.text for text in texts]), 100, found)


def _parts(yours: str, theirs: Sequence[str]) -> npt.NDArray[np.float32]:
    """Said as a whole within a name, however short, it is that name's: 华信 for 华信科技."""
    ratio = process.cdist([yours], theirs, scorer=fuzz.ratio, dtype=np.float32)[0]
    cover = process.cdist([yours], theirs, scorer=LCSseq.similarity, dtype=np.float32)[0] * (100 / len(yours))
    partial = process.cdist([yours], theirs, scorer=fuzz.partial_ratio, dtype=np.float32)[0]
    lengths = np.array([len(their) for their in theirs])
    partial = np.where(lengths >= min(len(yours), 2), partial, 0)
    found = 0.6 * ratio + 0.2 * cover + 0.2 * partial
    if len(yours) > 1:
        within = np.array([yours in their for their in theirs])
        found = np.where(
            within, np.maximum(found, _WITHIN + (100 - _WITHIN) * len(yours) / np.maximum(lengths, 1)), found
        )
    return np.asarray(found, dtype=np.float32)
