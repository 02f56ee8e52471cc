"""What the end of a number may have been before a slip: the keys that an index is asked for."""

from __future__ import annotations

from collections.abc import Iterator

LENGTH = 8  # digits at a number's end that are indexed
_DIGITS = "0123456789"


def reversed_tail(digits: str) -> int:
    """As the database keeps it: the last eight digits in reverse, as an integer."""
    return int(digits[: -LENGTH - 1 : -1] or 0)


def tail_range(digits: str) -> tuple[int, int]:
    """The first and the last reversed tail of the numbers that end in these 1 to 8 digits."""
    unit = 10 ** (LENGTH - len(digits))
    first = int(digits[::-1]) * unit
    return first, first + unit - 1


def near_tails(digits: str, edits: int) -> set[int]:
    """The reversed tails of all numbers within that many edits: a changed, missing, extra digit, a swap of two."""
    ends = {digits[-LENGTH - 3 :]}
    for _ in range(edits):
        ends |= {near for end in ends for near in _one_edit(end)}
    return {reversed_tail(end) for end in ends if len(end) >= LENGTH}


def _one_edit(end: str) -> Iterator[str]:
    """Within the last eight digits, one more at either side so that lengths may differ."""
    first = max(0, len(end) - LENGTH - 1)
    for at in range(first, len(end)):
        before, digit, after = end[:at], end[at], end[at + 1 :]
        yield before + after
        if after and after[0] != digit:
            yield before + after[0] + digit + after[1:]
        for other in _DIGITS:
            if other != digit:
                yield before + other + after
            yield before + other + digit + after
    yield from (end + digit for digit in _DIGITS)
