"""The router's own files (knowledge/routing/data) while somebody writes them."""

from __future__ import annotations

from knowledge.routing import language, smalltalk, words, zones
from knowledge.routing.engine import engine_for

FOLDER, SUFFIXES = "routing/data", (".toml", ".txt")  # below `knowledge`
FILES = frozenset({words.WORDS, words.CLASSES, words.NEGATIVES, language.FILE, zones.FILE})
_READ = (words.load_words, words.load_classes, language.load_language, zones.load_zones)
_MADE = (language.all_syllables, *smalltalk.MADE_OF_WORDS, language.dictionary, engine_for)


def reread() -> None:
    """From now on whoever asks gets the files as they are. Raises ContentError, and all stays, if one is broken."""
    for load in _READ:
        load.__wrapped__()
    for made in (*_READ, *_MADE):
        made.cache_clear()
