import numpy as np

from knowledge.routing.grams import letters, sound_grams, sounds

SAID = ("门打不开", "the door is stuck", "窗户关不上")


def test_the_same_words_are_one() -> None:
    assert np.argmax(letters(SAID).alike("门打不开")) == 0
    assert np.isclose(letters(SAID).alike("门打不开")[0], 1, atol=1e-6)


def test_foreign_words_pull_away() -> None:
    known = letters(SAID)
    assert known.alike("冰箱门打不开")[0] < known.alike("门打不开了")[0]


def test_nothing_in_common() -> None:
    assert not letters(SAID).alike("猫").any()
    assert not letters(SAID).alike("").any()


def test_each_against_each() -> None:
    among = sounds(SAID).among()
    assert among.shape == (3, 3)
    assert np.allclose(np.diag(among), 1, atol=1e-5)
    assert np.allclose(among, among.T, atol=1e-5)


def test_what_sounds_alike_is_alike() -> None:
    assert sound_grams("身") == sound_grams("声") == sound_grams("sen")
    assert np.isclose(sounds(["发票"]).alike("发漂")[0], 1, atol=1e-6)
