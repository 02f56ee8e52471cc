"""The models as they come; each test is skipped where its package is not installed."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from knowledge.routing import encoders
from knowledge.routing.encoders import Encoder, Matrix, remembering

ENCODERS = (encoders.use, encoders.e5)
TEXTS = ["发票丢了", "发票不见了", "", "😀" * 50, "天气不错"]


def ready(make: Callable[[], Encoder | None]) -> Encoder:
    encoder = make()
    if encoder is None:
        pytest.skip("not installed")
    return encoder


@pytest.mark.parametrize("make", ENCODERS)
def test_vectors_have_length_one_and_meaning(make: Callable[[], Encoder | None]) -> None:
    vectors = ready(make).encode(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[4]


@pytest.mark.parametrize("make", ENCODERS)
def test_any_thread_may_ask(make: Callable[[], Encoder | None]) -> None:
    encoder = ready(make)
    alone = encoder.encode(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        rows = list(pool.map(lambda text: encoder.encode([text])[0], TEXTS * 5))
    assert np.allclose(rows, np.tile(alone, (5, 1)), atol=1e-3)


def test_what_is_not_installed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "find_spec", lambda _name: None)
    assert (encoders.use(), encoders.e5()) == (None, None)


def test_what_is_known_is_not_encoded_again() -> None:
    asked: list[str] = []

    def encode(texts: Sequence[str]) -> Matrix:
        asked.extend(texts)
        return np.array([[len(text)] for text in texts], np.float32)

    known = {"door": np.array([7], np.float32)}
    encoder = remembering(Encoder("length", encode), known)
    assert encoder.encode(["door", "key", "key"]).ravel().tolist() == [7, 3, 3]
    assert encoder.encode(["key", "door"]).ravel().tolist() == [3, 7]
    assert asked == ["key"]
