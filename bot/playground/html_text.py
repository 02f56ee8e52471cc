"""Telegram's HTML (parse_mode HTML) to text and entities; refuses what Telegram refuses, in its words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.playground.entities import Entity, utf16_length
from bot.playground.errors import ApiError, bad

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
_LITERALS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TOKEN = re.compile(r"&|<|[^&<]+")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot)(?![A-Za-z]));?")
_TAG_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(
    r"""\s*(?P<name>[^\s=>/"']*)(?P<value>\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<token>[\w.-]*)))?"""
)
_USER_LINK = re.compile(r"tg://user\?id=(\d+)")
_LINK = re.compile(r"(?:https?|tg|ton|tonsite|mailto|tel):|[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int
    chunk: int


@dataclass(slots=True)
class _Result:
    chunks: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Entity] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.chunks.append(text)
        self.length += utf16_length(text)


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities, not yet trimmed."""
    result = _Result()
    at = 0
    while at < len(source):
        token = _TOKEN.match(source, at)
        if token is None:  # pragma: no cover - every character starts a token
            break
        if token[0] == "<":
            at = _end_tag(source, at, result) if source[at + 1 : at + 2] == "/" else _start_tag(source, at, result)
        elif token[0] == "&":
            at = _reference(source, at, result)
        else:
            result.add(token[0])
            at = token.end()
    if result.open:
        raise _broken(f'Can\'t find end tag corresponding to start tag "{result.open[-1].tag}"')
    return "".join(result.chunks), [*_arranged(result.entities)]


def _broken(sentence: str) -> ApiError:
    return bad(f"can't parse entities: {sentence}")


def _byte(source: str, at: int) -> int:
    return len(source[:at].encode())


def _reference(source: str, at: int, result: _Result) -> int:
    """An unknown reference is ordinary text, as in Telegram."""
    match = _REFERENCE.match(source, at)
    character = _character(match) if match else ""
    result.add(character or "&")
    return match.end() if match and character else at + 1


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, literal = match.groups()
    if literal:
        return _LITERALS[literal]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if not 0 < code < 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return ""
    return chr(code)


def _start_tag(source: str, begin: int, result: _Result) -> int:
    name = _match(_TAG_NAME, source, begin + 1)
    if name.end() == len(source):
        raise _broken(f"Unclosed start tag at byte offset {_byte(source, begin)}")
    tag = name[0].lower()
    if tag not in _TYPES:
        raise _broken(f'Unsupported start tag "{tag}" at byte offset {_byte(source, begin)}')
    attributes, end = _attributes(source, name.end(), tag, begin)
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise _broken(f'Tag "span" must have class "tg-spoiler" at byte offset {_byte(source, begin)}')
    result.open.append(_Open(tag, attributes, result.length, len(result.chunks)))
    return end


def _attributes(source: str, at: int, tag: str, begin: int) -> tuple[dict[str, str], int]:
    attributes: dict[str, str] = {}
    while True:
        found = _match(_ATTRIBUTE, source, at)
        at = found.end()
        if found["name"]:
            attributes[found["name"]] = _attribute_value(found)
            continue
        if source[at : at + 1] == ">":
            return attributes, at + 1
        if at >= len(source) or source[at] in "\"'":
            raise _broken(f'Unclosed start tag "{tag}" at byte offset {_byte(source, begin)}')
        raise _broken(f'Empty attribute name in the tag "{tag}" at byte offset {_byte(source, begin)}')


def _attribute_value(found: re.Match[str]) -> str:
    if found["token"] is not None:
        return found["token"].lower()
    quoted = found["double"] if found["double"] is not None else found["single"] or ""
    return _REFERENCE.sub(lambda match: _character(match) or match[0], quoted)


def _end_tag(source: str, begin: int, result: _Result) -> int:
    if not result.open:
        raise _broken(f"Unexpected end tag at byte offset {_byte(source, begin)}")
    name = _match(_TAG_NAME, source, begin + 2)
    end = name.end()
    while source[end : end + 1].isspace():
        end += 1
    if source[end : end + 1] != ">":
        raise _broken(f"Unclosed end tag at byte offset {_byte(source, begin)}")
    opened, found = result.open.pop(), name[0].lower()
    if found and found != opened.tag:
        where = f"Unmatched end tag at byte offset {_byte(source, begin)}"
        raise _broken(f'{where}, expected "</{opened.tag}>", found "</{found}>"')
    if result.length > opened.offset:
        _close(opened, result)
    return end + 1


def _close(opened: _Open, result: _Result) -> None:
    place = {"offset": opened.offset, "length": result.length - opened.offset}
    if opened.tag in ("pre", "code") and _merge_code(opened, place, result.entities):
        return
    entity: Entity = {"type": _TYPES[opened.tag], **place}
    match opened.tag:
        case "a":
            link = _link(opened.attributes.get("href") or "".join(result.chunks[opened.chunk :]))
            if not link:
                return
            entity |= link
        case "blockquote" if "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        case "tg-emoji":
            entity["custom_emoji_id"] = _emoji_id(opened.attributes)
        case "code" if language := _language(opened.attributes):
            entity["language"] = language  # taken by an enclosing pre, else dropped
    result.entities.append(entity)


def _merge_code(opened: _Open, place: dict[str, int], entities: list[Entity]) -> bool:
    """`<pre><code class="language-x">` is one pre with a language."""
    last: dict[str, Any] = entities[-1] if entities else {}
    if (last.get("offset"), last.get("length")) != (place["offset"], place["length"]):
        return False
    if opened.tag == "pre" and last["type"] == "code" and last.get("language"):
        last["type"] = "pre"
        return True
    if opened.tag == "code" and last["type"] == "pre" and _language(opened.attributes):
        last["language"] = _language(opened.attributes)
        return True
    return False


def _arranged(entities: list[Entity]) -> Iterator[Entity]:
    """By place, the outer first; code and pre hold no others, and a language belongs to pre alone."""
    opaque_until = 0
    outer_first = list(reversed(entities))
    outer_first.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    for entity in outer_first:
        if entity["offset"] + entity["length"] <= opaque_until:
            continue
        if entity["type"] in ("code", "pre"):
            opaque_until = entity["offset"] + entity["length"]
        if entity["type"] == "code":
            entity.pop("language", None)
        yield entity


def _language(attributes: dict[str, str]) -> str:
    name = attributes.get("class", "")
    return name.removeprefix("language-") if name.startswith("language-") else ""


def _emoji_id(attributes: dict[str, str]) -> str:
    value = attributes.get("emoji-id", "")
    if not value.isdigit():
        raise _broken("Invalid custom emoji identifier specified")
    return value


def _link(url: str) -> dict[str, Any]:
    """A link that Telegram would not open leaves plain text."""
    user = _USER_LINK.fullmatch(url)
    if user:
        return {"type": "text_mention", "user": {"id": int(user[1]), "is_bot": False, "first_name": ""}}
    if not _LINK.match(url) or " " in url.strip():
        return {}
    return {"url": url if ":" in url.split("/")[0] else f"http://{url}"}


def _match(pattern: re.Pattern[str], source: str, at: int) -> re.Match[str]:
    found = pattern.match(source, at)
    if found is None:  # pragma: no cover - these patterns match the empty string
        raise _broken("Unexpected end")
    return found
