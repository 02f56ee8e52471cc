"""Who asks about what: organizations with their invoices, and people who are something else to each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from random import Random

from sqlalchemy import func, select

from bot.app import Services
from knowledge.invoices.model import Invoice
from knowledge.permissions import DeskRole, Role
from knowledge.texts import Locale
from storage.organizations import AliasKind
from storage.schema import flow_sessions, members, organizations, tickets, waits
from storage.users import Agent
from tests.benchmarks.invoices import invoices
from tests.benchmarks.scope_markers import Markers, Typed

ORGANIZATIONS, SHARED = 6, 30  # organizations of the bot; numbers of 8 digits that two of them have
NOBODY, MEMBER, SEVERAL, MANAGER = "without organization", "member of one", "member of several", "manager"
LEFT, REMOVED, AGENT = "has left", "was removed", "agent"
ROLES = (NOBODY, NOBODY, MEMBER, MEMBER, SEVERAL, MANAGER, LEFT, LEFT, REMOVED, REMOVED, AGENT)
_FEN = 10**7, 10**9  # so large that no sum and no text has the same amount by chance


class Clock:
    """Stands still but for what it is moved by: a run can be repeated."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 15, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass(frozen=True, slots=True)
class Owner:
    """An organization; the second of its tax ids is a former one, of a fifth of its invoices."""

    id: int
    tax_ids: tuple[str, str]
    invoices: Sequence[Invoice]


@dataclass(slots=True)
class Asker:
    """`owners`: ids of organizations as the database has them; `ever`: those of before too."""

    id: int
    role: str
    roles: dict[int, str] = field(default_factory=dict)
    ever: set[int] = field(default_factory=set)
    typed: Typed = field(default_factory=Typed)
    buttons: list[str] = field(default_factory=list)


def synthetic(random: Random, count: int) -> Iterator[Invoice]:
    """No two share an amount, and each has a check code."""
    amounts = iter(random.sample(range(*_FEN), 3 * count))
    for invoice in islice(invoices(count, random.randrange(10**6)), count):
        net, tax, total = (Decimal(next(amounts)).scaleb(-2) for _ in range(3))
        yield replace(invoice, net=net, tax=tax, total=total, extra={"check_code": f"{random.randrange(10**20):020}"})


