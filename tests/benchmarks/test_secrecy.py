"""Nothing is told by words; and what would be told by time, the benchmark would see."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest

from knowledge.invoices.model import Invoice
from tests.benchmarks.secrecy import LEAK, PAIRS, Asking, House, house, interval, measured


def simulated(seed: int, leak: float, count: int = PAIRS, noise: float = 0.08) -> list[tuple[float, float]]:
    """Times as they are on a machine with little other work: mostly alike, some much longer."""
    random = Random(seed)

    def one() -> float:
        hiccup = 3.0 if random.random() < 0.05 else 1.0
        return 0.004 * math.exp(random.gauss(0, noise)) * hiccup

    return [(one() * (1 + leak), one()) for _ in range(count)]


def test_a_leak_hardly_ever_passes() -> None:
    for leak in (LEAK, 1 / (1 + LEAK) - 1, 2 * LEAK):
        assert sum(interval(simulated(seed, leak)).holds for seed in range(200)) <= 4  # 1 expected: half of 1 %


def test_what_leaks_nothing_mostly_passes() -> None:
    assert sum(interval(simulated(seed, 0)).holds for seed in range(200)) >= 170


def test_too_little_or_too_noisily_measured_shows_nothing() -> None:
    assert not any(interval(simulated(seed, 0, count=20)).holds for seed in range(50))
    assert not any(interval(simulated(seed, 0, noise=0.5)).holds for seed in range(50))


@pytest.mark.parametrize("way", ["/verify", "look up", "inline", "wait"])
async def test_elsewhere_and_nowhere_are_answered_in_the_same_words(tmp_path: Path, way: str) -> None:
    async with house(tmp_path, pairs=6) as here:
        _, different = await measured(here, here.ways()[way])
        assert different == 0
        _, different = await measured(here, telling(here, here.ways()[way]))
        assert different == len(here.pairs)


def telling(here: House, ask: Callable[[Invoice], Awaitable[Asking]]) -> Callable[[Invoice], Awaitable[Asking]]:
    """The same, with a word more about what is elsewhere."""
    there = {pair.elsewhere.number for pair in here.pairs}

    async def asked(invoice: Invoice) -> Asking:
        asking = await ask(invoice)

        async def said() -> str:
            return await asking.said() + "!" * (invoice.number in there)

        return Asking(asking.call, said)

    return asked


async def test_the_words_are_those_that_are_read(tmp_path: Path) -> None:
    async with house(tmp_path, pairs=1) as here:
        ways, nowhere = here.ways(), here.pairs[0].nowhere
        for way, words in (("/verify", "不一致或查无此票"), ("look up", "未找到这张发票"), ("wait", "我盯着这张票")):
            asking = await ways[way](nowhere)
            await asking.call()
            assert words in await asking.said()
