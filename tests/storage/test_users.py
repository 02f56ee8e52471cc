"""People, agents, and who somebody is in all their roles."""

from __future__ import annotations

from datetime import timedelta

from knowledge.permissions import Actor, DeskRole, Role
from knowledge.texts import Locale
from storage.organizations import AliasKind
from storage.unit_of_work import UnitOfWork
from storage.users import Agent, Conversation, User
from tests.storage.conftest import NOW

ANNA = 6_000_000_000  # Telegram ids need more than 32 bits


async def test_somebody_new(work: UnitOfWork) -> None:
    assert await work.users.get(ANNA) is None
    assert await work.users.seen(ANNA, "安娜", Locale.EN, NOW) == User(ANNA, "安娜", Locale.EN)
    assert await work.users.get(ANNA) == User(ANNA, "安娜", Locale.EN, reachable=True)


async def test_seen_again_takes_the_new_name_and_keeps_the_chosen_language(work: UnitOfWork) -> None:
    await work.users.seen(ANNA, "安娜", Locale.ZH, NOW)
    await work.users.speak(ANNA, Locale.EN)
    await work.users.unreachable(ANNA)
    assert (await work.users.get(ANNA)) == User(ANNA, "安娜", Locale.EN, reachable=False)
    assert await work.users.seen(ANNA, "Anna", Locale.ZH, NOW) == User(ANNA, "Anna", Locale.EN)
    assert await work.users.get(ANNA) == User(ANNA, "Anna", Locale.EN, reachable=True)


async def test_a_conversation_is_kept(work: UnitOfWork) -> None:
    await work.users.seen(ANNA, "安娜", Locale.ZH, NOW)
    assert await work.users.conversation(ANNA) == Conversation()
    await work.users.save_conversation(ANNA, Conversation(misses=1))
    await work.users.save_conversation(ANNA, Conversation(misses=2, expecting="lookup"))
    assert await work.users.conversation(ANNA) == Conversation(misses=2, expecting="lookup")


async def test_an_actor_has_every_role(work: UnitOfWork) -> None:
    await work.users.seen(ANNA, "安娜", Locale.ZH, NOW)
    for tax_id, role in (("91000000MA00000157", Role.MANAGER), ("91000000MA00000232", Role.MEMBER)):
        organization = await work.organizations.add(tax_id, tax_id, NOW)
        assert organization is not None
        await work.organizations.join(organization.id, ANNA, role, NOW)
    first = await work.organizations.by_tax_id("91000000MA00000157")
    assert first is not None
    await work.organizations.add_alias(first.id, "110000000000157", AliasKind.TAX_ID)
    await work.organizations.add_alias(first.id, "简称", AliasKind.NAME)
    await work.organizations.add("91000000MA00000312", "别家", NOW)
    await work.agents.add(Agent(ANNA, "安娜", DeskRole.LEAD), NOW)
    assert await work.users.actor(ANNA) == Actor(
        ANNA,
        DeskRole.LEAD,
        (
            ("110000000000157", Role.MANAGER),
            ("91000000MA00000157", Role.MANAGER),
            ("91000000MA00000232", Role.MEMBER),
        ),
    )


async def test_a_stranger_has_no_role(work: UnitOfWork) -> None:
    assert await work.users.actor(404) == Actor(404)


async def test_agents(work: UnitOfWork) -> None:
    await work.agents.add(Agent(7, "客服甲", DeskRole.AGENT), NOW)
    await work.agents.add(Agent(8, "客服乙", DeskRole.AGENT), NOW + timedelta(seconds=1))
    await work.agents.add(Agent(8, "组长乙", DeskRole.LEAD), NOW + timedelta(seconds=2))
    assert await work.agents.all() == [Agent(7, "客服甲", DeskRole.AGENT), Agent(8, "组长乙", DeskRole.LEAD)]
    assert await work.agents.names([7, 8, 9]) == {7: "客服甲", 8: "组长乙"}
    assert await work.agents.remove(7) is True
    assert await work.agents.remove(7) is False
    assert await work.agents.all() == [Agent(8, "组长乙", DeskRole.LEAD)]
