"""Everything that answers for one knowledge base, made from what is prepared for it or else on the spot."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from knowledge.routing import encoders
from knowledge.routing.base import Base
from knowledge.routing.phrasebook import Phrasebook
from knowledge.routing.prepared import LETTERS, USE, load_prepared, prepare
from knowledge.routing.retriever import Hit, Retriever
from knowledge.routing.zones import Thresholds, load_zones

REMEMBERED = 512  # texts
MUCH = 0.15  # of score: a text is taken for a slip of the input method if another word of the same sound adds this
_log = logging.getLogger(__name__)
_encoded: dict[str, encoders.Vector] = {}  # by USE: whoever writes changes a few phrasings at a time


@dataclass(frozen=True, slots=True)
class Engine:
    """`search` remembers what it found, so that asking again, inside a transaction, costs nothing."""

    canonical: Callable[[str], str]
    search: Callable[[str], tuple[Hit, ...]]
    encoders: str
    thresholds: Thresholds

    @classmethod
    def of(cls, book: Phrasebook, retriever: Retriever, thresholds: Thresholds) -> Engine:
        def search(said: str) -> tuple[Hit, ...]:
            """By its words, or by its sounds if they say much more."""
            hits, heard = retriever.search(said), book.canonical.heard(said)
            return hits if heard == said else _surer(hits, retriever.search(heard))

        return cls(book.canonical, lru_cache(REMEMBERED)(search), retriever.encoders, thresholds)


def _surer(hits: tuple[Hit, ...], by_sound: tuple[Hit, ...]) -> tuple[Hit, ...]:
    return by_sound if by_sound[0].score - hits[0].score > MUCH else hits


@lru_cache(1)
def engine_for(base: Base) -> Engine:
    """A second or two if `invoice-bot knowledge fit` was run for this base; if not, ten more, and without E5.

    Phrasings that an earlier base had as well are not encoded again.
    """
    book, use, e5 = Phrasebook(base), encoders.use(), encoders.e5()
    stored, zones = load_prepared(), load_zones()
    is_fresh = stored.hash == base.hash and (USE if use else LETTERS) in stored.coefficients
    if {stored.hash, zones.hash} != {base.hash}:
        _log.warning("the knowledge base has changed: run `invoice-bot knowledge fit`; until then old thresholds hold")
    prepared = stored if is_fresh else prepare(book, use and encoders.remembering(use, _encoded), None)
    if USE in prepared.vectors:
        _encoded.update(zip(book.said, prepared.vectors[USE], strict=True))
    retriever = Retriever(book, prepared, use, e5)
    retriever.search("")  # loads what it works with
    return Engine.of(book, retriever, zones.of(retriever.encoders))
