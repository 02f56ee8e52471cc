"""Plays every dialogue in tests/dialogues against the whole bot, and tries the stage itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.content import ContentError
from knowledge.texts import Locale
from tests.dialogues.script import Dialogue, load_dialogues, parse_dialogue
from tests.dialogues.stage import Mismatch, stage

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


async def play(dialogue: Dialogue, folder: Path) -> str:
    """What went otherwise, "" if nothing did."""
    async with stage(dialogue, folder) as played:
        try:
            await played.play()
        except Mismatch as mismatch:
            return str(mismatch)
    return ""


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.name)
async def test_dialogue(dialogue: Dialogue, tmp_path: Path) -> None:
    problem = await play(dialogue, tmp_path)
    if problem:
        pytest.fail(problem, pytrace=False)


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("locale", Locale)
def test_every_cause_is_reached_in_both_languages(cause: int, locale: Locale) -> None:
    reached = {step for dialogue in DIALOGUES if dialogue.language is locale for step in dialogue.reaches}
    assert CAUSES[cause] & reached


HEAD = "title: t\nlanguage: zh-CN\nsteps:\n"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("title: t\nlanguage: zh-CN\n", "d.yaml:1: missing: steps"),
        ("title: t\nlanguage: fr\nsteps: []\n", "d.yaml:2: language: 'fr' is not a valid Locale"),
        (f"speaker: boss\n{HEAD}  - say: a\n", "d.yaml:1: speaker: one of member, stranger, newcomer"),
        (f"{HEAD}  - say: a\n  - sya: b\n", "d.yaml:5: steps.2.sya: unknown step; known are say, "),
        (f"{HEAD}  - say: a\n    to: b\n", "d.yaml:5: steps.1.to: does not go with say; by, times does"),
        (f"{HEAD}  - bot: a\n    by: b\n", "d.yaml:5: steps.1.by: does not go with bot; nothing does"),
        (f"{HEAD}  - say: [\n", "d.yaml:5: "),
    ],
)
def test_a_faulty_file_is_told_what_is_wrong_and_where(source: str, complaint: str) -> None:
    with pytest.raises(ContentError) as raised:
        parse_dialogue(source, "d.yaml")
    assert str(raised.value).startswith(complaint)


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ("  - say: /start\n  - bot: 再见\n", "d.yaml:5: bot: expected “再见”, found 示例会计，您好"),
        ("  - say: /start\n  - bot not: 您好\n", "d.yaml:5: bot not: expected nothing with “您好”, found"),
        ("  - say: /start\n  - bot sends: 2\n", "d.yaml:5: bot sends: expected 2 messages, found"),
        ("  - say: /start\n  - buttons: [是]\n", "d.yaml:5: buttons: expected ['是'], found ['🧭 发票查不到'"),
        ("  - say: /start\n  - has buttons: [是]\n", "d.yaml:5: has buttons: expected buttons ['是'], found"),
        ("  - say: /start\n  - tap: 是\n", "d.yaml:5: tap: no button “是”; the newest are"),
        ("  - say: /start\n  - popup: 是\n", "d.yaml:5: popup: expected “是”, found"),
        ("  - say: /start\n  - desk: 是\n", "d.yaml:5: desk: expected a ticket, found nothing"),
        ("  - say: /start\n  - reaction: 👌\n", "d.yaml:5: reaction: expected 👌, found nothing"),
        ("  - reply: 是\n    to: 没有\n", "d.yaml:4: reply: expected a message with “没有”, found nothing"),
        ("  - say: /start\n  - wait: a while\n", "d.yaml:5: wait: expected such as “10 minutes”, found a while"),
    ],
)
async def test_what_goes_otherwise_is_told_with_its_line(steps: str, complaint: str, tmp_path: Path) -> None:
    problem = await play(parse_dialogue(HEAD + steps, "d.yaml"), tmp_path)
    assert problem.startswith(complaint)
    assert "── private chat ──" in problem


async def test_a_question_that_was_not_asked_is_missed(tmp_path: Path) -> None:
    dialogue = parse_dialogue(f"reaches: [is_void]\n{HEAD}  - say: /fix\n", "d.yaml")
    assert (await play(dialogue, tmp_path)).startswith("d.yaml: never asked: is_void")
