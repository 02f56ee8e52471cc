"""A broken article is refused with file, line, field and what is wrong."""

from datetime import date

import pytest

from knowledge.articles import Article, Category, Source, parse_article
from knowledge.articles.loader import MAX_BODY, parse_articles
from knowledge.content import ContentError
from knowledge.texts import Locale, Localized

PHRASINGS = [f"第 {number} 种问法" for number in range(1, 9)]
URL = "https://rules.example/1"


def article_file(
    *,
    title: str = "看门牌",
    phrasings: list[str] = PHRASINGS,
    more: str = "related: []",
    url: str = URL,
    body: str = f'照着<b>门牌</b>找。<a href="{URL}">规则</a>，以税务机关为准 / the tax authority decides.',
) -> str:
    said = "\n".join(f"  - {phrasing}" for phrasing in phrasings)
    source = f"sources:\n  - title: 规则\n    url: {url}\n    checked_at: 2026-11-02"
    return f"---\ntitle: {title}\ncategory: problems\nphrasings:\n{said}\n{more}\n{source}\n---\n{body}\n"


def test_both_languages_become_one_article() -> None:
    more = "flow: find-door\neffective_from: 2024-12-01"
    zh, en = (
        article_file(more=more),
        article_file(more=more, title="Look at the door", body=f'<a href="{URL}">tax authority</a>'),
    )
    assert parse_article("door", zh, en) == Article(
        slug="door",
        category=Category.PROBLEMS,
        title=Localized("看门牌", "Look at the door"),
        body=Localized(
            f'照着<b>门牌</b>找。<a href="{URL}">规则</a>，以税务机关为准 / the tax authority decides.',
            f'<a href="{URL}">tax authority</a>',
        ),
        phrasings={Locale.ZH: tuple(PHRASINGS), Locale.EN: tuple(PHRASINGS)},
        related=(),
        flow="find-door",
        sources=(Source(Localized("规则", "规则"), URL, date(2026, 11, 2)),),
        effective_from=date(2024, 12, 1),
        effective_to=None,
    )


def test_checked_at_is_the_oldest_check() -> None:
    article = parse_article("door", article_file(), article_file())
    assert article.checked_at == date(2026, 11, 2)


@pytest.mark.parametrize(
    ("zh", "line", "field", "message"),
    [
        (article_file().removeprefix("---\n"), 1, None, "front matter"),
        (article_file(body=""), 1, None, "front matter"),
        (article_file(title="[a"), 3, None, "expected"),
        ("---\n- a\n---\nb", 2, None, "mapping"),
        (article_file(title="''"), 2, "title", "at least 1"),
        (article_file(phrasings=PHRASINGS[:7]), 4, "phrasings", "at least 8"),
        (article_file(phrasings=[*PHRASINGS, PHRASINGS[3]]), 4, "phrasings", "twice"),
        (article_file(more="colour: red"), 13, "colour", "not permitted"),
        (article_file(more="effective_from: yesterday"), 13, "effective_from", "date"),
        (article_file(url="ftp://rules.example/1"), 16, "sources.0.url", "URL"),
        (article_file(url="https://rules.example/2"), 14, "sources", "does not link"),
        (article_file(body=f'<a href="{URL}">规则</a>'), 19, "body", "以税务机关为准"),
        (article_file(body="好\n<i>好"), 20, "body", "<i> is not closed"),
        (article_file(body=f'<a href="{URL}">以税务机关为准</a>' + "长" * MAX_BODY), 19, "body", "at most 1200"),
    ],
)
def test_what_is_refused(zh: str, line: int, field: str | None, message: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse_article("door", zh, article_file())
    error = caught.value
    assert (error.file, error.line, error.field) == ("door.zh-CN.md", line, field)
    assert message in error.message


@pytest.mark.parametrize(
    ("more", "url", "field"),
    [
        ("flow: other", URL, "flow"),
        ("effective_to: 2030-01-01", URL, "effective_to"),
        ("related: []", URL + "0", "sources"),
    ],
)
def test_both_languages_say_the_same(more: str, url: str, field: str) -> None:
    body = f'<a href="{url}">tax authority</a>'
    with pytest.raises(ContentError) as caught:
        parse_article("door", article_file(), article_file(more=more, url=url, body=body))
    assert (caught.value.file, caught.value.field) == ("door.en.md", field)


def test_a_missing_language_is_named() -> None:
    with pytest.raises(ContentError, match=r"door\.en\.md: this language is missing"):
        parse_articles({"door.zh-CN.md": article_file()})


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ContentError, match=r"door\.fr\.md"):
        parse_articles({"door.fr.md": article_file()})


@pytest.mark.parametrize("other", ["window", "door"])
def test_related_articles_are_other_articles(other: str) -> None:
    file = article_file(more=f"related: [{other}]")
    with pytest.raises(ContentError, match=rf"door\.zh-CN\.md:13: related: no other article '{other}'"):
        parse_articles({"door.zh-CN.md": file, "door.en.md": file})
