"""What each person was last told about: a hint for the router, of which a restart may lose all."""

from __future__ import annotations

from datetime import datetime, timedelta

FRESH = timedelta(minutes=10)
MOST = 10_000  # people; who spoke longest ago is forgotten first


class RecentTopics:
    def __init__(self) -> None:
        self._told: dict[int, tuple[str, datetime]] = {}

    def told(self, user_id: int, slug: str, now: datetime) -> None:
        self._told.pop(user_id, None)
        self._told[user_id] = (slug, now)
        if len(self._told) > MOST:
            del self._told[next(iter(self._told))]

    def of(self, user_id: int, now: datetime) -> str:
        """Empty if there was none in the last ten minutes."""
        slug, at = self._told.get(user_id, ("", now))
        return slug if now - at <= FRESH else ""
