"""The shipped articles, as a reader meets them."""

import re
from itertools import combinations

import pytest

from knowledge.articles import Article, load_articles
from knowledge.flows.loader import load_flows
from knowledge.routing.normalize import normalise
from knowledge.texts import Locale

ARTICLES = load_articles()
EVERY = pytest.mark.parametrize("article", ARTICLES.values(), ids=ARTICLES.keys())


def test_what_the_missing_invoice_needs_is_there() -> None:
    assert set(ARTICLES) >= {
        "verify-input",
        "contact-issuer",
        "check-network",
        "clear-browser-cache",
        "digital-invoice",
        "verify-authenticity",
        "status-notifications",
        "contact-support",
    }


@EVERY
def test_flows_that_are_offered_exist(article: Article) -> None:
    assert article.flow is None or article.flow in load_flows()


@EVERY
def test_chinese_typography(article: Article) -> None:
    text = re.sub(r"<[^>]+>", "", article.title.zh + "\n" + article.body.zh)
    assert re.findall(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]", text) == []
    assert re.findall(r"[\u4e00-\u9fff][,;:!?()]", text) == []


@EVERY
def test_each_language_is_in_its_language(article: Article) -> None:
    han = len(re.findall(r"[\u4e00-\u9fff]", article.body.en))
    assert han < 0.1 * len(article.body.en)
    assert re.search(r"[\u4e00-\u9fff]", article.title.zh)


@EVERY
def test_links_are_official(article: Article) -> None:
    hosts = re.findall(r'href="https://([^/"]+)', article.body.zh + article.body.en)
    assert [host for host in hosts if not host.endswith(".gov.cn")] == []


def test_no_phrasing_belongs_to_two_articles() -> None:
    said = {
        slug: {normalise(phrasing) for locale in Locale for phrasing in article.phrasings[locale]}
        for slug, article in ARTICLES.items()
    }
    assert [(one, two) for one, two in combinations(said, 2) if said[one] & said[two]] == []
