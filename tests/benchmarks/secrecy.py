"""Whether an answer tells that an invoice of others exists, by its words or its time: `make bench-secrecy`.

Each way to ask is tried with an invoice that is elsewhere and, right before or after, with a number like it that is
nowhere. The words must be the same. Of the times the median of the pairs' ratios is told with its 99 % interval: the
way holds if the whole interval lies within LEAK, and not already if nothing was noticed. Then the same is measured with
a leak of that size planted: a way counts only if that one would have been found.
"""

from __future__ import annotations

import asyncio
import math
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.table import Table
from sqlalchemy import delete

from bot.app import Services, opened
from handlers.conversation.answers import Answers
from handlers.conversation.service import ConversationService
from handlers.incoming import Incoming, Person, Tap
from knowledge.invoices.model import Invoice
from knowledge.permissions import Role
from knowledge.texts import Locale
from storage.schema import outbox, verifications
from tests.benchmarks.invoices import invoices
from tests.conftest import settings_for

SEED, INVOICES, PAIRS, LEAK = 7, 6_000, 800, 0.03
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
_MEMBER = 50_000  # the first member's id
_Z = 2.576  # 99 %

Call = Callable[[], Awaitable[None]]
Said = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Pair:
    """An invoice of others, and the same under a number that nobody has."""

    elsewhere: Invoice
    nowhere: Invoice


@dataclass(frozen=True, slots=True)
class Asking:
    """One question by somebody who never asked before: `call` is what takes its time, `said` what they then read."""

    call: Call
    said: Said


class House:
    """A bot with invoices of many organizations, and a member of one of them for each question."""

    def __init__(self, services: Services, tax_id: str, pairs: Sequence[Pair]) -> None:
        self.services, self.pairs, self._tax_id, self._asked = services, pairs, tax_id, 0
        features, zone = services.features, ZoneInfo("Asia/Shanghai")
        answers = Answers(services.texts, services.router, features, zone)
        self._talk = ConversationService(services.storage, services.texts, answers, features)

    async def somebody(self) -> int:
        self._asked += 1
        user_id = _MEMBER + self._asked
        async with self.services.storage.begin() as work:
            await work.users.seen(user_id, "示例会计", Locale.ZH, NOW)
            organization = await work.organizations.by_tax_id(self._tax_id)
            assert organization is not None
            await work.organizations.join(organization.id, user_id, Role.MEMBER, NOW)
        return user_id

    async def forget(self) -> None:
        """So that the tables are as long for the last question as for the first."""
        async with self.services.storage.begin() as work:
            await work.connection.execute(delete(verifications))
            await work.connection.execute(delete(outbox))

    async def _queued(self, user_id: int, invoice: Invoice) -> str:
        async with self.services.storage.read() as work:
            rows = await work.connection.execute(
                outbox.select().where(outbox.c.chat_id == user_id).order_by(outbox.c.id)
            )
            return _masked("\n".join(f"{row.body.get('text')}" for row in rows), invoice)

    async def verify(self, invoice: Invoice) -> Asking:
        user_id, texts = await self.somebody(), list[str]()
        facts = {"family": "digital", "number": invoice.number, "issue_date": f"{invoice.issue_date}", "amount": "1.00"}

        async def call() -> None:
            verified = await self.services.features.verifications.verify(user_id, {**facts, "verify_by": "total"}, NOW)
            texts.append(f"{verified.verdict} {verified.text}")

        async def said() -> str:
            return _masked("\n".join(texts), invoice)

        return Asking(call, said)

    async def look_up(self, invoice: Invoice) -> Asking:
        user_id = await self.somebody()
        message = Incoming(Person(user_id, "示例会计"), user_id, 1, f"{invoice.number} {invoice.issue_date}")
        return Asking(lambda: self._talk.wrote(message, NOW), lambda: self._queued(user_id, invoice))

    async def inline(self, invoice: Invoice) -> Asking:
        user_id, found = await self.somebody(), list[str]()

        async def call() -> None:
            found.append(f"{await self.services.inline.find(user_id, invoice.number, NOW)}")

        async def said() -> str:
            return _masked("\n".join(found), invoice)

        return Asking(call, said)

    async def wait(self, invoice: Invoice) -> Asking:
        user_id, waits = await self.somebody(), self.services.features.waits
        async with self.services.storage.begin() as work:
            facts = {"number": invoice.number, "issue_date": f"{invoice.issue_date}"}
            wait_id = await work.waits.remember(user_id, facts, "", NOW.date(), (), NOW)
        await waits.begin(Tap(Person(user_id, ""), user_id, 1, ()), wait_id, NOW)
        return Asking(lambda: waits.check(wait_id, NOW), lambda: self._queued(user_id, invoice))

    def ways(self) -> dict[str, Callable[[Invoice], Awaitable[Asking]]]:
        return {"/verify": self.verify, "look up": self.look_up, "inline": self.inline, "wait": self.wait}


