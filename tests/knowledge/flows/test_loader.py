from __future__ import annotations

import hashlib

import pytest

from knowledge.content import ContentError
from knowledge.flows.loader import load_flows, parse_flow
from knowledge.flows.model import Act, Ask, Branch, End, Flow, Link
from knowledge.texts import Locale, Localized
from tests.knowledge.flows.sample import FLOW, SOURCE


def broken(source: str) -> ContentError:
    with pytest.raises(ContentError) as caught:
        parse_flow(source, "sample.yaml")
    return caught.value


def line_of(text: str) -> int:
    return SOURCE[: SOURCE.index(text)].count("\n") + 1


def test_reads_every_kind_of_step() -> None:
    kinds = {name: type(step) for name, step in FLOW.steps.items()}
    assert kinds["kind"] is Ask
    assert kinds["age"] is Branch
    assert kinds["lookup"] is Act
    assert kinds["form"] is Link


def test_version_is_that_of_the_source() -> None:
    assert FLOW.version == hashlib.sha256(SOURCE.encode()).hexdigest()[:12]
    assert parse_flow(SOURCE + "\n", "sample.yaml").version != FLOW.version
    assert parse_flow(FLOW.source, "sample.yaml") == FLOW


def test_skipping_a_value_goes_on_where_its_answer_would() -> None:
    number, day = FLOW.steps["number"], FLOW.steps["date"]
    assert isinstance(number, Ask)
    assert number.skip == "date"
    assert isinstance(day, Ask)
    assert day.skip is None


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("    skip: done\n", "    skipp: done\n", "steps.near.skipp", "unknown key"),
        ("{zh-CN: 种类, en: Kind}", "{zh-CN: 种类}", "steps.kind.title", "missing: en"),
        ("{zh-CN: 种类, en: Kind}", "{zh-CN: 种类, en: Kind, fr: Sorte}", "steps.kind.title.fr", "unknown key"),
        ("{zh-CN: 哪种？, en: Which kind}", "{zh-CN: 哪种？, en: ''}", "steps.kind.ask.en", "must be a text"),
        ("Is it {number}", "Is it", "steps.near.ask", "placeholders differ: ['number']"),
        ("Is it {number}", "Is it {number", "steps.near.ask", "expected '}'"),
        ("next: END:human", "next: END:nowhere", "steps.done", "no step END:nowhere"),
        ("next: END:human", "next: END:cancelled", "steps.done", "no step END:cancelled"),
        ("start: kind", "start: nowhere", "start", "no step nowhere"),
        ("collect: issue_date", "collect: horoscope", "steps.date", "unknown validator horoscope"),
        ("action: lookup", "action: guess", "steps.lookup.action", "unknown action"),
        ("near: near, else", "nearly: near, else", "steps.lookup.outcomes.nearly", "unknown key"),
        ("near: near, else: done", "near: near", "steps.lookup.outcomes", "missing: else"),
        ("      - {next: done}\n", "", "steps.age", "the last case must have no `when`"),
        ("{when: {age: today}", "{when: {mood: good}", "steps.age", "unknown facts: mood"),
        ("forget: [number]", "forget: [mood]", "steps.near", "forgets unknown facts: mood"),
        ('"{number} 要人工吗？", en: "A human for {number}"', '"{mood}", en: "{mood}"', "steps.done", "facts: mood"),
        ("sources: [rule]", "sources: [law]", "steps.kind.sources.1", "no source law"),
        ("https://example.test/rule", "http://example.test/rule", "sources.rule.url", "https://"),
        ("checked_at: 2026-11-01", "checked_at: lately", "sources.rule.checked_at", "must look like"),
        ("result: failed", "result: maybe", "steps.near.choices.2.result", "maybe"),
        ("id: human", "id: Human Being", "steps.done.choices.1.id", "must look like"),
        ("  form:\n", "  kind:\n", "steps.kind", "stands here twice"),
        ("link: other-form", "nothing: at all", "steps.form", "needs ask, branch, action, link or any_order"),
        ("    skip: END:later\n", "", "steps.done", "missing: skip"),
        ("    next: age\n", "", "steps.date", "collect and next come together"),
        ("en: Which kind", "en: Which <blink>kind</blink>", "steps.kind", "Telegram knows no <blink>"),
        ("en: That one", "en: <b>That</b>", "steps.near", "plain text"),
        ("words: [是]", "words: [不是]", "steps.near", "go by the same name"),
        ('{id: "no"', '{id: "yes"', "steps.near", "same id"),
        ("      - {id: human, label: {zh-CN: 要, en: Please}, next: END:human}", "      []", "steps.done", "needs"),
    ],
)  # fmt: skip
def test_refuses_what_is_broken(old: str, new: str, field: str, message: str) -> None:
    assert SOURCE.count(old) == 1
    error = broken(SOURCE.replace(old, new))
    assert (error.file, error.field) == ("sample.yaml", field)
    assert message in error.message
    assert error.line is not None


