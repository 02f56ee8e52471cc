"""Whether anybody is ever shown what is outside of their scope: `make bench-scope`.

Hostile and clumsy people write, tap forged buttons and ask inline, whatever the bot knows of; everything that leaves
the bot for anybody is searched for values of invoices that its reader may not see and has not typed. Exits with 1
if there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from bot.app import opened
from bot.lookups import lookup_lines
from handlers.alerts.service import Report
from knowledge.invoices.lookup import LookupResult
from knowledge.invoices.model import Axis, Invoice
from knowledge.invoices.queries import understand
from knowledge.permissions import ADMIN, Role
from storage.database import Database
from storage.migrate import migrate
from storage.unit_of_work import Storage
from tests.benchmarks import slips
from tests.benchmarks.scope_attacks import Attacks
from tests.benchmarks.scope_markers import Typed
from tests.benchmarks.scope_routes import SAY, TAP, Act, Route, Sent, short, whole
from tests.benchmarks.scope_world import LEFT, MANAGER, REMOVED, SEVERAL, Asker, Clock, World
from tests.conftest import DESK, settings_for

EPOCH = 1_000  # acts, after which there are other people
FINDER, BATCH = "finding, others' invoices there or not", "lookup --batch"
CLAIMS = "imports that claim others' invoices"
INLINE_SERVICE, TIMERS, JOINED = "inline queries, their service", "alerts and waiting", "joining"
SHOWN = 20  # leaks in full


@dataclass(frozen=True, slots=True)
class Leak:
    act: Act
    role: str
    markers: tuple[str, ...]
    sent: str


@dataclass(slots=True)
class Figures:
    done: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    telling: Counter[str] = field(default_factory=Counter)  # answers with values of invoices in them
    found: Counter[str] = field(default_factory=Counter)  # of one's own, by numbers of others
    leaks: list[Leak] = field(default_factory=list)

    def leak(self, leak: Leak) -> None:
        self.outside[leak.act.kind] += 1
        self.leaks.append(leak)

    def table(self) -> Table:
        columns = {"times": self.done, "answers": self.answers, "of invoices": self.telling, "outside": self.outside}
        table = Table("what was tried", *columns, box=box.MARKDOWN)
        for kind in self.done:
            table.add_row(kind, *(f"{counts[kind]:,}" for counts in columns.values()))
        table.add_row("all", *(f"{counts.total():,}" for counts in columns.values()))
        return table


class Judge:
    """Looks at everything that was sent, and at who belongs to what afterwards."""

    def __init__(self, world: World, figures: Figures) -> None:
        self._world, self._figures = world, figures
        self._desk = Typed()

    async def judge(self, act: Act, sent: Iterable[Sent]) -> None:
        asker = self._world.people.get(act.user)
        before = {user_id: set(one.roles) for user_id, one in self._world.everybody.items()}
        if asker and (act.verb == TAP or act.text.startswith("/start")):
            await self._who_belongs(act, asker)
        self._figures.done[act.kind] += 1
        for one in sent:
            self._figures.answers[act.kind] += 1
            self._look(act, asker, one, before)

    async def _who_belongs(self, act: Act, asker: Asker) -> None:
        """Nobody joins but by an invitation that nobody has used; nobody manages but whom a manager lets."""
        token = act.text.removeprefix("/start ")
        offered = self._world.tokens.pop(token, None) if act.verb == SAY else None
        memberships = await self._world.memberships()
        for user_id, roles in memberships.items():
            person = self._world.people[user_id]
            for org_id, role in roles.items():
                is_new, is_raised = org_id not in person.roles, person.roles.get(org_id, role) != role
                invited = is_new and person is asker and offered == org_id
                handed = is_raised and asker.roles.get(org_id) == Role.MANAGER
                if (is_new and not invited) or (is_raised and not handed):
                    self._figures.leak(Leak(act, asker.role, (f"{role} of {org_id}",), "membership"))
            if offered is not None and person is asker and offered not in roles:  # a member's try uses nothing up
                self._world.tokens[token] = offered
        for user_id, roles in memberships.items():
            self._world.people[user_id].roles = roles
            self._world.people[user_id].ever |= set(roles)

    def _look(self, act: Act, asker: Asker | None, sent: Sent, before: dict[int, set[int]]) -> None:
        world, reader = self._world, self._world.everybody.get(sent.chat_id)
        found = world.markers.in_text(sent.text) | (world.markers.in_file(sent.content) if sent.content else set())
        if reader is not None:
            reader.buttons += sent.buttons
            typed = [reader.typed]
            if reader is asker and act.verb == TAP:  # a button's data is theirs for this once
                typed.append(Typed())
                typed[-1].add(act.text)
            foreign = world.markers.foreign(found, world.scope(before[reader.id] | set(reader.roles)), *typed)
        elif sent.chat_id == DESK:
            of_ticket = world.everybody.get(sent.ticket_user)
            typed = [one.typed for one in (of_ticket, asker) if one]
            foreign = world.markers.foreign(found, world.scope(of_ticket.ever if of_ticket else set()), *typed)
        else:
            foreign = world.markers.foreign(found, (), *([asker.typed] if asker else []))
        self._figures.telling[act.kind] += bool(found)
        if foreign:
            role = reader.role if reader else "a group"
            self._figures.leak(Leak(act, role, tuple(sorted(foreign)), sent.text[:400]))


class Run:
    """One route's share of all acts."""

    def __init__(self, world: World, route: Route, figures: Figures, random: Random) -> None:
        self._world, self._route, self._figures, self._random = world, route, figures, random
        self._judge = Judge(world, figures)
        self.attacks = Attacks(world, route.registry, random)

    async def acts(self, count: int, tick: Callable[[], None]) -> None:
        done = 0
        while done < count:
            size = min(EPOCH, count - done)
            await self._begin()
            for place in range(size):
                if place == size // 3:
                    await self._part()
                if place in (size // 2, size - 1):
                    await self._time_goes_by()
                if place % 100 == 0:
                    self.attacks.pool.ids = await self._world.ids()
                    self.attacks.pool.sent = [
                        data for one in self._world.people.values() for data in one.buttons[-200:]
                    ] or ["m:menu"]
                await self._do(self.attacks.next())
                tick()
            done += size

    async def _do(self, act: Act) -> list[Sent]:
        self._world.clock.advance(timedelta(seconds=1))
        if (asker := self._world.people.get(act.user)) is not None and act.verb != TAP:
            asker.typed.add(act.text)
        sent = await self._route.do(act)
        await self._judge.judge(act, sent)
        return sent

    async def _begin(self) -> None:
        """New people. Those who will leave have looked, watched, asked for help, and wait for something."""
        world, random = self._world, self._random
        world.clock.advance(timedelta(days=1))
        await world.people_anew()
        self.attacks.pool.keys = [random.choice(world.invoices).key for _ in range(50)]
        for asker in world.people.values():
            self._route.meet(asker.id)
            await self._do(Act("commands", asker.id, SAY, "/start"))
        for asker in (*world.those(LEFT), *world.those(REMOVED), *world.those(SEVERAL)):
            await self._live(asker)
        for owner in world.owners[:3]:
            role = random.choice(list(Role))
            token = await world.services.features.organizations.invite(ADMIN, owner.tax_ids[0], role, world.clock())
            world.tokens[token] = owner.id

    async def _live(self, asker: Asker) -> None:
        own = self._random.sample(self._world.own(asker), 3)
        for one in own:
            await self._do(Act("one's own", asker.id, TAP, f"i:show:{one.key}"))
            await self._do(Act("one's own", asker.id, TAP, f"a:watch:{one.key}"))
        await self._do(Act("one's own", asker.id, TAP, f"i:problem:{own[0].key}"))
        await self._do(Act("one's own", asker.id, TAP, "m:human"))
        near = slips.substitution(self._random, own[1].number)
        await self._do(Act("one's own", asker.id, SAY, near))
        await self._do(Act("numbers of others", asker.id, SAY, self._world.foreign(asker).number))
        for data in [data for data in asker.buttons if data.startswith("i:wait:")][-2:]:
            await self._do(Act("one's own", asker.id, TAP, data))
        await self._do(Act("one's own", asker.id, TAP, f"i:problem:{own[2].key}"))

    async def _part(self) -> None:
        """Some leave, some are removed; alerts, waits, flows and tickets of theirs are under way."""
        for asker in self._world.those(LEFT):
            for org_id in [*asker.roles]:
                await self._do(Act(JOINED, asker.id, TAP, f"o:leave:{org_id}:{await self._version(org_id)}:"))
        manager = self._world.those(MANAGER)[0]
        for asker in self._world.those(REMOVED):
            for org_id in asker.roles.keys() & manager.roles.keys():
                version = await self._version(org_id)
                await self._do(Act(JOINED, manager.id, TAP, f"o:remove:{org_id}:{version}:{asker.id}"))

    async def _version(self, org_id: int) -> int:
        async with self._world.services.storage.read() as work:
            organization = await work.organizations.get(org_id)
        return organization.version if organization else 0

    async def _time_goes_by(self) -> None:
        """Platforms report on what is watched, invoices come in, and whoever waits is told."""
        world, random = self._world, self._random
        new = [world.another(random.choice(random.choice(world.owners).invoices)) for _ in range(20)]
        world.markers.add(new)
        async with world.services.storage.begin() as work:
            await work.invoices.save(new, world.clock())
            await world.services.features.waits.arrived(work, new, world.clock())
        keys = {data.partition("a:watch:")[2] for one in world.people.values() for data in one.buttons} - {""}
        for key in sorted(keys)[:60]:
            event = f"{key} {world.clock()}"
            change = random.choice(("red_pending", "void", "fully_red"))
            report = Report("platform", event, key, Axis.TAX_STATUS, change, world.clock())
            await world.services.features.alerts.record(report, world.clock())
        world.clock.advance(timedelta(hours=1, minutes=5))
        await self._judge.judge(Act(TIMERS, 0, "", ""), await self._route.sweep())


# ── Below the chat ──


async def the_same_without_others(
    world: World, alone: dict[int, Storage], figures: Figures, random: Random, count: int, tick: Callable[[], None]
) -> None:
    """What is found must be the very same in a database in which the others' invoices don't exist."""
    for _ in range(count):
        owner = random.choice(world.owners)
        source = random.choice((world.invoices, world.invoices, random.choice(world.owners).invoices, world.shared))
        one, today = random.choice(source), world.clock().date()
        name = random.choice((one.seller_name, one.buyer_name))
        said = {**slips.numbers(random, one), **slips.fields(random, one, name), **slips.names(name)}
        kind = random.choice([*said])
        query = understand(said[kind], today)
        found = await world.services.storage.finder.find(query, owner.tax_ids)
        figures.done[FINDER] += 1
        shown = _shown(found)
        figures.answers[FINDER] += 1
        figures.telling[FINDER] += bool(shown)
        act = Act(FINDER, 0, "", said[kind])
        if any(not world.is_of(invoice, owner) for invoice in shown):
            figures.leak(Leak(act, "member of one", tuple(invoice.key for invoice in shown), ""))
        elif _told(found) != _told(await alone[owner.id].finder.find(query, owner.tax_ids)):
            figures.leak(Leak(act, "member of one", ("another answer",), str([invoice.key for invoice in shown])))
        if kind.startswith("number") and not world.is_of(one, owner):
            figures.found[_how(one, found)] += 1
        tick()


def _shown(result: LookupResult) -> list[Invoice]:
    return [*([result.exact] if result.exact else []), *(match.invoice for match in (*result.near, *result.also))]


def _told(result: LookupResult) -> tuple[Any, ...]:
    near = [(match.invoice, round(match.score, 6)) for match in (*result.near, *result.also)]
    return result.exact, near, result.ask, result.winner.invoice if result.winner else None


def _how(sought: Invoice, result: LookupResult) -> str:
    """Which invoice of one's own a number of somebody else's has found."""
    shown = _shown(result)
    if any(one.number == sought.number for one in shown):
        return "one's own under the very same number of 8 digits"
    if result.exact is not None:
        return "one's own that what was typed, with its slip, is the number of"
    return "something near of one's own" if shown else "nothing"


async def inline(world: World, attacks: Attacks, figures: Figures, count: int, tick: Callable[[], None]) -> None:
    """The answers to inline queries, as the handler asks for them."""
    await world.people_anew()
    for _ in range(count):
        act = attacks.inline()
        asker = world.people[act.user]
        typed = Typed()
        typed.add(act.text)
        answer = await world.services.inline.find(act.user, act.text, world.clock())
        found = world.markers.in_text(
            "\n".join(f"{one.key} {one.title} {one.description} {one.html}" for one in answer.found)
        )
        figures.done[INLINE_SERVICE] += 1
        figures.answers[INLINE_SERVICE] += 1
        figures.telling[INLINE_SERVICE] += bool(found)
        if foreign := world.markers.foreign(found, world.scope(set(asker.roles)), typed):
            figures.leak(Leak(act, asker.role, tuple(foreign), str(answer)[:400]))
        tick()


async def batches(world: World, figures: Figures, random: Random, count: int, tick: Callable[[], None]) -> None:
    zone = settings_for("http://127.0.0.1:1", Path()).zone
    for at in range(0, count, 200):
        lines, owners = [], []
        for _ in range(min(200, count - at)):
            chosen = random.sample(world.owners, random.randint(0, 2))
            one = random.choice(world.invoices)
            text = random.choice((one.number, f"{one.total} {one.issue_date}", one.seller_name, one.number[-8:]))
            lines.append({"query": text, "orgs": [random.choice(owner.tax_ids) for owner in chosen]})
            owners.append({owner.id for owner in chosen})
        answers = await lookup_lines(world.services, lines, "", 5, zone)
        for line, ids, answer in zip(lines, owners, answers, strict=True):
            typed = Typed()
            typed.add(str(line))
            figures.done[BATCH] += 1
            figures.answers[BATCH] += 1
            figures.telling[BATCH] += bool(answer["found"])
            foreign = world.markers.foreign(world.markers.in_text(str(answer["results"])), world.scope(ids), typed)
            foreign |= {row["key"] for row in answer["results"] if not _may(world, row["key"], ids)}
            if foreign:
                figures.leak(Leak(Act(BATCH, 0, "", str(line)), "command line", tuple(foreign), str(answer)[:400]))
            tick()


async def claims(folder: Path, world: World, figures: Figures, random: Random, count: int) -> None:
    """A manager's file names invoices of others with the manager's organization as their buyer, and nothing else."""
    for owner in world.owners[:2] if count else ():
        foreign = [one for one in world.invoices if not world.is_of(one, owner)]
        chosen, path = random.sample(foreign, count // 2), folder / "claims.csv"
        lines = [f"{one.code},{one.number},{owner.tax_ids[0]}" for one in chosen]
        await asyncio.to_thread(path.write_text, "\n".join(["code,number,buyer_tax_id", *lines]), "utf-8")
        await world.services.imports.import_path(path, world.clock(), tax_ids=owner.tax_ids)
        for one in chosen:
            async with world.services.storage.read() as work:
                stored = await work.invoices.visible(one.key, owner.tax_ids)
            figures.done[CLAIMS] += 1
            figures.answers[CLAIMS] += 1
            if stored and (stored.invoice.total or stored.invoice.seller_name):
                figures.leak(Leak(Act(CLAIMS, 0, "", one.key), MANAGER, (one.seller_name, str(one.total)), ""))


def _may(world: World, key: str, ids: set[int]) -> bool:
    number = key.rpartition(":")[2]
    return not world.markers.foreign([number], world.scope(ids))


async def alone_in(folder: Path, world: World, stack: AsyncExitStack) -> dict[int, Storage]:
    """A database for each organization, with nothing but its own invoices."""
    found: dict[int, Storage] = {}
    for owner in world.owners:
        database = Database(f"sqlite+aiosqlite:///{folder / str(owner.id)}.db")
        stack.push_async_callback(database.close)
        await migrate(database)
        found[owner.id] = Storage(database)
        async with found[owner.id].begin() as work:
            await work.invoices.save(owner.invoices, world.clock())
    return found


# ── All of it ──


@dataclass(frozen=True, slots=True)
class Shares:
    """How many go which way."""

    whole: int
    short: int
    finder: int
    inline: int
    batch: int
    claims: int = 0

    @classmethod
    def of(cls, count: int, whole: int) -> Shares:
        """Updates cost the most: of what does not go the whole way, they are a fifth."""
        rest = max(0, count - whole)
        finder, asked, batch = rest * 2 // 5, rest // 4, rest * 3 // 20
        return cls(whole, rest - finder - asked - batch, finder, asked, batch, min(100, count // 100))


async def measure(
    folder: Path, invoices: int, shares: Shares, seed: int, tick: Callable[[str], None], figures: Figures
) -> None:
    """The figures grow with each act: whoever breaks it off has those so far."""
    clock = Clock()
    (folder / "short").mkdir()
    async with AsyncExitStack() as stack:
        route = await stack.enter_async_context(short(folder / "short", clock))
        world = World(route.services, Random(seed), clock)
        await world.fill(invoices)
        alone = await alone_in(folder, world, stack)
        await the_same_without_others(world, alone, figures, Random(seed + 2), shares.finder, lambda: tick("finding"))
        await batches(world, figures, Random(seed + 3), shares.batch, lambda: tick("batches"))
        run = Run(world, route, figures, Random(seed + 1))
        await inline(world, run.attacks, figures, shares.inline, lambda: tick("inline queries"))
        await run.acts(shares.short, lambda: tick("updates to the handlers"))
        await claims(folder, world, figures, Random(seed + 6), shares.claims)
        never = [pattern for pattern, times in run.attacks.tried.items() if not times]
        if never and shares.short >= EPOCH:
            raise AssertionError(f"never tried: {never}")
    if not shares.whole:
        return
    (folder / "whole").mkdir()
    async with opened(settings_for("http://127.0.0.1:1", folder / "whole")) as services:
        world = World(services, Random(seed + 4), clock)
        await world.fill(invoices)
    async with whole(folder / "whole", clock) as all_of_it:
        world.services = all_of_it.services
        run = Run(world, all_of_it, figures, Random(seed + 5))
        await run.acts(shares.whole, lambda: tick("the whole way"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--whole", type=int, default=5_000, help="of them through HTTP, inbox and delivery")
    parser.add_argument("--invoices", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    console = Console(width=120)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    figures, ways, interrupted = Figures(), Counter[str](), False
    with Progress(*columns, console=console) as progress, tempfile.TemporaryDirectory() as folder:
        task = progress.add_task("invoices", total=options.count)

        def tick(way: str) -> None:
            ways[way] += 1
            progress.update(task, advance=1, description=way)

        shares = Shares.of(options.count, options.whole)
        try:
            asyncio.run(measure(Path(folder), options.invoices, shares, options.seed, tick, figures))
        except KeyboardInterrupt:
            interrupted = True
    report(console, figures, ways)
    sys.exit(1 if figures.leaks else 130 if interrupted else 0)


def report(console: Console, figures: Figures, ways: Counter[str]) -> None:
    console.print(figures.table())
    console.print("ways:", dict(ways))
    console.print("numbers of others, looked for in one's own scope, found:", dict(figures.found.most_common()))
    for leak in figures.leaks[:SHOWN]:
        console.print(leak, markup=False, soft_wrap=True)


if __name__ == "__main__":
    main()
