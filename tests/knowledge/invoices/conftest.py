"""Texts for problems: a problem that can't be said in both languages is a bug."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from knowledge.invoices.model import Problem
from knowledge.texts import Localized, Texts

Said = Callable[[Problem], str]


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts.load()


@pytest.fixture(scope="session")
def said(texts: Texts) -> Said:
    def say(problem: Problem) -> str:
        text: Localized = problem.text(texts)
        assert text.zh
        assert text.en
        return text.zh

    return say
