"""Checks whose order is free: which steps belong to each, which are left, and what makes them independent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from knowledge.flows.model import Act, Ask, Branch, Flow, Group, Step, targets


def region(steps: Mapping[str, Step], group: Group, member: str) -> frozenset[str]:
    """The steps of one check: all that can be reached from it without coming back to its group."""
    seen: set[str] = set()
    waiting = [member]
    while waiting:
        name = waiting.pop()
        if name in steps and name != group.id and name not in seen:
            seen.add(name)
            waiting.extend(targets(steps[name]))
    return frozenset(seen)


def groups(flow: Flow) -> tuple[Group, ...]:
    return tuple(step for step in flow.steps.values() if isinstance(step, Group))


def check_of(flow: Flow, step: str) -> str:
    """The member that this step belongs to; empty outside of groups."""
    return next((member for _, member in _around(flow, step)), "")


def symptom_at(flow: Flow, step: str, facts: Mapping[str, str]) -> str:
    """The symptom by which the group around this step is ordered; empty outside of groups, and if it is not known."""
    return next((facts.get(group.by, "") for group, _ in _around(flow, step)), "")


def symptoms(flow: Flow, group: Group) -> tuple[str, ...]:
    """All that a choice can set, in the order of the file."""
    asks = (step for step in flow.steps.values() if isinstance(step, Ask))
    found = (choice.sets[group.by] for ask in asks for choice in ask.choices if group.by in choice.sets)
    return tuple(dict.fromkeys(found))


def _around(flow: Flow, step: str) -> Iterator[tuple[Group, str]]:
    for group in groups(flow):
        yield from ((group, m.step) for m in group.members if step in region(flow.steps, group, m.step))


def next_check(flow: Flow, group: Group, order: tuple[str, ...], past: Collection[str]) -> str:
    """The first member with no step in the past, else where the group leads. An order of other members is ignored."""
    named = tuple(member.step for member in group.members)
    for member in order if sorted(order) == sorted(named) else named:
        if not region(flow.steps, group, member) & set(past):
            return member
    return group.next


def group_faults(flow: Flow, group: Group) -> Iterator[str]:
    """Checks are independent when each comes back to its group and has no step that others go to."""
    steps, known = flow.steps, symptoms(flow, group)
    if group.by and not known:
        yield f"no choice sets {group.by}"
    yield from (f"no choice sets {group.by} to {s}" for m in group.members for s in m.first_for if s not in known)
    named = [member.step for member in group.members]
    if len(named) < 2 or len(named) != len(set(named)):
        yield "needs two members or more, each once"
    for name in named:
        if not isinstance(steps.get(name), Ask):
            yield f"the member {name} is no question"
            continue
        inside = region(steps, group, name)
        strange = [s for s in sorted(inside) if not isinstance(steps[s], Ask | Act | Branch)]
        if strange or group.next in inside or inside & set(named) != {name}:
            yield f"the check {name} must come back to {group.id} and lead nowhere else"
        for other, step in steps.items():
            shared = (inside - {name}) & set(targets(step))
            if other not in inside and shared:
                yield f"{other} leads into the middle of the check {name}: {', '.join(sorted(shared))}"
