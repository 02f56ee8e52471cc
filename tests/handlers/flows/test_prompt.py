"""How choices lie below a question: as many a row as a phone has room for."""

from __future__ import annotations

import pytest

from handlers.flows.prompt import prompt_message
from knowledge.flows.state import Option, Prompt, State, Turn
from knowledge.texts import Texts, literal
from storage.flows import Session
from tests.fixtures.services import NOW


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (["是"], [1]),
        (["改金额", "改日期", "改号码", "改票种"], [4]),
        (["改金额", "改日期", "改号码", "改票种", "排查"], [4, 1]),
        (["改金额", "改日期", "🧭 一步步排查"], [2, 1]),
        (["改金额", "🧭 一步步排查", "改日期"], [2, 1]),
        (["增值税专用发票", "增值税普通发票"], [2]),
        (["增值税电子普通发票（数电票）", "是"], [1, 1]),
    ],
)
def test_short_labels_share_a_row(labels: list[str], rows: list[int]) -> None:
    options = tuple(Option(str(n), literal(label)) for n, label in enumerate(labels))
    state = State("sample", "1", "first", {})
    session = Session(1, 42, "sample", "1", state.to_json(), [], 1, True, NOW)
    question = literal("？")
    turn = Turn(state, prompt=Prompt("first", question, question, options, ()))
    shown = prompt_message(Texts.load(), session, turn).rows
    assert [len(row) for row in shown] == rows
    assert [button.label.zh for row in shown for button in row] == labels
