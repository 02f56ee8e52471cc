"""The known phrasings, read and indexed: about a second for three thousand."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from knowledge.routing import grams
from knowledge.routing.base import Base
from knowledge.routing.canonical import Canonical


class Phrasebook:
    """Immutable. `said`: the phrasings as they are compared; `first`: where each topic's begin, and the end."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.canonical = Canonical(base.phrasings)
        self.said = tuple(map(self.canonical, base.phrasings))
        groups = [(topic, len(list(group))) for topic, group in groupby(base.topics)]
        self.topics = tuple(topic for topic, _ in groups)
        self.first = np.cumsum([0, *(size for _, size in groups)])
        self.letters, self.sounds = grams.letters(self.said), grams.sounds(self.said)
