"""From a call's text, parse mode and entities to formatted text within Telegram's limits."""

from collections.abc import Mapping
from typing import Any

from bot.playground.entities import Formatted, finish
from bot.playground.errors import bad
from bot.playground.html_text import parse_html

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
_SOURCE_LIMIT = 1 << 15  # bytes, before parsing


def message_text(params: Mapping[str, Any]) -> Formatted:
    if not params.get("text"):
        raise bad("message text is empty")
    formatted = _formatted(params["text"], params.get("parse_mode"), params.get("entities"))
    if not formatted.text:
        raise bad("text must be non-empty")
    if formatted.length > TEXT_LIMIT:
        raise bad("message is too long")
    return formatted


def caption_text(params: Mapping[str, Any]) -> Formatted:
    formatted = _formatted(params.get("caption", ""), params.get("parse_mode"), params.get("caption_entities"))
    if formatted.length > CAPTION_LIMIT:
        raise bad("message caption is too long")
    return formatted


def _formatted(text: str, parse_mode: str | None, entities: list[dict[str, Any]] | None) -> Formatted:
    if len(text.encode()) > _SOURCE_LIMIT:
        raise bad("text is too long")
    match (parse_mode or "").lower():
        case "" | "none":
            return finish(text, entities or ())
        case "html":
            return finish(*parse_html(text.replace("\r", "")))
        case "markdown" | "markdownv2":
            raise bad(f"parse_mode {parse_mode} isn't part of the local Bot API; use HTML")
    raise bad("unsupported parse_mode")
