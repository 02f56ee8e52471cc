"""Buttons' data that nobody made: of every pattern that a handler listens to, and from what was really sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MOST_BYTES = 64  # of a button's data
_REPEATS = 12  # where a pattern sets no limit


@dataclass(slots=True)
class Pool:
    """Values that lead somewhere: ids of rows, keys of invoices, words of real buttons."""

    ids: Sequence[str] = ("1",)
    keys: Sequence[str] = ("x",)
    words: Sequence[str] = ("x",)
    sent: list[str] = field(default_factory=list)


def of_pattern(random: Random, pattern: re.Pattern[str], pool: Pool) -> str:
    """Data that this pattern lets through, with what leads somewhere in the places that are open."""
    for _ in range(200):
        made = _Sampler(random, pool).sample(parser.parse(pattern.pattern, pattern.flags))
        if not pattern.pattern.endswith("$"):
            made += random.choice((*pool.keys, *pool.words, random.choice(pool.ids)))
        if pattern.match(made):
            return made
    raise ValueError(f"nothing comes of {pattern.pattern}")


class _Sampler:
    def __init__(self, random: Random, pool: Pool) -> None:
        self._random, self._pool = random, pool

    def sample(self, parsed: Any) -> str:
        return "".join(self._one(code, value) for code, value in parsed)

    def _one(self, code: Any, value: Any) -> str:
        if code is codes.LITERAL:
            return chr(value)
        if code is codes.IN:
            return self._random.choice(_characters(value))
        if code is codes.BRANCH:
            return self.sample(self._random.choice(value[1]))
        if code is codes.SUBPATTERN:
            return self.sample(value[3])
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            return self._repeated(*value)
        if code in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):  # the whole is matched in the end
            return ""
        raise NotImplementedError(f"{code} in a button's pattern")

    def _repeated(self, least: int, most: int, parsed: Any) -> str:
        known = self._known(least, most, parsed)
        if known and self._random.random() < 0.9:
            return self._random.choice(known)
        times = self._random.randint(least, min(int(most), max(least, _REPEATS)))
        return "".join(self.sample(parsed) for _ in range(times))

    def _known(self, least: int, most: int, parsed: Any) -> list[str]:
        """Of ids or words, those that may stand here."""
        (code, value), *more = parsed
        if more or code is not codes.IN:
            return []
        allowed = set(_characters(value))
        values = self._pool.ids if allowed <= set("0123456789") else self._pool.words
        return [one for one in values if least <= len(one) <= int(most) and set(one) <= allowed]


def _characters(parsed: Any) -> list[str]:
    found: list[str] = []
    for code, value in parsed:
        if code is codes.LITERAL:
            found.append(chr(value))
        elif code is codes.RANGE:
            found += map(chr, range(value[0], value[1] + 1))
        else:
            raise NotImplementedError(f"{code} in a button's pattern")
    return found


# ── From what was sent ──

Forge = Callable[[Random, str, Pool], str]


def truncated(random: Random, data: str, _pool: Pool) -> str:
    return data[: random.randrange(1, max(2, len(data)))]


def older(random: Random, data: str, _pool: Pool) -> str:
    """One of its numbers is smaller: a version, as a rule."""
    return _with_number(random, data, lambda number: str(max(0, int(number) - random.choice((1, 1, 2, 7)))))


def other_ids(random: Random, data: str, pool: Pool) -> str:
    """A number is somebody else's, or the invoice is."""
    if ":digital:" in data or ":legacy:" in data:
        return re.sub(r"(?:digital|legacy):.*", random.choice(pool.keys), data)
    return _with_number(random, data, lambda _number: random.choice(pool.ids))


def _with_number(random: Random, data: str, change: Callable[[str], str]) -> str:
    places = list(re.finditer(r"(?<=:)\d{1,18}(?=:|$)", data))
    if not places:
        return data
    place = random.choice(places)
    return data[: place.start()] + change(place[0]) + data[place.end() :]


def random_bytes(random: Random, _data: str, _pool: Pool) -> str:
    """Any text of up to 64 bytes; half of them begin as a button does."""
    begin = random.choice("abfikmostu") + ":" if random.random() < 0.5 else ""
    made = begin + "".join(
        chr(random.choice((random.randrange(32, 127), random.randrange(0x4E00, 0x9FFF)))) for _ in range(20)
    )
    return cut(made)


def same(_random: Random, data: str, _pool: Pool) -> str:
    return data


FORGERIES: Mapping[str, Forge] = {
    "another chat's button": same,
    "an old version": older,
    "other ids and keys": other_ids,
    "truncated": truncated,
    "random bytes": random_bytes,
}


def cut(data: str) -> str:
    return data.encode()[:MOST_BYTES].decode("utf-8", "ignore")
