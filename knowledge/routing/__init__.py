"""What a free text is about: decided in layers, the surest first."""

from __future__ import annotations

from knowledge.routing.router import FlowLike, Route, Router, Zone
from knowledge.routing.smalltalk import SmallTalk, is_thanks

__all__ = ["FlowLike", "Route", "Router", "SmallTalk", "Zone", "is_thanks"]
