"""Walks a flow: pure functions from a state and an input to the next turn. No input at any state is an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from knowledge.flows.answers import (
    BRIEF,
    chosen,
    control,
    is_attempt,
    is_call,
    is_place,
    is_question,
    is_wordless,
    words,
)
from knowledge.flows.facts import derive, infer, merge
from knowledge.flows.groups import next_check
from knowledge.flows.model import END, Act, Ask, Branch, Choice, End, Flow, Group, Link, Result, Source, Step
from knowledge.flows.ordering import Plan
from knowledge.flows.state import (
    TRAIL_LIMIT,
    TRIED_LIMIT,
    Action,
    Back,
    Cancel,
    Choose,
    Control,
    Done,
    Earlier,
    Human,
    Input,
    Option,
    Prompt,
    Say,
    Skip,
    State,
    Tried,
    Turn,
    Visit,
    Why,
)
from knowledge.flows.validators import ANY_WORDS, OF_THE_INVOICE, UNMISTAKABLE, VALIDATORS, volunteered
from knowledge.invoices.model import Problem, Value
from knowledge.texts import Localized, Param, Texts, fill, join, placeholders

MAX_STRIKES = 3
DIGITAL_LENGTH = 20
MINUTE = 60
NO_PLAN: Plan = {}
_CONTROLS: Mapping[Control, Input] = {
    Control.BACK: Back(),
    Control.WHY: Why(),
    Control.SKIP: Skip(),
    Control.HUMAN: Human(),
    Control.CANCEL: Cancel(),
}


def start(
    flow: Flow,
    facts: Mapping[str, str],
    today: date,
    plan: Plan = NO_PLAN,
    earlier: tuple[Earlier, ...] = (),
) -> Turn:
    """The first question whose answer is not among the facts, or the first action. The plan is for its groups."""
    return _go(flow, State.first(flow, infer(facts), plan, earlier), flow.start, today)


def resume(flow: Flow, state: State) -> Turn:
    """What is next, once more: after a digression, a nudge or a restart."""
    step = flow.steps.get(state.step)
    if state.end is not None:
        return Turn(state)
    if isinstance(step, Act):
        return Turn(state, action=Action(step.action, state.facts))
    if isinstance(step, Link):
        return Turn(state, action=Action("link", state.facts, step.flow))
    return Turn(state, prompt=prompt(flow, state))


def prompt(flow: Flow, state: State) -> Prompt:
    """The question being asked. While an action runs or after the end: the step's title, with no choices."""
    step = flow.steps.get(state.step)
    urge = state.strikes >= MAX_STRIKES
    if not isinstance(step, Ask) or state.end is not None:
        title = step.title if isinstance(step, Act | Ask) else flow.title
        return Prompt(state.step, title, title, (), (Control.HUMAN, Control.CANCEL), urge)
    text = _with_facts(step.text, state.facts) + _sources(step.sources) + _hint(state)
    options = tuple(Option(c.id, c.label) for c in step.choices)
    return Prompt(step.id, step.title, text, options, _controls(step, state), urge)


def accepts(flow: Flow, state: State, text: str, today: date) -> bool:
    """Is this an answer to the question being asked, good or clearly attempted? If not, it is a digression."""
    step = flow.steps.get(state.step)
    if not isinstance(step, Ask) or state.end is not None:
        return False
    if chosen(step.choices, text) is not None or control(text) is not None:
        return True
    if is_wordless(text):
        return True
    if is_question(text):
        return False
    if step.collect is None:
        return is_place(text) or (is_attempt(text) and bool(_volunteered(state.facts, text, today)))
    good = isinstance(_read(step, state, text, today), Value)
    found = volunteered(text, today)
    if is_attempt(text):  # another invoice's number is no attempt at a date
        return good or step.collect in ("number", "code") or len(found.get("number", "")) != DIGITAL_LENGTH
    if not good:
        return False
    if step.collect in ANY_WORDS:
        return not is_call(text)
    return words(text) <= BRIEF or step.collect in UNMISTAKABLE | found.keys()


def advance(flow: Flow, state: State, given: Input, today: date) -> Turn:
    """The next turn. Back restores the state as it was when that question was asked, its strikes cleared."""
    step = flow.steps.get(state.step)
    if state.end is not None:
        return resume(flow, state)
    match _meant(step, given):
        case Cancel():
            return _end(flow, state, End.CANCELLED)
        case Human():
            return _end(flow, state, End.HUMAN)
        case Back():
            return _back(flow, state)
        case meant if isinstance(step, Ask):
            return _answer(flow, state, step, meant, today)
        case meant if isinstance(step, Act):
            return _acted(flow, state, step, meant, today)
        case _ if step is None:  # the flow has changed since
            return _go(flow, state, flow.start, today)
    return resume(flow, state)


