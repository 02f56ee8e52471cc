"""Everything that answers for one knowledge base, made from what is prepared for it or else on the spot."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from knowledge.routing import encoders
from knowledge.routing.base import Base
from knowledge.routing.phrasebook import Phrasebook
from knowledge.routing.prepared import load_prepared, prepare
from knowledge.routing.retriever import Retriever
from knowledge.routing.zones import Thresholds, load_zones

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Engine:
    canonical: Callable[[str], str]
    retriever: Retriever
    thresholds: Thresholds


def engine_for(base: Base) -> Engine:
    """A second or two if `invoice-bot knowledge fit` was run for this base; if not, ten more, and without E5."""
    book, use, e5 = Phrasebook(base), encoders.use(), encoders.e5()
    stored, zones = load_prepared(), load_zones()
    if {stored.hash, zones.hash} != {base.hash}:
        _log.warning("the knowledge base has changed: run `invoice-bot knowledge fit`; until then old thresholds hold")
    retriever = Retriever(book, stored if stored.hash == base.hash else prepare(book, use, None), use, e5)
    retriever.search("")  # loads what it works with
    return Engine(book.canonical, retriever, zones.of(retriever.encoders))
