"""Company names compared: by their characters, by how they sound, and by what was said of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import count

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq

from knowledge.invoices.sounds import (
    FORM,
    Sounded,
    grams,
    in_full,
    in_pinyin,
    is_own,
    normal,
    own_part,
    own_syllables,
    pieces,
    place_and_rest,
    sound,
    sounded,
    variants,
    without_form,
    without_inner_form,
)
from knowledge.routing.language import all_syllables

_WITHIN = 72.0
_ELSEWHERE = 0.93  # of the same name in another place
_DOUBTFUL = 71.0  # half of a short brand: too little by itself
_IN_PIECES = 70.0  # all parts of it are in the name, but not side by side
_SAME_BRAND, _OTHER = 50.0, 50.0  # from what likeness on brands may be one; what a name with another one is worth
_SPELLINGS = 4


@dataclass(frozen=True, slots=True)
class Said:
    """A name as compared with another: characters, a sign a sound, and initials; "" is what it doesn't have."""

    text: str
    sounds: str
    initials: str
    brand: str = ""  # sounds
    pieces: tuple[tuple[str, ...], ...] = ()  # of what was typed
    place: str = ""  # that was typed, in characters


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
        full = in_full(whole.norm)
        said = map(_asked, (text,) if full == whole.norm else (full, text))
        return tuple(one for one in said if is_own(one.text) or one.text == whole.norm)
    plain = Said(FORM.sub("", whole.norm) or whole.norm, "", "")
    if spelt := _spelt(text, whole.norm):
        return (plain, *(Said("", _sounds(cut), "", _sounds(own_syllables(cut))) for cut in spelt))
    return (plain, Said("", "", whole.norm)) if 3 <= len(whole.norm) <= 30 and whole.norm.isalpha() else (plain,)


def _asked(text: str) -> Said:
    whole = sounded(text)
    own, has_trade = own_part(text, whole)
    stem = without_form(text, whole)
    place, _rest = place_and_rest(text, whole)
    said = _said(stem, _sounds(own.pinyin) if has_trade else "")
    return replace(said, pieces=pieces(stem.norm), place=place.norm)


@lru_cache(maxsize=2048)
def _elsewhere(text: str) -> Said | None:
    """Who says a short name is often wrong about the place."""
    whole = sounded(text)
    if whole.norm.isascii() or FORM.search(whole.norm):
        return None
    place, core = place_and_rest(text, whole)
    if not place.norm or len(core.norm) < 2 or not is_own(core.norm):
        return None
    own, has_trade = own_part(text, whole)
    return _said(core, _sounds(own.pinyin) if has_trade else "")


_CAPITALS = re.compile("[A-Z0-9]{2,}|[a-z]+")
_SPELT_FORMS = tuple(
    tuple(form.split())
    for form in (
        "gu fen you xian gong si",
        "you xian ze ren gong si",
        "you xian gong si",
        "gong si",
        "ge ti gong shang hu",
    )
)


def _without_form(syllables: tuple[str, ...]) -> tuple[str, ...]:
    for form in _SPELT_FORMS:
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
    cuts = best[-1] or _with_letters(letters)
    return [_without_form(tuple(map(_with_u, cut))) for cut in cuts if cut]


def _with_u(syllable: str) -> str:
    return syllable.replace("v", "u") if len(syllable) > 1 else syllable


def _spelt(text: str, norm: str) -> list[tuple[str, ...]]:
    english = [_spelt_words(said) for said in in_pinyin(text)]
    return [cut for cut in english if cut] or _with_capitals(text) or spellings(norm)


def _spelt_words(text: str) -> tuple[str, ...]:
    """Each word by itself; () if there is no pinyin among them."""
    words = re.findall("[a-z0-9]+", text)
    cuts = [spellings(word)[:1] for word in words]
    return tuple(s for word, cut in zip(words, cuts, strict=True) for s in (cut[0] if cut else word))


def _with_capitals(text: str) -> list[tuple[str, ...]]:
    """MINISO hangzhou: letters, then pinyin."""
    parts = _CAPITALS.findall(text)
    if not any(part.isupper() for part in parts) or all(part.isupper() for part in parts):
        return []
    cuts = [[tuple(part.lower())] if part.isupper() else spellings(part) for part in parts]
    return [tuple(syllable for cut in cuts for syllable in cut[0])] if all(cuts) else []


