"""Rows that were refused, and odd ones, as a CSV file for people."""

from __future__ import annotations

import csv
import html
from typing import TextIO

from knowledge.invoices.imports import RowProblem
from knowledge.texts import Locale, Texts

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ProblemTable:
    """Line, field and reason of each, as they come. What comes from a file cannot become a formula."""

    def __init__(self, stream: TextIO, texts: Texts, locale: Locale) -> None:
        self._texts, self._locale = texts, locale
        self._writer = csv.writer(stream)
        self._writer.writerow(texts("upload.problem_columns")[locale].split())

    def add(self, problem: RowProblem) -> None:
        reason = html.unescape(problem.text(self._texts)[self._locale])
        key = f"upload.field.{problem.field}"
        field = self._texts(key)[self._locale] if key in self._texts else problem.field
        self._writer.writerow([problem.line or "", field, f"'{reason}" if reason[:1] in _FORMULA else reason])
