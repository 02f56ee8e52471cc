"""`invoice-bot knowledge …` where it fails; what it does is tested in tests/knowledge/routing."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.knowledge_commands import app
from knowledge.content import ContentError


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "x"}', '{"gold": ["a"]}', '{"text": "x", "gold": 1}'])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(f'{{"text": "发票丢了", "gold": ["lost-invoice"]}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ContentError, match=r"^questions\.jsonl:2: expected a JSON object"):
        CliRunner().invoke(app, ["fit", str(file)], catch_exceptions=False)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["fit", str(tmp_path / "none.jsonl")]).exit_code == 2
