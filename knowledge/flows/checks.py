"""What a flow as a whole must keep: every way leads somewhere, every step is reached, every name is known."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from knowledge.articles.markup import markup_fault
from knowledge.content import refuse
from knowledge.flows import facts
from knowledge.flows.answers import names
from knowledge.flows.groups import group_faults
from knowledge.flows.model import END, Ask, Branch, End, Flow, Group, Link, Step, targets
from knowledge.flows.nodes import Node
from knowledge.flows.validators import ANY_WORDS, VALIDATORS
from knowledge.texts import Localized, placeholders

_ENDS = frozenset(f"{END}{end}" for end in End if end is not End.CANCELLED)


def check(flow: Flow, root: Node) -> None:
    """Raises ContentError for the first fault, in the order of the file, with the others of its kind."""
    places = dict(dict(root.entries())["steps"].entries())
    known = facts.NAMES | _own_facts(flow)
    if flow.start not in flow.steps:
        raise dict(root.entries())["start"].wrong(f"no step {flow.start}")
    steps = flow.steps.items()
    refuse(
        places[name].wrong(complaint)
        for name, step in steps
        for complaint in (*_broken_targets(flow, step), *_faults(flow, step, known))
    )
    ways = _complaints_about_ways(flow)
    refuse(places[name].wrong(complaint) for faulty, complaint in ways for name in flow.steps if name in faulty)


def _complaints_about_ways(flow: Flow) -> Iterator[tuple[set[str], str]]:
    yield flow.steps.keys() - _reachable(flow), "no way leads to this step"
    yield flow.steps.keys() - _ending(flow), "a dead end: no way leads from here to an END"
    yield _circling(flow), "its branches can go round in a circle"


def _own_facts(flow: Flow) -> frozenset[str]:
    asks = (step for step in flow.steps.values() if isinstance(step, Ask))
    return frozenset(name for ask in asks for choice in ask.choices for name in choice.sets)


def _broken_targets(flow: Flow, step: Step) -> Iterator[str]:
    for target in targets(step):
        if target not in flow.steps and target not in _ENDS:
            yield f"no step {target}; ends are {', '.join(sorted(_ENDS))}"


def _faults(flow: Flow, step: Step, known: frozenset[str]) -> Iterator[str]:
    if isinstance(step, Group):
        yield from group_faults(flow, step)
    elif isinstance(step, Branch):
        yield from _branch_faults(step, known)
    elif isinstance(step, Ask):
        yield from _ask_faults(step, known)


def _branch_faults(step: Branch, known: frozenset[str]) -> Iterator[str]:
    if not step.cases or step.cases[-1].when:
        yield "the last case must have no `when`"
    if any(not case.when for case in step.cases[:-1]):
        yield "only the last case may have no `when`"
    strange = {name for case in step.cases for name in case.when} - known - facts.DERIVED
    if strange:
        yield f"unknown facts: {', '.join(sorted(strange))}"


def _ask_faults(step: Ask, known: frozenset[str]) -> Iterator[str]:
    if not step.choices and step.collect is None:
        yield "needs choices or collect"
    if step.collect is not None and step.collect not in VALIDATORS:
        yield f"unknown validator {step.collect}; known are {', '.join(VALIDATORS)}"
    if step.choices and step.collect in ANY_WORDS:
        yield f"{step.collect} takes any words, so that no choice could be typed; ask in two steps"
    ids = [choice.id for choice in step.choices]
    if len(ids) != len(set(ids)):
        yield "two choices have the same id"
    yield from (f"the choices {one} and {two} go by the same name" for one, two in _namesakes(step))
    for text in (step.text, step.why):
        yield from _text_faults(text, known)
    for title in (step.title, *(choice.label for choice in step.choices)):
        if set("<>&{") & set(title.zh + title.en):
            yield f"titles and labels are plain text: {title.en}"
    strange = {name for choice in step.choices for name in choice.forgets} - known
    if strange:
        yield f"forgets unknown facts: {', '.join(sorted(strange))}"


def _namesakes(step: Ask) -> Iterator[tuple[str, str]]:
    for one, two in combinations(step.choices, 2):
        if names(one) & names(two):
            yield one.id, two.id


def _text_faults(text: Localized, known: frozenset[str]) -> Iterator[str]:
    strange = placeholders(text.zh) - known
    if strange:
        yield f"a text names unknown facts: {', '.join(sorted(strange))}"
    for fault in map(markup_fault, (text.zh, text.en)):
        if fault is not None:
            yield fault.message


def _reachable(flow: Flow) -> set[str]:
    seen: set[str] = set()
    waiting = [flow.start]
    while waiting:
        name = waiting.pop()
        if name in flow.steps and name not in seen:
            seen.add(name)
            waiting.extend(targets(flow.steps[name]))
    return seen


def _ending(flow: Flow) -> set[str]:
    """Steps from which an END can be reached; a link is a way out."""
    found = {name for name, step in flow.steps.items() if isinstance(step, Link)}
    while True:
        good = found | _ENDS
        more = {n for n, step in flow.steps.items() if n not in found and good & set(targets(step))}
        if not more:
            return found
        found |= more


def _circling(flow: Flow) -> set[str]:
    """Branches that can reach themselves by branches alone: nobody would be asked any more."""
    branches = {name: step for name, step in flow.steps.items() if isinstance(step, Branch | Group)}
    return {name for name in branches if name in _by_branches(branches, name)}


def _by_branches(branches: dict[str, Branch | Group], start: str) -> set[str]:
    seen: set[str] = set()
    waiting = list(targets(branches[start]))
    while waiting:
        name = waiting.pop()
        if name in branches and name not in seen:
            seen.add(name)
            waiting.extend(targets(branches[name]))
    return seen
