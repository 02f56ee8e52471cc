"""The product's main story, from the first hello to the alert, in one go."""

from __future__ import annotations

from tests.conftest import World


async def test_first_contact(world: World) -> None:
    await world.say("/start")
    assert "票答" in world.last()
    await world.tap("English")
    assert "helpdesk" in world.last()
    await world.tap("中文")
    await world.say("我的发票在系统里查不到")
    for t in world.texts():
        print("BOT>", t)
    print(world.labels())
