"""Would a phrasing find its topic if it were not written down? Whoever is led astray by the others, says so here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np

from knowledge.checking.check import Checked
from knowledge.checking.findings import Finding, found
from knowledge.checking.neighbours import are_neighbours
from knowledge.checking.said import Said
from knowledge.routing import encoders
from knowledge.routing.engine import Engine
from knowledge.routing.fitting import always
from knowledge.routing.phrasebook import Phrasebook
from knowledge.routing.prepared import E5, LETTERS, USE, encode, kernels, load_prepared
from knowledge.routing.retriever import Hit, is_close
from knowledge.routing.ridge import left_out
from knowledge.routing.router import Router
from knowledge.routing.zones import Zone, load_zones

CLEAR = 0.3  # the lead from which a wrong topic is worth an author's look; below, a single word tells them apart
Tell = Callable[[int, int], None]  # done, of how many


def misrouted(checked: Checked, today: date, tell: Tell = lambda _done, _total: None) -> Iterator[Finding]:
    """Warnings for what a rule or a clear lead gives to another topic, unless people mix up the two anyway.

    Some ten seconds for four thousand. Everything but the coefficients is the router's own: its rules, its encoders,
    its thresholds.
    """
    book = Phrasebook(Router(checked.articles, checked.flows).base)
    search = _LeftOut(book)
    router = Router(checked.articles, checked.flows, always(search.engine()))
    places = {(one.topic, one.text): one for one in reversed(checked.said)}
    pairs = list(zip(book.base.topics, book.base.phrasings, strict=True))
    for number, pair in enumerate(pairs):
        tell(number, len(pairs))
        if (one := places.get(pair)) is not None:
            search.number = number
            yield from _judged(router, one, today)
    tell(len(pairs), len(pairs))


def _judged(router: Router, one: Said, today: date) -> Iterator[Finding]:
    route = router.route(one.text, today)
    is_led_astray = route.zone is Zone.ANSWER and route.slug != one.topic
    if is_led_astray and route.lead >= CLEAR and not are_neighbours(route.slug, one.topic):
        led = "is always" if route.lead == 1 else "would, without this line, be"
        message = f"{one.text!r} {led} answered with {route.slug}: {route.reason}"
        yield found(one.file, one.line, one.field, message, is_error=False)


class _LeftOut:
    """Searches for the phrasing with this `number` among all the others, as the retriever would."""

    def __init__(self, book: Phrasebook) -> None:
        self.number, self._book = 0, book
        use, stored = encoders.use(), load_prepared()
        is_fresh = stored.hash == book.base.hash
        vectors = {name: stored.vectors[name] for name in _installed()} if is_fresh else encode(book, use, None)
        self._kernels = kernels(book, vectors)
        self._scores = {name: left_out(one, book.base.topics, book.topics) for name, one in self._kernels.items()}
        self._sure = E5 if E5 in self._kernels else USE if USE in self._kernels else LETTERS
        self._quick = USE if self._sure == E5 else self._sure

    def engine(self) -> Engine:
        return Engine(self._book.canonical, self._search, self._sure, load_zones().of(self._sure))

    def _search(self, _said: str) -> tuple[Hit, ...]:
        name = self._sure if is_close(self._scores[self._quick][self.number]) else self._quick
        scores = self._scores[name][self.number]
        order = np.argsort(-scores, kind="stable")
        return tuple(Hit(self._book.topics[i], float(scores[i]), self._nearest(name, i)) for i in order)

    def _nearest(self, name: str, topic: int) -> str:
        begin, end = (int(edge) for edge in self._book.first[topic : topic + 2])
        likeness = self._kernels[name][self.number, begin:end].copy()
        if begin <= self.number < end and end - begin > 1:
            likeness[self.number - begin] = -np.inf
        return self._book.base.phrasings[begin + int(np.argmax(likeness))]


def _installed() -> list[str]:
    return [USE, *([E5] if encoders.e5() else [])] if encoders.use() else []
