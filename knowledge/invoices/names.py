"""Company names compared: by their characters, by how they sound, and by what was said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from knowledge.invoices.sounds import FORM, Sounded, grams, normal, own_part, sound, sounded, variants
from knowledge.routing.language import all_syllables

_WITHIN = 72.0
_SAME_BRAND, _OTHER = 50.0, 50.0  # from what likeness on brands may be one; what a name with another one is worth
_SPELLINGS = 4


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
    if not whole.norm or FORM.fullmatch(whole.norm):
        return ()
    if not whole.norm.isascii():
        own, has_trade = own_part(text, whole)
        stem = (variants(text, whole)[1:2] or (whole,))[0]
        return (_said(stem, _sounds(own.pinyin) if has_trade else ""),)
    plain = Said(FORM.sub("", whole.norm) or whole.norm, "", "")
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
    own, _has_trade = own_part(name, whole)
    return tuple(_said(part, _sounds(own.pinyin)) for part in variants(name, whole))


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


def warm() -> None:
    """Load the dictionaries now that a name needs when it is first heard: a second or two, once a process."""
    asked("重庆")  # a word that may sound unlike its characters


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
