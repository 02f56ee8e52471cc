"""Whether a text is in the language that it is kept under."""

from __future__ import annotations

import re

from knowledge.texts import Locale, plain

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_PLACEHOLDER = re.compile(r"\{\w*\}")
NAME = 6  # characters that may stay Chinese
SENTENCE = 4  # words that are no name any more


def language_fault(text: str, locale: Locale) -> str:
    """What is wrong; names and quotations of the other language are not."""
    said = _PLACEHOLDER.sub("", plain(text))
    han, words = len(_HAN.findall(said)), len(_WORD.findall(said))
    if locale is Locale.EN and han > max(NAME, 3 * words):
        return "is Chinese, not English"
    if locale is Locale.ZH and not han and words >= SENTENCE:
        return "is not Chinese"
    return ""
