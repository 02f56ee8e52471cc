"""Who is told of a change, who is not, and why; what becomes of late and contradictory reports."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from handlers.alerts.service import Outcome, Report
from handlers.errors import NotFound
from handlers.incoming import Person, Tap
from knowledge.invoices.model import Axis
from knowledge.permissions import ADMIN, Role
from knowledge.texts import Locale
from storage.invoice_pages import Part
from storage.messages import Lane, Link, Op
from storage.schema import members, notifications, outbox, status_changes
from storage.waits import WaitState
from tests.conftest import REQUESTER, STRANGER
from tests.fixtures.demo import BUYER, KEY, NUMBER
from tests.fixtures.services import NOW, Office

RENDERER = 44
SECOND = timedelta(seconds=1)
RED_PENDING = Report("platform", "evt-1", KEY, Axis.TAX_STATUS, "red_pending", NOW)


async def join(here: Office, user_id: int, name: str, tax_id: str = BUYER) -> None:
    async with here.services.storage.begin() as work:
        await work.users.seen(user_id, name, Locale.EN, NOW)
        organization = await work.organizations.by_tax_id(tax_id)
        assert organization is not None
        await work.organizations.join(organization.id, user_id, Role.MEMBER, NOW)


async def record(here: Office, report: Report = RED_PENDING) -> Outcome:
    return await here.services.features.alerts.record(report, NOW)


async def decisions(here: Office) -> list[tuple[int, str, str]]:
    query = select(notifications.c.user_id, notifications.c.decision, notifications.c.reason)
    async with here.services.storage.read() as work:
        return [tuple(row) for row in await work.connection.execute(query.order_by(notifications.c.id))]


async def status(here: Office) -> tuple[str, list[str]]:
    """The invoice's tax status, and the outcomes of what was reported about it."""
    async with here.services.storage.read() as work:
        stored = await work.invoices.unscoped(KEY)
        changes = await work.invoices.changes(KEY, [BUYER])
    assert stored is not None
    return stored.invoice.tax_status, [change.outcome for change in changes]


