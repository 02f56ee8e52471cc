"""Buttons that nobody made: data may come back from anybody, at any time, with anything in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.app import utc_now
from knowledge.permissions import DeskRole
from knowledge.texts import Locale
from storage.schema import audit
from storage.users import Agent
from tests.conftest import AGENT, DESK, OTHER_AGENT, REQUESTER, STRANGER, World, whole_bot
from tests.fixtures.demo import KEY, NUMBER

NOWHERE = "digital:26110000999900001111"
NOT_FOUND, NOT_PERMITTED = "未找到这张发票。", "您没有权限做这件事。"
STALE = "这家企业的情况刚刚变了，请发 /org 重新打开。"
UNKNOWN = "这个按钮已经不能用了。发 /menu 重新开始。"


@pytest.fixture
async def here(prepared: Path) -> AsyncIterator[World]:
    """The requester watches an invoice, has a ticket and is in a flow; the stranger has only said hello."""
    async with whole_bot(prepared) as world:
        await world.say(NUMBER)
        await world.tap("关注")
        await world.say("/ticket")
        await world.say("请帮忙")
        await world.say("/fix")
        await world.say("/start", STRANGER)
        yield world


async def forge(world: World, user: int, data: str, chat: int | None = None) -> str:
    """What pops up after a tap with this data on the newest message of the chat."""
    chat_id = user if chat is None else chat
    query = world.api.press_stale(user, chat_id, world.api.messages(chat_id)[-1]["message_id"], data)
    await world.quiet()
    answer = await world.api.wait_for(lambda: world.api.answer_to(query), timeout=5)
    return str((answer or {}).get("text") or "")


async def everything(world: World) -> tuple[object, ...]:
    """What a forged tap must leave alone."""
    async with world.bot.services.storage.read() as work:
        ticket, session = await work.tickets.get(1), await work.flows.running(REQUESTER)
        watches = [(watch.user_id, watch.muted) for watch in await work.alerts.watching(KEY)]
        mine = await work.tickets.of_user(STRANGER)
    return ticket, session, watches, mine, len(world.api.messages(REQUESTER)), len(world.api.messages(DESK))


# Every button of an organization's card, with what it carries.
ORGANIZATIONS: dict[str, str | int] = {
    **dict.fromkeys(("card", "roles", "open", "people", "leaving", "leave"), ""),
    **dict.fromkeys(("person", "removing", "promoting", "handing", "remove", "promote", "hand"), REQUESTER),
    "invite": "manager",
    "revoke": "0" * 16,
}
OTHERS = {
    f"i:show:{KEY}": NOT_FOUND,
    f"i:show:{NOWHERE}": NOT_FOUND,
    f"i:problem:{KEY}": NOT_FOUND,
    f"i:problem:{NOWHERE}": NOT_FOUND,
    f"a:watch:{KEY}": NOT_FOUND,
    f"a:watch:{NOWHERE}": NOT_FOUND,
    f"a:unwatch:{KEY}": NOT_FOUND,
    f"a:mute:{KEY}": "您没有关注这张发票。",
    "t:1:claim:1": NOT_PERMITTED,
    "t:1:solve:1": NOT_PERMITTED,
    "t:99:claim:1": NOT_PERMITTED,
    "u:1:solved:1": NOT_PERMITTED,
    "u:1:withdraw:1": NOT_PERMITTED,
    "u:99:solved:1": NOT_PERMITTED,
    "f:1:1:b": UNKNOWN,
    "f:1:1:h": UNKNOWN,
    "f:1:1:cdigital": UNKNOWN,
    "f:99:1:b": UNKNOWN,
    **{f"o:{verb}:{org_id}:1:{what}": UNKNOWN for verb, what in ORGANIZATIONS.items() for org_id in (1, 99)},
    "m:to:1:4": UNKNOWN,
    "m:to:99:4": UNKNOWN,
}


async def test_what_belongs_to_others_is_neither_shown_nor_touched(here: World) -> None:
    """The same words whether or not the thing exists."""
    before = await everything(here)
    assert {data: await forge(here, STRANGER, data) for data in OTHERS} == OTHERS
    assert await everything(here) == before
    assert len(here.texts(STRANGER)) == 1


async def refusals(world: World) -> list[tuple[int, str, str]]:
    query = select(audit.c.actor_id, audit.c.details).order_by(audit.c.id)
    async with world.bot.services.storage.read() as work:
        assert (await work.audit.verified())[1] is None
        rows = await work.connection.execute(query)
        return [(actor_id, details["by"], details["answer"]) for actor_id, details in rows]


async def test_refusals_are_written_down(here: World) -> None:
    """By the button's data, or the command; what is no button at all is no refusal, and what is written is not kept."""
    for data in (f"i:show:{KEY}", f"i:show:{NOWHERE}", "t:1:claim:1", "o:card:1:1:", "x", "m:menu"):
        await forge(here, STRANGER, data)
    await forge(here, REQUESTER, "m:menu", DESK)
    here.api.state.chats[DESK].members.append(STRANGER)
    await here.say("/r 这是秘密", STRANGER, chat_id=DESK, thread_id=here.topics()[0])
    assert await refusals(here) == [
        (STRANGER, f"i:show:{KEY}", "lookup.none"),
        (STRANGER, f"i:show:{NOWHERE}", "lookup.none"),
        (STRANGER, "t:1:claim:1", "error.not_permitted"),
        (STRANGER, "o:card:1:1:", "error.unknown_button"),
        (REQUESTER, "m:menu", "error.unknown_button"),
        (STRANGER, "/r", "error.not_permitted"),
    ]


