"""Answers that the desk wrote: how they are read, what they are refused for, what files they become."""

from __future__ import annotations

import pytest

from knowledge.articles import parse_article
from knowledge.articles.loader import MAX_BODY, MIN_PHRASINGS
from knowledge.taught import (
    Answer,
    Flaw,
    FlawKind,
    Written,
    article_files,
    flaws,
    language_of,
    parts,
    unshowable,
    written,
)
from knowledge.texts import Locale

ZH = Written("打车票怎么报销", "1. 开电子行程单。\n2. 交给财务。")
EN = Written("Claim a taxi ride", "1. Get the trip's invoice.\n2. Hand it to finance.")
GOOD = Answer.of({Locale.ZH: ZH, Locale.EN: EN})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("标题\n答案", Written("标题", "答案")),
        ("  <b>标题</b> &lt;一&gt; \n\n<b>答</b>案\n二", Written("标题 &lt;一&gt;", "<b>答</b>案\n二")),
        ("标题", None),
        ("标题\n  ", None),
        ("", None),
        ("找 13800000000\n电话 １３８0000 0000", Written("找 ∎", "电话 ∎")),
    ],
)
def test_a_title_line_and_the_answer_below(text: str, found: Written | None) -> None:
    assert written(text) == found


def test_languages_are_told_apart_by_what_stands_before_them() -> None:
    both = {Locale.EN: Written("Title", "One\ntwo"), Locale.ZH: Written("标题", "答案")}
    assert parts("EN: Title\nOne\ntwo\n中文：标题\n答案") == both
    assert parts("zh-CN:标题\n答案") == {Locale.ZH: Written("标题", "答案")}
    assert parts("en: nothing but a title") == {Locale.EN: None}
    assert parts("I think: zh: is missing") == {}
    assert parts("看看这个\nen: Title\nOne") == {}


@pytest.mark.parametrize(
    ("text", "locale"),
    [("电子税务局里点“发票查验”", Locale.ZH), ("Open the 电子税务局 and tap it", Locale.EN), ("", Locale.ZH)],
)
def test_the_language_that_it_is_written_in(text: str, locale: Locale) -> None:
    assert language_of(text) is locale


def test_what_is_missing() -> None:
    half = Answer.of({Locale.ZH: ZH})
    assert half.missing == (Locale.EN,)
    assert flaws(half) == [Flaw(FlawKind.MISSING, Locale.EN)]
    assert half.with_parts({Locale.EN: EN}) == GOOD
    assert (GOOD.missing, flaws(GOOD)) == ((), [])


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        (f"1. {'长' * MAX_BODY}\n2. 完", [FlawKind.LONG]),
        ("1. <b>开票\n2. 交</b>", []),
        ("1. <big>开票</big>\n2. 交", [FlawKind.MARKUP]),
        ("1. Ask for the invoice.\n2. Hand it in.", [FlawKind.LANGUAGE]),
        ('1. <a href="tg://user?id=1">找他</a>\n2. 交', [FlawKind.LINK]),
        ('1. <a href="https://example.com/a">看这里</a>\n2. 交', []),
        ("1. 打 ∎\n2. 交", [FlawKind.HIDDEN]),
        ("只有一步", [FlawKind.STEPS]),
    ],
)
def test_the_rules_of_article_files_hold(body: str, kinds: list[FlawKind]) -> None:
    found = flaws(GOOD.with_parts({Locale.ZH: Written("打车", body)}))
    assert [flaw.kind for flaw in found] == kinds


def test_what_cannot_even_be_shown() -> None:
    assert unshowable(Written("题" * 81, "答案")) is FlawKind.TITLE
    assert unshowable(Written("题", "<b>答案")) is FlawKind.MARKUP
    assert unshowable(ZH) is None


def test_the_files_are_an_article_once_there_are_phrasings_enough() -> None:
    asked = tuple(f"打车第{i}种" for i in range(MIN_PHRASINGS)) + tuple(f"taxi way {i}" for i in range(MIN_PHRASINGS))
    files = article_files("taught-b", GOOD, asked)
    assert sorted(files) == ["taught-b.en.md", "taught-b.zh-CN.md"]
    article = parse_article("taught-b", files["taught-b.zh-CN.md"], files["taught-b.en.md"])
    assert (article.title, article.body) == (GOOD.title, GOOD.body)
    assert article.phrasings == {Locale.ZH: asked[:MIN_PHRASINGS], Locale.EN: asked[MIN_PHRASINGS:]}
