"""Kernel ridge regression in closed form: from how alike a text is to each phrasing to how likely each topic is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
RIDGE = 0.3
HEAVIEST = 3.0  # a phrasing of a topic with few of them


def kernel(letters: Array, sounds: Array, use: Array | None = None, e5: Array | None = None) -> Array:
    """Likeness by all that is known; a vector for one text, a matrix for many. Weights: measured, see docs/adr."""
    total = 0.8 * np.exp(2 * (letters - 1)) + 0.25 * np.exp(3 * (sounds - 1))
    if use is not None:
        total += 0.5 * use
    if e5 is not None:
        total += 0.5 * np.exp(2 * (e5 - 1))
    return np.asarray(total, np.float32)


def fit(kernel: Array, topics: Sequence[str], names: Sequence[str]) -> Array:
    """Coefficients: `kernel row @ coefficients` are the topics' scores, in the order of `names`."""
    numbers = _numbers(topics, names)
    return np.asarray(np.linalg.solve(_penalised(kernel, numbers), np.eye(len(names))[numbers]), np.float32)


def left_out(kernel: Array, topics: Sequence[str], names: Sequence[str]) -> Array:
    """Scores of each phrasing by a classifier that was fitted without it; exact, and no slower than two fits."""
    numbers = _numbers(topics, names)
    inverse = np.linalg.inv(_penalised(kernel, numbers))
    wanted = np.eye(len(names))[numbers]
    return np.asarray(wanted - (inverse @ wanted) / np.diag(inverse)[:, None], np.float32)


def _numbers(topics: Sequence[str], names: Sequence[str]) -> NDArray[np.int64]:
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[topic] for topic in topics])


def _penalised(kernel: Array, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    sizes = np.bincount(numbers)
    weights = np.minimum(HEAVIEST, np.sqrt(len(numbers) / (len(sizes) * sizes[numbers])))
    return np.asarray(kernel + np.diag(RIDGE / weights), np.float64)
