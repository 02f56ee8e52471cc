"""What a free text is about: decided in layers, the surest first."""

from __future__ import annotations

from knowledge.routing.router import FlowLike, Route, Router
from knowledge.routing.smalltalk import SmallTalk, is_continuation, is_thanks
from knowledge.routing.zones import Zone

__all__ = ["FlowLike", "Route", "Router", "SmallTalk", "Zone", "is_continuation", "is_thanks"]
