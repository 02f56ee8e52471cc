"""Which topics a text is about: letters, sounds and meanings, weighed by one classifier."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from knowledge.routing.encoders import Encoder
from knowledge.routing.phrasebook import Phrasebook
from knowledge.routing.prepared import E5, LETTERS, USE, Prepared
from knowledge.routing.ridge import Array, kernel

CLOSE = 0.05  # the second topic this near the first: worth asking the slow encoder
EXPLAINED = 3  # topics whose nearest phrasing is told


@dataclass(frozen=True, slots=True)
class Hit:
    """A topic and how likely it is, mostly between 0 and 1; `phrasing`: its nearest one ("" for far topics)."""

    topic: str
    score: float
    phrasing: str = ""


class Retriever:
    """Immutable; safe in any thread. Needs what `prepare` made for the same phrasebook."""

    def __init__(self, book: Phrasebook, prepared: Prepared, use: Encoder | None, e5: Encoder | None) -> None:
        self._book, self._prepared = book, prepared
        self._use = use if USE in prepared.coefficients else None
        self._e5 = e5 if self._use and E5 in prepared.coefficients else None

    @property
    def encoders(self) -> str:
        """What it works with: letters, use or e5 (both encoders)."""
        return E5 if self._e5 else USE if self._use else LETTERS

    def search(self, said: str) -> tuple[Hit, ...]:
        """All topics, best first; `said` must be canonical."""
        letters, sounds = self._book.letters.alike(said), self._book.sounds.alike(said)
        by_meaning = self._likeness(self._use, said)
        likeness = kernel(letters, sounds, by_meaning)
        scores = self._scores(likeness, USE if self._use else LETTERS)
        if self._e5 and is_close(scores):
            likeness = kernel(letters, sounds, by_meaning, self._likeness(self._e5, said))
            scores = self._scores(likeness, E5)
        order = np.argsort(-scores, kind="stable")
        return tuple(
            Hit(self._book.topics[i], float(scores[i]), self._nearest(likeness, i) if place < EXPLAINED else "")
            for place, i in enumerate(order)
        )

    def _likeness(self, encoder: Encoder | None, said: str) -> Array | None:
        return self._prepared.vectors[encoder.name] @ encoder.encode([said])[0] if encoder else None

    def _scores(self, likeness: Array, encoders: str) -> Array:
        return likeness @ self._prepared.coefficients[encoders]

    def _nearest(self, likeness: Array, topic: int) -> str:
        begin, end = (int(edge) for edge in self._book.first[topic : topic + 2])
        return self._book.base.phrasings[begin + int(np.argmax(likeness[begin:end]))]


def is_close(scores: Array) -> bool:
    second, first = np.partition(scores, -2)[-2:]
    return bool(first - second < CLOSE)
