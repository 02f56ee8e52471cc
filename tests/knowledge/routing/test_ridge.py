import numpy as np

from knowledge.routing.ridge import fit, kernel

LETTERS = np.array([[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]], np.float32)
SOUNDS = np.eye(3, dtype=np.float32)


def test_what_is_known_finds_its_topic() -> None:
    likeness = kernel(LETTERS, SOUNDS)
    scores = likeness @ fit(likeness, ["door", "door", "window"], ["door", "window"])
    assert scores.argmax(axis=1).tolist() == [0, 0, 1]
    assert scores[0, 0] > scores[0, 1] + 0.2


def test_more_likeness_is_more() -> None:
    alike = kernel(np.array([0.2, 0.9], np.float32), np.array([0.2, 0.9], np.float32))
    assert alike[1] > alike[0]
    same = np.array([0.5, 0.5], np.float32)
    with_meaning = kernel(same, same, np.array([0.1, 0.8], np.float32))
    assert with_meaning[1] > with_meaning[0]
