"""Each kind of mistake is found at its place; a knowledge base without mistakes has no finding."""

from dataclasses import replace
from datetime import date

import pytest

from knowledge.checking import check
from knowledge.checking.articles import CHECKED_FOR
from knowledge.routing.words import load_classes
from knowledge.sources import read_sources, shipped
from tests.knowledge.checking.sample import TODAY, good, with_change

DOOR_ZH, DOOR_EN = "look-at-door.zh-CN.md", "look-at-door.en.md"
ARTICLES, FLOWS, TEXTS = ("knowledge/" + kind + "/data/" for kind in ("articles", "flows", "texts"))
FORMS = "knowledge/flows/forms/"


def test_nothing_is_wrong_with_the_sample() -> None:
    checked = check(good(), TODAY)
    assert checked.findings == ()
    assert (set(checked.articles), set(checked.flows)) == ({"look-at-door", "look-at-window"}, {"sample", "other-form"})


def test_nothing_is_wrong_with_what_is_shipped() -> None:
    assert check(read_sources(shipped()), date(2026, 11, 24)).errors == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "finding"),
    [
        # schema
        (DOOR_ZH, "category: problems", "category: doors", ":3: category: Input should be 'invoices'"),
        (DOOR_ZH, "flow: sample", "flows: sample", ":14: flows: Extra inputs are not permitted"),
        (DOOR_ZH, "  - 门牌八\n", "", ":4: phrasings: Tuple should have at least 8 items"),
        (DOOR_ZH, "门牌二", "门牌一", ":4: phrasings: '门牌一' stands here twice"),
        (DOOR_ZH, "title: 看门牌", "title: [", ":4: did not find expected ',' or ']'"),
        # languages
        (DOOR_EN, "category: problems", "category: practice", ":3: category: differs from the Chinese file"),
        (DOOR_EN, "checked_at: 2026-11-02", "checked_at: 2026-11-03", ":16: sources: URLs or dates differ"),
        (DOOR_EN, "Look at the door", "看门牌号在哪里", ":2: title: is Chinese, not English"),
        (DOOR_ZH, "看门牌", "Look at the door", ":2: title: is not Chinese"),
        # links
        (DOOR_ZH, "https://rules.example/1\n", "https://rules.example/2\n", ":16: sources: the body does not link"),
        # HTML and length
        (DOOR_ZH, "<b>门牌</b>", "<b>门牌", ":22: body: "),
        (DOOR_ZH, "<b>门牌</b>", "<big>门牌</big>", ":21: body: Telegram knows no <big>"),
        (DOOR_ZH, "照着", "照着" * 600, " characters, at most 1200"),
        (DOOR_ZH, "以税务机关为准", "就这样", ":21: body: states a rule without '以税务机关为准'"),
    ],
)
def test_articles(file: str, old: str, new: str, finding: str) -> None:
    errors = [str(one) for one in check(with_change(file, old, new), TODAY).errors]
    assert any(error.startswith(f"{ARTICLES}{file}") and finding in error for error in errors), errors


def test_a_language_of_an_article_is_missing() -> None:
    sources = good()
    articles = {name: text for name, text in sources.articles.items() if name != DOOR_EN}
    (error,) = check(replace(sources, articles=articles), TODAY).errors
    assert str(error) == f"{ARTICLES}{DOOR_EN}: this language is missing"


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("related: [look-at-window]", "related: [look-at-roof]", ":13: related: no other article 'look-at-roof'"),
        ("flow: sample", "flow: example", ":14: flow: no flow 'example'"),
        (
            "effective_from: 2024-12-01",
            "effective_to: 2026-01-01",
            ":15: effective_to: warning: the rule ended on 2026",
        ),
        ("checked_at: 2026-11-02", "checked_at: 2027-11-02", ":19: sources.0.checked_at: 2027-11-02 is yet to come"),
        (
            "checked_at: 2026-11-02",
            "checked_at: 2026-01-02",
            ":19: sources.0.checked_at: warning: was last compared 326",
        ),
        ("related: [look-at-window]\nflow: sample", "related: []", ":13: related: warning: leads nowhere"),
    ],
)
def test_what_both_languages_share_is_told_once(old: str, new: str, finding: str) -> None:
    sources = with_change(DOOR_ZH, old, new)
    both = replace(sources, articles={**sources.articles, DOOR_EN: good().articles[DOOR_EN].replace(old, new)})
    (found,) = check(both, TODAY).findings
    assert str(found).startswith(f"{ARTICLES}{DOOR_ZH}{finding}")


