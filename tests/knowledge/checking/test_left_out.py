"""A phrasing that the others lead astray is named; the scores are those of a classifier that never saw it."""

import numpy as np
import pytest

from knowledge.checking import check, misrouted
from knowledge.routing.ridge import fit, left_out
from tests.knowledge.checking.sample import TODAY, good, with_change


def test_left_out_is_what_a_fit_without_it_says() -> None:
    vectors = np.random.default_rng(7).normal(size=(12, 5)).astype(np.float32)
    likeness = np.exp(-((vectors[:, None] - vectors[None]) ** 2).sum(-1)).astype(np.float32)
    topics, names = ["a", "b", "c"] * 4, ["a", "b", "c"]
    scores = left_out(likeness, topics, names)
    rest = np.arange(12) != 4
    others = [topic for topic, stays in zip(topics, rest, strict=True) if stays]
    without = fit(likeness[np.ix_(rest, rest)], others, names)
    assert scores[4] == pytest.approx(likeness[4][rest] @ without, abs=0.02)  # a topic with fewer weighs a little more


def test_what_is_led_astray_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.routing.encoders.find_spec", lambda _name: None)
    told: list[tuple[int, int]] = []
    astray = check(with_change("look-at-door.zh-CN.md", "门牌八", "窗户二和窗户三"), TODAY)
    (finding,) = (one for one in misrouted(astray, TODAY, lambda *done: told.append(done)) if one.line == 12)
    assert str(finding).startswith("knowledge/articles/data/look-at-door.zh-CN.md:12: phrasings.7: warning: ")
    assert "would, without this line, be answered with look-at-window" in finding.message
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1] > 100
    assert 12 not in {one.line for one in misrouted(check(good(), TODAY), TODAY)}


def test_who_is_led_to_a_neighbour_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.routing.encoders.find_spec", lambda _name: None)
    group = frozenset({"look-at-door", "look-at-window"})
    monkeypatch.setattr("knowledge.checking.neighbours.groups", lambda: (group,))
    astray = check(with_change("look-at-door.zh-CN.md", "门牌八", "窗户二和窗户三"), TODAY)
    assert 12 not in {one.line for one in misrouted(astray, TODAY)}


def test_a_small_lead_is_not_worth_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.routing.encoders.find_spec", lambda _name: None)
    monkeypatch.setattr("knowledge.checking.left_out.CLEAR", 0.99)
    astray = check(with_change("look-at-door.zh-CN.md", "门牌八", "窗户二和窗户三"), TODAY)
    assert 12 not in {one.line for one in misrouted(astray, TODAY)}
