"""What is wrong with the knowledge base, place by place (`invoice-bot knowledge check`)."""

from __future__ import annotations

from knowledge.checking.check import Checked, check
from knowledge.checking.findings import Finding
from knowledge.checking.left_out import misrouted
from knowledge.checking.stale import stale

__all__ = ["Checked", "Finding", "check", "misrouted", "stale"]
