"""Who gets what from each use case: everybody, on what is theirs, what is others' and what does not exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import pytest

from handlers.browsing.view import View
from handlers.errors import UserError
from handlers.incoming import Incoming, Person, Tap
from handlers.statistics.service import LATEST
from handlers.tickets.service import Request
from knowledge.permissions import DeskRole, Role
from knowledge.texts import Locale, literal
from storage.users import Agent
from storage.waits import WaitState
from tests.conftest import DESK, REQUESTER
from tests.fixtures.demo import BUYER, KEY, NUMBER
from tests.fixtures.services import NOW, Office

OTHER = "91000000MA00000232"
NOWHERE = "digital:" + "9" * 20
PEOPLE = {
    "stranger": 60,
    "member": REQUESTER,
    "manager": 61,
    "member elsewhere": 62,
    "manager elsewhere": 63,
    "agent": 64,
    "lead": 65,
    "never seen": 66,
}
MEMBERS = {61: (BUYER, Role.MANAGER), 62: (OTHER, Role.MEMBER), 63: (OTHER, Role.MANAGER)}
AGENTS = {64: DeskRole.AGENT, 65: DeskRole.LEAD}
OURS, AT_DESK = {"member", "manager"}, {"agent", "lead"}
NOT_PERMITTED, NOT_FOUND, UNKNOWN = "error.not_permitted", "lookup.none", "error.unknown_button"
FACTS = {"number": NUMBER, "issue_date": "2026-09-15", "amount": "1280.00"}

Use = Callable[[Office, int], Awaitable[object]]


@pytest.fixture
async def peopled(here: Office) -> Office:
    """Two organizations, a desk with a lead, and a ticket of the member's."""
    async with here.services.storage.begin() as work:
        await work.organizations.add(OTHER, "别家", NOW)
        for name, user_id in PEOPLE.items():
            if name != "never seen":
                await work.users.seen(user_id, name, Locale.ZH, NOW)
        for user_id, (tax_id, role) in MEMBERS.items():
            organization = await work.organizations.by_tax_id(tax_id)
            assert organization is not None
            await work.organizations.join(organization.id, user_id, role, NOW)
        for user_id, desk_role in AGENTS.items():
            await work.agents.add(Agent(user_id, "客服", desk_role), NOW)
        requester = await work.users.get(REQUESTER)
        assert requester is not None
        await here.services.features.tickets.file(work, requester, Request(literal("查不到"), "question"), NOW)
        await work.tickets.place(1, 5)
        await work.waits.remember(REQUESTER, FACTS, "", NOW.date(), (), NOW)
        await work.waits.remember(REQUESTER, {"number": "1"}, "", NOW.date(), (), NOW)
        await work.waits.move(2, WaitState.GIVEN_UP, NOW)
        await work.waits.remember(REQUESTER, {"number": "9" * 20}, "", NOW.date(), (), NOW)
        await work.waits.move(3, WaitState.WAITING, NOW)
    return here


def tapped(user_id: int) -> Tap:
    return Tap(Person(user_id, ""), user_id, 900, ())


def written(user_id: int, text: str, topic_id: int) -> Incoming:
    return Incoming(Person(user_id, ""), DESK, 900 + user_id, text, topic_id=topic_id)


def only(people: set[str], otherwise: str, done: str = "done") -> dict[str, str]:
    return {name: done if name in people else otherwise for name in PEOPLE}