ENDS = "ends:\n  later: {zh-CN: 好的。, en: All right.}\nsteps:\n"


def test_an_end_may_have_words_of_its_own() -> None:
    flow = parse_flow(SOURCE.replace("steps:\n", ENDS), "sample.yaml")
    assert flow.ends == {End.LATER: Localized("好的。", "All right.")}
    assert FLOW.ends == {}


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("later:", "never:", "ends.never", "unknown key; known are solved, human, later, cancelled"),
        (", en: All right.", "", "ends.later", "missing: en"),
        ("All right.", "<blink>All right.", "ends.later", "Telegram knows no <blink>"),
        ("好的。, en: All right.", "'{number}', en: '{number}'", "ends.later", "no placeholders"),
    ],
)
def test_refuses_broken_words_of_an_end(old: str, new: str, field: str, message: str) -> None:
    error = broken(SOURCE.replace("steps:\n", ENDS.replace(old, new)))
    assert (error.file, error.line, error.field) == ("sample.yaml", line_of("steps:\n") + 1, field)
    assert message in error.message


def test_names_the_line() -> None:
    assert broken(SOURCE.replace("skip: done\n", "skip: gone\n")).line == line_of("  near:\n") + 1
    assert broken(SOURCE.replace("url: https", "url: http")).line == line_of("url: https")


def test_yaml_that_is_none_names_its_line_too() -> None:
    error = broken("name: sample\ntitle: {zh-CN: 样例\nstart: kind\n")
    assert (error.file, error.line) == ("sample.yaml", 3)


@pytest.mark.parametrize("source", ["", "- a list", "just text", "name: &a [*a]", "\x00"])
def test_refuses_files_of_another_shape(source: str) -> None:
    assert broken(source).file == "sample.yaml"


def test_refuses_a_step_that_no_way_leads_to() -> None:
    error = broken(SOURCE.replace("next: form}", "next: done}").replace("        next: form\n", "        next: done\n"))
    assert (error.field, error.message) == ("steps.form", "no way leads to this step")


def test_refuses_a_dead_end() -> None:
    trap = "  trap:\n    branch:\n      - {when: {family: other}, next: loop}\n      - {next: loop}\n"
    loop = (
        "  loop:\n    title: {zh-CN: 圈, en: Loop}\n    ask: {zh-CN: 再来？, en: Again}\n"
        "    why: {zh-CN: 无, en: none}\n    collect: amount\n    next: trap\n"
    )
    error = broken(SOURCE.replace("skip: END:later", "skip: trap") + trap + loop)
    assert (error.field, error.message) == ("steps.trap", "a dead end: no way leads from here to an END")


def test_refuses_branches_that_go_round() -> None:
    other = "  other:\n    branch:\n      - {when: {family: other}, next: age}\n      - {next: done}\n"
    error = broken(SOURCE.replace("next: END:later}", "next: other}") + other)
    assert (error.field, error.message) == ("steps.age", "its branches can go round in a circle")


def test_shipped_flows_load_and_links_hold() -> None:
    flows = load_flows()
    assert "invoice-not-showing" in flows
    assert all(flow.name == name for name, flow in flows.items())


def test_shipped_flows_can_be_found_in_both_languages() -> None:
    assert [too_few for flow in load_flows().values() for too_few in rare_phrasings(flow)] == []


def rare_phrasings(flow: Flow) -> list[Locale]:
    """An article of the same subject takes most questions, where there is one."""
    enough = 8 if flow.name == "invoice-not-showing" else 3
    return [locale for locale in Locale if len(set(flow.phrasings[locale])) < enough]
