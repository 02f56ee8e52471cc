"""Small bases, with an encoder of our own, so that nothing heavy is loaded."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.routing import prepared as files
from knowledge.routing.base import Base
from knowledge.routing.encoders import Encoder, Matrix
from knowledge.routing.phrasebook import Phrasebook
from knowledge.routing.prepared import Prepared, load_prepared, prepare, save_prepared
from knowledge.routing.retriever import Retriever

BASE = Base.of(
    {
        "window": ["窗户关不上", "the window leaks", "窗户漏水"],
        "door": ["门打不开", "the door is stuck", "门卡住了"],
        "oos": ["冰箱坏了", "what time is it"],
    }
)
BOOK = Phrasebook(BASE)


def encoder(name: str, asked: list[str]) -> Encoder:
    """Knows only what is said of doors."""

    def encode(texts: Sequence[str]) -> Matrix:
        asked.extend(texts)
        return np.array([[0.18, 0] if "门" in text or "door" in text else [0, 0.18] for text in texts], np.float32)

    return Encoder(name, encode)


def test_topics_in_order_best_first_with_their_nearest_phrasing() -> None:
    hits = Retriever(BOOK, prepare(BOOK, None, None), None, None).search("门卡住打不开")
    assert hits[0].topic == "door"
    assert hits[0].phrasing in {"门打不开", "门卡住了"}
    assert sorted(hit.topic for hit in hits) == ["door", "oos", "window"]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_it_works_with_what_there_is() -> None:
    use, e5 = encoder("use", []), encoder("e5", [])
    both, fast, none = prepare(BOOK, use, e5), prepare(BOOK, use, None), prepare(BOOK, None, e5)
    assert Retriever(BOOK, both, use, e5).encoders == "e5"
    assert Retriever(BOOK, both, use, None).encoders == "use"
    assert Retriever(BOOK, prepare(BOOK, None, None), use, e5).encoders == "letters"
    assert Retriever(BOOK, fast, use, e5).encoders == "use"
    assert Retriever(BOOK, none, use, e5).encoders == "letters"


def test_the_slow_encoder_is_asked_when_it_is_close() -> None:
    asked: list[str] = []
    use, e5 = encoder("use", []), encoder("e5", asked)
    retriever = Retriever(BOOK, prepare(BOOK, use, e5), use, e5)
    asked.clear()
    retriever.search("门打不开")
    assert asked == []
    retriever.search("xyz")
    assert asked == ["xyz"]


def test_meaning_counts() -> None:
    use = encoder("use", [])
    by_letters = Retriever(BOOK, prepare(BOOK, None, None), None, None).search("门")
    by_meaning = Retriever(BOOK, prepare(BOOK, use, None), use, None).search("门")
    assert by_meaning[0].topic == by_letters[0].topic == "door"
    assert by_meaning[0].score - by_meaning[1].score != by_letters[0].score - by_letters[1].score


def test_what_is_prepared_can_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use = encoder("use", [])
    made = prepare(BOOK, use, None)
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(files, "files", lambda _package: tmp_path)
    assert load_prepared() == Prepared()
    save_prepared(made, tmp_path / "data" / files.FILE)
    kept = load_prepared()
    assert kept.hash == BASE.hash
    assert np.allclose(kept.vectors["use"], made.vectors["use"], atol=1e-6)
    one, other = (Retriever(BOOK, which, use, None).search("窗户") for which in (made, kept))
    assert [hit.topic for hit in one] == [hit.topic for hit in other]
    assert np.allclose([hit.score for hit in one], [hit.score for hit in other], atol=0.01)


def test_the_hash_tells_bases_apart() -> None:
    same = Base.of({"a": ["x", "y"]})
    assert same.hash == Base.of({"a": ["x", "y", "x"]}).hash
    assert len({same.hash, Base.of({"a": ["x"], "b": ["y"]}).hash, Base.of({"a": ["x"]}).hash, BASE.hash}) == 4
