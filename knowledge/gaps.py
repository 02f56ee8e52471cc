"""Questions that found no answer, or not the right one: what is kept of them, and which are alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from knowledge.texts import Locale

MASK = "∎"
LIMIT = 200  # characters that are kept
ALIKE = 70  # of 100: enough to be shown as one question

# In this order: an e-mail address may contain any of the others.
_PEOPLES = (
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # e-mail addresses
    r"|@\w{3,}"  # user names
    r"|(?=[A-Za-z0-9]*\d{3})[A-Za-z0-9]{8,}"  # tax ids and other identifiers
    r"|\+?\d[\d\s\-()]{5,}\d"  # phones, numbers written in groups
    r"|\d{5,}"
    r"|[〇零一二三四五六七八九幺]{6,}"  # digits spelt out
)
_PRIVATE = re.compile(rf"https?://\S+|{_PEOPLES}", re.ASCII)
# What an answer needs: links, dates, and service numbers such as 12366.
_PUBLIC = r"https?://[^\s\"<>]+|(?<!\d)\d{4}-\d\d-\d\d(?!\d)|(?<![\dA-Za-z])[19]\d{4}(?![\d-])"
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF10, 0xFF5B) if chr(wide).isalnum()}
_IN_ANSWERS = re.compile(rf"(?P<public>{_PUBLIC})|{_PEOPLES}", re.ASCII)


class GapKind(StrEnum):
    UNKNOWN = "unknown"  # nothing was found
    UNSURE = "unsure"  # of the topics that were offered it was none
    MISSED = "missed"  # 👎 on an article


@dataclass(frozen=True, slots=True)
class Gap:
    """`text` is masked, and "" where an article's 👎 has no known question; `slug`: what was shown or came nearest."""

    id: int
    kind: GapKind
    locale: Locale
    text: str
    slug: str
    count: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """Gaps that ask the same, the commonest first."""

    gaps: tuple[Gap, ...]

    @property
    def first(self) -> Gap:
        return self.gaps[0]

    @property
    def size(self) -> int:
        """How often it was asked."""
        return sum(gap.count for gap in self.gaps)


def masked(text: str) -> str:
    """One line without anything that may identify somebody or something; of names it knows nothing."""
    folded = " ".join(unicodedata.normalize("NFKC", text[: 4 * LIMIT]).split())
    return _PRIVATE.sub(MASK, folded)[:LIMIT]


def masked_answer(html: str) -> str:
    """An answer, as long as it is, without what identifies somebody; what everybody may know of offices stays."""
    return _IN_ANSWERS.sub(lambda found: found["public"] or MASK, html.translate(_NARROW))


def clusters(gaps: Sequence[Gap], canonical: Callable[[str], str]) -> list[Cluster]:
    """Largest first. A gap joins the first commoner one that it resembles; one without a text its article's."""
    groups: list[tuple[str, list[Gap]]] = []
    for gap in sorted(gaps, key=lambda gap: (-gap.count, gap.id)):
        said = canonical(gap.text) if gap.text else f"{MASK}{gap.slug}"
        home = next((group for first, group in groups if _is_alike(first, said)), None)
        if home is None:
            groups.append((said, [gap]))
        else:
            home.append(gap)
    return sorted((Cluster(tuple(group)) for _, group in groups), key=lambda cluster: -cluster.size)


def _is_alike(one: str, other: str) -> bool:
    if MASK in one or MASK in other:
        return one == other
    return fuzz.ratio(one, other, score_cutoff=ALIKE) > 0