async def test_so_are_those_that_are_no_error(here: World) -> None:
    """A table, figures, and an edit of what an agent wrote before leaving the desk: of it nothing is told."""
    here.api.upload(STRANGER, "九月.csv", b"a,b", "text/csv")
    await here.quiet()
    assert "只有企业管理员" in here.last(STRANGER)
    await here.say("/stats", STRANGER)  # of no organization: nothing to refuse
    await here.say("/stats")
    assert "管理员" in here.last()
    said = await here.say("/r 好的", AGENT, chat_id=DESK, thread_id=here.topics()[0])
    here.api.edit(AGENT, DESK, said["message_id"], "/r 稍等")
    await here.quiet()
    assert here.last() == "稍等"
    async with here.bot.services.storage.begin() as work:
        await work.agents.remove(AGENT)
    here.api.edit(AGENT, DESK, said["message_id"], "/r 秘密")
    await here.quiet()
    assert "秘密" not in str(here.texts())
    assert await refusals(here) == [
        (STRANGER, "upload", "upload.not_permitted"),
        (REQUESTER, "/stats", "stats.managers_only"),
        (AGENT, "edit", ""),
    ]


async def test_dropping_a_watch_drops_only_ones_own(here: World) -> None:
    before = await everything(here)
    await forge(here, STRANGER, f"a:drop:{KEY}")
    assert await everything(here) == before


NONSENSE = (
    *(
        "x",
        "o:",
        "o:card",
        "o:card:1:1",
        "o:home:1",
        "o:card:x:1:",
        "o:fly:1:1:",
        "o:invite:1:1:king",
        "o:revoke:1:1:x",
        "m:",
        "m:topic",
        "m:topic:",
        "m:topic:nothing-of-that-name",
        "m:file:",
        "m:file:x",
        "m:to:1",
        "m:nothing",
    ),
    *("f:1:1", "f:x:1:b", "f:1:x:b", "f:99999999999999999999:1:b", "i:", "i:other:1", "a:", "a:other:1", "::::"),
    *("t:1:claim", "t:x:claim:1", "t:99999999999999999999:claim:1", "u:1:solved", "u:1:solved:x", "🙂"),
)


async def test_nonsense_is_answered_as_a_button_of_the_past(here: World) -> None:
    before = await everything(here)
    assert {data: await forge(here, STRANGER, data) for data in NONSENSE} == dict.fromkeys(NONSENSE, UNKNOWN)
    assert await everything(here) == before


async def test_keys_that_are_none_are_not_found(here: World) -> None:
    keys = ("", "x", "legacy:1:2", "digital:x", "🙂", "<b>&")
    forged = [f"{verb}:{key}" for verb in ("i:show", "i:problem", "a:watch", "a:unwatch") for key in keys]
    assert {data: await forge(here, REQUESTER, data) for data in forged} == dict.fromkeys(forged, NOT_FOUND)


async def test_verbs_that_do_not_exist_do_nothing(here: World) -> None:
    before = await everything(here)
    for verb in ("fly", "merge", "closed"):
        assert await forge(here, REQUESTER, f"u:1:{verb}:1") == UNKNOWN
        assert await forge(here, AGENT, f"t:1:{verb}:1", DESK) == UNKNOWN
    assert await everything(here) == before


async def test_an_organizations_buttons_are_its_managers(here: World) -> None:
    """A member, who knows that it is there, is told that they may not."""
    before = await everything(here)
    theirs = {"card": "", "leaving": "", "leave": STALE}  # of an older version
    seen = {verb: await forge(here, REQUESTER, f"o:{verb}:1:99:{what}") for verb, what in ORGANIZATIONS.items()}
    assert seen == dict.fromkeys(ORGANIZATIONS, NOT_PERMITTED) | theirs
    assert await everything(here) == before


async def test_a_members_card_pressed_by_another_is_no_way_in(here: World) -> None:
    """A message that was passed on: its buttons are pressed by whoever has it now."""
    await here.say("/org")
    data = here.button(REQUESTER, "退出企业")[1]["callback_data"]
    for chat in (STRANGER, REQUESTER):
        assert await forge(here, STRANGER, data, chat) == UNKNOWN


async def test_an_agent_confirms_nothing_for_the_requester(here: World) -> None:
    await here.say("/start", AGENT)
    assert await forge(here, AGENT, "u:1:solved:1") == NOT_PERMITTED


async def test_a_private_button_does_nothing_in_a_group(here: World) -> None:
    """Not even for whom it was made: what it would change is another message than the one that was pressed."""
    await here.say("/org")
    before = await everything(here)
    for data in (*OTHERS, f"a:drop:{KEY}", "m:menu", "u:1:withdraw:1"):
        if not data.startswith("t:"):
            for user in (REQUESTER, AGENT):
                assert await forge(here, user, data, DESK) == UNKNOWN, data
    assert await everything(here) == before


async def test_a_refusal_is_in_the_persons_language(here: World) -> None:
    async with here.bot.services.storage.begin() as work:
        await work.users.speak(STRANGER, Locale.EN)
    assert await forge(here, STRANGER, "t:1:claim:1") == "You may not do this."


async def test_a_pop_up_shows_names_as_they_are(here: World) -> None:
    """Pop-ups know no markup: what is escaped in a message must not be read as `&lt;`."""
    async with here.bot.services.storage.begin() as work:
        await work.agents.add(Agent(AGENT, "甲 <b>& 乙", DeskRole.AGENT), utc_now())
    assert await forge(here, AGENT, "t:1:claim:1", DESK) == ""
    assert await forge(here, OTHER_AGENT, "t:1:claim:2", DESK) == "甲 <b>& 乙 已经认领了这个工单。"
