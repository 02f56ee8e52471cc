"""Short remarks that ask for nothing: recognised only when the whole text is made of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from functools import cache

from knowledge.routing.language import simplified
from knowledge.routing.normalize import LIMIT, normalise
from knowledge.routing.words import load_words


class SmallTalk(StrEnum):
    """Kinds; the reply to each is the text `smalltalk.<kind>`. If several are in one text, the first here answers."""

    ROBOT = "robot"
    CALM = "calm"  # abuse
    THANKS = "thanks"
    BYE = "bye"
    MENU = "menu"
    GREETING = "greeting"
    OK = "ok"
    EMOJI = "emoji"


class SmallTalkDetector:
    def __init__(self, kinds: Mapping[str, Iterable[str]], fillers: Collection[str]) -> None:
        self._kind_of = {normalise(word): SmallTalk(kind) for kind, words in kinds.items() for word in words}
        parts = sorted({*self._kind_of, *map(normalise, fillers)}, key=len, reverse=True)
        self._part = re.compile("|".join(map(_whole, parts)))

    def __call__(self, text: str) -> SmallTalk | None:
        if len(text) > LIMIT:
            return None
        said = normalise(text)
        if not said:
            return SmallTalk.EMOJI if _emoji(text) else None
        kinds = {self._kind_of[part] for part in self._parts(said) if part in self._kind_of}
        return min(kinds, key=list(SmallTalk).index, default=None)

    def kind(self, remark: str) -> SmallTalk:
        """Of a known remark; what fits most of them is the menu."""
        return self._kind_of.get(normalise(remark), SmallTalk.MENU)

    def _parts(self, said: str) -> list[str]:
        """Cut into known parts, longest first; nothing if something unknown is among them. Linear in the length."""
        parts, at = [], 0
        while at < len(said):
            match = self._part.match(said, at)
            if match is None or not match[0]:
                return []
            parts.append(match[0])
            at = match.end() + said.startswith(" ", match.end())
        return parts


def _whole(part: str) -> str:
    """Latin parts must end where a word ends; Chinese has no such places."""
    return re.escape(part) + ("(?![a-z0-9])" if part.isascii() else "")


def _emoji(text: str) -> set[str]:
    return {character for character in text if unicodedata.category(character) == "So"}


@cache
def _shipped() -> SmallTalkDetector:
    words = load_words()
    return SmallTalkDetector(words.smalltalk, words.fillers)


_THANKFUL_EMOJI = frozenset("🙏👍❤💐🌹🤝👌💯😊🎉")


def is_thanks(text: str) -> bool:
    """Nothing but thanks, satisfaction or thankful emoji: must not reopen a ticket (product.md §5.2). "ok?" may."""
    if "?" in text or "？" in text:
        return False
    kind = _shipped()(text)
    if kind is SmallTalk.EMOJI:
        return _emoji(text) <= _THANKFUL_EMOJI
    return kind in {SmallTalk.THANKS, SmallTalk.OK}


def is_continuation(text: str) -> bool:
    """ "Still not working", "next": goes on with what was spoken of last, so the topics are not searched for it."""
    return normalise(simplified(text[:LIMIT])) in _continuations()


def wants_list(text: str) -> bool:
    """ "My invoices", and nothing else."""
    return normalise(simplified(text[:LIMIT])) in _lists()


@cache
def _lists() -> frozenset[str]:
    return frozenset(map(normalise, load_words().mine))


@cache
def _continuations() -> frozenset[str]:
    return frozenset(map(normalise, load_words().continues))


MADE_OF_WORDS = (_shipped, _continuations)  # remembered, for as long as the words stay
