"""The shipped articles, as a reader meets them."""

import re
from itertools import combinations
from urllib.parse import urlsplit

import pytest

from knowledge.articles import Article, load_articles
from knowledge.flows.loader import load_flows
from knowledge.flows.model import Ask, Flow
from knowledge.routing.normalize import normalise
from knowledge.texts import Locale

ARTICLES = load_articles()
# Where rules are published or copied by an authority. A new host is added by whoever has looked at who runs it.
OFFICIAL = frozenset(
    {
        "www.gov.cn",  # the State Council
        "fgk.chinatax.gov.cn",  # the State Taxation Administration's collection of rules
        "inv-veri.chinatax.gov.cn",  # its verification of invoices
        "shanghai.chinatax.gov.cn",
        "www.yueyang.gov.cn",  # Guoshuifa [2006] No. 156
    }
)
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
    linked = re.findall(r'href="([^"]*)"', article.body.zh + article.body.en)
    strange = [url for url in (*linked, *(source.url for source in article.sources)) if not is_official(url)]
    assert strange == []


@pytest.mark.parametrize("flow", load_flows().values(), ids=load_flows().keys())
def test_links_of_flows_are_official(flow: Flow) -> None:
    linked = re.findall(r'href="([^"]*)"', flow.source)
    sources = [source.url for step in flow.steps.values() if isinstance(step, Ask) for source in step.sources]
    assert [url for url in (*linked, *sources) if not is_official(url)] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://www.gov.cn/",
        "https://gov.cn.example.com/",
        "https://www.gov.cn@example.com/",
        "https://www.12366.com/",
        "https://fakechinatax.gov.cn/",
    ],
)
def test_what_only_looks_official_is_not(url: str) -> None:
    assert not is_official(url)


def is_official(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.netloc in OFFICIAL


def test_no_phrasing_belongs_to_two_articles() -> None:
    said = {
        slug: {normalise(phrasing) for locale in Locale for phrasing in article.phrasings[locale]}
        for slug, article in ARTICLES.items()
    }
    assert [(one, two) for one, two in combinations(said, 2) if said[one] & said[two]] == []
