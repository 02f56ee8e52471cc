"""Plays every dialogue in tests/dialogues against the whole bot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from knowledge.texts import Locale
from tests.dialogues.script import Dialogue, load_dialogues
from tests.dialogues.stage import Mismatch, make_template, stage

DIALOGUES = load_dialogues()

# product.md §2: what an invoice may be missing for, and the questions that bring it out.
CAUSES = {
    1: {"number_digital", "code"},
    2: {"crc_hint"},
    3: {"issued_today"},
    4: {"mismatch", "amount_net", "check_code"},
    5: {"near", "several"},
    6: {"wrong_buyer", "place"},
    7: {"is_void", "is_red", "red_pending"},
    8: {"fiscal", "printed", "blockchain", "customs", "too_old"},
    9: {"issuer"},
    10: {"network", "maintenance"},
    11: {"hand_over"},
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(make_template(tmp_path_factory.mktemp("template")))


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.name)
async def test_dialogue(dialogue: Dialogue, tmp_path: Path, template: Path) -> None:
    problem = ""
    async with stage(dialogue, tmp_path, template) as played:
        try:
            await played.play()
        except Mismatch as mismatch:
            problem = str(mismatch)
    if problem:
        pytest.fail(problem, pytrace=False)


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("locale", Locale)
def test_every_cause_is_reached_in_both_languages(cause: int, locale: Locale) -> None:
    reached = {step for dialogue in DIALOGUES if dialogue.language is locale for step in dialogue.reaches}
    assert CAUSES[cause] & reached