def _meant(step: Step | None, given: Input) -> Input:
    """A typed control ("跳过") is the control, unless the question has a choice of that name."""
    if not isinstance(given, Say) or (isinstance(step, Ask) and chosen(step.choices, given.text) is not None):
        return given
    named = control(given.text)
    return given if named is None else _CONTROLS[named]


def _answer(flow: Flow, state: State, step: Ask, given: Input, today: date) -> Turn:
    match given:
        case Choose(choice_id):
            choice = next((c for c in step.choices if c.id == choice_id), None)
            return _bad(flow, state, _texts()("flow.choose")) if choice is None else _take(flow, state, choice, today)
        case Say(text):
            return _said(flow, state, step, text, today)
        case Why():
            return replace(resume(flow, state), notice=_with_facts(step.why, state.facts))
        case Skip() if step.skip is not None:
            return _leave(flow, state, Tried(step.id, Result.SKIPPED), state.facts, step.skip, today)
        case Skip():
            return replace(resume(flow, state), notice=_texts()("flow.cannot_skip"))
    return resume(flow, state)


def _said(flow: Flow, state: State, step: Ask, text: str, today: date) -> Turn:
    """A value if one is collected, else a choice, else a bad answer; facts for other questions are kept beside it."""
    read = _read(step, state, text, today)
    choice = chosen(step.choices, text)
    if isinstance(read, Value) and step.next is not None:
        notes = [note.text(_texts()) for note in read.notes]
        beside = _volunteered(state.facts, text, today) if step.collect in OF_THE_INVOICE else {}
        facts = merge(state.facts, beside | dict(read.facts))
        turn = _leave(flow, state, Tried(step.id, Result.ANSWERED), facts, step.next, today)
        return _above(turn, notes)
    if choice is not None:
        return _take(flow, state, choice, today, text)
    found = _volunteered(state.facts, text, today)
    if isinstance(read, Problem) and step.collect != "number":  # a refused number may be one of the other family
        found.pop(step.collect or "", None)
    if found:
        return _noted(flow, state, merge(state.facts, found), today)
    why = read.text(_texts()) if isinstance(read, Problem) else _texts()("flow.choose")
    return _bad(flow, state, why)


def _read(step: Ask, state: State, text: str, today: date) -> Value | Problem | None:
    return VALIDATORS[step.collect](text, state.facts, today) if step.collect is not None else None


def _volunteered(facts: Mapping[str, str], text: str, today: date) -> dict[str, str]:
    """Facts in a text that were not known before. What is known stays, but for the family: a new number settles it."""
    found = volunteered(text, today)
    new = {name: value for name, value in found.items() if name not in facts}
    return new | {"family": found["family"]} if "number" in new and "family" in found else new


def _noted(flow: Flow, state: State, facts: Mapping[str, str], today: date) -> Turn:
    """Keep the facts; they may answer this question as well, and then it is left like any other."""
    turn = _leave(flow, state, Tried(state.step, Result.ANSWERED), facts, state.step, today)
    if turn.prompt is not None and turn.state.step == state.step:
        turn = resume(flow, replace(state, facts=facts))
    return _above(turn, [_texts()("flow.noted")])


def _take(flow: Flow, state: State, choice: Choice, today: date, text: str = "") -> Turn:
    """A typed choice may come in a sentence with facts; those that the choice forgets may come anew in it."""
    after = _after(choice, state.facts)
    facts = merge(after, _volunteered(after, text, today))
    tried = Tried(state.step, choice.result, choice.id)
    return _leave(flow, state, tried, facts, choice.next, today)


def _after(choice: Choice, facts: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in facts.items() if name not in choice.forgets}
    return merge(kept, choice.sets)


def _leave(flow: Flow, state: State, tried: Tried, facts: Mapping[str, str], target: str, today: date) -> Turn:
    """Go on from a question: remember the visit for Back, and what came of it for the agent."""
    trail = (*state.trail, Visit(state.step, state.facts))[-TRAIL_LIMIT:]
    log = (*state.tried, tried)[-TRIED_LIMIT:]
    return _go(flow, replace(state, facts=facts, trail=trail, tried=log, strikes=0), target, today)


def _acted(flow: Flow, state: State, step: Act, given: Input, today: date) -> Turn:
    """Anything but the action's result asks the caller to run it (again)."""
    match given:
        case Done(outcome, facts, note):
            log = (*state.tried, Tried(step.id, outcome))[-TRIED_LIMIT:]
            now = replace(state, facts=merge(state.facts, facts), tried=log)
            turn = _go(flow, now, step.outcomes.get(outcome, step.otherwise), today)
            return _above(turn, [] if note is None else [note])
        case Skip():
            log = (*state.tried, Tried(step.id, Result.SKIPPED))[-TRIED_LIMIT:]
            return _go(flow, replace(state, tried=log), step.otherwise, today)
    return resume(flow, state)


