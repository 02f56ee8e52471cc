"""A flow as a Mermaid diagram, to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from knowledge.flows.model import END, Act, Ask, Branch, End, Flow, Group, Link, Step
from knowledge.texts import Locale

_SHAPES = {Ask: '["{}"]', Branch: '{{"{}"}}', Act: '[["{}"]]', Link: '>"{}"]', Group: '{{{{"{}"}}}}'}


def graph(flow: Flow, locale: Locale = Locale.ZH) -> str:
    """Mermaid text: questions are boxes, branches diamonds, actions double boxes, groups hexagons; Skip is dotted."""
    lines = ["flowchart TD"]
    lines += [f"  {name}{_SHAPES[type(step)].format(_title(step, locale))}" for name, step in flow.steps.items()]
    lines += [f"  END_{end}(({end}))" for end in End]
    lines += [f"  {name} {edge}" for name, step in flow.steps.items() for edge in _edges(step, locale)]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _title(step: Step, locale: Locale) -> str:
    return _plain(step.title[locale]) if isinstance(step, Ask | Act) else step.id


def _edges(step: Step, locale: Locale) -> Iterator[str]:
    match step:
        case Ask():
            yield from (f"-->|{_plain(c.label[locale])}| {_node(c.next)}" for c in step.choices)
            if step.next is not None:
                yield f"--> {_node(step.next)}"
            if step.skip is not None:
                yield f"-.-> {_node(step.skip)}"
        case Branch():
            yield from (f"-->|{_condition(case.when)}| {_node(case.next)}" for case in step.cases)
        case Act():
            yield from (f"-->|{outcome}| {_node(target)}" for outcome, target in step.outcomes.items())
            yield f"-->|else| {_node(step.otherwise)}"
        case Group():
            yield from (f"-->|{n}{' pinned' * m.pinned}| {m.step}" for n, m in enumerate(step.members, 1))
            yield f"--> {_node(step.next)}"
        case Link():
            yield f"--> {step.flow}"


def _node(target: str) -> str:
    return target.replace(END, "END_")


def _condition(when: Mapping[str, tuple[str, ...]]) -> str:
    return " & ".join(f"{name} = {' or '.join(values)}" for name, values in when.items()) or "else"


def _plain(text: str) -> str:
    """Without what Mermaid would take for syntax."""
    return "".join(c if c not in '|"[](){}<>' else " " for c in text)
