"""Placeholder for the platform."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Platform:
    """Where the real ingest API is, and what the platform believes about its invoices."""

    url: str
    provider: str
    secret: str = field(repr=False)
    invoices: list[dict[str, Any]] = field(default_factory=list)
