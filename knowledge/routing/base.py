"""What the retriever knows: phrasings, each with its topic."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from knowledge.routing import language

RECIPE = 1  # counts up when the same phrasings shall give other figures


@dataclass(frozen=True)
class Base:
    """Phrasings in the order of their topics."""

    phrasings: tuple[str, ...]
    topics: tuple[str, ...]  # one a phrasing

    @classmethod
    def of(cls, said: Mapping[str, Iterable[str]]) -> Base:
        pairs = [(phrasing, topic) for topic in sorted(said) for phrasing in dict.fromkeys(said[topic])]
        return cls(tuple(phrasing for phrasing, _ in pairs), tuple(topic for _, topic in pairs))

    @cached_property
    def hash(self) -> str:
        """Changes with every phrasing, and with how texts are read."""
        digest = hashlib.sha256(f"{RECIPE}\n".encode())
        digest.update(files("knowledge.routing").joinpath("data", language.FILE).read_bytes())
        digest.update(
            "\n".join(f"{topic}\t{said}" for said, topic in zip(self.phrasings, self.topics, strict=True)).encode()
        )
        return digest.hexdigest()[:16]
