"""Reads flows from YAML and refuses broken ones: with file, line, field and what is wrong."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from knowledge.articles.markup import markup_fault
from knowledge.content import ContentError, read_folder, refuse, sift
from knowledge.flows.checks import check
from knowledge.flows.model import Act, Ask, Branch, Case, Choice, End, Flow, Group, Link, Member, Result, Source, Step
from knowledge.flows.nodes import Node
from knowledge.texts import Locale, Localized, placeholders

# The outcomes that each action can have, besides going wrong.
ACTIONS = {
    "lookup": frozenset({"found", "near", "several", "none", "no_scope"}),
    "verify": frozenset({"consistent", "otherwise", "used_up"}),
}
_ID = re.compile(r"[a-z][a-z0-9_]{0,23}")  # short: button data have 64 bytes
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def load_flows() -> Mapping[str, Flow]:
    """All shipped flows by name. Raises ContentError for the first broken one."""
    return parse_flows(read_folder(files(__package__).joinpath("data"), ".yaml"))


def load_forms() -> Mapping[str, Flow]:
    """Flows that are begun by their names only: no question leads to one. Raises ContentError."""
    forms, flows = (read_folder(files(__package__).joinpath(folder), ".yaml") for folder in ("forms", "data"))
    found, errors = sift_forms(forms, flows)
    refuse(errors)
    return found


def parse_flows(sources: Mapping[str, str]) -> Mapping[str, Flow]:
    """From file name → text."""
    flows, errors = sift_flows(sources)
    refuse(errors)
    return flows


def sift_flows(sources: Mapping[str, str]) -> tuple[dict[str, Flow], list[ContentError]]:
    """The flows that can be used, and everything for which others are refused."""
    flows, errors = sift(lambda file: _named(parse_flow(sources[file], file), file, sources), sources)
    return {flow.name: flow for flow in flows}, errors


def sift_forms(
    sources: Mapping[str, str], flow_sources: Mapping[str, str]
) -> tuple[dict[str, Flow], list[ContentError]]:
    """The same for forms, which may go on in flows, and share no name with one."""
    all_sources = {**sources, **flow_sources}

    def parse(file: str) -> Flow:
        if file in flow_sources:
            raise ContentError(file, "a flow is called so too")
        return _named(parse_flow(sources[file], file), file, all_sources)

    forms, errors = sift(parse, sources)
    return {form.name: form for form in forms}, errors


def _named(flow: Flow, file: str, sources: Mapping[str, str]) -> Flow:
    """The same, unless its name is not the file's or it goes on in a flow that there is no file for."""
    links = (step for step in flow.steps.values() if isinstance(step, Link))
    strange = [link for link in links if f"{link.flow}.yaml" not in sources]
    if file == f"{flow.name}.yaml" and not strange:
        return flow
    top = dict(Node.root(sources[file], file).entries())
    if file != f"{flow.name}.yaml":
        raise top["name"].wrong(f"must be called as its file: {file.removesuffix('.yaml')}")
    steps = dict(top["steps"].entries())
    refuse(dict(steps[link.id].entries())["link"].wrong(f"no flow {link.flow}") for link in strange)
    return flow


@lru_cache(maxsize=64)  # whoever writes changes a few files at a time
def parse_flow(source: str, file: str) -> Flow:
    """One flow. Raises ContentError. Other flows that it links to are not looked up."""
    root = Node.root(source, file)
    top = root.fields("name", "title", "phrasings", "start", "steps", optional=("sources", "ends"))
    sources = {name: _source(node) for name, node in top["sources"].entries()} if "sources" in top else {}
    steps, errors = sift(lambda entry: _step(*entry, sources), top["steps"].entries())
    refuse(errors)
    flow = Flow(
        name=_matching(top["name"], _NAME),
        version=hashlib.sha256(source.encode()).hexdigest()[:12],
        source=source,
        title=top["title"].localized(),
        phrasings=_phrasings(top["phrasings"]),
        start=top["start"].text(),
        steps={step.id: step for step in steps},
        ends=_ends(top["ends"]) if "ends" in top else {},
    )
    check(flow, root)
    return flow


