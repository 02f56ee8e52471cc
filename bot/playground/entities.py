"""A message's text as Telegram keeps it: trimmed, with entities measured in UTF-16 units."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Entity = dict[str, Any]

_DROPPED = {ord("\r"): None, 0x2028: None, 0x2029: None}
_CLEAN = _DROPPED | dict.fromkeys((*range(10), 11, 12, *range(14, 32)), " ")
_FOUND = re.compile(
    r"(?P<url>\bhttps?://[^\s<>\"，。；！？（）、“”《》]+)"
    r"|(?P<email>\b[\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{2,63}){1,5}\b)"
    r"|(?P<bot_command>(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<mention>(?<![\w@])@[A-Za-z][A-Za-z0-9_]{2,31}\b)"
    r"|(?P<hashtag>(?<!\w)#(?=\w*[^\W\d])\w{1,255})",
)
_OPAQUE = {"code", "pre", "text_link", "text_mention"}


@dataclass(frozen=True, slots=True)
class Formatted:
    text: str
    entities: tuple[Entity, ...] = ()

    @property
    def length(self) -> int:
        """UTF-16 units: what Telegram's limits count."""
        return utf16_length(self.text)

    def to_json(self, text_key: str = "text", entities_key: str = "entities") -> dict[str, Any]:
        if not self.text:
            return {}
        body: dict[str, Any] = {text_key: self.text}
        return {**body, entities_key: list(self.entities)} if self.entities else body


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def finish(text: str, entities: Iterable[Entity] = ()) -> Formatted:
    """Clean and trim the text, fit the entities to it, and add those that Telegram finds by itself."""
    cleaned = text.translate(_CLEAN) if not text.isprintable() else text
    if len(cleaned) != len(text):
        entities = ()  # a dropped character would shift them; only a bare carriage return gets here
    start = len(cleaned) - len(cleaned.lstrip())
    trimmed = cleaned.strip()
    given = [*_clipped(entities, utf16_length(cleaned[:start]), utf16_length(trimmed))]
    return Formatted(trimmed, tuple(sorted([*given, *_found(trimmed, given)], key=_order)))


def _clipped(entities: Iterable[Entity], shift: int, length: int) -> Iterator[Entity]:
    for entity in entities:
        start = max(entity["offset"] - shift, 0)
        end = min(entity["offset"] - shift + entity["length"], length)
        if end > start:
            yield {**entity, "offset": start, "length": end - start}


def _found(text: str, given: list[Entity]) -> Iterator[Entity]:
    closed = [(e["offset"], e["offset"] + e["length"]) for e in given if e["type"] in _OPAQUE]
    for match in _FOUND.finditer(text):
        value = match[0].rstrip(".,;:!?)'") if match.lastgroup == "url" else match[0]
        offset, length = utf16_length(text[: match.start()]), utf16_length(value)
        if not any(start < offset + length and offset < end for start, end in closed):
            yield {"type": match.lastgroup, "offset": offset, "length": length}


def _order(entity: Entity) -> tuple[int, int]:
    """By place, the longer first; equal ones keep their order of nesting."""
    return entity["offset"], -entity["length"]