def _go(flow: Flow, state: State, target: str, today: date) -> Turn:
    """Follow branches and questions that are answered already, each question once, to where something is to be done."""
    passed: set[str] = set()
    while not target.startswith(END):
        step = flow.steps[target]
        if isinstance(step, Branch):
            target = _branch(step, state.facts, today)
            continue
        if isinstance(step, Group):
            state = state.offered(step)
            past = passed | {tried.step for tried in state.tried}
            target = next_check(flow, step, state.orders.get(target, ()), past)
            continue
        known = _known(step, state.facts) if isinstance(step, Ask) and target not in passed else None
        if known is None:
            return resume(flow, replace(state, step=target))
        passed.add(target)
        target = known
    return _end(flow, state, End(target.removeprefix(END)))


def _branch(step: Branch, facts: Mapping[str, str], today: date) -> str:
    all_facts = {**facts, **derive(facts, today)}
    holds = (c for c in step.cases if all(all_facts.get(name, "") in values for name, values in c.when.items()))
    return next(holds).next


def _known(step: Ask, facts: Mapping[str, str]) -> str | None:
    """Where a question that the facts answer already leads."""
    if step.always:
        return None
    if step.collect is not None and facts.get(step.collect):
        return step.next
    settled = (c.next for c in step.choices if c.sets and c.sets.items() <= facts.items())
    return next(settled, None)


def _back(flow: Flow, state: State) -> Turn:
    """To the question before this one. What was tried since then is forgotten: it will be tried again."""
    if not state.trail:
        return resume(flow, state)
    *trail, last = state.trail
    steps = [tried.step for tried in state.tried]
    cut = len(steps) - 1 - steps[::-1].index(last.step) if last.step in steps else len(steps)
    restored = replace(state, step=last.step, facts=last.facts, trail=tuple(trail), strikes=0, tried=state.tried[:cut])
    return resume(flow, restored)


def _bad(flow: Flow, state: State, why: Localized) -> Turn:
    now = replace(state, strikes=state.strikes + 1)
    notes = [why, _texts()("flow.offer_human")] if now.strikes >= MAX_STRIKES else [why]
    return _above(resume(flow, now), notes)


def _end(flow: Flow, state: State, end: End) -> Turn:
    return Turn(replace(state, end=end), notice=flow.ends.get(end) or _texts()(f"flow.end.{end}"))


def _above(turn: Turn, notes: list[Localized]) -> Turn:
    shown = [*notes, *([turn.notice] if turn.notice is not None else [])]
    return replace(turn, notice=join("\n\n", shown)) if shown else turn


def _controls(step: Ask, state: State) -> tuple[Control, ...]:
    """To skip what comes last is to leave, for which there is a button."""
    offered = {Control.BACK: bool(state.trail), Control.SKIP: not (step.skip or END).startswith(END)}
    return tuple(control for control in Control if offered.get(control, True))


def _with_facts(text: Localized, facts: Mapping[str, str]) -> Localized:
    """Facts in their places; what isn't known yet is a blank to fill in by hand."""
    blank = _texts()("flow.blank")
    return fill(text, {name: facts.get(name) or blank for name in placeholders(text.zh)})


def _sources(sources: tuple[Source, ...]) -> Localized:
    if not sources:
        return Localized("", "")
    named = [_source(source) for source in sources]
    return _texts()("flow.basis", sources=Localized("；".join(n.zh for n in named), "; ".join(n.en for n in named)))


def _hint(state: State) -> Localized:
    """How often this check has helped, and how long it takes, to the ten seconds or the minute."""
    hint = state.hints.get(state.step)
    if hint is None:
        return Localized("", "")
    among = _texts()("flow.hint.same" if hint.same else "flow.hint.all", percent=hint.percent)
    if hint.seconds < 1.5 * MINUTE:
        return _texts()("flow.hint.seconds", among=among, seconds=max(10, round(hint.seconds, -1)))
    return _texts()("flow.hint.minutes", among=among, minutes=round(hint.seconds / MINUTE))


def _source(source: Source) -> Localized:
    key = "flow.source_since" if source.effective_from else "flow.source"
    params: dict[str, Param] = {"title": source.title, "url": source.url, "checked_at": source.checked_at}
    return _texts()(key, effective_from=source.effective_from, **params)


@cache
def _texts() -> Texts:
    return Texts.load()


def speak(texts: Texts) -> None:
    """From now on with these texts."""
    _texts().replace(texts)
