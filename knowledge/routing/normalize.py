"""Free text, made comparable: what is left are lower-case words and Chinese characters."""

from __future__ import annotations

import re
import unicodedata

LIMIT = 400  # characters that are looked at; no real question needs more

_HAN = r"[\u3400-\u9fff]"
_BETWEEN_HAN = re.compile(rf"(?<={_HAN})\s+(?={_HAN})")
_LABEL = r"(?:(?:发票|开票)?(?:号码?|代码|日期|金额|校验码|尾号)[是为]?|\b(?:number|no|dated?|amount|code)(?: is)?)"
_LABELLED_NUMBER = re.compile(rf"(?:{_LABEL} ?)?[a-z]*[0-9][a-z0-9]*")
_TERM = re.compile(rf"{_HAN}+|[^\W\u3400-\u9fff]+")


def normalise(text: str) -> str:
    """NFKC, lower case, letters and digits only, one space between words and none between Chinese characters."""
    folded = unicodedata.normalize("NFKC", text[:LIMIT])[:LIMIT].casefold()
    spaced = "".join(_keep(character) for character in folded)
    return _BETWEEN_HAN.sub("", " ".join(spaced.split()))


def _keep(character: str) -> str:
    if character.isalnum():
        return character
    return "" if character in "'’" or unicodedata.category(character) == "Cf" else " "


def without_numbers(normalised: str) -> str:
    """What is said besides the data: numbers, dates and amounts go with their labels."""
    return normalise(_LABELLED_NUMBER.sub(" ", normalised))


def grams(normalised: str) -> list[str]:
    """What two texts are compared by: Chinese characters alone and in twos and threes; words and their trigrams."""
    found: list[str] = []
    for term in _TERM.findall(normalised):
        found += _han_grams(term) if re.match(_HAN, term) else _word_grams(term)
    return found


def _han_grams(term: str) -> list[str]:
    return [term[i : i + size] for size in (1, 2, 3) for i in range(len(term) - size + 1)]


def _word_grams(word: str) -> list[str]:
    padded = f"^{word}$"
    return [padded, *(padded[i : i + 3] for i in range(len(padded) - 3))]
