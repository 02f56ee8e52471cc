"""Waiting for a missing invoice: silent, one message, never twice, over when the person leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.scheduler import Sweeper
from handlers.errors import Conflict, NotFound
from handlers.incoming import Person, Tap
from handlers.invoices.waiting import CHECK, DAYS, MOST, WaitService, next_check
from knowledge.permissions import ADMIN, Role
from knowledge.texts import Locale
from storage.waits import WaitState
from tests.conftest import REQUESTER, STRANGER, World
from tests.fixtures.demo import BUYER
from tests.fixtures.services import Office

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NUMBER = "26310000520099990017"
FACTS = {"number": NUMBER, "issue_date": "2026-11-20", "amount": "88.00"}
HEADERS = "kind,number,seller_name,seller_tax_id,buyer_name,buyer_tax_id,issue_date,net,tax,total,status\n"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def row(status: str = "normal", number: str = NUMBER, buyer: str = BUYER) -> bytes:
    parties = f"虚构纸业有限公司,91000000MA00001463,票答示例科技（北京）有限公司,{buyer}"
    return f"{HEADERS}d_normal,{number},{parties},2026-11-20,83.02,4.98,88.00,{status}\n".encode()


def tapped(user_id: int = REQUESTER) -> Tap:
    return Tap(Person(user_id, ""), user_id, 900, ())


async def offered(here: Office, facts: Mapping[str, str] = FACTS, text: str = "") -> int:
    async with here.services.storage.begin() as work:
        user = await work.users.seen(REQUESTER, "示例会计", Locale.ZH, NOW)
        ((button,),) = await here.services.features.waits.offer(work, user, facts, text, NOW)
    return int(button.data.rpartition(":")[2])


async def begun(here: Office, facts: Mapping[str, str] = FACTS, text: str = "") -> int:
    wait_id = await offered(here, facts, text)
    await here.services.features.waits.begin(tapped(), wait_id, NOW)
    return wait_id


async def swept(here: Office, at: datetime) -> list[str]:
    """What the person was told by everything that was due then."""
    before = len(await here.queued(REQUESTER))
    await Sweeper(here.services.storage, {CHECK: here.services.features.waits.check}, lambda: at).sweep()
    return (await here.queued(REQUESTER))[before:]


async def imported(here: Office, content: bytes, at: datetime = NOW) -> None:
    await here.services.imports.import_content("new.csv", content, at)


async def due(here: Office) -> list[datetime]:
    async with here.services.storage.read() as work:
        return [timer.due_at for timer in await work.timers.due(NOW + 400 * DAY) if timer.kind == CHECK]


def test_the_schedule_decays_and_ends() -> None:
    at, times = NOW, []
    while (following := next_check(NOW, at)) is not None:
        times.append((following - NOW) / HOUR)
        at = following
    assert times == [1, 3, 8, *(24.0 * day for day in range(1, DAYS + 1))]
    assert next_check(NOW, NOW + 5 * DAY + 2 * HOUR) == NOW + 6 * DAY  # after a long stop: the next, not all between


async def test_nothing_is_said_until_it_appears_and_then_once(here: Office) -> None:
    await begun(here)
    assert await swept(here, NOW) == []
    assert await due(here) == [NOW + HOUR]
    assert await swept(here, NOW + HOUR) == []
    assert await due(here) == [NOW + 3 * HOUR]
    await imported(here, row(), NOW + 2 * HOUR)
    assert await due(here) == [NOW + 2 * HOUR]  # at once, whatever the schedule says
    (told,) = await swept(here, NOW + 2 * HOUR)
    assert "您等的发票出现了" in told
    assert NUMBER in told
    assert f"a:watch:digital:{NUMBER}" in await here.buttons(REQUESTER)
    assert await due(here) == []
    assert await swept(here, NOW + 30 * DAY) == []


async def test_looking_at_once_tells_what_is_there(here: Office) -> None:
    """And to nobody else, nor twice."""
    waits, wait_id = here.services.features.waits, await begun(here)
    assert "还没有出现" in await waits.look(tapped(), wait_id, NOW)
    assert await due(here) == [NOW + HOUR]
    with pytest.raises(NotFound, match=r"error\.unknown_button"):
        await waits.look(tapped(STRANGER), wait_id, NOW)
    await imported(here, row())
    assert await waits.look(tapped(), wait_id, NOW) == ""
    assert "您等的发票出现了" in (await here.queued(REQUESTER))[-1]
    with pytest.raises(NotFound, match=r"error\.unknown_button"):
        await waits.look(tapped(), wait_id, NOW)
    assert await swept(here, NOW + DAY) == []


async def test_what_appears_void_or_red_is_said_so(here: Office) -> None:
    await begun(here)
    await imported(here, row("fully_red"))
    (told,) = await swept(here, NOW)
    assert "有红冲" in told


# Seeing more


OTHERS = "91000000MA00000232"


async def other_organization(here: Office) -> str:
    """With the invoice in it that is waited for; an invitation to it."""
    organizations = here.services.features.organizations
    await organizations.add(ADMIN, OTHERS, "别家", NOW)
    await imported(here, row(buyer=OTHERS))
    return await organizations.invite(ADMIN, OTHERS, Role.MEMBER, NOW)


async def joined(here: Office, user_id: int, parameter: str) -> None:
    async with here.services.storage.begin() as work:
        user = await work.users.seen(user_id, "示例会计", Locale.ZH, NOW)
        await here.services.features.organizations.join(work, user, parameter, NOW)


async def test_whoever_joins_is_told_at_once_of_what_is_there_already(here: Office) -> None:
    await begun(here)
    await begun(here, {"number": "26310000520088880001"})
    parameter = await other_organization(here)
    assert await swept(here, NOW) == []
    await joined(here, REQUESTER, parameter)
    assert await due(here) == [NOW, NOW]
    (told,) = await swept(here, NOW)
    assert NUMBER in told
    assert await due(here) == [NOW + HOUR]  # the other goes on as it did
    assert await swept(here, NOW) == []


async def test_a_further_tax_id_wakes_its_members_and_nobody_else(here: Office) -> None:
    await begun(here)
    await imported(here, row(buyer=OTHERS))
    await swept(here, NOW)
    organizations = here.services.features.organizations
    await organizations.add(ADMIN, "91000000MA0000154X", "第三家", NOW)
    await organizations.alias(ADMIN, "91000000MA0000154X", "虚构", NOW)
    await organizations.alias(ADMIN, BUYER, "票答", NOW)
    assert await due(here) == [NOW + HOUR]
    await organizations.alias(ADMIN, BUYER, OTHERS, NOW)
    assert await due(here) == [NOW]
    (told,) = await swept(here, NOW)
    assert NUMBER in told


async def test_who_joins_tells_nothing_to_those_who_stay(here: Office) -> None:
    """The same invoice is waited for by a colleague, and one of a third organization by the one who joins."""
    colleague = STRANGER
    await joined(here, colleague, await here.services.features.organizations.invite(ADMIN, BUYER, Role.MEMBER, NOW))
    await begun(here)
    third = {"number": "26110000900211112222", "issue_date": "2026-10-01"}
    async with here.services.storage.begin() as work:
        wait_id = await work.waits.remember(colleague, third, "", NOW.date(), (), NOW)
    await here.services.features.waits.begin(tapped(colleague), wait_id, NOW)
    await imported(here, row(number=third["number"], buyer="91000000MA0000154X").replace(b"2026-11-20", b"2026-10-01"))
    parameter = await other_organization(here)
    await swept(here, NOW)
    before = await here.queued(colleague)
    await joined(here, colleague, parameter)
    assert await due(here) == [NOW, NOW + HOUR]
    assert await swept(here, NOW) == []
    assert await here.queued(colleague) == before


async def test_who_was_removed_before_it_was_looked_for_is_told_nothing(here: Office) -> None:
    await begun(here)
    await joined(here, REQUESTER, await other_organization(here))
    async with here.services.storage.begin() as work:
        organization = await work.organizations.by_tax_id(OTHERS)
        assert organization is not None
        await work.organizations.remove(organization.id, REQUESTER)
    assert await swept(here, NOW) == []


@pytest.mark.parametrize("way", ["join", "alias"])
async def test_from_the_update_to_the_message(world: World, way: str) -> None:
    """Telegram's update in, rows, the message out: by a start link, and by a tax id from the command line."""
    number, organizations = "26310000733014407218", world.bot.services.features.organizations
    if way == "join":
        await organizations.add(ADMIN, OTHERS, "票答示例商贸（上海）有限公司", world.clock())
    await world.say(number)
    await world.tap("帮我盯着")
    await world.bot.sweeper.sweep()
    await world.quiet()
    assert not any("您等的发票出现了" in text for text in world.texts())
    if way == "join":
        parameter = await organizations.invite(ADMIN, OTHERS, Role.MEMBER, world.clock())
        await world.say(f"/start {parameter}")
    else:
        await organizations.alias(ADMIN, BUYER, OTHERS, world.clock())
    await world.bot.sweeper.sweep()
    await world.quiet()
    assert "您等的发票出现了" in world.last()
    assert number in world.last()
    assert sum("您等的发票出现了" in text for text in world.texts()) == 1


