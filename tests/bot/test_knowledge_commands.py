"""`invoice-bot knowledge …`: what it prints and how it fails; the rest is tested in tests/knowledge."""

import asyncio
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import opened, utc_now
from bot.knowledge_commands import app
from knowledge.content import ContentError
from knowledge.flows.ordering import ENOUGH
from knowledge.gaps import GapKind
from knowledge.lessons import Lesson, LessonState
from knowledge.sources import SUFFIXES, shipped
from knowledge.taught import Answer
from knowledge.texts import Locale, Localized
from storage.steps import EndedStep
from tests.conftest import settings_for
from tests.knowledge.checking.sample import with_change

SLOW_FLOW = "system-slow-or-error-flow"


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "x"}', '{"gold": ["a"]}', '{"text": "x", "gold": 1}'])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(f'{{"text": "发票丢了", "gold": ["lost-invoice"]}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ContentError, match=r"^questions\.jsonl:2: expected a JSON object"):
        CliRunner().invoke(app, ["fit", str(file)], catch_exceptions=False)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["fit", str(tmp_path / "none.jsonl")]).exit_code == 2


# Check and graph


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The knowledge base's files, to be broken."""
    for place in SUFFIXES:
        shutil.copytree(str(shipped().joinpath(*place.split("/"))), tmp_path / "knowledge" / place)
    return tmp_path / "knowledge"


def checked(folder: Path, *options: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, ["check", "--folder", str(folder), *options], catch_exceptions=False)
    return result.exit_code, result.output.splitlines()


def test_what_is_shipped_passes(copy: Path) -> None:
    code, lines = checked(copy, "--fast")
    assert code == 0
    assert re.fullmatch(r"\d+ files, \d+ phrasings and titles: 0 errors, \d+ warnings", lines[-1])


def test_an_error_is_a_line_and_the_exit_code(copy: Path) -> None:
    article = copy / "articles/data/lost-invoice.en.md"
    article.write_text(article.read_text(encoding="utf-8").replace("category: problems", "category: lost"), "utf-8")
    code, lines = checked(copy, "--fast")
    assert code == 1
    assert lines[-2].startswith("knowledge/articles/data/lost-invoice.en.md:3: category: Input should be 'invoices'")
    assert lines[-1].endswith(": 1 errors, 0 warnings")


def test_forms_are_checked_like_flows(copy: Path) -> None:
    form = copy / "flows/forms/verify-invoice.yaml"
    form.write_text(form.read_text(encoding="utf-8").replace("link: invoice-not-showing", "link: nowhere"), "utf-8")
    code, lines = checked(copy, "--fast")
    assert code == 1
    assert re.match(r"knowledge/flows/forms/verify-invoice.yaml:\d+: steps.missing.link: no flow nowhere", lines[-2])


def test_another_encoding_is_an_error(copy: Path) -> None:
    (copy / "texts/data/flows.toml").write_bytes("发票".encode("gb18030"))
    code, lines = checked(copy)
    assert (code, lines) == (1, ["knowledge/texts/data/flows.toml: is not UTF-8: save it with that encoding"])


def test_phrasings_that_nothing_was_prepared_for_are_a_warning(copy: Path) -> None:
    article = copy / "articles/data/lost-invoice.zh-CN.md"
    article.write_text(article.read_text(encoding="utf-8").replace("  - 发票丢了", "  - 我的发票掉进河里了"), "utf-8")
    code, lines = checked(copy, "--fast")
    assert code == 0
    stale = [line for line in lines if ": hash: warning: made for other phrasings" in line]
    assert [line.partition(":")[0] for line in stale] == [
        "knowledge/routing/data/prepared.npz",
        "knowledge/routing/data/zones.toml",
    ]


def test_without_fast_each_phrasing_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowledge.routing.encoders.find_spec", lambda _name: None)
    sources = with_change("look-at-door.zh-CN.md", "门牌八", "窗户二和窗户三")
    for place, files in zip(SUFFIXES, (sources.articles, sources.flows, sources.forms, sources.texts), strict=True):
        (tmp_path / place).mkdir(parents=True)
        for name, text in files.items():
            (tmp_path / place / name).write_text(text, encoding="utf-8")
    code, lines = checked(tmp_path)
    assert code == 0
    assert any("look-at-door.zh-CN.md:12: phrasings.7: warning: '窗户二和窗户三' would" in line for line in lines)
    assert not any(":12: phrasings.7:" in line for line in checked(tmp_path, "--fast")[1])


@pytest.mark.parametrize(("lang", "title"), [("zh-CN", "丢的是什么"), ("en", "What was lost")])
def test_a_flow_as_a_diagram(lang: str, title: str) -> None:
    result = CliRunner().invoke(app, ["graph", "lost-invoice-flow", "--lang", lang], catch_exceptions=False)
    assert result.output.startswith("flowchart TD\n")
    assert f'what["{title}"]' in result.output


