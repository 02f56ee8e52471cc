"""Digits as people send them: full width, grouped, with letters that look like digits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from knowledge.invoices.model import Problem

LIMIT = 500  # characters of a message that are looked at
LOOK_ALIKES = dict(zip("OoDQlIi|ZzSsbGBgq", "00001111225566899", strict=True))
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－ー"), "-")
_CHUNK = re.compile(r"[0-9A-Za-z|](?:[0-9A-Za-z|\s_-]*[0-9A-Za-z|])?")
_GAP = re.compile(r"[\s_-]+")
_LABEL = re.compile(r"(?:no|nr|num|number)(?=[0-9])", re.IGNORECASE)


def fold(text: str, limit: int = LIMIT) -> str:
    """NFKC (full width becomes half width), every dash a hyphen, nothing invisible, at most `limit` characters."""
    if text.isascii():
        return text[:limit].strip()
    folded = unicodedata.normalize("NFKC", text[:limit])[:limit].translate(_DASHES)
    return "".join(c for c in folded if unicodedata.category(c) != "Cf").strip()


@dataclass(frozen=True, slots=True)
class Digits:
    """A run after repair. Letters that look like no digit are still in it."""

    text: str
    repaired: tuple[str, ...]  # "O→0", each once, in order

    @property
    def strays(self) -> tuple[tuple[int, str], ...]:
        """(position from 1, character) of what is no digit."""
        return tuple((n, c) for n, c in enumerate(self.text, 1) if not ("0" <= c <= "9"))

    @property
    def notes(self) -> tuple[Problem, ...]:
        return (Problem("invoice.look_alike", {"changes": ", ".join(self.repaired)}),) if self.repaired else ()


def repair(run: str) -> Digits:
    """Replace the letters that people and OCR take for digits, before any lower-casing (B is 8, b is 6)."""
    repaired = dict.fromkeys(f"{c}→{LOOK_ALIKES[c]}" for c in run if c in LOOK_ALIKES)
    return Digits("".join(LOOK_ALIKES.get(c, c) for c in run), tuple(repaired))


def groups(folded: str) -> list[tuple[str, ...]]:
    """Runs of digits and letters, each as its parts between spaces and hyphens; plain words are dropped."""
    found = []
    for chunk in _CHUNK.findall(folded):
        parts = tuple(_LABEL.sub("", part) for part in _GAP.split(chunk) if not _is_word(part))
        if any("0" <= c <= "9" for part in parts for c in part):
            found.append(parts)
    return found


def _is_word(part: str) -> bool:
    return part.isalpha() and not set(part) <= set("OoIl")
