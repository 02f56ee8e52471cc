"""A name as the database keeps it to be found by."""

from __future__ import annotations

from typing import NamedTuple


class Named(NamedTuple):
    """`pinyin`: syllables with spaces between."""

    norm: str
    pinyin: str
    grams: tuple[int, ...]


def named(name: str) -> Named:
    from knowledge.invoices.sounds import index_grams, sounded  # 100 MB, which an import spends in its reader only

    whole = sounded(name)
    return Named(whole.norm, " ".join(whole.pinyin), tuple(index_grams(name, whole)))