async def test_an_import_for_others_wakes_nobody(here: Office) -> None:
    await begun(here)
    await swept(here, NOW)
    await imported(here, row(buyer="91000000MA00000232"))
    assert await due(here) == [NOW + HOUR]
    assert await swept(here, NOW + HOUR) == []


async def test_a_typed_line_is_waited_for_as_it_was_meant_that_day(here: Office) -> None:
    await begun(here, {}, "虚构纸业 昨天 88元")
    assert await swept(here, NOW) == []
    await imported(here, row().replace(b"2026-11-20", b"2026-11-23"), NOW + 3 * DAY)
    (told,) = await swept(here, NOW + 3 * DAY)
    assert "是这张吗" in told


async def test_an_invoice_that_merely_resembles_it_is_not_it(here: Office) -> None:
    await begun(here)
    await imported(here, row(number="26310000520099990018").replace(b"88.00", b"90.00"))
    assert await swept(here, NOW) == []


async def test_after_two_weeks_a_ticket_is_one_tap_away(here: Office) -> None:
    wait_id = await begun(here)
    for day in range(DAYS):
        assert await swept(here, NOW + day * DAY) == []
    (told,) = await swept(here, NOW + DAYS * DAY)
    assert "还是没有出现" in told
    assert NUMBER in told
    assert await here.buttons(REQUESTER) == [f"i:ticket:{wait_id}"]
    await here.services.features.waits.file(tapped(), wait_id, NOW + DAYS * DAY)
    async with here.services.storage.read() as work:
        (ticket,) = await work.tickets.live_of_user(REQUESTER)
    assert ticket.facts == FACTS
    with pytest.raises(NotFound):
        await here.services.features.waits.file(tapped(), wait_id, NOW + DAYS * DAY)


