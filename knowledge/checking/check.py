"""Everything that can be seen without searching for a single phrasing: a fraction of a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from knowledge.articles import Article
from knowledge.articles.loader import sift_articles
from knowledge.checking.articles import article_findings
from knowledge.checking.findings import Finding, findings, of_forms
from knowledge.checking.flows import flow_findings, form_findings
from knowledge.checking.said import Said, all_said, collisions
from knowledge.checking.texts import text_findings
from knowledge.content import ContentError
from knowledge.flows.loader import sift_flows, sift_forms
from knowledge.flows.model import Flow
from knowledge.sources import Sources
from knowledge.texts import Texts


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, in the order of the files, and what can be used of what was checked."""

    findings: tuple[Finding, ...]
    texts: Texts
    articles: Mapping[str, Article]
    flows: Mapping[str, Flow]
    forms: Mapping[str, Flow]
    said: tuple[Said, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.is_error)


def check(sources: Sources, today: date) -> Checked:
    """Schema, languages, links, ways through flows, phrasings that stand for two topics, HTML and lengths."""
    articles, broken_articles = sift_articles(sources.articles)
    flows, broken_flows = sift_flows(sources.flows)
    forms, broken_forms = sift_forms(sources.forms, sources.flows)
    texts, broken_texts = _texts(sources)
    said = all_said(sources, articles, flows)
    everything = [
        *findings((*broken_articles, *broken_flows, *broken_texts)),
        *article_findings(articles, sources, today),
        *flow_findings(flows, sources.flows, today),
        *of_forms((*findings(broken_forms), *form_findings(forms, sources.forms, today))),
        *text_findings(texts, sources),
        *collisions(said),
    ]
    return Checked(tuple(sorted(everything, key=lambda finding: finding.place)), texts, articles, flows, forms, said)


def _texts(sources: Sources) -> tuple[Texts, list[ContentError]]:
    try:
        return Texts.parse(sources.texts), []
    except ContentError as error:
        return Texts({}), [error, *error.others]