async def test_whoever_watches_is_told_once(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    assert await record(here) is Outcome.APPLIED
    assert await record(here) is Outcome.REPEATED
    told = await here.queued(REQUESTER)
    assert len(told) == 1
    for words in (NUMBER, "阳光示例酒店管理有限公司", "正常", "2026-11-24 16:00"):
        assert words in told[0]
    assert await here.buttons(REQUESTER) == [f"i:show:{KEY}", f"a:mute:{KEY}", f"i:problem:{KEY}", "a:list:"]
    assert await decisions(here) == [(REQUESTER, "sent", "watched")]
    assert await status(here) == ("red_pending", ["applied"])


@pytest.mark.parametrize(
    ("new", "lapses"), [("wait_buyer", True), ("wait_seller", True), ("not_needed", False), ("withdrawn", False)]
)
async def test_a_red_form_that_waits_says_how_long_it_can(here: Office, new: str, lapses: bool) -> None:
    await here.watch(REQUESTER, KEY)
    await record(here, replace(RED_PENDING, axis=Axis.RED_FORM, new=new))
    (told,) = await here.queued(REQUESTER)
    assert ("72 小时内没有确认" in told) is lapses


async def test_an_alert_is_in_every_language(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    await record(here)
    assert "正常" not in (await here.queued(REQUESTER, Locale.EN))[0]


async def test_an_alert_goes_in_its_lane_and_can_be_asked_about(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    await record(here)
    query = select(outbox.c.lane, outbox.c.link_kind, outbox.c.link_entity).order_by(outbox.c.id.desc()).limit(1)
    async with here.services.storage.begin() as work:
        lane, kind, entity = (await work.connection.execute(query)).one()
        assert (lane, kind) == (Lane.ALERT, "alert")
        await work.outbox.link(REQUESTER, 500, Link(kind, entity))
        await work.outbox.link(STRANGER, 500, Link(kind, entity))
        person, other = await work.users.get(REQUESTER), await work.users.seen(STRANGER, "路人", Locale.ZH, NOW)
        assert person is not None
        alerts = here.services.features.alerts
        why = (await alerts.why(work, person, 500)).text[Locale.ZH]
        assert "…3017" in why
        assert "platform" in why
        nothing = here.services.texts("why.nothing")
        assert (await alerts.why(work, person, 501)).text == nothing
        assert (await alerts.why(work, person, None)).text == nothing
        assert (await alerts.why(work, other, 500)).text == nothing
        organization = await work.organizations.by_tax_id(BUYER)
        assert organization is not None
        await work.organizations.remove(organization.id, REQUESTER)
        assert (await alerts.why(work, person, 500)).text == nothing


async def test_nobody_else_is_told(here: Office) -> None:
    await join(here, RENDERER, "同事")
    await here.watch(REQUESTER, KEY)
    await record(here)
    assert await here.queued(RENDERER) == []


async def test_every_watching_member_is_told(here: Office) -> None:
    await join(here, RENDERER, "同事")
    await here.watch(REQUESTER, KEY)
    await here.watch(RENDERER, KEY)
    await record(here)
    assert len(await here.queued(REQUESTER)) == len(await here.queued(RENDERER)) == 1


async def test_a_stranger_cannot_watch_and_learns_nothing(here: Office) -> None:
    """The same words whether or not the invoice exists."""
    async with here.services.storage.begin() as work:
        await work.users.seen(STRANGER, "路人", Locale.ZH, NOW)
    for key in (KEY, "digital:" + "9" * 20):
        with pytest.raises(NotFound, match=r"lookup\.none") as refused:
            await here.watch(STRANGER, key)
        assert refused.value.params == {}
    assert await here.queued(STRANGER) == []


async def test_a_member_of_another_organization_cannot_watch(here: Office) -> None:
    await here.services.features.organizations.add(ADMIN, "91000000MA00000232", "别家公司", NOW)
    await join(here, RENDERER, "别家的会计", "91000000MA00000232")
    with pytest.raises(NotFound, match=r"lookup\.none"):
        await here.watch(RENDERER, KEY)


async def test_somebody_who_has_left_hears_nothing_more(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    async with here.services.storage.begin() as work:
        await work.connection.execute(delete(members).where(members.c.user_id == REQUESTER))
    assert await record(here) is Outcome.APPLIED
    assert await here.queued(REQUESTER) == []
    assert await decisions(here) == [(REQUESTER, "held", "not_permitted")]


async def test_a_muted_invoice_is_silent_until_it_is_watched_again(here: Office) -> None:
    alerts = here.services.features.alerts
    await here.watch(REQUESTER, KEY)
    await alerts.mute(REQUESTER, KEY, NOW)
    await record(here)
    assert len(await here.queued(REQUESTER)) == 1  # that it is muted
    await here.watch(REQUESTER, KEY)
    await record(here, replace(RED_PENDING, event_id="evt-2", new="fully_red"))
    assert len(await here.queued(REQUESTER)) == 2
    assert await decisions(here) == [(REQUESTER, "held", "muted"), (REQUESTER, "sent", "watched")]


async def test_somebody_who_blocked_the_bot_is_not_written_to(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    async with here.services.storage.begin() as work:
        await work.users.unreachable(REQUESTER)
    await record(here)
    assert await decisions(here) == [(REQUESTER, "held", "unreachable")]


async def test_a_tap_edits_the_card_and_says_what_it_did(here: Office) -> None:
    texts = here.services.texts
    assert await here.watch(REQUESTER, KEY) == texts("alert.watching", number="…3017")[Locale.ZH]
    assert await here.watch(REQUESTER, KEY, on=False) == texts("alert.unwatched", number="…3017")[Locale.ZH]
    query = select(outbox.c.op, outbox.c.body).order_by(outbox.c.id)
    async with here.services.storage.read() as work:
        rows = list(await work.connection.execute(query))
    assert [(row.op, row.body["message_id"]) for row in rows] == [(Op.EDIT, 900)] * 2


async def test_dropped_from_the_list(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    pressed = Tap(Person(REQUESTER, ""), REQUESTER, 901, ())
    await here.services.features.alerts.drop(pressed, KEY, NOW)
    await record(here)
    assert await decisions(here) == []


async def test_no_longer_watched(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    await here.watch(REQUESTER, KEY, on=False)
    await record(here)
    assert await decisions(here) == []


async def test_muting_what_is_not_watched(here: Office) -> None:
    with pytest.raises(NotFound, match=r"alert\.not_watching"):
        await here.services.features.alerts.mute(REQUESTER, KEY, NOW)


async def test_the_list_has_a_button_for_each(here: Office) -> None:
    alerts = here.services.features.alerts
    await alerts.show_list(REQUESTER, NOW)
    await here.watch(REQUESTER, KEY)
    await alerts.mute(REQUESTER, KEY, NOW)
    await alerts.show_list(REQUESTER, NOW)
    shown = await here.queued(REQUESTER)
    assert shown[0] == here.services.texts("alert.none")[Locale.ZH]
    line = f"1. 🧾 {NUMBER} · 阳光示例酒店管理有限公司 · 2026-09-15 · ¥1,280.00 · 正常 · 🔕 已静音"
    assert shown[-1] == f"您关注的发票\n{line}"
    assert await here.buttons(REQUESTER) == [f"i:show:{KEY}", f"a:drop:{KEY}"]


async def test_an_invoice_that_may_no_longer_be_seen_is_but_its_last_digits(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    async with here.services.storage.begin() as work:
        await work.connection.execute(delete(members).where(members.c.user_id == REQUESTER))
    await here.services.features.alerts.show_list(REQUESTER, NOW)
    assert (await here.queued(REQUESTER))[-1] == "您关注的发票\n1. …3017 · 您现在看不到这张票"
    assert await here.buttons(REQUESTER) == [f"a:drop:{KEY}"]


async def test_a_long_list_has_pages_and_stays_where_it_is(here: Office) -> None:
    """Nine invoices, then a missing one: dropping the ninth leaves the second page, dropping all of it the first."""
    alerts, pressed = here.services.features.alerts, Tap(Person(REQUESTER, ""), REQUESTER, 901, ())
    async with here.services.storage.begin() as work:
        ours = [one.invoice.key for one in await work.invoices.page([BUYER], Part(), limit=9)]
        for key in ours:
            await work.alerts.subscribe(REQUESTER, key, NOW)
        wait_id = await work.waits.remember(REQUESTER, {"number": "9" * 20}, "", NOW.date(), (), NOW)
        await work.waits.move(wait_id, WaitState.WAITING, NOW)
    await alerts.show_list(REQUESTER, NOW)
    first = [data for key in ours[:8] for data in (f"i:show:{key}", f"a:drop:{key}")]
    assert await here.buttons(REQUESTER) == [*first, "a:page:8"]
    await alerts.page(pressed, 8, NOW)
    missing = [f"i:look:{wait_id}", f"a:stop:{wait_id}"]
    assert await here.buttons(REQUESTER) == [f"i:show:{ours[8]}", f"a:drop:{ours[8]}", *missing, "a:page:0"]
    await alerts.drop(pressed, ours[8], NOW)
    assert await here.buttons(REQUESTER) == [*missing, "a:page:0"]
    await alerts.stop_waiting(pressed, wait_id, NOW)
    assert await here.buttons(REQUESTER) == first


@pytest.mark.parametrize(
    ("reports", "outcomes", "final"),
    [
        ([("red_pending", 0), ("fully_red", 1)], ["applied", "applied"], "fully_red"),
        ([("fully_red", 5), ("red_pending", 0)], ["applied", "late"], "fully_red"),
        ([("red_pending", 5), ("fully_red", 0)], ["applied", "late"], "red_pending"),
        ([("fully_red", 0), ("normal", 5)], ["applied", "late"], "fully_red"),
        ([("normal", 0)], ["same"], "normal"),
        ([("void", 0)], ["forbidden"], "normal"),
        ([("partly_red", 0), ("partly_red", 5)], ["applied", "applied"], "partly_red"),
    ],
)
async def test_late_and_contradictory_reports_are_kept_and_not_applied(
    here: Office, reports: list[tuple[str, int]], outcomes: list[str], final: str
) -> None:
    """A 数电票 is never voided; what is older than what is known changes nothing."""
    await here.watch(REQUESTER, KEY)
    found = []
    for number, (new, seconds) in enumerate(reports):
        report = replace(RED_PENDING, event_id=f"evt-{number}", new=new, occurred_at=NOW + seconds * SECOND)
        found.append(await record(here, report))
    assert found == outcomes
    kept, stored = await status(here)
    assert (kept, sorted(stored)) == (final, sorted(outcomes))
    assert len(await decisions(here)) == outcomes.count("applied")


async def test_an_unknown_invoice_is_kept_for_later(here: Office) -> None:
    key = "digital:" + "9" * 20
    assert await record(here, replace(RED_PENDING, invoice_key=key)) is Outcome.UNKNOWN_INVOICE
    async with here.services.storage.read() as work:
        outcomes = select(status_changes.c.outcome).where(status_changes.c.invoice_key == key)
        assert list(await work.connection.scalars(outcomes)) == ["unknown"]
        assert await work.invoices.changes(key, [BUYER]) == []
        assert await work.invoices.unscoped(key) is None


async def test_the_same_event_twice_at_once_counts_once(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    outcomes = await asyncio.gather(*(record(here) for _ in range(5)))
    assert sorted(outcomes) == ["applied"] + ["repeated"] * 4
    assert len(await here.queued(REQUESTER)) == 1


async def test_axes_are_independent(here: Office) -> None:
    await here.watch(REQUESTER, KEY)
    await record(here)
    selected = replace(RED_PENDING, event_id="evt-2", axis=Axis.USAGE, new="selected", occurred_at=NOW - SECOND)
    assert await record(here, selected) is Outcome.APPLIED
    assert await status(here) == ("red_pending", ["applied", "applied"])