async def test_twenty_at_most(here: Office) -> None:
    for n in range(MOST):
        await begun(here, {"number": f"2631000052088888{n:04}"})
    with pytest.raises(Conflict):
        await begun(here)
    async with here.services.storage.read() as work:
        assert await work.waits.count(REQUESTER) == MOST


async def test_a_second_tap_begins_nothing_anew(here: Office) -> None:
    wait_id = await begun(here)
    assert await begun(here) == wait_id
    assert await offered(here) == wait_id
    async with here.services.storage.read() as work:
        (wait,) = await work.waits.of_user(REQUESTER)
    assert wait.state is WaitState.WAITING


async def test_whoever_leaves_the_organization_waits_no_more(here: Office) -> None:
    wait_id = await begun(here)
    async with here.services.storage.begin() as work:
        organization = await work.organizations.by_tax_id(BUYER)
        assert organization is not None
        await work.organizations.remove(organization.id, REQUESTER)
        await here.services.features.alerts.forget_unseen(work, REQUESTER, [BUYER])
        assert await work.waits.get(wait_id) is None
    assert await due(here) == []
    await imported(here, row())
    assert await swept(here, NOW + DAY) == []


async def test_what_waits_to_be_sent_is_held_back_when_the_person_has_left(here: Office) -> None:
    await begun(here)
    await imported(here, row())
    await swept(here, NOW)
    alerts = here.services.features.alerts
    assert await alerts.may_still_go(REQUESTER, 1)
    async with here.services.storage.begin() as work:
        organization = await work.organizations.by_tax_id(BUYER)
        assert organization is not None
        await work.organizations.remove(organization.id, REQUESTER)
    assert not await alerts.may_still_go(REQUESTER, 1)


async def test_strangers_are_offered_nothing_and_forge_nothing(here: Office) -> None:
    wait_id = await begun(here)
    waits = here.services.features.waits
    async with here.services.storage.begin() as work:
        user = await work.users.seen(STRANGER, "路人", Locale.ZH, NOW)
        assert await waits.offer(work, user, FACTS, "", NOW) == ()
    for act in (waits.begin, waits.file):
        with pytest.raises(NotFound):
            await act(tapped(STRANGER), wait_id, NOW)
    await waits.stop(tapped(STRANGER), wait_id, NOW)
    async with here.services.storage.read() as work:
        assert await work.waits.count(REQUESTER) == 1


async def test_a_dry_run_wakes_nobody(here: Office, tmp_path: Path) -> None:
    await begun(here)
    await swept(here, NOW)
    path = tmp_path / "new.csv"
    path.write_bytes(row())
    await here.services.imports.import_path(path, NOW, dry_run=True)
    assert await due(here) == [NOW + HOUR]


async def test_what_nobody_waits_for_is_forgotten_in_time(here: Office) -> None:
    asked, waiting = await offered(here, {"number": "26310000520088880001"}), await begun(here)
    async with here.services.storage.begin() as work:
        await work.verifications.add(STRANGER, "digital:1", NOW.date())
    for days, kept in ((1, True), (31, False)):
        await Sweeper(here.services.storage, {}, lambda at=NOW + days * DAY: at).tidy()  # type: ignore[misc]
        async with here.services.storage.read() as work:
            assert (await work.waits.get(asked) is not None) is kept
            assert (await work.verifications.tries(STRANGER, "digital:1", NOW.date())).of_person == kept
            assert await work.waits.get(waiting) is not None


async def test_a_restart_loses_none(here: Office) -> None:
    """Another process takes over: all that there is stands in rows."""
    await begun(here)
    storage = here.services.storage
    later = WaitService(storage, here.services.texts, here.services.features.invoices, here.services.features.tickets)
    await imported(here, row())
    before = len(await here.queued(REQUESTER))
    for _ in range(2):
        await Sweeper(storage, {CHECK: later.check}, lambda: NOW + HOUR).sweep()
    assert len(await here.queued(REQUESTER)) == before + 1
