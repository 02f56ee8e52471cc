"""Thresholds."""

from __future__ import annotations

import tomllib

import pytest

from knowledge.routing import Route, Zone
from knowledge.routing.fitting import Judged, fit_thresholds
from knowledge.routing.zones import CAUTIOUS, Thresholds, Zones, dump_zones


def judged(gold: str, first: str, *, score: float, lead: float) -> Judged:
    return Judged(frozenset({gold}), Route(Zone.CLARIFY, first, (first,), score, "", lead=lead))


OURS = [judged("a", "a", score=0.3 + n / 100, lead=0.2 + n / 100) for n in range(50)]
CONFUSED = [judged("a", "b", score=0.2, lead=0.1) for _ in range(10)]
OTHERS = [judged("oos", "a", score=-0.3, lead=-0.3) for _ in range(20)]


def test_what_is_confused_is_asked_and_what_is_not_ours_is_unknown() -> None:
    found = fit_thresholds([*OURS, *CONFUSED, *OTHERS])
    assert {one.zone(found) for one in OTHERS} == {Zone.UNKNOWN}
    assert {one.zone(found) for one in CONFUSED} == {Zone.CLARIFY}
    assert {one.zone(found) for one in OURS} == {Zone.ANSWER}


def test_hardly_anything_of_ours_is_called_unknown() -> None:
    lost = [judged("a", "a", score=-0.35, lead=-0.35) for _ in range(10)]
    found = fit_thresholds([*OURS, *lost, *OTHERS])
    assert {one.zone(found) for one in lost} == {Zone.CLARIFY}


def test_what_is_nearer_to_ours_than_to_anything_else_is_never_unknown() -> None:
    assert fit_thresholds([*OURS, *OTHERS]).clarify <= 0


def test_where_nothing_is_right_nothing_is_fitted() -> None:
    wrong = [judged("a", "b", score=0.9, lead=0.99) for _ in range(10)]
    assert fit_thresholds(wrong) == CAUTIOUS


@pytest.mark.parametrize(
    ("lead", "score", "zone"),
    [
        (0.5, 0.5, Zone.ANSWER),
        (0.2, 0.4, Zone.ANSWER),
        (0.1, 0.5, Zone.CLARIFY),
        (0.3, 0.3, Zone.CLARIFY),  # ahead of our topics, but hardly of what is not ours
        (0.2, -0.1, Zone.CLARIFY),
        (0.5, -0.5, Zone.UNKNOWN),
    ],
)
def test_zones(lead: float, score: float, zone: Zone) -> None:
    assert Thresholds(answer=0.2, clarify=-0.1).zone(lead=lead, score=score) is zone


def test_they_can_be_kept() -> None:
    zones = Zones(hash="abc", fitted={"use": Thresholds(answer=0.06, clarify=-0.16), "letters": CAUTIOUS})
    assert Zones.model_validate(tomllib.loads(dump_zones(zones))) == zones
    assert zones.of("use").answer == 0.06
    assert zones.of("e5") == CAUTIOUS
