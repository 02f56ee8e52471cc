"""Forms: what is typed at once is not asked, and each kind of invoice is asked for what the official 查验 asks for."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.checking.language import language_fault
from knowledge.flows.engine import advance, start
from knowledge.flows.loader import load_forms
from knowledge.flows.model import Ask, End
from knowledge.flows.state import Choose, Control, Done, Say, Turn
from knowledge.flows.validators import volunteered
from knowledge.texts import Locale

TODAY = date(2026, 11, 24)
FORM = load_forms()["verify-invoice"]
NUMBER = "26110000482913073017"


def after(*given: str) -> Turn:
    """Typed answers, or a choice as `=id`."""
    turn = start(FORM, {}, TODAY)
    for text in given:
        turn = advance(FORM, turn.state, Choose(text[1:]) if text.startswith("=") else Say(text), TODAY)
    return turn


@pytest.mark.parametrize(
    "given",
    [
        (NUMBER, "2026-09-15", "1280.00"),
        (f"{NUMBER} 2026-09-15 1280.00元",),
        (f"01,32,,{NUMBER},1280.00,20260915,,",),
        ("1100263130 04417523", "2026-09-25", "8849.56"),
        ("04417523", "1100263130", "2026-09-25", "8849.56"),
        ("011002600111 00008006", "2026-09-23", "123456"),
        ("01,10,011002600111,00008006,254.72,20260923,76939056883466677916,",),
        ("144032600110 12345678", "2026-09-23", "=special", "100.00"),
        ("144032600110 12345678", "2026-09-23", "=used_vehicle", "58000.00"),
        (NUMBER, "2026-09-15", "=paper_special", "031002600106", "3539.82"),
        (NUMBER, "2026-09-15", "=paper_normal", "031002600106", "123456"),
    ],
)
def test_what_each_kind_is_asked_for(given: tuple[str, ...]) -> None:
    assert after(*given[:-1]).action is None
    turn = after(*given)
    assert turn.action is not None
    assert turn.action.name == "verify"


def test_the_paper_form_of_a_digital_invoice_has_a_number_and_a_code() -> None:
    turn = after(NUMBER, "2026-09-15", "=paper_special", NUMBER)
    assert turn.state.step == "paper_code_net"
    assert turn.state.strikes == 1
    facts = after(NUMBER, "2026-09-15", "=paper_special", "031002600106").state.facts  # digits 11 and 12: a roll
    assert (facts["kind"], facts["family"], facts["verify_by"]) == ("d_paper_special", "digital", "net")


@pytest.mark.parametrize(
    ("given", "step"),
    [
        (("144032600110 12345678", "2026-09-23", "=special", "100.00"), "legacy_kind"),
        (("011002600111 00008006", "2026-09-23", "123456"), "legacy_kind"),
        ((NUMBER, "2026-09-15", "=paper_special", "031002600106", "3539.82"), "legacy_kind"),
        ((NUMBER, "2026-09-15", "1280.00"), "amount_total"),
    ],
)
def test_a_wrong_kind_can_be_corrected(given: tuple[str, ...], step: str) -> None:
    turn = advance(FORM, after(*given).state, Done("otherwise"), TODAY)
    assert turn.state.step == ("again_code" if "check_code" in turn.state.facts else "again")
    asked = advance(FORM, turn.state, Choose("kind"), TODAY).state
    assert (asked.step, asked.facts["number"], asked.facts["issue_date"]) == (step, given[0].split()[-1], given[1])
    assert not {"amount", "check_code"} & set(asked.facts)


def test_leaving_is_offered_once_and_may_be_typed() -> None:
    turn = advance(FORM, after(NUMBER, "2026-09-15", "1280.00").state, Done("otherwise"), TODAY)
    assert turn.prompt is not None
    assert turn.prompt.controls == (Control.BACK, Control.WHY, Control.HUMAN, Control.CANCEL)
    for said, end in (("跳过", End.LATER), ("不知道", End.LATER), ("不用了", End.CANCELLED), ("算了", End.CANCELLED)):
        assert advance(FORM, turn.state, Say(said), TODAY).state.end is end


def test_a_line_behind_the_command_is_enough() -> None:
    facts = volunteered(f"{NUMBER} 2026-09-15 1280.00", TODAY)
    assert start(FORM, facts, TODAY).action is not None


@pytest.mark.parametrize("locale", Locale)
def test_it_is_written_well(locale: Locale) -> None:
    asks = [step for step in FORM.steps.values() if isinstance(step, Ask)]
    texts = [text for ask in asks for text in (ask.text, ask.why, ask.title, *(c.label for c in ask.choices))]
    assert [fault for text in (*texts, *FORM.ends.values()) if (fault := language_fault(text[locale], locale))] == []
