"""What takes long to compute for a knowledge base, kept beside it (data/prepared.npz; `invoice-bot knowledge fit`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.routing.encoders import Encoder
from knowledge.routing.phrasebook import Phrasebook
from knowledge.routing.ridge import Array, fit, kernel

FILE = "prepared.npz"
LETTERS, USE, E5 = "letters", "use", "e5"
SCALE = 650  # of what is stored; no number of these vectors is beyond ±0.19


@dataclass(frozen=True, slots=True)
class Prepared:
    """For the base with this hash: the phrasings' vectors by encoder, and the classifier for each set of encoders.

    `letters` works without any, `use` with the fast one, `e5` with both.
    """

    hash: str = ""
    vectors: Mapping[str, Array] = field(default_factory=dict)
    coefficients: Mapping[str, Array] = field(default_factory=dict)


def prepare(book: Phrasebook, use: Encoder | None, e5: Encoder | None) -> Prepared:
    """What a retriever with these encoders needs: some ten seconds; with `e5` ten milliseconds a phrasing more."""
    vectors = encode(book, use, e5)
    coefficients = {name: fit(one, book.base.topics, book.topics) for name, one in kernels(book, vectors).items()}
    return Prepared(book.base.hash, vectors, coefficients)


def encode(book: Phrasebook, use: Encoder | None, e5: Encoder | None) -> dict[str, Array]:
    """The phrasings' vectors by encoder."""
    encoders = [encoder for encoder in (use, e5 if use else None) if encoder]
    return {encoder.name: _wide(_narrow(encoder.encode(book.said))) for encoder in encoders}


def kernels(book: Phrasebook, vectors: Mapping[str, Array]) -> dict[str, Array]:
    """How alike the phrasings are to each other, for each set of encoders that a text may be searched with."""
    likeness = {name: vector @ vector.T for name, vector in vectors.items()}
    letters, sounds = book.letters.among(), book.sounds.among()
    if USE not in likeness:
        return {LETTERS: kernel(letters, sounds)}
    with_use = {USE: kernel(letters, sounds, likeness[USE])}
    return with_use | ({E5: kernel(letters, sounds, likeness[USE], likeness[E5])} if E5 in likeness else {})


def load_prepared() -> Prepared:
    """Empty if there is none."""
    resource = files("knowledge.routing").joinpath("data", FILE)
    if not resource.is_file():
        return Prepared()
    with as_file(resource) as path, np.load(path, allow_pickle=False) as stored:
        parts = {name: stored[name] for name in stored.files}
    vectors = {name: _wide(part) for name, part in _named(parts, "vectors")}
    coefficients = {name: part.astype(np.float32) for name, part in _named(parts, "coefficients")}
    return Prepared(str(parts["hash"]), vectors, coefficients)


def _named(parts: Mapping[str, NDArray[Any]], kind: str) -> Iterator[tuple[str, NDArray[Any]]]:
    return ((key.removeprefix(f"{kind}."), part) for key, part in parts.items() if key.startswith(f"{kind}."))


def save_prepared(prepared: Prepared, path: Path) -> None:
    parts: dict[str, NDArray[Any]] = {"hash": np.array(prepared.hash)}
    parts |= {f"vectors.{name}": _narrow(vectors) for name, vectors in prepared.vectors.items()}
    parts |= {f"coefficients.{name}": part.astype(np.float16) for name, part in prepared.coefficients.items()}
    np.savez(path, allow_pickle=False, **parts)


def _narrow(vectors: Array) -> NDArray[np.int8]:
    """A quarter of the size; what is lost is far below what tells two phrasings apart."""
    return np.round(vectors * SCALE).clip(-127, 127).astype(np.int8)


def _wide(stored: NDArray[np.int8]) -> Array:
    return stored.astype(np.float32) / np.float32(SCALE)