# (use case, what comes of it for each)
CASES: Mapping[str, tuple[Use, dict[str, str]]] = {
    "show": (lambda here, who: here.services.features.invoices.show(who, KEY, NOW), only(OURS, NOT_FOUND)),
    "show what is nowhere": (
        lambda here, who: here.services.features.invoices.show(who, NOWHERE, NOW),
        only(set(), NOT_FOUND),
    ),
    "watch": (lambda here, who: here.watch(who, KEY), only(OURS, NOT_FOUND)),
    "watch what is nowhere": (lambda here, who: here.watch(who, NOWHERE), only(set(), NOT_FOUND)),
    "unwatch": (lambda here, who: here.watch(who, KEY, on=False), only(OURS, NOT_FOUND)),
    "go through invoices": (
        lambda here, who: here.services.browsing.page(tapped(who), "year", View(1), NOW),
        only(OURS, UNKNOWN),
    ),
    "go through those of an organization that is nowhere": (
        lambda here, who: here.services.browsing.page(tapped(who), "list", View(99, "202609"), NOW),
        only(set(), UNKNOWN),
    ),
    "statistics": (
        lambda here, who: here.services.statistics.page(tapped(who), 1, LATEST, NOW),
        only({"manager"}, UNKNOWN) | {"member": NOT_PERMITTED},
    ),
    "statistics of an organization that is nowhere": (
        lambda here, who: here.services.statistics.page(tapped(who), 99, LATEST, NOW),
        only(set(), UNKNOWN),
    ),
    "verify": (lambda here, who: here.services.features.verifications.verify(who, FACTS, NOW), only(set(PEOPLE), "")),
    "verify what is nowhere": (
        lambda here, who: here.services.features.verifications.verify(who, {**FACTS, "number": "9" * 20}, NOW),
        only(set(PEOPLE), ""),
    ),
    "wait for what somebody else looked for": (
        lambda here, who: here.services.features.waits.begin(tapped(who), 1, NOW),
        only(set(), UNKNOWN) | {"member": "done"},
    ),
    "look at once for what somebody else waits for": (
        lambda here, who: here.services.features.waits.look(tapped(who), 3, NOW),
        only(set(), UNKNOWN) | {"member": "done"},
    ),
    "file what somebody else waited for": (
        lambda here, who: here.services.features.waits.file(tapped(who), 2, NOW),
        only(set(), UNKNOWN) | {"member": "done"},
    ),
    "claim": (
        lambda here, who: here.services.desk.agent_tap(who, 1, "claim", 1, NOW),
        only({"agent"}, NOT_PERMITTED) | {"lead": "desk.claimed_by"},  # the agent was quicker
    ),
    "claim what is nowhere": (
        lambda here, who: here.services.desk.agent_tap(who, 99, "claim", 1, NOW),
        only(AT_DESK, NOT_PERMITTED, "desk.no_ticket_here"),
    ),
    "note": (
        lambda here, who: here.services.desk.note_by_command(written(who, "/note x", 5), NOW),
        only(AT_DESK, NOT_PERMITTED),
    ),
    "answer": (
        lambda here, who: here.services.desk.answer_by_command(written(who, "/r x", 5), NOW),
        only(AT_DESK, NOT_PERMITTED),
    ),
    "answer what is nowhere": (
        lambda here, who: here.services.desk.answer_by_command(written(who, "/r x", 6), NOW),
        only(AT_DESK, NOT_PERMITTED, "desk.no_ticket_here"),
    ),
    "withdraw": (
        lambda here, who: here.services.features.tickets.requester_tap(tapped(who), 1, "withdraw", 1, NOW),
        only({"member"}, NOT_PERMITTED),
    ),
    "withdraw what is nowhere": (
        lambda here, who: here.services.features.tickets.requester_tap(tapped(who), 99, "withdraw", 1, NOW),
        only(set(), NOT_PERMITTED),
    ),
    "teach": (
        lambda here, who: here.services.teaching.command(written(who, "/teach", 5), NOW),
        only({"lead"}, NOT_PERMITTED),
    ),
    "accept a lesson that is nowhere": (
        lambda here, who: here.services.teaching.accept(tapped(who), 99, NOW),
        only({"lead"}, NOT_PERMITTED, "teach.gone"),
    ),
}


async def outcome(use: Awaitable[object]) -> str:
    try:
        await use
    except UserError as error:
        return error.text_key
    return "done"


@pytest.mark.parametrize("case", CASES)
async def test_each_use_case_for_everybody(peopled: Office, case: str) -> None:
    use, expected = CASES[case]
    assert {name: await outcome(use(peopled, user_id)) for name, user_id in PEOPLE.items()} == expected


async def test_refusals_leave_nothing_behind(peopled: Office) -> None:
    """No watch, no message, no event of those who were refused."""
    for use, expected in (case for name, case in CASES.items() if not name.startswith("verify")):
        for name in ("stranger", "member elsewhere", "manager elsewhere", "never seen"):
            assert expected[name] in (NOT_FOUND, NOT_PERMITTED, UNKNOWN)
            await outcome(use(peopled, PEOPLE[name]))
    async with peopled.services.storage.read() as work:
        ticket = await work.tickets.get(1)
        assert await work.alerts.watching(KEY) == []
        assert await work.tickets.messages(1) == []
        assert await work.tickets.events_since(1, 0) == ["file"]
    assert ticket is not None
    assert ticket.version == 1
    for name in ("stranger", "member elsewhere", "manager elsewhere", "never seen"):
        assert await peopled.queued(PEOPLE[name]) == []


async def test_an_agent_who_has_left_the_desk_changes_no_answer(peopled: Office) -> None:
    """Telegram lets everybody edit what they once wrote; the requester keeps what was sent."""
    agent = PEOPLE["agent"]
    await peopled.services.desk.answer_by_command(written(agent, "/r 好的", 5), NOW)
    async with peopled.services.storage.begin() as work:
        await work.agents.remove(agent)
    await peopled.services.features.tickets.edited(written(agent, "/r 别的", 5), NOW)
    async with peopled.services.storage.read() as work:
        assert [kept.text for kept in await work.tickets.messages(1)] == ["/r 好的"]