class World:
    """`people` are renewed now and then: what somebody has typed may be said back to them, and must not become all."""

    def __init__(self, services: Services, random: Random, clock: Clock) -> None:
        self.services, self.random, self.clock = services, random, clock
        self.owners: list[Owner] = []
        self.invoices: list[Invoice] = []
        self.shared: list[Invoice] = []
        self.markers = Markers()
        self.people: dict[int, Asker] = {}
        self.everybody: dict[int, Asker] = {}  # those of before too: alerts still reach them
        self.tokens: dict[str, int] = {}  # invitations that nobody has used, and whose they are
        self._next_id = 1000

    async def fill(self, count: int) -> None:
        made = list({one.key: one for one in synthetic(self.random, count)}.values())
        by_party: defaultdict[str, list[Invoice]] = defaultdict(list)
        for invoice in made:
            for tax_id in (invoice.seller_tax_id, invoice.buyer_tax_id):
                by_party[tax_id].append(invoice)
        largest = sorted(by_party, key=lambda tax_id: (-len(by_party[tax_id]), tax_id))[:ORGANIZATIONS]
        for tax_id in largest:
            await self._organization(tax_id, f"{tax_id[-15:]}", by_party[tax_id])
        kept = {one.key: one for one in made} | {one.key: one for owner in self.owners for one in owner.invoices}
        self.invoices = list(kept.values())
        self.shared = list(self._shared())
        self.invoices += self.shared
        self.owners = [
            replace(owner, invoices=[one for one in self.invoices if self.is_of(one, owner)]) for owner in self.owners
        ]
        self.markers.add(self.invoices)
        for at in range(0, len(self.invoices), 5_000):
            async with self.services.storage.begin() as work:
                await work.invoices.save(self.invoices[at : at + 5_000], self.clock())

    async def _organization(self, tax_id: str, former: str, theirs: Sequence[Invoice]) -> None:
        name = next(one.seller_name if one.seller_tax_id == tax_id else one.buyer_name for one in theirs)
        async with self.services.storage.begin() as work:
            organization = await work.organizations.add(tax_id, name, self.clock())
            assert organization is not None
            assert await work.organizations.add_alias(organization.id, former, AliasKind.TAX_ID)
        ours = [_renamed(one, tax_id, former) if at % 5 == 0 else one for at, one in enumerate(theirs)]
        self.owners.append(Owner(organization.id, (tax_id, former), ours))

    def _shared(self) -> Iterator[Invoice]:
        """Numbers of 8 digits are not unique: invoices of others under numbers of ours, by another code."""
        ours = [one for owner in self.owners for one in owner.invoices if one.code]
        others = [one for one in self.invoices if one.code and not any(self.is_of(one, its) for its in self.owners)]
        for mine, theirs in zip(self.random.sample(ours, min(SHARED, len(ours))), others, strict=False):
            yield replace(
                self.another(theirs), number=mine.number, code=theirs.code, key=f"legacy:{theirs.code}:{mine.number}"
            )

    def is_of(self, invoice: Invoice, owner: Owner) -> bool:
        return not {invoice.seller_tax_id, invoice.buyer_tax_id}.isdisjoint(owner.tax_ids)

    def another(self, invoice: Invoice) -> Invoice:
        """Of the same parties, on the same day."""
        number = f"{invoice.number[:5]}{self.random.randrange(10**15):015}"
        net, tax, total = (Decimal(self.random.randrange(*_FEN)).scaleb(-2) for _ in range(3))
        check = {"check_code": f"{self.random.randrange(10**20):020}"}
        return replace(
            invoice, key=f"digital:{number}", code="", number=number, net=net, tax=tax, total=total, extra=check
        )

    # People

    async def people_anew(self) -> None:
        self.people = {}
        async with self.services.storage.begin() as work:
            for place, role in enumerate(ROLES):
                self._next_id += 1
                asker = self.people[self._next_id] = Asker(self._next_id, role)
                await work.users.seen(asker.id, f"人{asker.id}", Locale.ZH, self.clock())
                for owner, part in self._parts(role, place):
                    await work.organizations.join(owner.id, asker.id, part, self.clock())
                if role == AGENT:
                    desk_role = self.random.choice(list(DeskRole))
                    await work.agents.add(Agent(asker.id, "客服", desk_role), self.clock())
        for user_id, roles in (await self.memberships()).items():
            self.people[user_id].roles = roles
            self.people[user_id].ever = set(roles)
        self.everybody |= self.people

    def _parts(self, role: str, place: int) -> list[tuple[Owner, Role]]:
        one, other = self.owners[0], self.owners[1 + place % (len(self.owners) - 1)]
        return {
            MEMBER: [(other, Role.MEMBER)],
            SEVERAL: [(one, Role.MEMBER), (other, Role.MEMBER)],
            MANAGER: [(one, Role.MANAGER)],
            LEFT: [(other, Role.MEMBER)],
            REMOVED: [(one, Role.MEMBER)],
        }.get(role, [])

    def those(self, role: str) -> list[Asker]:
        return [asker for asker in self.people.values() if asker.role == role]

    async def memberships(self) -> dict[int, dict[int, str]]:
        found: dict[int, dict[int, str]] = {user_id: {} for user_id in self.people}
        query = select(members.c.user_id, members.c.org_id, members.c.role).where(members.c.user_id.in_(self.people))
        async with self.services.storage.read() as work:
            for user_id, org_id, role in await work.connection.execute(query):
                found[user_id][org_id] = role
        return found

    def scope(self, org_ids: set[int]) -> set[str]:
        return {tax_id for owner in self.owners if owner.id in org_ids for tax_id in owner.tax_ids}

    def own(self, asker: Asker) -> list[Invoice]:
        return [one for owner in self.owners if owner.id in asker.roles for one in owner.invoices]

    def foreign(self, asker: Asker) -> Invoice:
        """One that this person may not see; every second time of an organization of the bot."""
        scope, random = self.scope(set(asker.roles)), self.random
        while True:
            source = random.choice(self.owners).invoices if random.random() < 0.5 else self.invoices
            invoice = random.choice(source)
            if scope.isdisjoint({invoice.seller_tax_id, invoice.buyer_tax_id}):
                return invoice

    async def ids(self) -> list[str]:
        """Of rows that buttons name: every organization, the newest of all else."""
        found = [str(owner.id) for owner in self.owners] + [str(user_id) for user_id in self.people]
        async with self.services.storage.read() as work:
            for table in (tickets, waits, flow_sessions):
                newest = await work.connection.scalar(select(func.max(table.c.id))) or 0
                found += [str(row_id) for row_id in range(max(1, newest - 40), newest + 2)]
            found += map(str, await work.connection.scalars(select(organizations.c.version)))
        return [*found, *map(str, range(10)), "2025", "2024", "202503", "202411", "9" * 18]


def _renamed(invoice: Invoice, tax_id: str, former: str) -> Invoice:
    if invoice.seller_tax_id == tax_id:
        return replace(invoice, seller_tax_id=former)
    return replace(invoice, buyer_tax_id=former)
