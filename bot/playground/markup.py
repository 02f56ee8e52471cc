"""reply_markup beyond its types: what Telegram says about buttons."""

import re
from typing import Any

from bot.playground.errors import bad
from bot.playground.state import Json

_BUTTON_KINDS_WORDS = (
    "url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat "
    "switch_inline_query_chosen_chat copy_text callback_game pay"
)
_BUTTON_KINDS = _BUTTON_KINDS_WORDS.split()
_STYLES = ("danger", "success", "primary")
_URL = re.compile(r"(?:https?://|tg://|ton://)?\S+\.\S+|tg://\S+", re.IGNORECASE)
_MOST_BUTTONS = 100
_LONGEST = 10_240  # bytes of JSON


def check_markup(markup: Json | None) -> tuple[Json | None, Json | None]:
    """The inline keyboard (or None), and what only people's clients see: reply keyboard, removal, forced reply."""
    if markup is None:
        return None, None
    if "inline_keyboard" in markup:
        rows = [row for row in markup["inline_keyboard"] if row]
        _check_rows(rows, _check_inline_button)
        return ({"inline_keyboard": rows} if rows else None), None
    if "keyboard" in markup:
        _check_rows(markup["keyboard"], _check_reply_button)
    return None, markup


def _check_rows(rows: list[list[Any]], check: Any) -> None:
    for row in rows:
        for button in row:
            check(button)
    if sum(map(len, rows)) > _MOST_BUTTONS or len(str(rows).encode()) > _LONGEST:
        raise bad("reply markup is too long")


def _check_inline_button(button: Json) -> None:
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    if button.get("style") not in (None, *_STYLES):
        raise bad("can't parse inline keyboard button: invalid button style specified")
    kinds = [kind for kind in _BUTTON_KINDS if kind in button]
    if not kinds or (button.get(kinds[0]) == "" and kinds[0] in ("url", "callback_data")):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise bad(f"inline keyboard button has more than one kind: {', '.join(kinds)}")
    if "url" in button and not _URL.fullmatch(button["url"]):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def _check_reply_button(button: Json | str) -> None:
    text = button if isinstance(button, str) else button["text"]
    if not text.strip():
        raise bad("keyboard button text must be non-empty")