def _masked(text: str, invoice: Invoice) -> str:
    """Without the number, which was typed and is not the same."""
    return text.replace(invoice.number, "…")


@asynccontextmanager
async def house(folder: Path, pairs: int = PAIRS) -> AsyncIterator[House]:
    async with opened(settings_for("http://127.0.0.1:1", folder)) as services:
        await asyncio.to_thread(services.router.warm)
        held = list(invoices(INVOICES, SEED))
        ours = held[0].buyer_tax_id
        async with services.storage.begin() as work:
            await work.organizations.add(ours, "我们公司", NOW)
            await work.invoices.save(held, NOW)
        yield House(services, ours, list(_pairs(held, ours))[:pairs])


def _pairs(held: Sequence[Invoice], ours: str) -> Iterator[Pair]:
    """Of issuers that never wrote to us: nothing in our own scope is like it."""
    random, numbers = Random(SEED), {invoice.number for invoice in held}
    known = {one.seller_tax_id for one in held if ours in (one.seller_tax_id, one.buyer_tax_id)}
    for invoice in held:
        if not invoice.code and invoice.seller_tax_id not in known and invoice.buyer_tax_id != ours:
            number = f"{invoice.number[:12]}{random.randrange(10**8):08}"
            if number not in numbers:
                yield Pair(invoice, replace(invoice, key=f"digital:{number}", number=number))


# What is measured.


@dataclass(frozen=True, slots=True)
class Interval:
    """Of elsewhere's time over nowhere's."""

    low: float
    middle: float
    high: float

    @property
    def holds(self) -> bool:
        """A leak of LEAK, either way, is ruled out. False as well if too little was measured to say so."""
        return self.low > 1 / (1 + LEAK) and self.high < 1 + LEAK


def interval(times: Sequence[tuple[float, float]]) -> Interval:
    """The median of the pairs' ratios, with its distribution-free interval: both of a pair met the same machine."""
    ratios = sorted(elsewhere / nowhere for elsewhere, nowhere in times)
    reach = _Z * math.sqrt(len(ratios)) / 2
    low, high = (round(len(ratios) / 2 + side * reach) for side in (-1, 1))
    return Interval(ratios[max(0, low - 1)], median(ratios), ratios[min(len(ratios), high) - 1])


async def measured(
    here: House, ask: Callable[[Invoice], Awaitable[Asking]], *, planted: float = 0
) -> tuple[list[tuple[float, float]], int]:
    """Seconds of (elsewhere, nowhere), in random order; and how many pairs were answered in different words.

    `planted`: the share by which each call for what is elsewhere is made to take longer.
    """
    random, times, different = Random(SEED), list[tuple[float, float]](), 0
    for n, pair in enumerate(here.pairs):
        if n % 50 == 0:
            await here.forget()
        took, said = dict[bool, float](), dict[bool, str]()
        for is_there in random.sample((True, False), 2):
            asking = await ask(pair.elsewhere if is_there else pair.nowhere)
            begun = time.perf_counter()
            await asking.call()
            if is_there and planted:
                _spin(planted * (time.perf_counter() - begun))
            took[is_there] = time.perf_counter() - begun
            said[is_there] = await asking.said()
        times.append((took[True], took[False]))
        different += said[True] != said[False]
    return times, different


def _spin(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


async def main() -> int:
    table = Table(box=box.MARKDOWN)
    for name in ("asked by", "ms", "elsewhere : nowhere", "99 % interval", "leak planted", "other words", "verdict"):
        table.add_column(name, justify="left" if name == "asked by" else "right")
    good = True
    with tempfile.TemporaryDirectory() as folder:
        async with house(Path(folder)) as here:
            for name, ask in here.ways().items():
                times, different = await measured(here, ask)
                usual = median(nowhere for _, nowhere in times)
                planted, _ = await measured(here, ask, planted=LEAK)
                found, control = interval(times), interval(planted)
                verdict = _verdict(found, control, different)
                good &= verdict == "holds"
                span = f"{found.low:.3f} – {found.high:.3f}"
                row = (name, f"{usual * 1e3:.2f}", f"{found.middle:.3f}", span, f"{control.middle:.3f}")
                table.add_row(*row, str(different), verdict)
    Console(width=140).print(table)
    return 0 if good else 1


def _verdict(found: Interval, control: Interval, different: int) -> str:
    if different:
        return "TELLS BY WORDS"
    if control.holds:
        return "blind: a planted leak was not seen"
    return "holds" if found.holds else "NOT SHOWN"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
