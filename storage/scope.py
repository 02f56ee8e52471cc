"""Whose invoices may be read."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum


class Everything(Enum):
    """Every organization's, for administrators only. It has a name of its own, so that no None can come to mean it."""

    EVERYTHING = "everything"


EVERYTHING = Everything.EVERYTHING
Scope = Collection[str] | Everything
