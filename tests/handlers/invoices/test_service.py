"""Look-ups: only within one's organizations, and the same words for what is elsewhere and what is nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from handlers.invoices.service import InvoiceService
from knowledge.flows.state import Done
from knowledge.invoices.lookup import query_of
from knowledge.invoices.queries import understand
from knowledge.permissions import Role
from knowledge.texts import Locale, plain
from tests.conftest import REQUESTER, STRANGER
from tests.fixtures.demo import BUYER, KEY, NUMBER
from tests.fixtures.invoices import build
from tests.fixtures.services import Office

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ELSEWHERE = "26310000733014407218"  # of another organization
NOWHERE = "26310000733099999999"


@pytest.fixture
def invoices(here: Office) -> InvoiceService:
    return here.services.features.invoices


async def answered(here: Office, user_id: int, facts: Mapping[str, str]) -> tuple[bool, list[str]]:
    """Whether something was found, and what was said."""
    before = len(await here.queued(user_id))
    async with here.services.storage.begin() as work:
        user = await work.users.seen(user_id, "某人", Locale.ZH, NOW)
        found = await here.services.features.invoices.answer(work, user, query_of(facts), NOW)
    return found, (await here.queued(user_id))[before:]


async def diagnosed(here: Office, user_id: int, facts: Mapping[str, str]) -> Done:
    async with here.services.storage.read() as work:
        actor = await work.users.actor(user_id)
        return await here.services.features.invoices.diagnose(actor, facts)


async def test_a_member_finds_the_organizations_invoice(here: Office) -> None:
    found, (text,) = await answered(here, REQUESTER, {"number": NUMBER})
    assert found
    assert "阳光示例酒店管理有限公司" in text


async def test_elsewhere_and_nowhere_sound_the_same(here: Office) -> None:
    assert await answered(here, REQUESTER, {"number": ELSEWHERE}) == (False, [])
    assert await answered(here, REQUESTER, {"number": NOWHERE}) == (False, [])
    assert await diagnosed(here, REQUESTER, {"number": ELSEWHERE}) == await diagnosed(
        here, REQUESTER, {"number": NOWHERE}
    )


async def test_a_stranger_hears_the_same_about_everything(here: Office) -> None:
    said = {number: await answered(here, STRANGER, {"number": number}) for number in (NUMBER, ELSEWHERE, NOWHERE)}
    assert len({text for _found, (text,) in said.values()}) == 1
    assert not any(found for found, _text in said.values())
    assert {(await diagnosed(here, STRANGER, {"number": number})).outcome for number in said} == {"no_scope"}


async def test_whoever_joins_sees_and_whoever_leaves_does_not(here: Office, invoices: InvoiceService) -> None:
    async with here.services.storage.begin() as work:
        assert await invoices.visible(work, STRANGER, KEY) is None
        await work.users.seen(STRANGER, "路人", Locale.ZH, NOW)
        organization = await work.organizations.by_tax_id("91000000MA00000157")
        assert organization is not None
        await work.organizations.join(organization.id, STRANGER, Role.MEMBER, NOW)
        assert await invoices.visible(work, STRANGER, KEY) is not None


@pytest.mark.parametrize("key", ["", "x", "digital:1", f"digital:{ELSEWHERE}", f"digital:{NOWHERE}", "legacy:1:2"])
async def test_keys_of_others_or_of_nothing_show_nothing(here: Office, invoices: InvoiceService, key: str) -> None:
    async with here.services.storage.read() as work:
        assert await invoices.visible(work, REQUESTER, key) is None


@pytest.mark.parametrize(
    ("facts", "outcome", "words"),
    [
        ({"number": NUMBER}, "found", "找到了"),
        ({"number": "26110000482933106617", "amount": "1200.00"}, "near", "最接近的是这张"),
        ({"issue_date": "2026-09-15", "amount": "1280.00"}, "several", "有几张都很像"),
        ({"number": NOWHERE}, "none", "未找到这张发票"),
        ({}, "none", "未找到这张发票"),
    ],
)
async def test_diagnosis(here: Office, facts: dict[str, str], outcome: str, words: str) -> None:
    done = await diagnosed(here, REQUESTER, facts)
    assert done.note is not None
    assert (done.outcome, words in plain(done.note.zh)) == (outcome, True)


async def test_a_found_invoice_brings_its_state_along(here: Office) -> None:
    done = await diagnosed(here, REQUESTER, {"code": "1100263130", "number": "04417532"})
    assert done.facts == {
        "invoice_key": "legacy:1100263130:04417532",
        "family": "legacy",
        "kind": "paper_special",
        "code": "1100263130",
        "number": "04417532",
        "issue_date": "2026-09-28",
        "amount": "2654.87",
        "seller_name": "纸上示例办公用品有限公司",
        "buyer_name": "票答示例科技（北京）有限公司",
        "tax_status": "void",
    }


async def refused(here: Office) -> tuple[bool, list[str]]:
    """“Not this one” on what was shown last; whether there was another, and what was said."""
    before = len(await here.queued(REQUESTER))
    async with here.services.storage.begin() as work:
        user, wait = await work.users.get(REQUESTER), await work.waits.get(1)
        assert user is not None
        assert wait is not None
        found = await here.services.features.invoices.not_this(work, user, wait, NOW)
    return found, (await here.queued(REQUESTER))[before:]


async def test_not_this_leads_to_the_next_and_at_last_to_nothing(here: Office) -> None:
    facts = {"number": "26110000482913073019", "seller_name": "阳光示例酒店管理有限公司"}
    found, (first,) = await answered(here, REQUESTER, facts)
    assert found
    assert "是这张吗" in first
    shown = [first]
    while True:
        found, said = await refused(here)
        if not found:
            break
        shown += said
    assert said == []
    assert 2 <= len(shown) <= 5
    assert len(set(shown)) == len(shown)
    assert await refused(here) == (False, [])


async def test_what_an_exact_one_is_not_is_told_beside_it(here: Office) -> None:
    found, (text,) = await answered(
        here, REQUESTER, {"number": NUMBER, "amount": "1207.55", "issue_date": "2026-09-15"}
    )
    assert found
    assert "号码一致 · 日期一致 · 金额填的是不含税金额，查验要填价税合计" in text


async def test_an_answer_picks_from_the_list_that_was_shown(here: Office) -> None:
    """3017 could also be an amount: of July there are others that come near to it."""
    days = (date(2026, 7, 24), date(2026, 8, 25), date(2026, 6, 5), date(2026, 7, 3))
    made = [
        replace(one, number=number, code="", buyer_tax_id=BUYER, issue_date=day, total=total)
        for one, number, day, total in zip(
            build(4, seed=5),
            ("26119500463075053017", "26111756257840343017", "26111756257840443017", "26119571879958119062"),
            days,
            (Decimal("7039.88"), Decimal("9782.80"), Decimal(5), Decimal("3017.40")),
            strict=True,
        )
    ]
    async with here.services.storage.begin() as work:
        await work.invoices.save(made, NOW)
    assert await said(here, "3017", "7 月") == made[0].number
    assert await said(here, "3017", "大概 9800") == made[1].number


async def said(here: Office, first: str, then: str) -> str:
    """The number on the card that comes of a look-up and of the answer to what it asks."""
    invoices = here.services.features.invoices
    async with here.services.storage.begin() as work:
        user = await work.users.seen(REQUESTER, "示例会计", Locale.ZH, NOW)
        assert await invoices.answer(work, user, understand(first, invoices.today(NOW)), NOW)
        expecting = (await work.users.conversation(user.id)).expecting
        assert await invoices.told_apart(work, user, expecting, then, NOW)
    return (await here.queued(REQUESTER))[-1].partition("号码 ")[2][:20]


async def test_a_list_is_short_lines(here: Office) -> None:
    """On a telephone none of them wraps."""
    async with here.services.storage.begin() as work:
        user = await work.users.seen(REQUESTER, "示例会计", Locale.ZH, NOW)
        invoices = here.services.features.invoices
        assert await invoices.answer(work, user, understand("3017", invoices.today(NOW)), NOW)
    assert (await here.queued(REQUESTER))[-1].splitlines()[1:6] == [
        "1. 26110000482913013017",
        "   2026-09-15 · ¥1,450.00 · 正常",
        "   阳光示例酒店管理有限公司",
        "   尾号 3017 一致",
        "2. 26110000482913073017",
    ]
