import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot
from telegram.error import Conflict

from bot.playground import BotApi
from tests.bot.playground.conftest import REQUESTER, Clock, client


async def texts(bot: Bot, *, offset: int | None = None, limit: int | None = None) -> list[str]:
    return [update.message.text for update in await bot.get_updates(offset, limit) if update.message]  # type: ignore[misc] # all are texts


async def test_handed_out_again_until_confirmed(api: BotApi, bot: Bot) -> None:
    for text in ("a", "b", "c"):
        api.say(REQUESTER, text)
    first = await bot.get_updates()
    assert [update.update_id for update in first] == list(range(first[0].update_id, first[0].update_id + 3))
    assert await texts(bot) == ["a", "b", "c"]
    assert await texts(bot, offset=first[1].update_id) == ["b", "c"]
    assert await texts(bot, offset=0) == ["b", "c"]
    assert await texts(bot, offset=first[2].update_id + 1) == []


async def test_limit(api: BotApi, bot: Bot) -> None:
    for text in ("a", "b", "c"):
        api.say(REQUESTER, text)
    assert await texts(bot, limit=2) == ["a", "b"]


async def test_negative_offset_counts_from_the_end_and_forgets_the_rest(api: BotApi, bot: Bot) -> None:
    for text in ("a", "b", "c"):
        api.say(REQUESTER, text)
    assert await texts(bot, offset=-1) == ["c"]
    assert await texts(bot) == ["c"]


async def test_negative_offset_beyond_the_first(api: BotApi, bot: Bot) -> None:
    api.say(REQUESTER, "a")
    assert await texts(bot, offset=-5) == ["a"]


async def test_long_poll_ends_with_the_first_update(api: BotApi, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await api.wait_for(lambda: api.is_polled)
    api.say(REQUESTER, "at last")
    updates = await asyncio.wait_for(poll, 5)
    assert updates[0].message is not None
    assert updates[0].message.text == "at last"


async def test_a_second_poller_ends_the_first(api: BotApi, bot: Bot, url: str) -> None:
    async with client(api, url) as other:
        first = asyncio.create_task(bot.get_updates(timeout=30))
        await api.wait_for(lambda: api.is_polled)
        second = asyncio.create_task(other.get_updates(timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        api.say(REQUESTER, "for the second")
        assert len(await second) == 1


async def test_no_polling_beside_a_webhook(api: BotApi, bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_allowed_updates_last_until_changed(api: BotApi, bot: Bot) -> None:
    assert await bot.get_updates(allowed_updates=["callback_query"]) == ()
    api.say(REQUESTER, "not wanted")
    assert await bot.get_updates() == ()
    assert await bot.get_updates(allowed_updates=[]) == ()
    api.say(REQUESTER, "wanted again")
    assert await texts(bot) == ["wanted again"]


async def test_reactions_only_when_asked_for(api: BotApi, bot: Bot) -> None:
    message = api.say(REQUESTER, "a")
    api.react(REQUESTER, REQUESTER, message["message_id"], "👍")
    assert [update.message_reaction for update in await bot.get_updates()] == [None]
    await bot.get_updates(allowed_updates=["message_reaction"])
    api.react(REQUESTER, REQUESTER, message["message_id"], None)
    assert (await bot.get_updates())[-1].message_reaction is not None


async def test_updates_live_a_day(api: BotApi, bot: Bot, clock: Clock) -> None:
    api.say(REQUESTER, "old")
    clock.seconds += 86_401
    api.say(REQUESTER, "new")
    assert await texts(bot) == ["new"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 6), st.integers(1, 4)), max_size=12))
async def test_no_update_is_lost_or_out_of_order(steps: list[tuple[int, int, int]]) -> None:
    """Against the rule as told in one line: what is not below the highest offset yet is handed out, oldest first."""
    api = BotApi()
    api.add_person(REQUESTER, "小王")
    kept: list[int] = []
    for arrivals, back, limit in steps:
        for _ in range(arrivals):
            api.say(REQUESTER, "a")
            kept.append(api.state.settings.next_update_id - 1)
        offset = kept[0] + back if kept and back >= 0 else back if kept else 0
        kept = kept[offset:] if offset < 0 else [number for number in kept if number >= offset]
        response = await api.call("getUpdates", {"offset": offset, "limit": limit})
        assert [update["update_id"] for update in response["result"]] == kept[:limit]
