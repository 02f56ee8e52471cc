"""`invoice-bot knowledge …` where it fails; what it does is tested in tests/knowledge/routing."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import opened, utc_now
from bot.knowledge_commands import app
from knowledge.content import ContentError
from knowledge.gaps import GapKind
from knowledge.texts import Locale
from tests.conftest import settings_for


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "x"}', '{"gold": ["a"]}', '{"text": "x", "gold": 1}'])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(f'{{"text": "发票丢了", "gold": ["lost-invoice"]}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ContentError, match=r"^questions\.jsonl:2: expected a JSON object"):
        CliRunner().invoke(app, ["fit", str(file)], catch_exceptions=False)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["fit", str(tmp_path / "none.jsonl")]).exit_code == 2


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