def _with_letters(text: str) -> list[tuple[str, ...]]:
    """chengduAECOMwujin: pinyin for the most part, and letters for themselves."""
    best: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    for end in range(1, len(text) + 1):
        before, cut = best[end - 1]
        ways = [(before + 2, (*cut, text[end - 1]))]
        for begin in range(max(0, end - 6), end - 1):
            if text[begin:end] in all_syllables():
                before, cut = best[begin]
                ways.append((before + 1, (*cut, text[begin:end])))
        best.append(min(ways))
    cut = best[-1][1]
    spelt = [len(piece) for piece in cut if len(piece) > 1]
    return [cut] if len(spelt) > 1 and sum(spelt) * 2 >= len(text) else []


def query_grams(text: str) -> dict[int, float]:
    """What a typed name is looked for under."""
    norm = normal(text)
    if norm.isascii():
        spelt = _spelt(text, norm)
        return dict(gram for cut in spelt or [tuple(norm)] for gram in grams(cut))
    spoken = (sounded(one) for one in dict.fromkeys((norm, in_full(norm))))
    return {gram: weight for whole in spoken for gram, weight in grams(without_form(whole.norm, whole).pinyin)}


def called(name: str, whole: Sounded) -> tuple[Said, ...]:
    """All that a party may be called."""
    own, _has_trade = own_part(name, whole)
    parts = variants(name, whole)
    said = dict.fromkeys((*parts, *map(without_inner_form, parts[:2])))
    return tuple(_said(part, _sounds(own.pinyin)) for part in said)


def alike(text: str, theirs: Sequence[Said]) -> npt.NDArray[np.float32]:
    """0 to 100 for each of these: characters and sounds alike, and how much of what was said is in the name, in order
    and in one piece."""
    best = np.zeros(len(theirs), np.float32)
    for yours in asked(text):
        best = np.maximum(best, _alike(yours, theirs))
    if best.max(initial=0) < _WITHIN and (core := _elsewhere(text)):
        best = np.maximum(best, _ELSEWHERE * _alike(core, theirs))
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
        return np.minimum(heard, _most(yours, theirs)) if yours.brand else heard
    ratio = process.cdist([yours.text], texts, scorer=fuzz.ratio, dtype=np.float32)[0]
    heard_ratio = process.cdist([yours.sounds], sounds, scorer=fuzz.ratio, dtype=np.float32)[0]
    found = heard + 0.3 * (ratio - heard_ratio)
    if yours.brand:
        found = np.minimum(found, _most(yours, theirs))
    if yours.pieces and found.max(initial=0) < _WITHIN:
        found = np.maximum(found, [_in_pieces(yours, text) for text in texts])
    return np.where(np.array([text == yours.text for text in texts]), 100, found)


def _most(yours: Said, theirs: Sequence[Said]) -> npt.NDArray[np.float32]:
    """What the likeness of names with these brands is worth at most."""
    distinct = list({one.brand for one in theirs})
    ratios = process.cdist([yours.brand], distinct, scorer=fuzz.ratio, dtype=np.float32)[0].tolist()
    most = {brand: _worth(yours.brand, brand, ratio) for brand, ratio in zip(distinct, ratios, strict=True)}
    found = np.array([most[one.brand] for one in theirs], dtype=np.float32)
    if yours.place and _DOUBTFUL in most.values():  # 兰州嘉康电子 may be 兰州嘉鑫电子
        found[(found == _DOUBTFUL) & np.array([yours.place in one.text for one in theirs])] = 100
    return found


def _worth(yours: str, brand: str, ratio: float) -> float:
    if not brand or yours in brand:
        return 100
    if len(yours) > len(brand) + 2 and yours.endswith(brand):  # 乌鲁木木齐市格林: the place is misspelt
        return 100
    if ratio < _SAME_BRAND or _is_another(yours, brand):
        return _OTHER
    return _DOUBTFUL if len(yours) == 2 else 100  # 嘉康电子 is not 嘉鑫电子


def _is_another(yours: str, theirs: str) -> bool:
    """Of two sounds one is the same: in another place, it is no slip, but if they are swapped."""
    return len(yours) == len(theirs) == 2 and yours[0] != theirs[0] and yours[1] != theirs[1] and yours != theirs[::-1]


def _in_pieces(yours: Said, text: str) -> float:
    for way in yours.pieces:
        if all(piece in text for piece in way):
            return _IN_PIECES + (100 - _IN_PIECES) * len(yours.text) / max(len(text), len(yours.text))
    return 0.0


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
        less = np.minimum(found, _DOUBTFUL) if len(yours) == 2 else found
        found = np.where(
            within, np.maximum(found, _WITHIN + (100 - _WITHIN) * len(yours) / np.maximum(lengths, 1)), less
        )
    return np.asarray(found, dtype=np.float32)
