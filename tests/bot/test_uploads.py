"""A manager sends a table in the chat: the message, the rows in the database, and what Telegram is asked to show."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.telegram_files import TelegramFiles
from bot.app import utc_now
from handlers.import_export import uploads
from knowledge.invoices.model import Invoice
from knowledge.permissions import Role
from storage.schema import members
from tests.conftest import DESK, REQUESTER, World, whole_bot
from tests.fixtures.demo import BUYER
from tests.fixtures.invoices import build, to_csv


def ours(count: int) -> list[Invoice]:
    return [replace(invoice, buyer_tax_id=BUYER) for invoice in build(count)]


async def promote(world: World) -> None:
    async with world.bot.services.storage.begin() as work:
        await work.connection.execute(members.update().values(role=Role.MANAGER))


async def send(world: World, content: bytes, name: str = "导出结果.csv", **options: Any) -> None:
    world.api.upload(REQUESTER, name, content, "text/csv", **options)
    await world.quiet()


async def finished(world: World, words: str) -> str:
    """The living message, once it says this."""
    async with asyncio.timeout(20):
        while not any(words in text for text in world.texts()):
            await asyncio.sleep(0.01)
    await world.quiet()
    return next(text for text in world.texts() if words in text)


async def known(world: World, invoice: Invoice) -> bool:
    async with world.bot.services.storage.read() as work:
        return await work.invoices.unscoped(invoice.key) is not None


async def test_a_managers_table_comes_in(world: World) -> None:
    await promote(world)
    await send(world, to_csv(ours(5)))
    text = await finished(world, "导入完成")
    assert "新增 5 · 更新 0 · 未变 0" in text
    assert all([await known(world, invoice) for invoice in ours(5)])
    assert [call.method for call in world.api.calls if "document" in call.method.lower()] == []
    message = next(m for m in world.api.messages(REQUESTER) if "导入完成" in m.get("text", ""))
    assert [button["text"] for row in message["reply_markup"]["inline_keyboard"] for button in row] == ["🗂 我的发票"]
    assert "0" not in text.partition("未变 0")[2]  # what didn't occur is not told
    assert not any("准备导入" in each for each in world.texts())  # one message, edited
    await send(world, to_csv(ours(5)))
    assert "未变 5" in await finished(world, "未变 5")


async def test_rows_of_others_are_refused_and_named_in_a_file(world: World) -> None:
    await promote(world)
    theirs = build(7)[-1]
    await send(world, to_csv([*ours(2), theirs]))
    assert "拒绝 1 行" in await finished(world, "导入完成")
    assert not await known(world, theirs)
    (call,) = [call for call in world.api.calls if call.method == "sendDocument"]
    content = world.api.state.bytes_of(call.response["result"]["document"]["file_id"]).decode("utf-8-sig")
    assert f"发票 {theirs.number} 的购销双方都不是 {BUYER}" in content
    assert world.last() == "被拒绝的 1 行，各附原因"


async def test_what_is_odd_is_imported_and_named_in_a_file(world: World) -> None:
    await promote(world)
    invoice = ours(1)[0]
    odd = replace(invoice, total=(invoice.total or 0) + Decimal("5.00"))
    await send(world, to_csv([odd]))
    assert "新增 1 · 更新 0 · 未变 0\n存疑 1 条" in await finished(world, "导入完成")
    assert await known(world, odd)
    (call,) = [call for call in world.api.calls if call.method == "sendDocument"]
    document = call.response["result"]["document"]
    assert document["file_name"] == "导出结果.csv.warnings.csv"
    assert world.api.state.bytes_of(document["file_id"]).decode("utf-8-sig").startswith("行号,字段,原因")
    assert world.last() == "存疑的 1 条：已经导入，请逐条核对"


async def test_a_manager_cannot_claim_others_invoices_by_their_numbers(world: World) -> None:
    theirs = build(7)[-1]
    async with world.bot.services.storage.begin() as work:
        await work.invoices.save([theirs], utc_now())
    await promote(world)
    await send(world, f"code,number,buyer_tax_id,status\n{theirs.code},{theirs.number},{BUYER},void\n".encode())
    told = await finished(world, "没有一张发票能导入")
    assert ("新增 0 · 更新 0 · 未变 0" in told, "拒绝 1 行" in told) == (True, True)
    async with world.bot.services.storage.read() as work:
        assert await work.invoices.visible(theirs.key, [BUYER]) is None
        assert (await work.invoices.visible(theirs.key, [theirs.buyer_tax_id or theirs.seller_tax_id])) is not None


async def test_who_is_no_manager_is_told_so_and_may_pass_the_file_on(world: World) -> None:
    await send(world, to_csv(ours(2)))
    assert "只有企业管理员可以在这里导入发票" in world.last()
    assert not await known(world, ours(2)[0])
    await world.tap("转人工")
    assert "工单号 #1001" in world.last()


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b" \n", "a.csv", "文件是空的"),
        (b"%PDF-1.7", "a.xlsx", "不是表格"),
        ("发票号吗,开票日期,金额,税额\n1,2,3,4\n".encode(), "a.csv", "“发票号吗”是不是“发票号”"),
    ],
)
async def test_what_is_no_table_of_invoices_is_explained(world: World, content: bytes, name: str, told: str) -> None:
    await promote(world)
    await send(world, content, name)
    assert told in await finished(world, "没有导入")


async def test_a_file_beyond_what_telegram_hands_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)
    await promote(world)
    await send(world, to_csv(ours(2)))
    assert "超过 20 MB" in world.last()


async def test_stopped_by_its_button(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here while it is being fetched; between two transactions: tests/handlers/import_export/test_service.py."""
    may_come, download = asyncio.Event(), TelegramFiles.download

    async def slowly(self: TelegramFiles, file_id: str, target: Path) -> None:
        await may_come.wait()
        await download(self, file_id, target)

    monkeypatch.setattr(TelegramFiles, "download", slowly)
    await promote(world)
    await send(world, to_csv(ours(3)))
    assert "收到“导出结果.csv”，准备导入" in world.last()
    await world.tap("停止")
    assert world.last() == "正在停止……"
    may_come.set()
    assert "新增 0" in await finished(world, "已停止")
    assert not await known(world, ours(1)[0])


