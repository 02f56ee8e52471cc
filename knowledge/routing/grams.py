"""TF-IDF over grams: how alike a text is to each known phrasing, by cosine."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from knowledge.routing.language import spoken
from knowledge.routing.normalize import grams

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]


def sound_grams(text: str) -> list[str]:
    """Three and four letters of how it sounds."""
    heard = f" {spoken(text)} "
    return [heard[at : at + size] for size in (3, 4) for at in range(len(heard) - size + 1)]


class Grams:
    """Immutable once built. A gram that no phrasing has weighs most, so foreign words pull away from all."""

    def __init__(self, phrasings: Sequence[str], cut: Callable[[str], Iterable[str]]) -> None:
        self._cut, self._size = cut, len(phrasings)
        self._counts = [Counter(cut(phrasing)) for phrasing in phrasings]
        self._seen_in = Counter(gram for count in self._counts for gram in count)
        postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, count in enumerate(self._counts):
            for gram, weight in self._weights(count).items():
                postings[gram].append((number, weight))
        self._postings = {gram: _arrays(entries) for gram, entries in postings.items()}

    def alike(self, text: str) -> Vector:
        """One cosine a phrasing."""
        return self._alike(Counter(self._cut(text)))

    def among(self) -> Matrix:
        """Each phrasing against each."""
        return np.stack([self._alike(count) for count in self._counts])

    def _alike(self, count: Mapping[str, int]) -> Vector:
        cosines = np.zeros(self._size, np.float32)
        for gram, weight in self._weights(count).items():
            if (posting := self._postings.get(gram)) is not None:
                numbers, weights = posting
                cosines[numbers] += np.float32(weight) * weights
        return cosines

    def _weights(self, count: Mapping[str, int]) -> dict[str, float]:
        weights = {gram: (1 + log(times)) * self._rarity(gram) for gram, times in count.items()}
        length = sqrt(sum(weight * weight for weight in weights.values()))
        return {gram: weight / length for gram, weight in weights.items()}

    def _rarity(self, gram: str) -> float:
        return log((1 + self._size) / (0.5 + self._seen_in.get(gram, 0)))


def _arrays(entries: Sequence[tuple[int, float]]) -> tuple[NDArray[np.int32], Vector]:
    numbers, weights = zip(*entries, strict=True)
    return np.array(numbers, np.int32), np.array(weights, np.float32)


def letters(phrasings: Sequence[str]) -> Grams:
    return Grams(phrasings, grams)


def sounds(phrasings: Sequence[str]) -> Grams:
    return Grams(phrasings, sound_grams)
