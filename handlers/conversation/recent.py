"""What each person was last told about: a hint for the router, of which a restart may lose all."""

from __future__ import annotations

from datetime import datetime, timedelta

FRESH = timedelta(minutes=10)
MOST = 10_000  # people; who spoke longest ago is forgotten first


class RecentTopics:
    def __init__(self) -> None:
        self._told: dict[int, tuple[str, str, datetime]] = {}

    def told(self, user_id: int, slug: str, now: datetime, question: str = "") -> None:
        self._told.pop(user_id, None)
        self._told[user_id] = (slug, question, now)
        if len(self._told) > MOST:
            del self._told[next(iter(self._told))]

    def of(self, user_id: int, now: datetime) -> str:
        """Empty if there was none in the last ten minutes."""
        slug, _question, at = self._told.get(user_id, ("", "", now))
        return slug if now - at <= FRESH else ""

    def said(self, user_id: int, now: datetime) -> str:
        """What the person had asked last, if that was in the last ten minutes."""
        _slug, question, at = self._told.get(user_id, ("", "", now))
        return question if now - at <= FRESH else ""

    def question(self, user_id: int, slug: str) -> str:
        """What the person had asked when told about this last; empty if that is not known."""
        told, question, _at = self._told.get(user_id, ("", "", None))
        return question if told == slug else ""
