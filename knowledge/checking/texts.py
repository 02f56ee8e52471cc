"""What a text, though it has both languages, does wrong."""

from __future__ import annotations

from collections.abc import Iterator

from knowledge.articles.markup import markup_fault
from knowledge.checking.findings import Finding, found
from knowledge.checking.language import language_fault
from knowledge.sources import Sources
from knowledge.texts import Locale, Texts, line_of

LONGEST = 2000  # characters; a message may have 4,096, and what is filled in needs room


def text_findings(texts: Texts, sources: Sources) -> Iterator[Finding]:
    for file, source in sources.texts.items():
        for key in texts.keys():  # noqa: SIM118
            line = line_of(source, key)
            if line is not None:
                for locale in Locale:
                    yield from (
                        found(file, line, key, f"{locale} {complaint}")
                        for complaint in _faults(texts.template(key)[locale], locale)
                    )


def _faults(text: str, locale: Locale) -> Iterator[str]:
    if fault := markup_fault(text):
        yield fault.message
    if fault_of_language := language_fault(text, locale):
        yield fault_of_language
    if len(text) > LONGEST:
        yield f"has {len(text)} characters, at most {LONGEST}"