@pytest.mark.parametrize(
    ("file", "old", "new", "finding"),
    [
        (DOOR_EN, "2. Read", "Read", ":21: body: warning: 1 numbered steps, but 2 in Chinese"),
        (DOOR_ZH, "照着", '<a href="http://a.example">照着</a>', ":21: body: a link must begin with https://"),
        (DOOR_ZH, "照着", '<a href="https://a.example">照着</a>', ":21: body: warning: https://a.example is not among"),
    ],
)
def test_bodies(file: str, old: str, new: str, finding: str) -> None:
    (found,) = check(with_change(file, old, new), TODAY).findings
    assert str(found).startswith(f"{ARTICLES}{file}{finding}")


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("start: kind", "begin: kind", ":4: begin: unknown key"),
        ("next: number", "next: nowhere", ":9: steps.kind: no step nowhere"),
        ("link: other-form", "link: third-form", ":62: steps.form.link: no flow third-form"),
        ("zh-CN: 哪种？, en: Which kind", "zh-CN: 哪种？", ":10: steps.kind.ask: missing: en"),
        ("en: Which kind", "en: <b>Which kind", ":9: steps.kind: <b> is not closed"),
        ("en: Which kind", 'en: "Which {kind}"', ":10: steps.kind.ask: placeholders differ: ['kind']"),
        ("en: Which kind", f"en: {'x' * 1201}", ":10: steps.kind.ask.en: 1201 characters, at most 1200"),
        ("en: Which kind", "en: 到底是哪一种发票呢", ":10: steps.kind.ask.en: is Chinese, not English"),
        ("zh-CN: 哪种？", "zh-CN: Which one do you have", ":10: steps.kind.ask.zh-CN: is not Chinese"),
        ("en: Digital", f"en: {'x' * 41}", ":15: steps.kind.choices.1.label.en: 41 characters, at most 40"),
        ("collect: number", "collect: numbers", ":25: steps.number: unknown validator numbers"),
        ("zh-CN: [样例]", "zh-CN: []", ":3: phrasings.zh-CN: nobody will find this flow"),
        ("checked_at: 2026-11-01", "checked_at: 2026-12-01", ":6: sources.rule.checked_at: 2026-12-01 is yet to come"),
        ("    sources: [rule]\n", "", ":6: sources.rule: warning: no step names this source"),
        ("name: sample", "name: simple", ":1: name: must be called as its file: sample"),
    ],
)
def test_flows(old: str, new: str, finding: str) -> None:
    found = [str(one) for one in check(with_change("sample.yaml", old, new), TODAY).findings]
    assert any(one.startswith(f"{FLOWS}sample.yaml{finding}") for one in found), found


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("next: on", "next: nowhere", ":9: steps.number: no step nowhere"),
        ("link: sample", "link: simple", ":16: steps.on.link: no flow simple"),
        ("en: Which number", "en: 到底是哪一个号码呢", ":10: steps.number.ask.en: is Chinese, not English"),
        ("en: Another time.", "en: 下次有空的时候再来问", ":6: ends.later.en: is Chinese, not English"),
        ("en: []", "en: [ask]", ":3: phrasings.en: a form is begun by its name"),
        ("name: ask", "name: tell", ":1: name: must be called as its file: ask"),
    ],
)
def test_forms(old: str, new: str, finding: str) -> None:
    found = [str(one) for one in check(with_change("ask.yaml", old, new), TODAY).findings]
    assert any(one.startswith(f"{FORMS}ask.yaml{finding}") for one in found), found


