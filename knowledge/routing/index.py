"""Which known phrasing is most like a text: weighted n-grams for the words, edit distance for the typing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nlargest
from math import log, sqrt

from rapidfuzz import fuzz

from knowledge.routing.normalize import grams

_SHORTLIST = 40  # phrasings worth the finer comparison
_WORDS = 0.7  # weight of the words against the typing


@dataclass(frozen=True, slots=True)
class Hit:
    """The best phrasing of one topic; score from 0 to 1."""

    topic: str
    score: float
    phrasing: str


class Index:
    """Build once from (topic, normalised phrasing); `search` takes about a millisecond."""

    def __init__(self, phrasings: Iterable[tuple[str, str]], weak: Iterable[str] = ()) -> None:
        self._phrasings = list(phrasings)
        self._weak = frozenset(weak)
        counts = [self._count(phrasing) for _, phrasing in self._phrasings]
        self._seen_in = Counter(gram for count in counts for gram in count)
        self._latin = sum(any(gram.startswith("^") for gram in count) for count in counts)
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, count in enumerate(counts):
            for gram, weight in self._weights(count).items():
                self._postings[gram].append((number, weight))

    def search(self, text: str) -> list[Hit]:
        """One hit a topic, best first; `text` must be normalised."""
        best: dict[str, Hit] = {}
        for number, cosine in self._shortlist(text):
            topic, phrasing = self._phrasings[number]
            score = _WORDS * cosine + (1 - _WORDS) * fuzz.ratio(text, phrasing) / 100
            if topic not in best or score > best[topic].score:
                best[topic] = Hit(topic, score, phrasing)
        return sorted(best.values(), key=lambda hit: -hit.score)

    def _shortlist(self, text: str) -> list[tuple[int, float]]:
        cosines: dict[int, float] = defaultdict(float)
        for gram, weight in self._weights(self._count(text)).items():
            for number, other in self._postings.get(gram, ()):
                cosines[number] += weight * other
        return nlargest(_SHORTLIST, cosines.items(), key=lambda item: item[1])

    def _count(self, text: str) -> Counter[str]:
        """The grams of the words that matter; of all words if none does."""
        telling = " ".join(word for word in text.split() if word not in self._weak)
        return Counter(grams(telling or text))

    def _weights(self, count: Counter[str]) -> dict[str, float]:
        """Unit vector; a gram that no phrasing has weighs most, so foreign words pull a text away from all topics."""
        weights = {gram: (1 + log(times)) * self._rarity(gram) for gram, times in count.items()}
        length = sqrt(sum(weight * weight for weight in weights.values()))
        return {gram: weight / length for gram, weight in weights.items()}

    def _rarity(self, gram: str) -> float:
        of = self._latin if gram.isascii() else len(self._phrasings)
        return log(1 + (1 + of) / (self._seen_in.get(gram, 0) + 0.5))
