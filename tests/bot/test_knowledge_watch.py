"""A changed file is taken over by the running bot; a broken one is told, and nothing changes."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot import knowledge_watch
from bot.knowledge_watch import KnowledgeWatch
from knowledge.flows import engine
from knowledge.routing.reread import FOLDER, reread
from knowledge.sources import ARTICLES, FLOWS, FORMS, SUFFIXES, TEXTS, shipped
from knowledge.texts import Texts
from tests.conftest import World


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    for place in (*SUFFIXES, FOLDER):
        shutil.copytree(str(shipped().joinpath(*place.split("/"))), tmp_path / "knowledge" / place)
    yield tmp_path / "knowledge"
    engine.speak(Texts.load())


@pytest.fixture
def watch(copy: Path, world: World) -> KnowledgeWatch:
    return KnowledgeWatch(copy, world.bot.services, lambda: date(2026, 11, 24))


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


async def test_nothing_has_changed(watch: KnowledgeWatch) -> None:
    assert not await watch.look()


async def test_an_article_and_a_text(
    copy: Path, watch: KnowledgeWatch, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.knowledge_watch")
    await world.say("发票丢了")
    assert "海里" not in world.last()
    file = copy / ARTICLES / "lost-invoice.zh-CN.md"
    file.write_text(file.read_text(encoding="utf-8").rstrip() + "\n\n掉进海里也不怕。\n", encoding="utf-8")
    change(copy / TEXTS / "conversation.toml", "👍", "👍👍")
    assert await watch.look()
    assert caplog.messages[0] == "reading again: conversation.toml, lost-invoice.zh-CN.md …"
    assert re.fullmatch(r"… taken over, after \d+\.\d s", caplog.messages[-1])
    await world.say("发票丢了")
    assert world.last().endswith("掉进海里也不怕。")
    assert any("👍👍" in label for label in world.labels())
    assert not await watch.look()


async def test_a_running_flow_keeps_its_version(copy: Path, watch: KnowledgeWatch, world: World) -> None:
    await world.say("/fix")
    assert "您的是哪一种" in world.last()
    change(copy / FLOWS / "invoice-not-showing.yaml", "您的是哪一种", "手上的是哪一种")
    assert await watch.look()
    await world.tap("为什么问？")
    assert "您的是哪一种" in world.last()
    await world.say("/cancel")
    await world.say("/fix")
    assert "手上的是哪一种" in world.last()


async def test_a_form_is_taken_over(copy: Path, watch: KnowledgeWatch, world: World) -> None:
    change(copy / FORMS / "verify-invoice.yaml", "请发<b>发票号码</b>", "请告诉我<b>发票号码</b>")
    assert await watch.look() is True
    await world.say("/verify")
    assert "请告诉我发票号码" in world.last()


async def test_a_new_article_is_found(
    copy: Path, watch: KnowledgeWatch, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.routing.encoders.find_spec", lambda _name: None)  # quicker
    for locale, word in (("zh-CN", "独角兽"), ("en", "unicorn")):
        said = "\n".join(f"  - {word} {number}" for number in "一二三四五六七八")
        text = f"---\ntitle: {word}\ncategory: practice\nphrasings:\n{said}\nrelated: [lost-invoice]\n---\n{word} !\n"
        (copy / ARTICLES / f"unicorn.{locale}.md").write_text(text, encoding="utf-8")
    assert await watch.look()
    await world.say("独角兽")
    assert world.last().endswith("独角兽 !")


@pytest.fixture
def own_routing(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The router reads the copy, too."""
    with monkeypatch.context() as patched:
        patched.setattr("knowledge.routing.words.files", lambda _package: copy / "routing")
        yield
    reread()


@pytest.mark.usefixtures("own_routing")
async def test_the_router_s_own_words(copy: Path, watch: KnowledgeWatch, world: World) -> None:
    await world.say("召唤独角兽")
    assert "召唤" not in world.last()
    change(copy / FOLDER / "words.toml", '"转人工", ', '"转人工", "召唤独角兽", ')
    assert await watch.look()
    await world.say("召唤独角兽")
    assert "#1" in world.last()


@pytest.mark.usefixtures("own_routing")
async def test_a_broken_file_of_the_router(
    copy: Path, watch: KnowledgeWatch, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    change(copy / FOLDER / "words.toml", "[human]", "[humans]")
    assert not await watch.look()
    assert any(message.startswith("knowledge/routing/data/words.toml") for message in caplog.messages)
    await world.say("谢谢")
    assert "不知道" not in world.last()


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (f"{ARTICLES}/lost-invoice.zh-CN.md", "category: problems", "category: x", ":3: category: Input should be"),
        (f"{FLOWS}/lost-invoice-flow.yaml", "start: ", "begin: ", ": begin: unknown key"),
        (f"{TEXTS}/flows.toml", 'en = "', 'en = "<b>', " is not closed"),
        (
            f"{TEXTS}/flows.toml",
            '["flow.blank"]',
            '["flow.black"]',
            "knowledge/texts/data: flow.blank: this text is gone",
        ),
    ],
)
async def test_what_is_broken_is_told_and_nothing_changes(
    file: str,
    old: str,
    new: str,
    told: str,
    copy: Path,
    watch: KnowledgeWatch,
    world: World,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = world.bot.services.texts.template("flow.blank")
    good = (copy / file).read_bytes()
    change(copy / file, old, new)
    assert not await watch.look()
    assert any(told in message and message.startswith("knowledge/") for message in caplog.messages), caplog.messages
    assert caplog.messages[-1].startswith("the knowledge base stays as it was: ")
    assert world.bot.services.texts.template("flow.blank") == before
    await world.say("发票丢了")
    assert "不知道" not in world.last()
    caplog.clear()
    assert not await watch.look()
    assert caplog.messages == []
    (copy / file).write_bytes(good)
    assert await watch.look()


async def test_a_placeholder_that_nobody_fills(
    copy: Path, watch: KnowledgeWatch, caplog: pytest.LogCaptureFixture
) -> None:
    change(copy / TEXTS / "flows.toml", '["flow.blank"]\nzh-CN = "', '["flow.blank"]\nzh-CN = "{who}')
    text = (copy / TEXTS / "flows.toml").read_text(encoding="utf-8")
    at = text.index('en = "', text.index('["flow.blank"]'))
    (copy / TEXTS / "flows.toml").write_text(text[:at] + 'en = "{who}' + text[at + 6 :], encoding="utf-8")
    assert not await watch.look()
    assert caplog.messages[0].endswith(": flow.blank: nothing is given for who")


async def test_it_looks_by_itself(copy: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge_watch, "shipped", lambda: copy)
    monkeypatch.setattr(knowledge_watch, "PAUSE_SECONDS", 0.01)
    article = world.bot.services.features.articles
    async with asyncio.timeout(10), knowledge_watch.watching(world.bot.services):
        change(copy / ARTICLES / "lost-invoice.zh-CN.md", "以税务机关为准", "（独角兽）以税务机关为准")
        while "独角兽" not in article.message("lost-invoice").text.zh:
            await asyncio.sleep(0.01)