def test_a_form_is_called_like_no_flow() -> None:
    sources = good()
    twice = replace(sources, forms={"sample.yaml": sources.flows["sample.yaml"]})
    (error,) = check(twice, TODAY).errors
    assert str(error) == f"{FORMS}sample.yaml: a flow is called so too"


def test_a_step_that_no_way_leads_to_and_one_without_a_way_out() -> None:
    lost = with_change(
        "sample.yaml", "\nsteps:\n", "\nsteps:\n  lost: {branch: [{next: lost_too}]}\n  lost_too: {link: other-form}\n"
    )
    messages = [one.message for one in check(lost, TODAY).findings]
    assert messages == ["no way leads to this step", "no way leads to this step"]
    endless = """name: endless
title: {zh-CN: 转圈, en: Round}
phrasings: {zh-CN: [转圈], en: [round]}
start: one
steps:
  one:
    title: {zh-CN: 一, en: One}
    ask: {zh-CN: 一？, en: One}
    why: {zh-CN: 因为。, en: Because.}
    choices: [{id: "on", label: {zh-CN: 继续, en: On}, next: one}]
    skip: "false"
"""
    sources = replace(good(), flows={**good().flows, "endless.yaml": endless})
    (error,) = check(sources, TODAY).errors
    assert str(error) == f"{FLOWS}endless.yaml:7: steps.one: a dead end: no way leads from here to an END"


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("{name}", "{who}", ":1: door.open: placeholders differ: ['name', 'who']"),
        ('en = "The door is open, {name}"\n', "", ":1: door.open: needs exactly the languages"),
        ('["door.open"]', '["door.open"', ":1: "),
        ("The door", "<i>The door", ":1: door.open: en <i> is not closed"),
        ("The door is open", "门已经为您打开了请进来吧", ":1: door.open: en is Chinese, not English"),
        ("门开了", "门开了" * 700, ":1: door.open: zh-CN has 2107 characters, at most 2000"),
    ],
)
def test_texts(old: str, new: str, finding: str) -> None:
    (error,) = check(with_change("door.toml", old, new), TODAY).errors
    assert str(error).startswith(f"{TEXTS}door.toml{finding}")


def test_a_key_in_two_files() -> None:
    texts = good().texts
    (error,) = check(replace(good(), texts={**texts, "house.toml": texts["door.toml"]}), TODAY).errors
    assert str(error) == f"{TEXTS}house.toml:1: door.open: this key stands in another file too"


@pytest.mark.parametrize("same", ["窗户二", "窗户 二！", "窗戶二"])
def test_the_same_words_for_two_topics(same: str) -> None:
    (error,) = check(with_change(DOOR_ZH, "门牌三", same), TODAY).errors
    where = f"look-at-door ({DOOR_ZH}:7)"
    file = "look-at-window.zh-CN.md"
    assert str(error) == f"{ARTICLES}{file}:6: phrasings.1: '窗户二' stands for {where} already"


def test_words_that_are_no_topic() -> None:
    asked = load_classes().human[0]
    (error,) = check(with_change(DOOR_ZH, "门牌三", asked), TODAY).errors
    assert str(error) == f"{ARTICLES}{DOOR_ZH}:7: phrasings.2: {asked!r} stands for human (routing) already"


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    sources = with_change(DOOR_ZH, "category: problems", "category: doors")
    broken = sources.articles[DOOR_ZH].replace("url: https", "url: ftp").replace("flow: sample", "flow: A")
    errors = check(replace(sources, articles={**sources.articles, DOOR_ZH: broken}), TODAY).errors
    assert [(error.line, error.field) for error in errors] == [(3, "category"), (14, "flow"), (18, "sources.0.url")]


def test_half_a_year_is_long_enough() -> None:
    day = date(2026, 11, 2) + CHECKED_FOR
    assert check(good(), day).errors == ()
    assert {finding.message for finding in check(good(), date(2027, 5, 2)).findings} >= {
        "was last compared 181 days ago: compare it again"
    }