def test_a_form_as_a_diagram() -> None:
    result = CliRunner().invoke(app, ["graph", "verify-invoice", "--lang", "en"], catch_exceptions=False)
    assert 'number["Invoice number"]' in result.output


def test_no_such_flow() -> None:
    with pytest.raises(ContentError, match=r"^flying: no such flow; there are account-login-flow, "):
        CliRunner().invoke(app, ["graph", "flying"], catch_exceptions=False)


def test_gaps_are_listed_by_how_often_they_were_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for("http://127.0.0.1:1", tmp_path)
    monkeypatch.setattr("bot.terminal.settings_now", lambda: settings)

    async def ask() -> None:
        async with opened(settings) as services, services.storage.begin() as work:
            for text in ("团建烧烤的单子往哪儿贴", "滴滴跑了一趟咋走账", "滴滴跑了两趟咋走账"):
                await work.gaps.add(GapKind.UNKNOWN, Locale.ZH, text, "reimbursement", utc_now())
            await work.gaps.add(GapKind.MISSED, Locale.EN, "", "about-system", utc_now())

    asyncio.run(ask())
    rows = json.loads(CliRunner().invoke(app, ["gaps", "--json"], catch_exceptions=False).stdout)
    assert [(row["count"], row["examples"], row["nearest"]) for row in rows] == [
        (2, ["滴滴跑了一趟咋走账", "滴滴跑了两趟咋走账"], "reimbursement"),
        (1, ["团建烧烤的单子往哪儿贴"], "reimbursement"),
        (1, [], "about-system"),
    ]
    table = CliRunner().invoke(app, ["gaps"], catch_exceptions=False).stdout
    assert "滴滴跑了一趟咋走账" in table


def test_what_the_desk_wrote_becomes_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for("http://127.0.0.1:1", tmp_path)
    monkeypatch.setattr("bot.terminal.settings_now", lambda: settings)
    target = tmp_path / "articles" / "data"
    assert "nothing was taught" in CliRunner().invoke(app, ["taught", "--out", str(target)]).stdout

    async def teach() -> None:
        answer = Answer(Localized("打车 &amp; 报销", "Taxi"), Localized("<b>开</b>电子发票。", "Get the invoice."))
        lesson = Lesson(0, "", ("滴滴咋走账",), LessonState.LIVE, 7, answer=answer)
        async with opened(settings) as services, services.storage.begin() as work:
            await work.lessons.add(lesson, utc_now())
            await work.lessons.add(replace(lesson, state=LessonState.DRAFT), utc_now())
            await work.lessons.add(replace(lesson, answer=None, slug="feedback"), utc_now())

    asyncio.run(teach())
    told = CliRunner().invoke(app, ["taught", "--out", str(target)], catch_exceptions=False).stdout
    assert told.splitlines() == ["taught-b.zh-CN.md", "taught-b.en.md"]
    assert (target / "taught-b.zh-CN.md").read_text(encoding="utf-8") == (
        "---\ntitle: 打车 & 报销\ncategory: service\nphrasings:\n- 滴滴咋走账\n---\n<b>开</b>电子发票。\n"
    )
    for place in ("flows/data", "flows/forms", "texts/data"):
        (tmp_path / place).mkdir(parents=True)
    code, lines = checked(tmp_path, "--fast")
    assert code == 1
    assert lines[0].startswith("knowledge/articles/data/taught-b.en.md:4: phrasings: Tuple should have at least 8")


def test_the_order_of_checks_is_shown_by_symptom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for("http://127.0.0.1:1", tmp_path)
    monkeypatch.setattr("bot.terminal.settings_now", lambda: settings)
    monkeypatch.setattr("bot.terminal.out.width", 200)

    async def try_out() -> None:
        async with opened(settings) as services, services.storage.begin() as work:
            for session in range(ENOUGH):
                outcome = "solved" if session % 2 else "failed"
                ended = EndedStep(session, SLOW_FLOW, "device", "device", outcome, 30, utc_now(), "slow")
                await work.steps.add(ended)

    asyncio.run(try_out())
    table = CliRunner().invoke(app, ["order", SLOW_FLOW], catch_exceptions=False).stdout
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in table.splitlines() if SLOW_FLOW in line]
    assert [row[1:4] for row in cells[:2]] == [["all", "1", "device"], ["all", "2", "network"]]
    assert next(row[1:] for row in cells if row[1] == "slow") == ["slow", "1", "device", "20", "10", "30%", "30"]
    assert next(row[1:6] for row in cells if row[1] == "blank") == ["blank", "1", "private", "0", "0"]
    assert "invoice-not-showing" in CliRunner().invoke(app, ["order"], catch_exceptions=False).stdout


def test_no_such_flow_to_order() -> None:
    with pytest.raises(ContentError, match=r"^flying: no such flow"):
        CliRunner().invoke(app, ["order", "flying"], catch_exceptions=False)
