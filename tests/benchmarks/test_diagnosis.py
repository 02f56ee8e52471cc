"""The benchmark's own target, on fewer cases."""

from __future__ import annotations

from random import Random

from tests.benchmarks.diagnosis import LEAST, cases, leaks, scopes, told
from tests.knowledge.invoices.ranking import Scope


def test_the_corrupted_fields_are_named_and_nothing_is_given_away() -> None:
    held = scopes(2)
    ready = [Scope(one) for one in held]
    made = list(cases(held, 150))
    for typed in (False, True):
        right = sum(told(ready[place], case, typed=typed).is_right for place, case in made)
        assert right / len(made) >= LEAST
    random = Random(1)
    counts = [leaks(random, ready[place], case) for place, case in made]
    assert sum(answers for answers, _ in counts) > len(made)
    assert sum(given for _, given in counts) == 0
