"""What a flow or a form, though it can be run, does wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from knowledge.checking.articles import checked_at
from knowledge.checking.findings import Finding, found
from knowledge.checking.language import language_fault
from knowledge.checking.lines import line_of
from knowledge.flows.model import Ask, Flow
from knowledge.flows.nodes import Node
from knowledge.texts import Locale, Localized

LONGEST = {"ask": 1200, "why": 600, "title": 40}  # characters; question, reason and known facts are one message
LABEL = 40  # a phone cuts what is longer


def flow_findings(flows: Mapping[str, Flow], sources: Mapping[str, str], today: date) -> Iterator[Finding]:
    """`sources` are the files' texts by name."""
    for flow in flows.values():
        for locale in Locale:
            if not flow.phrasings[locale]:
                message = "nobody will find this flow: there are no phrasings"
                yield _of_phrasings(flow, sources, locale, message)
        yield from _of_either(flow, sources, today)


def form_findings(forms: Mapping[str, Flow], sources: Mapping[str, str], today: date) -> Iterator[Finding]:
    for form in forms.values():
        for locale in Locale:
            if form.phrasings[locale]:
                yield _of_phrasings(form, sources, locale, "a form is begun by its name: nobody will find it by these")
        yield from _of_either(form, sources, today)


def _of_phrasings(flow: Flow, sources: Mapping[str, str], locale: Locale, message: str) -> Finding:
    file = f"{flow.name}.yaml"
    return found(file, line_of(sources[file], ["phrasings", locale]), f"phrasings.{locale}", message)


def _of_either(flow: Flow, sources: Mapping[str, str], today: date) -> Iterator[Finding]:
    file, source = f"{flow.name}.yaml", sources[f"{flow.name}.yaml"]
    yield from _sources(file, source, today)
    for end, text in flow.ends.items():
        yield from _said(file, source, ["ends", end], text, LONGEST["ask"])
    for step in flow.steps.values():
        if isinstance(step, Ask):
            yield from _ask(file, source, step)


def _sources(file: str, source: str, today: date) -> Iterator[Finding]:
    """Those that the flow declares: checked lately, and used."""
    top = dict(Node.root(source, file).entries())
    if "sources" not in top:
        return
    steps = [dict(step.entries()) for _, step in top["steps"].entries()]
    used = {item.text() for step in steps if "sources" in step for item in step["sources"].items()}
    for name, node in top["sources"].entries():
        line, field = line_of(source, ["sources", name, "checked_at"]), f"sources.{name}"
        checked = date.fromisoformat(dict(node.entries())["checked_at"].text())
        yield from checked_at(file, line, f"{field}.checked_at", checked, today)
        if name not in used:
            yield found(file, line_of(source, ["sources", name]), field, "no step names this source", is_error=False)


def _ask(file: str, source: str, step: Ask) -> Iterator[Finding]:
    for key, text in (("ask", step.text), ("why", step.why), ("title", step.title)):
        yield from _said(file, source, ["steps", step.id, key], text, LONGEST[key])
    for number, choice in enumerate(step.choices):
        for locale, complaint in _faults(choice.label, LABEL):
            field = f"steps.{step.id}.choices.{number + 1}.label.{locale}"
            yield found(file, line_of(source, ["steps", step.id, "choices", number, "label", locale]), field, complaint)


def _said(file: str, source: str, path: list[str], text: Localized, longest: int) -> Iterator[Finding]:
    for locale, complaint in _faults(text, longest):
        full = [*path, locale]
        yield found(file, line_of(source, full), ".".join(full), complaint)


def _faults(text: Localized, longest: int) -> Iterator[tuple[Locale, str]]:
    for locale in Locale:
        if fault := language_fault(text[locale], locale):
            yield locale, fault
        if len(text[locale]) > longest:
            yield locale, f"{len(text[locale])} characters, at most {longest}"