def _matching(node: Node, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(node.text()):
        raise node.wrong(f"must look like {pattern.pattern}")
    return node.text()


def _phrasings(node: Node) -> Mapping[Locale, tuple[str, ...]]:
    found = node.fields(*Locale)
    return {locale: found[locale].texts() for locale in Locale}


def _ends(node: Node) -> Mapping[End, Localized]:
    return {End(name): _end(found) for name, found in node.fields(optional=tuple(End)).items()}


def _end(node: Node) -> Localized:
    """Said as it stands: no facts are filled in."""
    text = node.localized()
    if placeholders(text.zh):
        raise node.wrong("the words of an end have no placeholders")
    refuse(node.wrong(fault.message) for fault in map(markup_fault, (text.zh, text.en)) if fault is not None)
    return text


def _source(node: Node) -> Source:
    found = node.fields("title", "url", "checked_at", optional=("effective_from",))
    if not found["url"].text().startswith("https://"):
        raise found["url"].wrong("must begin with https://")
    return Source(
        title=found["title"].localized(),
        url=found["url"].text(),
        effective_from=_matching(found["effective_from"], _DATE) if "effective_from" in found else "",
        checked_at=_matching(found["checked_at"], _DATE),
    )


def _step(name: str, node: Node, sources: Mapping[str, Source]) -> Step:
    if not _ID.fullmatch(name):
        raise node.wrong(f"a step's name must look like {_ID.pattern}")
    keys = {key for key, _ in node.entries()}
    if "ask" in keys:
        return _ask(name, node, sources)
    if "branch" in keys:
        return Branch(name, tuple(_case(item) for item in node.fields("branch")["branch"].items()))
    if "action" in keys:
        return _act(name, node)
    if "link" in keys:
        return Link(name, _matching(node.fields("link")["link"], _NAME))
    if "any_order" in keys:
        return _group(name, node)
    raise node.wrong("needs ask, branch, action, link or any_order")


def _ask(name: str, node: Node, sources: Mapping[str, Source]) -> Ask:
    found = node.fields("title", "ask", "why", optional=("choices", "collect", "next", "skip", "always", "sources"))
    following = found["next"].text() if "next" in found else None
    if ("collect" in found) != ("next" in found):
        raise node.wrong("collect and next come together")
    if "skip" not in found and following is None:
        raise node.wrong("missing: skip (a step, or false)")
    skip = found["skip"].text() if "skip" in found else following
    return Ask(
        id=name,
        title=found["title"].localized(),
        text=found["ask"].localized(),
        why=found["why"].localized(),
        choices=tuple(_choice(item) for item in found["choices"].items()) if "choices" in found else (),
        collect=found["collect"].text() if "collect" in found else None,
        next=following,
        skip=None if skip == "false" else skip,
        always="always" in found and found["always"].flag(),
        sources=tuple(_known(item, sources) for item in found["sources"].items()) if "sources" in found else (),
    )


def _known(node: Node, sources: Mapping[str, Source]) -> Source:
    if node.text() not in sources:
        raise node.wrong(f"no source {node.text()}")
    return sources[node.text()]


def _choice(node: Node) -> Choice:
    found = node.fields("id", "label", "next", optional=("words", "set", "forget", "result"))
    return Choice(
        id=_matching(found["id"], _ID),
        label=found["label"].localized(),
        next=found["next"].text(),
        words=found["words"].texts() if "words" in found else (),
        sets={key: value.text() for key, value in found["set"].entries()} if "set" in found else {},
        forgets=found["forget"].texts() if "forget" in found else (),
        result=found["result"].one_of(Result) if "result" in found else Result.ANSWERED,
    )


def _case(node: Node) -> Case:
    found = node.fields("next", optional=("when",))
    when = found["when"].entries() if "when" in found else ()
    return Case({name: tuple(value.text().split("|")) for name, value in when}, found["next"].text())


def _group(name: str, node: Node) -> Group:
    found = node.fields("any_order", "next", optional=("by",))
    members = tuple(_member(item) for item in found["any_order"].items())
    return Group(name, members, found["next"].text(), found["by"].text() if "by" in found else "")


def _member(node: Node) -> Member:
    found = node.fields("step", optional=("pinned", "first_for"))
    first_for = found["first_for"].texts() if "first_for" in found else ()
    return Member(found["step"].text(), "pinned" in found and found["pinned"].flag(), first_for)


def _act(name: str, node: Node) -> Act:
    found = node.fields("title", "action", "outcomes")
    action = found["action"].text()
    if action not in ACTIONS:
        raise found["action"].wrong(f"unknown action; known are {', '.join(ACTIONS)}")
    outcomes = found["outcomes"].fields("else", optional=tuple(sorted(ACTIONS[action])))
    named = {outcome: target.text() for outcome, target in outcomes.items() if outcome != "else"}
    return Act(name, found["title"].localized(), action, named, outcomes["else"].text())
