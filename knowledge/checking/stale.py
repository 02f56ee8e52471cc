"""Whether what `invoice-bot knowledge fit` computed is for these phrasings."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.checking.findings import Finding
from knowledge.routing import prepared, zones
from knowledge.routing.base import Base

_FOLDER = "knowledge/routing/data"


def stale(base: Base) -> Iterator[Finding]:
    message = "made for other phrasings: run `make fit`; until then questions are answered by old thresholds"
    hashes = {prepared.FILE: prepared.load_prepared().hash, zones.FILE: zones.load_zones().hash}
    for file, known in hashes.items():
        if known != base.hash:
            yield Finding(f"{_FOLDER}/{file}", None, "hash", message, is_error=False)
