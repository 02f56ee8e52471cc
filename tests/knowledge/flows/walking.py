"""What people can do at a step, for tests that walk through any shipped flow."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from knowledge.flows.engine import advance, start
from knowledge.flows.facts import derive
from knowledge.flows.groups import check_of
from knowledge.flows.loader import load_flows
from knowledge.flows.model import Act, Ask, Branch, Flow, Step
from knowledge.flows.state import Back, Choose, Done, Input, Say, Skip, State, Turn, Why
from knowledge.invoices.model import TaxStatus
from knowledge.invoices.tax_ids import check_character
from tests.knowledge.flows.sample import NUMBER, TODAY

FLOWS = load_flows()
ASKS = [(flow, step) for flow in FLOWS.values() for step in flow.steps.values() if isinstance(step, Ask)]
OTHER_NUMBER = "26442000005310626538"
QR_BAD_CRC = f"01,32,,{NUMBER},1280.00,20261103,,0000,"
TAX_ID = "91310000MA1FL0000" + check_character("91310000MA1FL0000")
# Good answers by what is collected.
ANSWERS = {
    "number": (NUMBER, QR_BAD_CRC, "00012345"),
    "code": ("144032600111",),
    "issue_date": ("2026-11-03", "2026-10-03", "2020-11-03", "今天"),
    "amount": ("1280",),
    "check_code": ("123456",),
    "buyer_tax_id": (TAX_ID,),
    "other_number": (NUMBER, OTHER_NUMBER, "00012345"),
    "right_tax_id": (TAX_ID,),
    "buyer_name": ("星河文具有限公司",),
    "item": ("打印纸",),
    "reason": ("抬头写错了",),
    "error": ("系统内部错误",),
    "delivery": ("kuaiji@example.com",),
}
CARD = {"exists": "yes"}  # a flow begun from an invoice's card
OUTCOMES = ("found", "near", "several", "none", "no_scope", "broken")
_SAID = (
    *(text for texts in ANSWERS.values() for text in texts),
    NUMBER[:19],
    "昨天",
    "1280元",
    "1",
    "是",
    "不是",
    "没有",
)
TYPED = st.sampled_from((*_SAID, f"号码 {NUMBER}", "数电票是什么", "上一步", "跳过")) | st.text(max_size=30)
FACTS = st.dictionaries(
    st.sampled_from(("family", "kind", "number", "code", "issue_date", "amount", "tax_status", "browser", "crc")),
    st.sampled_from(("digital", "legacy", "e_normal", "paper_special", NUMBER, "2026-11-03", "void", "normal", "")),
)


def doings(step: Step) -> list[Input]:
    """Every button, every kind of good answer, every outcome."""
    if isinstance(step, Act):
        return [*(Done("found", {"tax_status": status}) for status in TaxStatus), *map(Done, OUTCOMES)]
    if not isinstance(step, Ask):
        return []
    typed = ANSWERS[step.collect] if step.collect else ()
    return [*(Choose(choice.id) for choice in step.choices), *map(Say, typed), Skip()]


def inputs(step: Step) -> st.SearchStrategy[Input]:
    """Sensible ones half of the time, so that walks go deep."""
    others: st.SearchStrategy[Input] = st.one_of(
        st.builds(Say, TYPED),
        st.builds(Choose, st.sampled_from(("solved", "still", "yes", "digital", "no-such"))),
        st.builds(Done, st.sampled_from(OUTCOMES), FACTS),
        st.sampled_from((Back(), Skip(), Why())),
    )
    return st.sampled_from(sensible) | others if (sensible := doings(step)) else others


def walks(flow: Flow) -> Iterator[tuple[State, Input, Turn]]:
    """Every step forward that can be made, breadth first; states differ by facts of branches and by checks made."""
    branches = (step for step in flow.steps.values() if isinstance(step, Branch))
    looked_at = sorted({name for branch in branches for case in branch.cases for name in case.when})
    check = {step: check_of(flow, step) for step in flow.steps}
    waiting, seen = [start(flow, {}, TODAY), start(flow, CARD, TODAY)], set()
    while waiting:
        state = waiting.pop(0).state
        facts = {**state.facts, **derive(state.facts, TODAY)}
        checks = frozenset(check[tried.step] for tried in state.tried)
        key = (state.step, checks, *(facts.get(name) for name in looked_at))
        if state.end is not None or key in seen:
            continue
        seen.add(key)
        for doing in doings(flow.steps[state.step]):
            turn = advance(flow, state, doing, TODAY)
            yield state, doing, turn
            waiting.append(turn)
