"""The knowledge base's own words: what pinyin is read as, and what a slip of the input method is mended to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log
from typing import NamedTuple

from knowledge.routing.language import HAN, all_syllables, is_frequent_word, sound, syllables, words

_HAN_RUN = re.compile(rf"{HAN}+")
_UNKNOWN = -16.0  # a syllable that is no word of ours
_COVERED = 0.5  # of the letters must be words of ours, or it is not read as pinyin
_LONGEST = 4  # characters of a word that is mended


class _Word(NamedTuple):
    text: str
    weight: float


class _Path(NamedTuple):
    """The best reading of a beginning: how likely, where its last piece begins, that piece, how much is ours."""

    weight: float
    begins: int
    piece: str
    covered: int


class Vocabulary:
    """Immutable; made of normalised phrasings in simplified characters."""

    def __init__(self, phrasings: Iterable[str]) -> None:
        counts = Counter(word for phrasing in phrasings for run in _HAN_RUN.findall(phrasing) for word in words(run))
        total = log(sum(counts.values()) + 1)
        self._spelt: dict[str, _Word] = {}
        self._sounds: dict[tuple[str, ...], str] = {}
        for word, count in reversed(counts.most_common()):  # the most frequent one overwrites its homophones
            self._spelt["".join(syllables(word))] = _Word(word, log(count) - total)
            if 2 <= len(word) <= _LONGEST and count > 1:
                self._sounds[_sounds(word)] = word
        self._known = frozenset(counts)
        self._longest = max(map(len, self._spelt), default=0)

    def read(self, letters: str) -> str | None:
        """Pinyin without spaces, as Chinese; None unless half of it are words of ours with two characters or more."""
        best: list[_Path | None] = [_Path(0.0, 0, "", 0), *[None] * len(letters)]
        for at in range(len(letters)):
            if (so_far := best[at]) is not None:
                for end, word, is_ours in self._pieces(letters, at):
                    weight = so_far.weight + word.weight
                    if (there := best[end]) is None or weight > there.weight:
                        covered = so_far.covered + (end - at if is_ours else 0)
                        best[end] = _Path(weight, at, word.text, covered)
        last = best[-1]
        if last is None or last.covered < _COVERED * len(letters):
            return None
        return "".join(reversed(list(_pieces_of(best))))

    def _pieces(self, letters: str, at: int) -> Iterator[tuple[int, _Word, bool]]:
        for end in range(at + 1, min(len(letters), at + max(self._longest, 6)) + 1):
            spelt = letters[at:end]
            if (word := self._spelt.get(spelt)) is not None:
                yield end, word, len(word.text) > 1
            elif spelt in all_syllables():
                yield end, _Word(spelt, _UNKNOWN), False

    def mend(self, text: str) -> str:
        """Homophones of our words become our words, on word boundaries; what a dictionary knows stays."""
        return _HAN_RUN.sub(lambda run: "".join(self._mended(words(run[0]))), text)

    def reread(self, text: str) -> str:
        """As `mend`, but words of a dictionary as well, if they are none of ours: what input methods slip into."""
        return _HAN_RUN.sub(lambda run: "".join(map(self._heard, words(run[0]))), text)

    def _heard(self, word: str) -> str:
        return word if len(word) < 2 or word in self._known else self._sounds.get(_sounds(word), word)

    def _mended(self, pieces: Sequence[str]) -> Iterator[str]:
        at = 0
        while at < len(pieces):
            end, word = self._slip(pieces, at)
            yield word
            at = end

    def _slip(self, pieces: Sequence[str], at: int) -> tuple[int, str]:
        """The longest run of pieces from here that sounds like a word of ours but is none; else the first piece."""
        for end in range(min(len(pieces), at + _LONGEST), at, -1):
            window = pieces[at:end]
            heard = "".join(window)
            if 2 <= len(heard) <= _LONGEST and not any(map(self._stays, window)):
                meant = self._sounds.get(_sounds(heard))
                if meant is not None and heard not in self._known:
                    return end, meant
        return at + 1, pieces[at]

    def _stays(self, piece: str) -> bool:
        return len(piece) > 1 and (piece in self._known or is_frequent_word(piece))


def is_pinyin(word: str) -> bool:
    """Can be cut into syllables."""
    ends = {0}
    for at in range(len(word)):
        if at in ends:
            ends |= {at + size for size in range(1, 7) if word[at : at + size] in all_syllables()}
    return len(word) in ends


def _sounds(han: str) -> tuple[str, ...]:
    return tuple(map(sound, syllables(han)))


def _pieces_of(best: Sequence[_Path | None]) -> Iterator[str]:
    at = len(best) - 1
    while at and (path := best[at]) is not None:
        yield path.piece
        at = path.begins
