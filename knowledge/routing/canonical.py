"""Free text as it is compared: simplified, identifiers masked, pinyin read, slips of the input method mended."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from knowledge.routing.language import HAN, load_language, simplified
from knowledge.routing.normalize import LIMIT, normalise
from knowledge.routing.vocabulary import Vocabulary, is_pinyin

MASK = "#"  # stands for an identifier
_IDENTIFIER = re.compile(r"[a-z]{0,5}[-_]?\d{7,}", re.IGNORECASE | re.ASCII)
_HAN = re.compile(HAN)
_LATIN_RUN = re.compile(r"[a-z][a-z ]*[a-z]")


class Canonical:
    """Knows the words of the phrasings it was made of; reads those and every other text the same way."""

    def __init__(self, phrasings: Iterable[str]) -> None:
        language = load_language()
        self._latin, self._english = language.latin, language.english
        self._spoken = re.compile("|".join(sorted(map(re.escape, language.spoken), key=len, reverse=True)))
        self._vocabulary = Vocabulary(map(self._plain, phrasings))

    def __call__(self, text: str) -> str:
        said = self._plain(text)
        return self._vocabulary.mend(self._chinese(said))

    def heard(self, said: str) -> str:
        """What was said, in words of ours that sound like it; mostly the same. It may be far from what was meant."""
        return self._vocabulary.reread(said)

    def _plain(self, text: str) -> str:
        """What needs no vocabulary."""
        said = normalise(simplified(text[:LIMIT]))
        said = self._spoken.sub(lambda found: load_language().spoken[found[0]], said)
        return normalise_spaces(_IDENTIFIER.sub(f" {MASK} ", said))

    def _chinese(self, said: str) -> str:
        return _LATIN_RUN.sub(lambda run: self._read(run[0].split(), is_all=run[0] == said), said)

    def _read(self, latin: list[str], *, is_all: bool) -> str:
        """Latin words: abbreviations written out, neighbours that are pinyin read together."""
        if is_all and not all(map(is_pinyin, latin)):
            latin = [self._english.get(word, word) for word in latin]
        latin = [self._latin.get(word, word) for word in latin]
        parts = (list(group) for _, group in groupby(latin, key=is_pinyin))
        return " ".join(self._vocabulary.read("".join(part)) or " ".join(part) for part in parts)


def normalise_spaces(said: str) -> str:
    return " ".join(said.split())
