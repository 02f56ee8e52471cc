"""What the end of a number may have been before a slip: the keys that an index is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

LENGTH = 8  # digits at a number's end that are indexed
_REACH = LENGTH + 1  # a slip in one more may move into them

Ends = npt.NDArray[np.int64]


def tail_range(digits: str) -> tuple[int, int]:
    """The first and the last reversed tail of the numbers that end in these 1 to 8 digits."""
    unit = 10 ** (LENGTH - len(digits))
    first = int(digits[::-1]) * unit
    return first, first + unit - 1


def near_tails(digits: str, edits: int) -> list[int]:
    """The reversed tails of all numbers within that many edits: a changed, missing, extra digit, a swap of two.

    A reversed tail is a number's last eight digits in reverse, as an integer: what the database keeps.
    """
    end = digits[-_REACH - edits :]
    ends = {len(end): np.array([int(end or 0)], dtype=np.int64)}
    for _ in range(edits):
        ends = _one_edit_further(ends)
    whole = np.concatenate(
        [values for length, values in ends.items() if length >= LENGTH] or [np.zeros(0, dtype=np.int64)]
    )
    tails: list[int] = np.unique(_reversed(whole)).tolist()
    return tails


def _one_edit_further(ends: dict[int, Ends]) -> dict[int, Ends]:
    """Ends by how many digits they have, as integers: an integer forgets the zeros that it begins with."""
    found: dict[int, list[Ends]] = defaultdict(list)
    for length, values in ends.items():
        distinct = np.unique(values)
        found[length].append(distinct)
        for longer, edited in _edited(distinct[:, np.newaxis], min(length, _REACH)):
            found[length + longer].append(edited.ravel())
    return {length: np.concatenate(values) for length, values in found.items()}


def _edited(ends: Ends, reach: int) -> Iterator[tuple[int, Ends]]:
    """(digits more, ends) of every edit of the last `reach` digits; `ends` is a column."""
    places = 10 ** np.arange(reach + 1, dtype=np.int64)
    left, right = ends // places, ends % places
    digits = np.arange(10)[:, np.newaxis, np.newaxis]
    yield 1, (left * 10 + digits) * places + right
    places, left, right = places[:-1], left[:, :-1], right[:, :-1]
    yield 0, (left // 10 * 10 + digits) * places + right
    yield -1, left // 10 * places + right
    gaps = left[:, 1:] % 10 - left[:, :-1] % 10
    yield 0, ends - gaps * (places[1:] - places[:-1])


def _reversed(ends: Ends) -> Ends:
    found = np.zeros_like(ends)
    for place in range(LENGTH):
        found = found * 10 + ends // 10**place % 10
    return found