async def test_a_managers_table_during_a_ticket_goes_where_they_say(world: World) -> None:
    await promote(world)
    await world.say("转人工")
    await send(world, to_csv(ours(2)))
    assert world.last() == "这个表格要导入，还是交给客服？"
    assert not await known(world, ours(2)[0])
    await world.tap("📥 导入发票")
    assert "新增 2" in await finished(world, "导入完成")
    with pytest.raises(AssertionError, match="no button"):
        await world.tap("📥 导入发票")  # the question has lost its buttons
    await send(world, to_csv(ours(3)))
    await world.tap("接着 #1001")
    assert not await known(world, ours(3)[2])
    assert await world.tap("📥 导入发票") == "这条消息已经在工单 #1001 里了。"
    await send(world, to_csv(ours(3)), caption="请导入")
    assert "新增 1" in await finished(world, "新增 1")


async def test_anybody_elses_table_during_a_ticket_goes_there(world: World) -> None:
    await world.say("转人工")
    told = world.texts()
    await send(world, to_csv(ours(2)))
    assert world.texts() == told
    assert "导出结果.csv" in str(world.api.messages(DESK, world.topics()[0])[-1])


async def test_an_import_that_a_restart_cut_off_is_begun_anew(tmp_path: Path) -> None:
    """The row is there, the work is not done: it is what a killed process leaves."""
    async with whole_bot(tmp_path) as world:
        await promote(world)
        message = world.api.upload(REQUESTER, "a.txt", to_csv(ours(4)), "text/plain")
        await world.quiet()
        async with world.bot.services.storage.begin() as work:
            await work.file_imports.add(REQUESTER, message["document"]["file_id"], "a.csv", utc_now())
        world.bot.services.features.uploads._there_is_work.set()
        assert "新增 4" in await finished(world, "导入完成")
