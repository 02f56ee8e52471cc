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
    numbers = np.array([names.index(topic) for topic in topics])
    sizes = np.bincount(numbers, minlength=len(names))
    weights = np.minimum(HEAVIEST, np.sqrt(len(topics) / (len(names) * sizes[numbers])))
    wanted = np.zeros((len(topics), len(names)))
    wanted[np.arange(len(topics)), numbers] = 1
    return np.asarray(np.linalg.solve(kernel + np.diag(RIDGE / weights), wanted), np.float32)
