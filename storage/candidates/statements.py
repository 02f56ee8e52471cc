"""What the searches for candidates share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

Run = Callable[..., list[Any]]  # SQL with question marks, their values

PROBES = 192  # keys a statement: one prepared statement serves all
MOST = 3000  # ids a reading


def padded_in(values: Iterable[Any], size: int) -> Iterator[tuple[str, list[Any]]]:
    """`(?, ?, …)` and its values in portions of one size, the last one filled up by repeating a value."""
    rest = iter(values)
    places = f"({', '.join('?' * size)})"
    while batch := list(islice(rest, size)):
        yield places, batch + batch[-1:] * (size - len(batch))


def ids_of(rows: Iterable[Any]) -> set[int]:
    return {row[0] for row in rows}
