"""How a flow's question looks in the chat."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.messenger import Button, Message, Rows
from knowledge.flows.shown import shown_facts
from knowledge.flows.state import Control, Prompt, Turn
from knowledge.texts import Localized, Texts, join
from storage.flows import Session

_WORDS = {Control.BACK: "b", Control.WHY: "w", Control.SKIP: "s", Control.HUMAN: "h", Control.CANCEL: "x"}
_FOUND = frozenset(
    {"family", "kind", "code", "issue_date", "amount", "seller_name", "buyer_name", "tax_status", "review"}
)
_SHORT, _TINY = 12, 4  # characters of a label that still fit beside another, or beside three, on a phone


def prompt_message(texts: Texts, session: Session, turn: Turn) -> Message:
    """Notice, question and what is known so far; the choices, then back/why/skip, then human/leave."""
    prompt = turn.prompt
    assert prompt is not None  # noqa: S101 - asked for turns that have one
    parts = (turn.notice, prompt.text, known_line(texts, turn.state.facts))
    return Message(join("\n\n", [part for part in parts if part]), _rows(texts, session, prompt))


def known_line(texts: Texts, facts: Mapping[str, str]) -> Localized | None:
    """What has been collected, on one line; None if nothing has. Of an invoice that was found, the number will do."""
    hidden = _FOUND if "invoice_key" in facts else {"tax_status"}
    given = {name: value for name, value in facts.items() if name not in hidden}
    shown = [texts("flow.known.item", name=name, value=value) for name, value in shown_facts(texts, given)]
    return texts("flow.known", facts=join(" · ", shown)) if shown else None


def _rows(texts: Texts, session: Session, prompt: Prompt) -> Rows:
    choices = [Button(option.label, _data(session, f"c{option.id}")) for option in prompt.choices]
    controls = {
        control: Button(texts(f"flow.control.{control}"), _data(session, _WORDS[control]))
        for control in prompt.controls
    }
    steps = tuple(controls[c] for c in (Control.BACK, Control.WHY, Control.SKIP) if c in controls)
    leave = tuple(controls[c] for c in (Control.HUMAN, Control.CANCEL) if c in controls)
    rows = (*_packed(choices), steps, leave)
    if prompt.urge_human and Control.HUMAN in controls:
        rows = ((controls[Control.HUMAN],), *_packed(choices), steps, leave[1:])
    return tuple(row for row in rows if row)


def _packed(buttons: list[Button]) -> Rows:
    """Up to four very short labels a row, two short ones, long ones alone."""
    rows: list[tuple[Button, ...]] = []
    for button in buttons:
        row = (*(rows[-1] if rows else ()), button)
        widest = max(map(_width, row))
        if (widest <= 2 * _TINY and len(row) <= 4) or (widest <= 2 * _SHORT and len(row) <= 2):
            rows[-1:] = [row]
        else:
            rows.append((button,))
    return tuple(rows)


def _width(button: Button) -> int:
    """In halves of a Chinese character."""
    return max(len(button.label.zh) * 2, len(button.label.en))


def _data(session: Session, word: str) -> str:
    """Carries the version that the session will have once this question is shown: a tap on an older one is refused."""
    return f"f:{session.id}:{session.version}:{word}"
